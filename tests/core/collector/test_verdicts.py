from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from synergy.core.collector import LEAVE, Cancel, Enqueue, GiveUp, Rules, Skip, exit_code, freshness, has_waited, judge
from synergy.core.context import Work
from synergy.core.records import UnitOfWork, UowPatch, UowType, derive_uow_id
from synergy.core.settings import Settings
from synergy.core.states import UowState

HOUR = 3600.0
NOW = 1_000.0 * HOUR
SETTINGS = Settings(context="jobs", synergy_start_timeperiod="2013010100")
RULES = Rules(Work(command=("true",)), SETTINGS, NOW, 0.0)
REQUESTED = UnitOfWork(
    uow_id=derive_uow_id("Hourly", None, "2013010100", 1),
    process_name="Hourly",
    timeperiod="2013010100",
    run=1,
    start_timeperiod="2013010100",
    end_timeperiod="2013010101",
    created=NOW - 60.0,
    submitted=NOW - 60.0,
)
INVALID = replace(REQUESTED, state=UowState.INVALID, finished=NOW - 1.0, exit_reason="exit 3")
OLD = NOW - 48.0 * HOUR


@pytest.mark.parametrize("state", [UowState.IN_PROGRESS, UowState.PROCESSED, UowState.NOOP, UowState.CANCELED])
def test_what_runs_or_is_finished_is_left_alone_whatever_its_age(state: UowState) -> None:
    assert judge(replace(REQUESTED, state=state, created=0.0), RULES, already_queued=False) is LEAVE


def test_a_failed_unit_of_work_waits_for_the_release_lag() -> None:
    assert judge(INVALID, RULES, already_queued=False) == Enqueue(NOW + 15.0 * 60.0)


@pytest.mark.parametrize("delay", [0.0, 2.5])
def test_a_process_may_set_its_own_retry_delay(delay: float) -> None:
    rules = RULES._replace(work=replace(RULES.work, retry_delay_seconds=delay))
    assert judge(INVALID, rules, already_queued=False) == Enqueue(NOW + delay)


@pytest.mark.parametrize(
    ("finished", "submitted", "waited"),
    [
        (NOW - 1.0, NOW - 60.0, 1.0),
        (NOW - HOUR, NOW - 60.0, 60.0),  # the clock of its box is behind
        (NOW - HOUR, None, 60.0),  # since it was created
        (NOW + HOUR, NOW - 60.0, 0.0),  # it is ahead, or the daemon's was set back
        (NOW - 1.0, NOW + HOUR, 0.0),
        (None, NOW - 60.0, 0.0),
    ],
)
def test_how_long_a_failed_one_has_waited_lies_between_its_offer_and_now(
    finished: float | None, submitted: float | None, waited: float
) -> None:
    assert has_waited(replace(INVALID, finished=finished, submitted=submitted), NOW) == waited


def test_what_is_queued_is_not_queued_twice() -> None:
    assert judge(INVALID, RULES, already_queued=True) is LEAVE


def test_an_unclaimed_message_is_resubmitted_only_after_an_hour() -> None:
    fresh = replace(REQUESTED, created=NOW - HOUR, submitted=NOW - HOUR)
    assert judge(fresh, RULES, already_queued=False) is LEAVE
    stale = replace(fresh, submitted=NOW - HOUR - 1.0)
    assert judge(stale, RULES, already_queued=False) == Enqueue(NOW + 15.0 * 60.0)


def test_a_unit_of_work_never_submitted_counts_from_its_creation() -> None:
    stale = replace(REQUESTED, created=NOW - 2.0 * HOUR, submitted=None)
    assert judge(stale, RULES, already_queued=False) == Enqueue(NOW + 15.0 * 60.0)


def test_the_retry_delay_of_a_process_is_not_for_unclaimed_messages() -> None:
    rules = RULES._replace(work=replace(RULES.work, retry_delay_seconds=1.0))
    stale = replace(REQUESTED, submitted=NOW - 2.0 * HOUR)
    assert judge(stale, rules, already_queued=False) == Enqueue(NOW + 15.0 * 60.0)


def test_ages_count_from_the_end_of_an_outage() -> None:
    rules = RULES._replace(counted_from=NOW - 10.0)
    assert judge(replace(REQUESTED, created=0.0, submitted=0.0), rules, already_queued=False) is LEAVE
    assert judge(replace(INVALID, created=0.0), rules, already_queued=False) == Enqueue(NOW + 15.0 * 60.0)


def test_a_stamp_of_before_the_clock_jumped_back_counts_from_the_jump() -> None:
    rules = RULES._replace(counted_from=NOW - 2.0 * HOUR)
    assert judge(replace(REQUESTED, submitted=NOW + 9.0), rules, already_queued=False) == Enqueue(NOW + 15.0 * 60.0)


def test_the_end_of_life_support_leaves_a_failed_one_to_an_operator() -> None:
    verdict = judge(replace(INVALID, created=OLD), RULES, already_queued=True)
    patch = UowPatch(INVALID.uow_id, UowState.INVALID, 1, gave_up=True)
    assert verdict == GiveUp(patch, "its 48 hours of life support are over")


def test_a_second_before_the_end_of_life_support_it_is_still_offered() -> None:
    assert judge(replace(INVALID, created=OLD + 1.0), RULES, already_queued=False) == Enqueue(NOW + 900.0)


