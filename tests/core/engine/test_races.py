"""Workers that are quicker than a commit, or slower than a message: one truth, and nothing runs twice at a time."""

from __future__ import annotations

import pytest

from synergy.core.engine import collecting, reports
from synergy.core.engine.freeruns import run_entry
from synergy.core.engine.plans import draft
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Wish
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, entry, settings_of, spec
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


def just_before_the_commit(world: World, act: object) -> None:
    """Something happens once, between the engine's decision and its commit."""
    assert callable(act)

    def once() -> None:
        world.before_commit = lambda: None
        act()

    world.before_commit = once


def test_no_new_run_begins_before_the_old_one_is_gone_also_across_a_restart() -> None:
    world = world_of()
    attempt = claimed(world)
    world.apply("reprocess", JOB)
    world.restart()
    assert list(world.store.uows) == [FIRST]

    world.finish(attempt, UowState.CANCELED)
    world.settle()

    assert list(world.store.uows) == [FIRST, SECOND]
    assert world.store.uows[FIRST].state is UowState.CANCELED


def test_a_reprocess_that_comes_too_late_to_cancel_stops_the_work_first() -> None:
    world = world_of()
    just_before_the_commit(world, lambda: world.claim(FIRST))

    world.apply("reprocess", JOB)

    assert world.store.uows[FIRST].cancel_requested
    assert SECOND not in world.store.uows
    world.stop_canceled()
    world.settle()
    assert SECOND in world.store.uows


def test_a_finish_that_comes_after_the_reprocess_is_evidence_only() -> None:
    world = world_of()
    attempt = claimed(world)
    world.apply("reprocess", JOB)

    world.finish(attempt)
    world.settle()

    assert world.store.uows[FIRST].state is UowState.PROCESSED
    assert world.state(JOB) is JobState.IN_PROGRESS
    assert world.job(JOB).related_unit_of_work == SECOND


def test_an_operators_cancel_survives_a_crash_right_after_its_commit() -> None:
    world = world_of()
    world.on_commit = lambda _outbox: (_ for _ in ()).throw(InterruptedError)
    with pytest.raises(InterruptedError):
        world.apply("cancel", JOB)
    world.on_commit = lambda _outbox: None
    assert world.job(JOB).state is JobState.IN_PROGRESS

    world.restart()

    assert world.state(JOB) is JobState.SKIPPED
    assert world.store.history[-1].cause == "cancel"
    assert SECOND not in world.store.uows


def test_a_canceled_attempt_that_fails_as_it_is_killed_is_canceled() -> None:
    world = world_of()
    attempt = claimed(world)
    world.apply("cancel", JOB)

    world.finish(attempt, UowState.INVALID, "signal 15")
    world.settle()

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert world.state(JOB) is JobState.SKIPPED


def test_a_canceled_attempt_that_failed_while_the_daemon_was_down_is_canceled_too() -> None:
    world = world_of()
    attempt = claimed(world)
    world.apply("cancel", JOB)
    world.finish(attempt, UowState.INVALID, "signal 15")
    world.mail.clear()

    world.restart()

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert world.state(JOB) is JobState.SKIPPED


def test_a_job_that_finishes_before_its_cancel_is_seen_is_finished_as_its_work_says() -> None:
    world = world_of()
    attempt = claimed(world)
    world.apply("cancel", JOB)
    world.finish(attempt)
    world.restart()

    assert world.state(JOB) is JobState.PROCESSED


def test_a_lost_worker_of_a_canceled_unit_of_work_frees_its_job() -> None:
    world = world_of()
    claimed(world)
    world.apply("skip", JOB)
    world.die("s1")

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert not world.schedule.dying
    assert not world.lane("MainHourly").holding or FIRST not in world.schedule.uows


def test_a_lost_worker_is_offered_again_as_a_new_attempt() -> None:
    world = world_of()
    claimed(world)
    world.die("s1")

    assert world.store.uows[FIRST].attempt == 2
    assert FIRST in world.queue


def test_a_worker_that_died_before_it_told_of_its_claim_is_found_in_the_store() -> None:
    world = world_of()
    world.claim(FIRST, tell=False)
    world.die("s1")

    assert world.store.uows[FIRST].attempt == 2


def test_work_that_was_given_back_while_it_was_found_lost_is_offered_again() -> None:
    world = world_of()
    claimed(world)
    world.die("s1", releases=True)

    assert (world.store.uows[FIRST].state, world.store.uows[FIRST].attempt) == (UowState.REQUESTED, 1)
    assert FIRST in world.queue
    rules.check_memory(world)


def test_a_finish_stored_just_before_its_worker_was_found_lost_counts() -> None:
    world = world_of()
    attempt = claimed(world)
    just_before_the_commit(world, lambda: world.finish(attempt))
    world.settle(lambda schedule: reports.supervisor_lost(schedule, "s1"))
    world.settle()

    assert world.state(JOB) is JobState.PROCESSED
    assert world.store.uows[FIRST].attempt == 1


def test_three_losses_in_a_row_make_it_invalid_and_it_takes_the_queue() -> None:
    world = world_of()
    for _ in range(3):
        claimed(world)
        world.die("s1")

    assert world.store.uows[FIRST].state is UowState.INVALID
    assert FIRST in world.schedule.queues
    assert world.schedule.failures[0].uow_id == FIRST


