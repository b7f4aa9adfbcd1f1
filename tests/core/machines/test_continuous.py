from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import MachineKind
from synergy.core.machines import advance
from synergy.core.machines.model import Effect, Event, Facts, Gate, Step
from synergy.core.states import JobState, UowState

EMBRYO, IN_PROGRESS, FINAL_RUN, PROCESSED, SKIPPED, NOOP = JobState
REQUESTED, RUNNING, DONE, NOTHING, CANCELED, INVALID = UowState
ISSUE, ANNOUNCE = (Effect.ISSUE_UOW,), (Effect.ANNOUNCE,)
LIVE, CLOSED, COMPLETE = (
    Facts(due=True, uow=DONE),
    Facts(due=True, closed=True, uow=DONE),
    Facts(due=True, closed=True, finalizable=True, uow=DONE),
)


def step(state: JobState, event: Event, facts: Facts) -> Step:
    return advance(MachineKind.CONTINUOUS, state, event, facts)


@pytest.mark.parametrize(
    ("facts", "becomes"),
    [
        (Facts(due=True), IN_PROGRESS),
        (Facts(due=True, closed=True), IN_PROGRESS),
        (Facts(due=True, finalizable=True), IN_PROGRESS),
        (Facts(due=True, closed=True, finalizable=True), FINAL_RUN),
    ],
)
def test_the_first_run_is_the_final_one_only_when_the_period_is_complete(facts: Facts, becomes: JobState) -> None:
    made = step(EMBRYO, Event.TICK, facts)
    assert (made.state, made.effects) == (becomes, ISSUE)


@pytest.mark.parametrize(("facts", "becomes"), [(LIVE, IN_PROGRESS), (CLOSED, IN_PROGRESS), (COMPLETE, FINAL_RUN)])
def test_a_tick_after_a_finished_run_issues_the_next(facts: Facts, becomes: JobState) -> None:
    made = step(IN_PROGRESS, Event.TICK, facts)
    assert (made.state, made.effects) == (becomes, ISSUE)


@pytest.mark.parametrize("facts", [LIVE, CLOSED, COMPLETE])
def test_the_end_of_a_run_issues_nothing(facts: Facts) -> None:
    made = step(IN_PROGRESS, Event.UOW_FINISHED, facts)
    assert (made.state, made.effects) == (IN_PROGRESS, ())


@pytest.mark.parametrize("state", [EMBRYO, IN_PROGRESS])
@pytest.mark.parametrize("facts", [Facts(due=False), Facts(due=True, gate=Gate.SHUT)])
def test_nothing_runs_unless_due_and_not_blocked(state: JobState, facts: Facts) -> None:
    made = step(state, Event.TICK, facts)
    assert (made.state, made.effects) == (state, ())


@pytest.mark.parametrize("state", [EMBRYO, IN_PROGRESS, FINAL_RUN])
def test_nothing_runs_while_canceled_work_may_still_live(state: JobState) -> None:
    made = step(state, Event.TICK, Facts(due=True, closed=True, finalizable=True, uow_cancel_requested=True))
    assert (made.state, made.effects) == (state, ())


@pytest.mark.parametrize("state", [IN_PROGRESS, FINAL_RUN])
@pytest.mark.parametrize("event", [Event.TICK, Event.UOW_FINISHED, Event.CANCELED])
@pytest.mark.parametrize("uow", [REQUESTED, RUNNING, INVALID])
def test_nothing_happens_while_a_unit_of_work_is_active(state: JobState, event: Event, uow: UowState) -> None:
    made = step(state, event, Facts(due=True, closed=True, finalizable=True, uow=uow))
    assert (made.state, made.effects) == (state, ())


@pytest.mark.parametrize("state", [EMBRYO, IN_PROGRESS])
def test_a_closed_job_is_skipped_when_a_dependency_is(state: JobState) -> None:
    made = step(state, Event.TICK, Facts(due=True, closed=True, gate=Gate.SKIP))
    assert (made.state, made.effects) == (SKIPPED, ANNOUNCE)


