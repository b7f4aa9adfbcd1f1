"""The collector's ages: they count from the end of what kept everybody from working."""

from __future__ import annotations

from synergy.core.engine import collecting
from synergy.core.records import UowId
from synergy.core.states import UowState
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

FIRST = UowId("MainHourly@2013013020.1")


def world_of() -> World:
    world = World(context_of(spec("MainHourly", "Main")), settings_of(gc_life_support_hours=1.0))
    world.go_to("2013013022")
    return world


def test_life_support_counts_from_the_end_of_an_outage() -> None:
    world = world_of()
    world.now = world.now._replace(real=world.now.real + 7_200.0)

    world.settle(collecting.count_anew)
    world.settle(collect=True)

    assert world.store.uows[FIRST].state is UowState.REQUESTED


def test_what_waits_to_be_offered_again_waits_as_long_when_the_clock_jumps() -> None:
    world = world_of()
    world.work(UowState.INVALID)
    before = world.schedule.queues.release_time(FIRST)
    assert before is not None

    collecting.count_anew(world.schedule, 7_200.0)

    assert world.schedule.queues.release_time(FIRST) == before + 7_200.0
