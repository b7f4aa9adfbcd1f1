"""What a start finds: work of processes that are gone, half-stored batches, ends that nobody heard of."""

from __future__ import annotations

import pytest

from synergy.core.engine import collecting
from synergy.core.engine.freeruns import run_entry
from synergy.core.records import LEASE_LOST, UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Timetable
from tests.core.engine import rules
from tests.core.engine.contexts import END, START, context_of, entry, settings_of, spec
from tests.core.engine.world import World

JOB = "MainHourly@2013013020"
FIRST, SECOND = UowId(f"{JOB}.1"), UowId(f"{JOB}.2")


def world_of(**settings: object) -> World:
    """One job that is requested."""
    world = World(
        context_of(spec("MainHourly", "Main"), entries=(entry("often", "at 19:00"),)), settings_of(**settings)
    )
    world.go_to("2013013022")
    return world


def claimed(world: World, uow_id: UowId = FIRST) -> UnitOfWork:
    attempt = world.claim(uow_id)
    assert attempt is not None
    world.settle()
    return attempt


def test_a_job_of_a_process_that_was_removed_is_hidden_and_its_work_stopped() -> None:
    world = world_of()
    attempt = claimed(world)
    world.context = context_of(spec("OtherHourly", "Other"))
    world.restart()
    assert world.store.uows[FIRST].cancel_requested
    assert collecting.collect(world.schedule) == 0

    world.finish(attempt, UowState.CANCELED)
    world.settle()

    assert FIRST not in world.schedule.uows
    assert world.job(JOB).state is JobState.IN_PROGRESS


def test_what_a_removed_process_had_waiting_is_canceled() -> None:
    world = world_of()
    world.context = context_of(spec("OtherHourly", "Other"))
    world.restart()

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert FIRST not in world.schedule.uows


def test_work_of_a_removed_process_that_fails_is_canceled() -> None:
    world = world_of()
    attempt = claimed(world)
    world.context = context_of(spec("OtherHourly", "Other"))
    world.restart()

    world.finish(attempt, UowState.INVALID)
    world.settle()

    assert world.store.uows[FIRST].state is UowState.CANCELED


def test_the_number_of_a_unit_of_work_whose_job_was_not_stored_is_used_up() -> None:
    world = world_of()
    del world.store.jobs[world.job(JOB).key]  # a store without transactions, and a crash between two writes
    world.restart()

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert world.job(JOB).related_unit_of_work == SECOND


def test_an_unapplied_finish_that_no_job_waits_for_is_marked_and_forgotten() -> None:
    world = world_of()
    attempt = claimed(world)
    world.apply("skip", JOB)
    world.finish(attempt, UowState.CANCELED)
    world.mail.clear()

    world.restart()

    assert world.store.uows[FIRST].applied
    assert FIRST not in world.schedule.uows


def test_an_entrys_end_that_was_not_announced_is_taken_at_the_next_start() -> None:
    world = world_of()
    world.settle(lambda schedule: run_entry(schedule, schedule.entries["Free", "often"], {}))
    uow_id = world.schedule.entries["Free", "often"].record.related_unit_of_work
    assert uow_id is not None
    attempt = world.claim(uow_id)
    assert attempt is not None
    world.finish(attempt)
    world.mail.clear()

    world.restart()

    assert world.store.uows[uow_id].applied


def test_what_failed_waits_in_its_reprocessing_queue_again_after_a_start() -> None:
    world = world_of()
    world.finish(claimed(world), UowState.INVALID)
    world.settle()

    world.restart()

    assert [queued.uow_id for queued in world.schedule.queues.items("MainHourly")] == [FIRST]


def test_starts_more_often_than_the_delay_do_not_begin_the_wait_of_what_failed_anew() -> None:
    world = world_of()
    world.finish(claimed(world), UowState.INVALID)
    world.settle()
    release_at = world.schedule.queues.release_time(FIRST)
    assert release_at is not None

    for _ in range(2):
        world.tick(400.0)
        world.restart()
        assert world.schedule.queues.release_time(FIRST) == pytest.approx(release_at, abs=0.01)
    world.tick(400.0)

    assert (world.store.uows[FIRST].state, world.store.uows[FIRST].attempt) == (UowState.REQUESTED, 2)