@pytest.mark.parametrize("uow", [None, UowState.CANCELED])
def test_a_final_run_that_left_nothing_is_skipped_with_its_dependency(uow: UowState | None) -> None:
    made = step(FINAL_RUN, Event.TICK, Facts(due=True, closed=True, uow=uow, gate=Gate.SKIP))

    assert (made.state, made.effects) == (SKIPPED, (Effect.ANNOUNCE,))


def test_a_live_job_is_not_skipped_by_its_dependency() -> None:
    made = step(EMBRYO, Event.TICK, Facts(due=True, gate=Gate.SKIP))
    assert (made.state, made.effects) == (EMBRYO, ())


@pytest.mark.parametrize(
    ("event", "uow", "becomes"),
    [
        (Event.UOW_FINISHED, DONE, PROCESSED),
        (Event.UOW_FINISHED, NOTHING, NOOP),
        (Event.TICK, DONE, PROCESSED),
        (Event.TICK, NOTHING, NOOP),
        (Event.UOW_FINISHED, CANCELED, SKIPPED),
        (Event.CANCELED, CANCELED, SKIPPED),
    ],
)
def test_the_final_run_says_how_the_job_ends(event: Event, uow: UowState, becomes: JobState) -> None:
    made = step(FINAL_RUN, event, Facts(closed=True, finalizable=True, uow=uow))
    assert (made.state, made.effects) == (becomes, ANNOUNCE)


def test_a_final_run_that_was_canceled_while_its_process_was_not_defined_is_issued_again() -> None:
    made = step(FINAL_RUN, Event.TICK, replace(COMPLETE, uow=CANCELED))
    assert (made.state, made.effects) == (FINAL_RUN, ISSUE)


@pytest.mark.parametrize("uow", [DONE, NOTHING])
@pytest.mark.parametrize("event", [Event.UOW_FINISHED, Event.TICK])
def test_a_run_that_is_not_the_final_one_any_more_finishes_nothing(event: Event, uow: UowState) -> None:
    made = step(FINAL_RUN, event, Facts(closed=True, finalizable=False, uow=uow))
    assert (made.state, made.effects) == (IN_PROGRESS, ())


def test_a_final_run_that_is_missing_is_issued_again() -> None:
    made = step(FINAL_RUN, Event.TICK, Facts(due=True, closed=True, finalizable=True))
    assert (made.state, made.effects) == (FINAL_RUN, ISSUE)
    waiting = step(FINAL_RUN, Event.TICK, Facts(due=False, closed=True, finalizable=True))
    assert (waiting.state, waiting.effects) == (FINAL_RUN, ())


def test_a_cancel_skips_a_job_whose_period_ended_a_moment_ago() -> None:
    made = step(IN_PROGRESS, Event.CANCELED, Facts(ended=True, uow=CANCELED))
    assert (made.state, made.effects) == (SKIPPED, ANNOUNCE)


def test_a_cancel_skips_a_closed_job_and_lets_a_live_one_run_again() -> None:
    closed = step(IN_PROGRESS, Event.CANCELED, Facts(closed=True, uow=CANCELED, uow_cancel_requested=True))
    assert (closed.state, closed.effects) == (SKIPPED, ANNOUNCE)
    live = Facts(due=True, uow=CANCELED, uow_cancel_requested=True)
    stays = step(IN_PROGRESS, Event.CANCELED, live)
    assert (stays.state, stays.effects) == (IN_PROGRESS, ())
    again = step(IN_PROGRESS, Event.TICK, live)
    assert (again.state, again.effects) == (IN_PROGRESS, ISSUE)


@pytest.mark.parametrize("state", [IN_PROGRESS, FINAL_RUN])
def test_a_failed_run_is_counted_and_left_to_the_collector(state: JobState) -> None:
    made = step(state, Event.UOW_INVALID, Facts(uow=INVALID, failures=0))
    assert (made.state, made.effects, made.failures) == (state, (), 1)