def test_a_claim_that_beats_the_collectors_giving_up_is_no_failure() -> None:
    world = world_of(gc_life_support_hours=1.0)
    world.tick(4_000.0)
    just_before_the_commit(world, lambda: world.claim(FIRST))

    world.settle(collect=True)
    world.settle()

    assert world.store.uows[FIRST].state is UowState.IN_PROGRESS
    assert world.job(JOB).number_of_failures == 0
    assert not world.lane("MainHourly").invalid


def test_a_claim_that_beats_the_collectors_skip_is_stopped() -> None:
    world = world_of(gc_life_support_hours=1.0, gc_on_give_up="skip")
    world.tick(4_000.0)
    just_before_the_commit(world, lambda: world.claim(FIRST))

    world.settle(collect=True)

    assert world.state(JOB) is JobState.SKIPPED
    assert world.store.uows[FIRST].cancel_requested


def test_the_end_of_work_whose_skip_it_beat_within_one_batch_frees_the_slot() -> None:
    world = world_of(gc_life_support_hours=1.0, gc_on_give_up="skip")
    world.tick(4_000.0)
    attempt = world.claim(FIRST)
    assert attempt is not None
    world.finish(attempt)

    world.settle(collect=True)  # judged first, and heard of after that

    assert not world.schedule.dying
    rules.check_memory(world)


def test_reports_told_twice_or_in_another_order_change_nothing_more() -> None:
    world = world_of()
    attempt = world.claim(FIRST)
    assert attempt is not None
    world.finish(attempt)
    world.mail = [*reversed(world.mail), *world.mail]
    world.settle()

    assert world.state(JOB) is JobState.PROCESSED
    assert len([one for one in world.store.history if one.new_state is JobState.PROCESSED]) == 1


def test_a_late_report_of_a_superseded_attempt_is_ignored() -> None:
    world = world_of()
    attempt = claimed(world)
    world.die("s1")

    world.mail.append(attempt)
    world.settle()

    assert world.schedule.uows[FIRST].state is UowState.REQUESTED
    assert not world.mail


def test_a_message_that_only_tells_what_is_known_is_ignored() -> None:
    world = world_of()
    attempt = claimed(world)
    stale = world.store.uows[FIRST]

    world.settle(lambda schedule: reports.uow_finished(schedule, stale))

    assert world.schedule.uows[FIRST] == attempt


def test_a_missed_patch_of_what_memory_has_forgotten_is_settled_in_the_store() -> None:
    world = world_of()
    attempt = claimed(world)
    world.finish(attempt)
    world.settle()
    record = world.store.uows[FIRST]
    assert FIRST not in world.schedule.uows

    reports.missed(world.schedule, record)
    assert not world.schedule.outbox.patches
    reports.missed(world.schedule, attempt)
    reports.missed(world.schedule, UnitOfWork(FIRST, "MainHourly", "2013013020", 1, "a", "b", state=UowState.PROCESSED))

    assert [patch.applied for patch in world.schedule.outbox.patches] == [True]


def test_a_missed_release_of_what_was_claimed_meanwhile_takes_the_claim() -> None:
    world = world_of(gc_resubmit_after_hours=0.1, gc_release_lag_minutes=0.0)
    world.tick(4_000.0)
    world.settle(collect=True)
    world.settle(collect=True)
    just_before_the_commit(world, lambda: world.claim(FIRST, tell=False))
    world.tick(4_000.0)
    world.settle(collecting.collect)

    world.tick(1.0)

    assert world.schedule.uows[FIRST].state is UowState.IN_PROGRESS


def test_a_missed_release_of_what_has_ended_meanwhile_changes_nothing_more() -> None:
    context = context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main", is_on=False))
    world = World(context, settings_of(gc_resubmit_after_hours=0.1, gc_release_lag_minutes=1.0))
    world.go_to("2013013101")
    [uow_id] = world.queue
    world.tick(4_000.0)
    world.settle(collect=True)
    attempt = world.claim(uow_id)
    assert attempt is not None
    world.finish(attempt)

    world.tick(100.0)  # released, and heard of after that

    assert world.schedule.uows[uow_id].state is UowState.PROCESSED
    rules.check_memory(world)


def test_work_that_is_lost_and_skipped_at_once_is_told_of_once() -> None:
    world = world_of()
    claimed(world)
    plan = draft(world.schedule, Wish("skip", (JOB,)))
    for _ in range(2):
        world.die("s1")
        claimed(world)

    world.running.clear()
    world.settle(
        lambda schedule: reports.supervisor_lost(schedule, "s1"),
        lambda schedule: world.act(schedule, plan, "p1"),
    )

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert not world.schedule.dying
    rules.check_memory(world)


def test_an_entry_in_a_queue_is_offered_again_as_any_other() -> None:
    world = world_of()
    world.settle(lambda schedule: run_entry(schedule, schedule.entries["Free", "often"], {}))
    uow_id = world.schedule.entries["Free", "often"].record.related_unit_of_work
    assert uow_id is not None
    world.queue.clear()
    world.schedule.queues.add("Free", uow_id, world.now.real)

    world.tick(1.0)

    assert uow_id in world.queue


def test_everything_requested_is_offered_again_oldest_first() -> None:
    world = World(context_of(spec("MainHourly", "Main", concurrency=3)))
    world.go_to("2013013102")

    collecting.offer_requested(world.schedule)

    assert [uow.timeperiod for uow in world.schedule.outbox.publish] == ["2013013020", "2013013021", "2013013022"]
