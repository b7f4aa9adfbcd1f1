"""What waits in the collector's queues, offered again by hand: told before, and the same then."""

from __future__ import annotations

from synergy.core.engine import changes, previews
from synergy.core.engine.schedule import Schedule
from synergy.core.records import UowId
from synergy.core.states import UowState
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.world import BY, World

FIRST = UowId("MainHourly@2013013020.1")


def failed(*names: str) -> World:
    """A job of each process that has failed, and waits in a queue."""
    world = World(context_of(*(spec(name, name.removesuffix("Hourly")) for name in names)))
    world.go_to("2013013022")
    world.work(UowState.INVALID)
    return world


def told(schedule: Schedule, process_name: str | None = None) -> list[str]:
    return list(previews.of_flush(schedule, process_name))


def test_what_a_round_of_the_collector_would_judge_is_told_before_it_is_run() -> None:
    world = failed("MainHourly")
    assert list(previews.of_collecting(world.schedule)) == [
        "1 unit of work would be judged",
        "1 failed, 0 have waited for a worker for long",
    ]
    assert FIRST in world.schedule.queues


def test_of_very_many_queues_the_first_are_named() -> None:
    world = failed(*(f"P{number:02d}Hourly" for number in range(previews.NAMED + 2)))

    first, second, *_, last = lines = told(world.schedule)

    assert (first, second) == ("12 units of work would be offered again", "P00Hourly: 1")
    assert (last, len(lines)) == ("and those of 2 more processes", previews.NAMED + 2)
    assert changes.flush(world.schedule, None, BY) == "12 units of work offered again"


def test_an_inactive_process_has_nothing_offered_again_until_it_is_active() -> None:
    world = failed("MainHourly")
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=False, by=BY))

    assert told(world.schedule) == [
        "0 units of work would be offered again",
        "1 unit of work would go on waiting: inactive, held or set aside",
    ]
    assert changes.flush(world.schedule, None, BY) == "0 units of work offered again"
    world.tick(2_000.0)
    assert world.store.uows[FIRST].state is UowState.INVALID

    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=True, by=BY))
    world.settle(collect=True)
    assert told(world.schedule, "MainHourly") == ["1 unit of work would be offered again", "MainHourly: 1"]
    assert changes.flush(world.schedule, "MainHourly", BY) == "1 unit of work offered again"
    assert told(world.schedule) == ["0 units of work would be offered again"]


def test_what_is_held_is_not_told_as_offered_again() -> None:
    world = failed("MainHourly", "SideHourly")
    world.apply("hold", "MainHourly")

    assert told(world.schedule) == [
        "1 unit of work would be offered again",
        "SideHourly: 1",
        "1 unit of work would go on waiting: inactive, held or set aside",
    ]
    assert changes.flush(world.schedule, None, BY) == "1 unit of work offered again"
