"""Recomputing jobs over a data source that is asked at their ticks."""

from __future__ import annotations

import pytest

from synergy.core.context import MachineKind
from synergy.core.engine import changes, data_source
from synergy.core.engine.outbox import AskBoundaries
from synergy.core.engine.why import Around, Outlook, waiting_for
from synergy.core.ports import Boundaries
from synergy.core.records import JobKey
from synergy.core.states import JobState, UowState
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.world import BY, World

HOUR = JobKey("MainHourly", "2013013020")
JOB = str(HOUR)
NEXT = JobKey("MainHourly", "2013013021")
UP_TO_5, UP_TO_9 = Boundaries("1", "5"), Boundaries("1", "9")


def world_of(data: Boundaries | None = UP_TO_5, *, concurrency: int = 1) -> World:
    """One hour that is live, and fired at every ten minutes."""
    world = World(
        context_of(
            spec(
                "MainHourly",
                "Main",
                state_machine=MachineKind.RECOMPUTING,
                source="flights",
                trigger_frequency="every 600",
                concurrency=concurrency,
            )
        )
    )
    world.use_source()
    if data is not None:
        world.data[HOUR] = data
    world.settle()
    return world


def fire(world: World) -> None:
    """The next firing, with all that it asks answered."""
    world.tick(600.0)
    world.answer()


def close(world: World) -> None:
    """The first hour is over, and the second one has data of its own."""
    world.data[NEXT] = UP_TO_5
    world.go_to("2013013022")
    world.answer()


def test_a_run_waits_for_its_boundaries_and_carries_them() -> None:
    world = world_of()
    assert world.asks == [AskBoundaries(HOUR, "flights", "2013013020", "2013013021")]
    assert not world.queue

    world.answer()

    assert (world.related(JOB).start_id, world.related(JOB).end_id) == ("1", "5")
    rules.check_memory(world)


def test_a_source_is_asked_once_however_often_the_job_is_looked_at() -> None:
    world = world_of(concurrency=4)
    world.schedule.dirty.add(0)
    world.settle()
    world.settle(lambda schedule: changes.trigger(schedule, world.lane("MainHourly"), by=BY))

    assert len(world.asks) == 1


@pytest.mark.parametrize("state", [UowState.REQUESTED, UowState.INVALID])
def test_a_run_that_nobody_has_started_reads_as_far_as_the_data_go(state: UowState) -> None:
    world = world_of()
    world.answer()
    if state is UowState.INVALID:
        world.work(UowState.INVALID)
    world.data[HOUR] = UP_TO_9

    fire(world)

    assert (world.related(JOB).state, world.related(JOB).end_id) == (state, "9")
    assert world.job(JOB).run == 1


def test_a_run_that_was_taken_meanwhile_reads_what_it_was_given() -> None:
    world = world_of()
    world.answer()
    world.data[HOUR] = UP_TO_9
    taken = world.related(JOB).uow_id

    def take() -> None:
        world.claim(taken, tell=False)

    world.tick(600.0)
    world.before_commit = take
    world.answer()

    assert (world.related(JOB).state, world.related(JOB).end_id) == (UowState.IN_PROGRESS, "5")
    rules.check_memory(world)


def test_data_that_grew_are_read_by_one_more_run() -> None:
    world = world_of()
    world.answer()
    world.work()
    world.data[HOUR] = UP_TO_9

    fire(world)

    assert (world.job(JOB).run, world.related(JOB).end_id) == (2, "9")


def test_a_closed_job_is_finished_from_a_run_that_read_everything() -> None:
    world = world_of()
    world.answer()
    world.work()

    close(world)

    assert (world.state(JOB), world.job(JOB).run) == (JobState.PROCESSED, 1)


def test_a_reprocessed_job_is_not_finished_from_an_earlier_run() -> None:
    world = world_of()
    world.answer()
    world.work()
    close(world)
    world.work()

    world.apply("reprocess", JOB)
    world.answer()

    assert (world.state(JOB), world.job(JOB).run) == (JobState.FINAL_RUN, 2)


