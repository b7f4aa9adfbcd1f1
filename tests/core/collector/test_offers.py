from __future__ import annotations

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from synergy.core.collector import cancel, is_lost, lose, release
from synergy.core.context import Work
from synergy.core.errors import IllegalState
from synergy.core.records import UnitOfWork, UowPatch, UowType, derive_uow_id
from synergy.core.states import UowState

NOW = 5_000.0
REQUESTED = UnitOfWork(
    uow_id=derive_uow_id("Hourly", None, "2013010100", 1),
    process_name="Hourly",
    timeperiod="2013010100",
    run=1,
    start_timeperiod="2013010100",
    end_timeperiod="2013010101",
)
RUNNING = replace(REQUESTED, state=UowState.IN_PROGRESS, claimed_by="box-1/1", attempt=2, retries=1)
INVALID = replace(REQUESTED, state=UowState.INVALID, attempt=2, retries=1, losses=2, exit_reason="exit 3")


def test_sending_an_unclaimed_message_again_changes_only_the_stamp() -> None:
    assert release(REQUESTED, NOW) == UowPatch(REQUESTED.uow_id, UowState.REQUESTED, 1, submitted=NOW)


def test_a_failed_unit_of_work_is_offered_as_a_new_attempt() -> None:
    patch = release(replace(INVALID, gave_up=True), NOW)
    assert (patch.expect_state, patch.expect_attempt) == (UowState.INVALID, 2)
    assert (patch.state, patch.attempt, patch.retries, patch.submitted) == (UowState.REQUESTED, 3, 2, NOW)
    assert (patch.losses, patch.gave_up, patch.claimed_by) == (0, False, None)
    assert patch.exit_reason is UNSET


@pytest.mark.parametrize("state", [UowState.IN_PROGRESS, UowState.PROCESSED, UowState.CANCELED])
def test_what_runs_or_is_finished_cannot_be_released(state: UowState) -> None:
    with pytest.raises(IllegalState, match=f"is {state.word}; only a requested or invalid one is offered again"):
        release(replace(REQUESTED, state=state), NOW)


def test_a_lost_unit_of_work_is_offered_again_at_once() -> None:
    patch = lose(RUNNING, NOW)
    assert (patch.expect_state, patch.expect_attempt, patch.expect_claimed_by) == (UowState.IN_PROGRESS, 2, "box-1/1")
    assert (patch.state, patch.attempt, patch.losses, patch.claimed_by) == (UowState.REQUESTED, 3, 1, None)
    assert (patch.submitted, patch.exit_reason) == (NOW, "lease lost")


def test_the_third_loss_in_a_row_makes_it_invalid() -> None:
    assert lose(replace(RUNNING, losses=1), NOW).state is UowState.REQUESTED
    patch = lose(replace(RUNNING, losses=2), NOW)
    assert (patch.state, patch.attempt, patch.losses) == (UowState.INVALID, UNSET, 3)
    assert (patch.finished, patch.exit_reason) == (NOW, "lease lost")


def test_losses_in_a_row_count_anew_after_the_queue() -> None:
    assert release(replace(INVALID, losses=3), NOW).losses == 0


def test_a_lost_last_attempt_is_not_offered_again() -> None:
    assert lose(RUNNING, NOW, Work(command=("x",), max_attempts=2)).state is UowState.INVALID
    assert lose(RUNNING, NOW, Work(command=("x",), max_attempts=3)).state is UowState.REQUESTED
    assert lose(RUNNING, NOW, Work(command=("x",))).state is UowState.REQUESTED


def test_a_lost_freerun_unit_of_work_waits_for_its_next_trigger() -> None:
    assert lose(replace(RUNNING, uow_type=UowType.FREERUN), NOW).state is UowState.INVALID


def test_losing_the_worker_of_what_was_to_be_canceled_cancels_it() -> None:
    patch = lose(replace(RUNNING, cancel_requested=True, losses=2), NOW)
    assert (patch.state, patch.finished, patch.exit_reason) == (UowState.CANCELED, NOW, "canceled; worker lost")


def test_only_what_runs_can_lose_its_worker() -> None:
    with pytest.raises(IllegalState, match="is requested; only one in progress can lose its worker"):
        lose(REQUESTED, NOW)


def test_only_what_is_taken_from_a_worker_must_still_be_held_by_it() -> None:
    canceled = lose(replace(RUNNING, cancel_requested=True), NOW)
    spent = lose(replace(RUNNING, losses=2), NOW)
    assert [canceled.expect_claimed_by, spent.expect_claimed_by] == ["box-1/1", "box-1/1"]
    failed = replace(INVALID, claimed_by="box-1/1", exit_reason="lease lost")
    others = (lose(failed, NOW), release(failed, NOW), cancel(failed, NOW), cancel(RUNNING, NOW))
    assert [patch.expect_claimed_by for patch in others] == [UNSET] * 4


@pytest.mark.parametrize("uow", [REQUESTED, INVALID])
def test_what_nobody_runs_is_canceled_at_once(uow: UnitOfWork) -> None:
    patch = cancel(uow, NOW)
    assert (patch.expect_state, patch.expect_attempt) == (uow.state, uow.attempt)
    assert (patch.state, patch.finished, patch.exit_reason) == (UowState.CANCELED, NOW, "canceled before it ran")


def test_what_runs_is_asked_to_end() -> None:
    assert cancel(RUNNING, NOW) == UowPatch(RUNNING.uow_id, UowState.IN_PROGRESS, 2, cancel_requested=True)


def test_what_is_finished_cannot_be_canceled() -> None:
    with pytest.raises(IllegalState, match="is noop; there is nothing to cancel"):
        cancel(replace(REQUESTED, state=UowState.NOOP), NOW)


def test_what_its_worker_ended_for_want_of_a_lease_is_lost_too() -> None:
    fenced = replace(INVALID, losses=0, exit_reason="lease lost")
    patch = lose(fenced, NOW)
    assert (patch.expect_state, patch.state, patch.attempt) == (UowState.INVALID, UowState.REQUESTED, 3)
    assert not is_lost(INVALID)
    with pytest.raises(IllegalState, match="is invalid"):
        lose(INVALID, NOW)
