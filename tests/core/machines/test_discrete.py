from __future__ import annotations

import pytest

from synergy.core.context import MachineKind
from synergy.core.machines import advance
from synergy.core.machines.model import Effect, Event, Facts, Gate, Step
from synergy.core.states import JobState, UowState

EMBRYO, IN_PROGRESS, FINAL_RUN, PROCESSED, SKIPPED, NOOP = JobState
REQUESTED, RUNNING, DONE, NOTHING, CANCELED, INVALID = UowState
ISSUE, ANNOUNCE = (Effect.ISSUE_UOW,), (Effect.ANNOUNCE,)


def step(state: JobState, event: Event, facts: Facts) -> Step:
    return advance(MachineKind.DISCRETE, state, event, facts)


def test_an_embryo_job_starts_once_it_is_due_closed_and_not_blocked() -> None:
    made = step(EMBRYO, Event.TICK, Facts(due=True, closed=True))
    assert (made.state, made.effects) == (IN_PROGRESS, ISSUE)


@pytest.mark.parametrize(
    "facts",
    [
        Facts(due=False, closed=True),
        Facts(due=True, closed=False),
        Facts(due=True, closed=True, gate=Gate.SHUT),
        Facts(due=True, closed=False, gate=Gate.SKIP),
        Facts(due=True, closed=True, uow_cancel_requested=True),
    ],
)
def test_an_embryo_job_waits_as_long_as_one_condition_is_missing(facts: Facts) -> None:
    made = step(EMBRYO, Event.TICK, facts)
    assert (made.state, made.effects) == (EMBRYO, ())


def test_an_embryo_job_is_skipped_when_a_dependency_is() -> None:
    made = step(EMBRYO, Event.TICK, Facts(due=True, closed=True, gate=Gate.SKIP))
    assert (made.state, made.effects) == (SKIPPED, ANNOUNCE)


@pytest.mark.parametrize("state", [IN_PROGRESS, FINAL_RUN])
@pytest.mark.parametrize("event", [Event.TICK, Event.UOW_FINISHED])
@pytest.mark.parametrize(("uow", "becomes"), [(DONE, PROCESSED), (NOTHING, NOOP)])
def test_a_complete_job_is_finished_as_its_run_says(
    state: JobState, event: Event, uow: UowState, becomes: JobState
) -> None:
    made = step(state, event, Facts(due=True, closed=True, finalizable=True, uow=uow))
    assert (made.state, made.effects) == (becomes, ANNOUNCE)


@pytest.mark.parametrize("event", [Event.TICK, Event.UOW_FINISHED])
def test_a_job_whose_inputs_finished_after_its_run_began_runs_once_more(event: Event) -> None:
    facts = Facts(due=True, closed=True, finalizable=True, uow=DONE, fresh=False)
    made = step(IN_PROGRESS, event, facts)
    assert (made.state, made.effects) == (IN_PROGRESS, ISSUE)


@pytest.mark.parametrize("event", [Event.TICK, Event.UOW_FINISHED])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_job_that_is_not_finalizable_waits_without_running_again(event: Event, *, fresh: bool) -> None:
    made = step(IN_PROGRESS, event, Facts(due=True, closed=True, finalizable=False, uow=DONE, fresh=fresh))
    assert (made.state, made.effects) == (IN_PROGRESS, ())


def test_a_stale_run_is_not_repeated_while_the_job_is_blocked() -> None:
    made = step(
        IN_PROGRESS,
        Event.TICK,
        Facts(due=True, closed=True, finalizable=True, uow=DONE, fresh=False, gate=Gate.SHUT),
    )
    assert (made.state, made.effects) == (IN_PROGRESS, ())


def test_a_job_that_would_run_again_is_skipped_when_a_dependency_is() -> None:
    facts = Facts(due=True, closed=True, finalizable=True, uow=DONE, fresh=False, gate=Gate.SKIP)
    made = step(IN_PROGRESS, Event.TICK, facts)
    assert (made.state, made.effects) == (SKIPPED, ANNOUNCE)


@pytest.mark.parametrize("uow", [REQUESTED, RUNNING, INVALID])
@pytest.mark.parametrize("event", [Event.TICK, Event.UOW_FINISHED, Event.CANCELED])
def test_nothing_happens_while_a_unit_of_work_is_active(event: Event, uow: UowState) -> None:
    made = step(IN_PROGRESS, event, Facts(due=True, closed=True, finalizable=True, uow=uow))
    assert (made.state, made.effects, made.rule) == (IN_PROGRESS, (), "is worked on")


@pytest.mark.parametrize("finalizable", [True, False])
def test_an_operators_cancel_skips_a_closed_job_finalizable_or_not(*, finalizable: bool) -> None:
    made = step(IN_PROGRESS, Event.CANCELED, Facts(closed=True, finalizable=finalizable, uow=CANCELED))
    assert (made.state, made.effects) == (SKIPPED, ANNOUNCE)


def test_a_live_job_goes_on_after_a_cancel_at_its_next_tick() -> None:
    facts = Facts(due=True, closed=False, uow=CANCELED, uow_cancel_requested=True)
    made = step(IN_PROGRESS, Event.CANCELED, facts)
    assert (made.state, made.effects) == (IN_PROGRESS, ())
    made = step(made.state, Event.TICK, facts)
    assert (made.state, made.effects) == (IN_PROGRESS, ISSUE)


def test_no_run_is_issued_while_a_canceled_one_may_still_live() -> None:
    made = step(IN_PROGRESS, Event.TICK, Facts(due=True, closed=True, uow=None, uow_cancel_requested=True))
    assert (made.state, made.effects) == (IN_PROGRESS, ())


def test_a_failed_run_is_counted_and_left_to_the_collector() -> None:
    made = step(IN_PROGRESS, Event.UOW_INVALID, Facts(closed=True, uow=INVALID, failures=2))
    assert (made.state, made.effects, made.failures) == (IN_PROGRESS, (), 3)


@pytest.mark.parametrize("state", [IN_PROGRESS, FINAL_RUN])
def test_skipping_a_running_job_cancels_its_unit_of_work(state: JobState) -> None:
    made = step(state, Event.SKIP, Facts(uow=RUNNING))
    assert (made.state, made.effects) == (SKIPPED, (Effect.CANCEL_UOW, Effect.ANNOUNCE))


def test_skipping_an_embryo_job_announces_it() -> None:
    made = step(EMBRYO, Event.SKIP, Facts())
    assert (made.state, made.effects) == (SKIPPED, ANNOUNCE)


@pytest.mark.parametrize("state", [IN_PROGRESS, FINAL_RUN, PROCESSED, SKIPPED, NOOP])
def test_a_reprocessed_job_is_embryo_again_and_forgets_its_failures(state: JobState) -> None:
    made = step(state, Event.REPROCESS, Facts(uow=RUNNING, failures=3))
    assert (made.state, made.failures) == (EMBRYO, 0)
    assert made.effects == (Effect.CANCEL_UOW, Effect.FORGET_UOW)


def test_an_embryo_job_is_only_ordered_by_a_reprocess() -> None:
    made = step(EMBRYO, Event.REPROCESS, Facts(failures=2))
    assert (made.state, made.effects, made.failures) == (EMBRYO, (), 2)