def test_what_a_job_waits_for_is_told_while_its_source_is_asked_and_when_that_holds_nothing() -> None:
    world = world_of(None)
    node = world.schedule.timetable.node(HOUR)
    assert list(waiting_for(Outlook(world.schedule, Around()), node)) == ["its data source (flights) is being asked"]

    world.answer()

    told = "its data source (flights) had nothing for it; asked again when the trigger fires"
    assert list(waiting_for(Outlook(world.schedule, Around()), node)) == [told]


def test_a_live_job_without_data_neither_runs_nor_fails() -> None:
    world = world_of(None)
    for _ in range(4):
        fire(world)

    assert HOUR not in world.store.jobs


def test_a_closed_job_without_data_fails_once_a_firing_and_is_skipped_above_three() -> None:
    world = world_of(None)
    world.answer()
    close(world)
    assert world.job(JOB).number_of_failures == 1
    world.schedule.dirty.add(0)
    world.settle()
    assert not world.asks

    for failures in (2, 3):
        fire(world)
        assert (world.state(JOB), world.job(JOB).number_of_failures) == (JobState.EMBRYO, failures)
    world.restart()
    world.answer()

    assert (world.state(JOB), world.job(JOB).number_of_failures) == (JobState.SKIPPED, 4)
    assert (world.store.history[0].cause, world.store.history[0].because) == ("no_data", "flights")


def test_a_source_that_cannot_be_asked_is_no_lack_of_data_and_is_asked_at_the_next_firing() -> None:
    world = world_of(None)
    world.answer()
    world.go_to("2013013022")
    world.settle(lambda schedule: data_source.source_failed(schedule, world.asks.pop().key))
    assert HOUR not in world.store.jobs

    world.tick(600.0)

    assert [ask.key for ask in world.asks] == [HOUR]


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    world = world_of()
    world.restart()
    world.settle(lambda schedule: changes.switch(schedule, world.lane("MainHourly"), is_on=False, by=BY))
    world.answer()
    assert not world.queue

    world.settle(lambda schedule: data_source.boundaries_read(schedule, HOUR, UP_TO_9))

    assert HOUR not in world.store.jobs


def test_a_job_that_was_skipped_while_its_source_was_asked_stays_skipped() -> None:
    world = world_of(None)
    world.apply("skip", JOB)

    world.answer()

    assert world.state(JOB) is JobState.SKIPPED


def test_an_answer_for_a_period_that_a_reopened_one_comes_before_waits_for_its_turn() -> None:
    world = world_of()
    world.answer()
    world.work()
    world.data[NEXT] = UP_TO_5
    world.go_to("2013013021")
    world.answer()
    world.work()
    assert [ask.key for ask in world.asks] == [NEXT]
    world.apply("reprocess", JOB)

    world.answer()

    assert NEXT not in world.store.jobs
    assert sorted(world.queue) == [f"{JOB}.3"]


def test_a_source_that_is_asked_takes_a_slot() -> None:
    world = World(
        context_of(spec("MainHourly", "Main", state_machine=MachineKind.RECOMPUTING, source="flights", concurrency=2)),
        at="2013013104",
    )
    world.use_source()
    world.settle()

    assert [ask.key.timeperiod for ask in world.asks] == ["2013013020", "2013013021"]


def test_without_a_named_source_nothing_is_asked() -> None:
    world = World(context_of(spec("MainHourly", "Main", state_machine=MachineKind.RECOMPUTING)))
    world.use_source()
    world.settle()

    assert not world.asks
    assert world.related(JOB).end_id is None


def test_a_job_of_a_batch_whose_source_fails_leaves_its_room_to_the_next() -> None:
    world = world_of(concurrency=2)
    hours = [JobKey("MainHourly", f"201301302{hour}") for hour in range(4)]
    world.data.update(dict.fromkeys(hours, UP_TO_5))
    world.go_to("2013013100")
    world.answer()
    while world.work():
        world.answer()
    world.apply("reprocess", "MainHourly@2013013020..2013013023", max_parallel=1)
    world.answer()  # the first runs, and the second that was asked for too is parked

    world.work(most=1)
    assert [ask.key for ask in world.asks] == hours[1:3]
    for _ in range(2):
        world.settle(lambda schedule: data_source.source_failed(schedule, world.asks.pop(0).key))
    world.answer()

    assert world.queue == {f"{hours[3]}.2"}
