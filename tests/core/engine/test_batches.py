"""A reprocess with a limit of its own: never more at once, never starving the rest, and it can be stopped half-way."""

from __future__ import annotations

import pytest

from synergy.core.context import BlockingType
from synergy.core.engine.plans import draft
from synergy.core.errors import IllegalState
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Wish
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

FIRST_DAY = "MainHourly@2013013020..2013013101"


def world_of(*, concurrency: int = 4, at: str = "2013013103") -> World:
    world = World(
        context_of(
            spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN),
            spec("MainHourly", "Main", concurrency=concurrency),
        ),
        settings_of(),
    )
    world.go_to(at)
    world.work()
    return world


def running(world: World, batch: str = "p1") -> list[str]:
    jobs = {key for key, job in world.store.jobs.items() if job.batch == batch}
    live = (uow for uow in world.store.uows.values() if not uow.state.is_finished)
    return sorted(uow.uow_id for uow in live if uow.key in jobs)


@pytest.mark.parametrize(("limit", "concurrency", "most"), [(2, 4, 2), (9, 4, 3), (1, 1, 1), (1, 8, 1)])
def test_no_more_than_its_limit_runs_at_once_and_a_slot_is_left_for_others(
    limit: int, concurrency: int, most: int
) -> None:
    world = world_of(concurrency=concurrency)
    plan = world.apply("reprocess", FIRST_DAY, max_parallel=limit)
    seen = set()
    while world.queue:
        seen.add(len(running(world)))
        rules.check_memory(world)
        world.work(most=1)

    assert max(seen) == most
    assert world.store.directives["p1"].outcome == "done"
    assert world.store.directives["p1"].total == len(plan.changes) == 7
    assert {world.state(f"{change.process_name}@{change.timeperiod}") for change in plan.changes} == {
        JobState.PROCESSED
    }


def test_live_work_goes_on_beside_it() -> None:
    world = world_of(at="2013013103")
    world.apply("reprocess", FIRST_DAY, max_parallel=2)
    world.go_to("2013013106")

    assert len(running(world)) == 2
    assert "MainHourly@2013013102.1" in world.queue
    world.work()
    assert world.state("MainHourly@2013013104") is JobState.PROCESSED


def test_it_goes_on_after_a_restart() -> None:
    world = world_of()
    world.apply("reprocess", FIRST_DAY, max_parallel=2)
    world.work(most=1)
    world.restart()
    assert len(running(world)) == 2
    world.work()
    assert world.store.directives["p1"].outcome == "done"
    world.restart()
    assert world.schedule.orders.batches == {}


def test_it_is_paused_and_resumed() -> None:
    world = world_of()
    world.apply("reprocess", FIRST_DAY, max_parallel=2)
    plan = world.apply("batch pause", "p1")
    assert plan.affects == {"MainDaily": 1, "MainHourly": 6}
    world.work()
    assert running(world) == []
    assert world.state("MainHourly@2013013101") is JobState.EMBRYO
    with pytest.raises(IllegalState, match="is paused already"):
        draft(world.schedule, Wish("batch pause", ("p1",)))
    world.restart()
    assert running(world) == []

    world.apply("batch resume", "p1")
    with pytest.raises(IllegalState, match="is not paused"):
        draft(world.schedule, Wish("batch resume", ("p1",)))
    world.work()
    assert world.store.directives["p1"].outcome == "done"


def test_canceled_half_way_it_leaves_nothing_requested_and_every_job_can_be_reprocessed() -> None:
    world = world_of()
    plan = world.apply("reprocess", FIRST_DAY, max_parallel=2)
    world.work(most=2)
    claimed = world.claim(running(world)[0])  # type: ignore[arg-type] # a unit of work's id
    assert claimed is not None
    world.settle()

    ended = world.apply("batch cancel", "p1", "p1")
    assert ended.kills == (claimed.uow_id,)
    world.stop_canceled()
    world.settle()

    assert running(world) == []
    assert [uow for uow in world.store.uows.values() if uow.state is UowState.REQUESTED and "Main" in uow.uow_id] == []
    assert world.store.directives["p1"].outcome == "canceled by ann"
    for change in plan.changes:
        draft(world.schedule, Wish("reprocess", (f"{change.process_name}@{change.timeperiod}",)))
    rules.check_memory(world)
    world.apply("reprocess", FIRST_DAY)
    world.work()
    rules.check_tidy(world)


def test_a_job_that_another_batch_takes_over_is_of_that_one_only() -> None:
    world = world_of()
    world.apply("reprocess", "MainHourly@2013013020", max_parallel=1)
    world.apply("batch pause", "p1")
    world.work()
    world.apply("hold", "MainHourly")
    world.work(UowState.CANCELED)
    second = world.apply("reprocess", "MainHourly@2013013021", max_parallel=1)

    assert {change.process_name for change in second.changes} >= {"MainHourly"}
    members = {name: len(batch.members) for name, batch in world.schedule.orders.batches.items()}
    assert members.get("p1", 0) + members["p4"] == len({*second.nodes}) + members.get("p1", 0)
    world.apply("release", "MainHourly")
    world.work()
    assert world.store.directives["p4"].outcome == "done"


def test_what_ends_has_few_looked_at_and_not_all() -> None:
    world = world_of(at="2013020100")
    plan = world.apply("reprocess", "MainHourly@2013013020..2013013122", max_parallel=1)
    lane = world.schedule.lanes[world.schedule.timetable.number("MainHourly")]
    waiting = []
    for _ in range(5):
        attempt = world.claim(running(world)[0])  # type: ignore[arg-type] # a unit of work's id
        assert attempt is not None
        world.finish(attempt, UowState.PROCESSED)
        mail, world.mail = world.mail, []
        world.batch(lambda _schedule: waiting.append(len(lane.ready)), mail=mail)

    assert len(plan.changes) > 20
    assert max(waiting) <= 2


def test_a_job_that_cannot_use_its_room_leaves_it_to_the_next() -> None:
    world = world_of()
    world.apply("reprocess", FIRST_DAY, max_parallel=1)
    world.apply("hold", "MainHourly@2013013021..2013013022")
    world.work()

    hours = [f"MainHourly@20130130{hour}" for hour in (20, 21, 22, 23)]
    done, wait = JobState.PROCESSED, JobState.EMBRYO
    assert [world.state(hour) for hour in hours] == [done, wait, wait, done]
    assert world.state("MainHourly@2013013101") is done


def test_a_job_that_is_skipped_when_its_turn_has_come_leaves_it_to_the_next() -> None:
    world = world_of()
    world.apply("reprocess", FIRST_DAY, max_parallel=1)
    world.apply("skip", "MainHourly@2013013020", "MainHourly@2013013021")  # the end of the first lets the second run
    assert running(world) == ["MainHourly@2013013022.2"]
    world.apply("skip", "MainHourly@2013013023")
    world.work()

    assert world.state("MainHourly@2013013100") is JobState.PROCESSED
    assert world.store.directives["p1"].outcome == "done"