def test_what_has_waited_long_enough_while_nobody_led_is_offered_by_the_start() -> None:
    world = world_of()
    world.finish(claimed(world), UowState.INVALID)
    world.settle()
    world.now = world.now._replace(real=world.now.real + 7_200.0)

    world.restart()

    assert FIRST in world.queue
    assert (world.store.uows[FIRST].state, world.store.uows[FIRST].attempt) == (UowState.REQUESTED, 2)


def test_no_start_offers_what_failed_while_its_process_is_off() -> None:
    world = world_of()
    world.finish(claimed(world), UowState.INVALID)
    world.settle()
    world.context = context_of(spec("MainHourly", "Main", is_on=False))
    world.now = world.now._replace(real=world.now.real + 7_200.0)

    world.restart()

    assert world.store.uows[FIRST].state is UowState.INVALID
    assert FIRST not in world.schedule.queues


def test_an_earlier_start_reopens_what_stands_finished_over_it_and_what_is_built_on_that() -> None:
    levels = (spec("MainYearly", "Main"), spec("MainMonthly", "Main"), spec("ReportYearly", "Report"))
    context = context_of(*levels, dependent_on={"Report": ("Main",)})
    settings = {"synergy_start_timeperiod": "2013110100", "synergy_end_timeperiod": "2014010100"}
    world = World(context, settings_of(**settings))
    world.go_to("2014010200")
    world.work()
    year, report = "MainYearly@2013000000", "ReportYearly@2013000000"
    assert {world.state(year), world.state(report)} == {JobState.PROCESSED}
    runs = world.job(report).run

    world.settings = settings_of(**{**settings, "synergy_start_timeperiod": "2013100100"})
    world.restart()

    assert (world.state(year), world.state(report)) == (JobState.IN_PROGRESS, JobState.EMBRYO)
    world.work()
    assert {world.state(year), world.state(report)} == {JobState.PROCESSED}
    assert world.job(report).run == runs + 1


def test_work_ended_for_want_of_a_lease_is_offered_again_at_once_by_the_next_start_too() -> None:
    world = world_of()
    attempt = claimed(world)
    world.finish(attempt, UowState.INVALID, LEASE_LOST)
    world.mail.clear()

    world.restart()

    again = world.related(JOB)
    assert (again.state, again.attempt, again.losses) == (UowState.REQUESTED, 2, 1)
    assert world.schedule.lanes[0].invalid == set()


def test_work_of_an_hour_that_is_no_more_is_not_offered_again_by_a_start() -> None:
    world = world_of()
    attempt = claimed(world)
    world.finish(attempt, UowState.INVALID, LEASE_LOST)
    world.mail.clear()
    world.context = context_of(spec("OtherHourly", "Other"))

    world.restart()

    assert world.store.uows[FIRST].state is UowState.CANCELED


def test_what_was_done_before_the_clock_was_set_back_is_not_done_again_after_a_restart() -> None:
    world = World(context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main")), settings_of())
    world.go_to("2013013103")
    world.work()
    done = dict(world.store.jobs)
    assert world.state("MainHourly@2013013100") is JobState.PROCESSED

    world.go_to("2013013021")
    world.restart()

    assert world.state("MainHourly@2013013100") is JobState.PROCESSED
    world.go_to("2013013103")
    world.work()
    assert {key: job.run for key, job in world.store.jobs.items() if key in done} == {
        key: job.run for key, job in done.items()
    }
    rules.check_history(world)
    rules.check_memory(world)


def test_a_store_that_holds_nothing_makes_no_period() -> None:
    timetable = Timetable(context_of(spec("MainHourly", "Main")), START, END)

    timetable.settle()

    assert timetable.columns[0].end == timetable.columns[0].first
