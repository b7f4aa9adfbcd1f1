"""What a plan says of orders that would keep its jobs from running."""

from __future__ import annotations

from synergy.core.engine.obstacles import obstacles_of
from synergy.core.engine.plans import draft
from synergy.core.wishes import Scope, Wish
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

HOURS = "MainHourly@2013013020..2013013022"
RERUN = Wish("reprocess", (HOURS,), scope=Scope(alone=True))


def world_of() -> World:
    world = World(
        context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main", concurrency=4)),
        settings_of(),
    )
    world.go_to("2013013101")
    world.work()
    return world


def obstacles(world: World, wish: Wish = RERUN) -> tuple[str, ...]:
    return obstacles_of(world.schedule, draft(world.schedule, wish))


def test_nothing_is_told_where_nothing_is_ordered() -> None:
    assert obstacles(world_of()) == ()


def test_held_jobs_a_process_that_is_off_and_a_drain_are_told() -> None:
    world = world_of()
    world.apply("hold", "MainHourly@2013013020..2013013021")
    [hold] = world.schedule.orders.directives
    assert obstacles(world) == (f"2 jobs would wait: MainHourly@2013013020..2013013021 is held by ann ({hold})",)

    world.schedule.lanes[world.schedule.timetable.index["MainHourly"]].is_on = False
    assert obstacles(world)[1:] == ("1 job would wait: MainHourly is off",)

    world.apply("drain")
    assert obstacles(world)[1:] == ("1 job would wait: everything is held by ann (p2)",)


def test_a_verb_after_which_nothing_runs_meets_none() -> None:
    world = world_of()
    world.apply("drain")
    assert obstacles(world, Wish("mark", (HOURS,), to="noop")) == ()