def test_one_that_no_worker_took_becomes_invalid_at_the_end_of_life_support() -> None:
    verdict = judge(replace(REQUESTED, created=OLD), RULES, already_queued=False)
    assert isinstance(verdict, GiveUp)
    assert (verdict.patch.expect_state, verdict.patch.state) == (UowState.REQUESTED, UowState.INVALID)
    assert (verdict.patch.gave_up, verdict.patch.exit_reason) == (True, "no worker took it")


def test_what_was_given_up_is_not_given_up_again() -> None:
    assert judge(replace(INVALID, created=OLD, gave_up=True), RULES, already_queued=False) is LEAVE


def test_the_last_allowed_attempt_is_the_last() -> None:
    rules = RULES._replace(work=replace(RULES.work, max_attempts=3))
    assert isinstance(judge(replace(INVALID, attempt=2), rules, already_queued=False), Enqueue)
    verdict = judge(replace(INVALID, attempt=3), rules, already_queued=False)
    assert isinstance(verdict, GiveUp)
    assert verdict.reason == "attempt 3 of 3 failed (exit 3)"


def test_a_last_attempt_without_a_reason_is_told_as_such() -> None:
    rules = RULES._replace(work=replace(RULES.work, max_attempts=1))
    verdict = judge(replace(INVALID, exit_reason=None), rules, already_queued=False)
    assert isinstance(verdict, GiveUp)
    assert verdict.reason == "attempt 1 of 1 failed (no reason told)"


def test_a_last_attempt_that_waits_for_a_worker_is_not_given_up() -> None:
    rules = RULES._replace(work=replace(RULES.work, max_attempts=1))
    assert judge(REQUESTED, rules, already_queued=False) is LEAVE


def test_a_fatal_exit_code_is_never_retried() -> None:
    rules = RULES._replace(work=replace(RULES.work, fatal_exit_codes=(3, 4)))
    verdict = judge(INVALID, rules, already_queued=False)
    assert isinstance(verdict, GiveUp)
    assert verdict.reason == "exit 3 is fatal by the definition of its process"
    assert isinstance(judge(replace(INVALID, exit_reason="exit 5"), rules, already_queued=False), Enqueue)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("exit 3", 3),
        ("exit 78: bad input", 78),
        ("signal 9", None),
        ("exit 3x", None),
        ("exit " + "9" * 5_000, None),
        ("raised exit 3", None),
        (None, None),
    ],
)
def test_an_exit_code_is_read_from_the_reason_of_a_command(reason: str | None, code: int | None) -> None:
    assert exit_code(reason) == code


@pytest.mark.parametrize("uow", [INVALID, REQUESTED])
def test_the_originals_rule_cancels_and_skips_instead(uow: UnitOfWork) -> None:
    rules = RULES._replace(settings=replace(SETTINGS, gc_on_give_up="skip"))
    verdict = judge(replace(uow, created=OLD), rules, already_queued=False)
    assert isinstance(verdict, Skip)
    assert (verdict.patch.state, verdict.patch.finished) == (UowState.CANCELED, NOW)
    assert verdict.patch.exit_reason == "gave up: its 48 hours of life support are over"


@pytest.mark.parametrize("uow", [INVALID, replace(REQUESTED, submitted=NOW - 3.0 * HOUR)])
def test_a_freerun_unit_of_work_is_left_to_its_next_trigger(uow: UnitOfWork) -> None:
    assert judge(replace(uow, uow_type=UowType.FREERUN), RULES, already_queued=False) is LEAVE


def test_a_freerun_unit_of_work_is_canceled_at_the_end_of_life_support() -> None:
    verdict = judge(replace(INVALID, uow_type=UowType.FREERUN, created=OLD), RULES, already_queued=False)
    assert isinstance(verdict, Cancel)
    assert (verdict.patch.state, verdict.reason) == (UowState.CANCELED, "its 48 hours of life support are over")


def test_the_life_that_is_left_is_told() -> None:
    assert RULES.life_left(replace(REQUESTED, created=NOW - HOUR)) == 47.0 * HOUR


STAMPS = st.sampled_from([0.0, OLD - 1.0, OLD, OLD + 1.0, NOW - HOUR - 1.0, NOW - HOUR, NOW - 1.0, NOW, NOW + 1.0])


@given(STAMPS, st.none() | STAMPS, STAMPS, st.sampled_from(UowType))
def test_what_is_fresh_is_left_alone_whatever_its_process(
    created: float, submitted: float | None, counted_from: float, uow_type: UowType
) -> None:
    uow = replace(REQUESTED, created=created, submitted=submitted, uow_type=uow_type)
    verdict = judge(uow, RULES._replace(counted_from=counted_from), already_queued=False)
    assert verdict is LEAVE or not freshness(SETTINGS, NOW, counted_from).covers(uow)


@pytest.mark.parametrize(
    ("uow", "counted_from", "is_fresh"),
    [
        (REQUESTED, 0.0, True),
        (replace(REQUESTED, submitted=None), 0.0, True),
        (replace(REQUESTED, submitted=NOW - HOUR - 1.0), 0.0, False),
        (replace(REQUESTED, created=OLD), 0.0, False),
        (replace(REQUESTED, submitted=NOW + 1.0), 0.0, False),
        (replace(REQUESTED, created=0.0, submitted=0.0), NOW - HOUR + 1.0, True),
        (replace(REQUESTED, created=OLD - 1.0), NOW - 2.0 * HOUR, True),
    ],
)
def test_what_waits_is_fresh_until_it_is_old_enough_to_be_judged(
    uow: UnitOfWork, counted_from: float, *, is_fresh: bool
) -> None:
    assert freshness(SETTINGS, NOW, counted_from).covers(uow) is is_fresh
