from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import MachineKind
from synergy.core.machines import advance
from synergy.core.machines.model import Effect, Event, Facts, Gate, Step
from synergy.core.ports import Boundaries
from synergy.core.records import UowId
from synergy.core.states import JobState, UowState

EMBRYO, IN_PROGRESS, FINAL_RUN, PROCESSED, SKIPPED, NOOP = JobState
REQUESTED, RUNNING, DONE, NOTHING, CANCELED, INVALID = UowState
ISSUE, ANNOUNCE = (Effect.ISSUE_UOW,), (Effect.ANNOUNCE,)
DATA = Boundaries("1", "9")
LIVE = Facts(due=True, has_source=True, boundaries=DATA)
COMPLETE = Facts(due=True, closed=True, finalizable=True, has_source=True, boundaries=DATA)
EMPTY = replace(COMPLETE, boundaries=None)


def step(state: JobState, event: Event, facts: Facts) -> Step:
    return advance(MachineKind.RECOMPUTING, state, event, facts)


@pytest.mark.parametrize(("facts", "becomes"), [(LIVE, IN_PROGRESS), (COMPLETE, FINAL_RUN)])
def test_data_are_run_over_as_in_a_continuous_machine(facts: Facts, becomes: JobState) -> None:
    made = step(EMBRYO, Event.TICK, facts)
    assert (made.state, made.effects) == (becomes, ISSUE)


@pytest.mark.parametrize("state", [IN_PROGRESS, FINAL_RUN])
@pytest.mark.parametrize("uow", [REQUESTED, INVALID])
def test_a_run_not_started_reads_further_instead_of_a_second_one(state: JobState, uow: UowState) -> None:
    made = step(state, Event.TICK, replace(LIVE, uow=uow, uow_end_id="5"))
    assert (made.state, made.effects) == (state, (Effect.MOVE_END_ID,))


@pytest.mark.parametrize(
    "facts",
    [
        replace(LIVE, uow=REQUESTED, uow_end_id="9"),
        replace(LIVE, uow=RUNNING, uow_end_id="5"),
        replace(LIVE, uow=REQUESTED, uow_end_id="5", boundaries=None),
    ],
)
def test_boundaries_stay_when_nothing_grew_or_the_run_has_started(facts: Facts) -> None:
    made = step(IN_PROGRESS, Event.TICK, facts)
    assert (made.state, made.effects) == (IN_PROGRESS, ())


@pytest.mark.parametrize("facts", [replace(LIVE, boundaries=None), replace(EMPTY, closed=False, failures=9)])
def test_a_live_period_without_data_does_not_fail(facts: Facts) -> None:
    made = step(EMBRYO, Event.TICK, facts)
    assert (made.state, made.effects, made.failures) == (EMBRYO, (), facts.failures)


def test_a_closed_period_without_data_fails_at_each_tick_and_is_skipped_above_three() -> None:
    facts, state = EMPTY, EMBRYO
    for failures in (1, 2, 3):
        made = step(state, Event.TICK, facts)
        assert (made.state, made.effects, made.failures) == (EMBRYO, (), failures)
        facts = replace(facts, failures=made.failures)
    made = step(state, Event.TICK, facts)
    assert (made.state, made.effects, made.failures) == (SKIPPED, ANNOUNCE, 4)


def test_failures_do_not_grow_between_ticks_that_are_due() -> None:
    made = step(EMBRYO, Event.TICK, replace(EMPTY, due=False))
    assert (made.state, made.failures) == (EMBRYO, 0)


def test_a_job_that_waits_for_its_inputs_is_not_skipped_for_want_of_data() -> None:
    made = step(EMBRYO, Event.TICK, replace(EMPTY, finalizable=False, failures=7))
    assert (made.state, made.effects, made.failures) == (EMBRYO, (), 8)


@pytest.mark.parametrize(("children_skipped", "becomes"), [(True, SKIPPED), (False, FINAL_RUN)])
def test_a_parent_without_data_is_skipped_with_its_children_or_asks_a_worker(
    becomes: JobState, *, children_skipped: bool
) -> None:
    made = step(EMBRYO, Event.TICK, replace(EMPTY, failures=3, is_leaf=False, children_skipped=children_skipped))
    assert (made.state, made.effects) == (becomes, ANNOUNCE if children_skipped else ISSUE)


@pytest.mark.parametrize(("uow", "becomes"), [(DONE, PROCESSED), (NOTHING, NOOP)])
def test_a_period_with_nothing_left_to_read_is_finished_as_its_run_says(uow: UowState, becomes: JobState) -> None:
    made = step(IN_PROGRESS, Event.TICK, replace(EMPTY, uow=uow))
    assert (made.state, made.effects, made.failures) == (becomes, ANNOUNCE, 0)


@pytest.mark.parametrize(("uow", "becomes"), [(DONE, PROCESSED), (NOTHING, NOOP)])
@pytest.mark.parametrize("state", [EMBRYO, IN_PROGRESS])
def test_final_boundaries_of_a_finished_run_finish_the_job_from_it(
    state: JobState, uow: UowState, becomes: JobState
) -> None:
    facts = replace(COMPLETE, equal_finished=UowId("p@2013010100.1"), equal_finished_state=uow)
    made = step(state, Event.TICK, facts)
    assert (made.state, made.effects) == (becomes, (Effect.ADOPT_UOW, Effect.ANNOUNCE))


def test_a_canceled_run_with_the_same_boundaries_finishes_nothing() -> None:
    facts = replace(COMPLETE, equal_finished=UowId("p@2013010100.1"), equal_finished_state=CANCELED)
    made = step(IN_PROGRESS, Event.TICK, facts)
    assert (made.state, made.effects) == (FINAL_RUN, ISSUE)


def test_equal_boundaries_of_a_live_period_finish_nothing() -> None:
    facts = replace(LIVE, equal_finished=UowId("p@2013010100.1"), equal_finished_state=DONE, uow=DONE)
    made = step(IN_PROGRESS, Event.TICK, facts)
    assert (made.state, made.effects) == (IN_PROGRESS, ISSUE)


def test_a_skipped_dependency_skips_before_data_are_looked_at() -> None:
    made = step(EMBRYO, Event.TICK, replace(EMPTY, gate=Gate.SKIP))
    assert (made.state, made.failures) == (SKIPPED, 0)


def test_without_a_data_source_it_works_as_a_continuous_machine() -> None:
    made = step(EMBRYO, Event.TICK, Facts(due=True, closed=True, finalizable=True, failures=3))
    assert (made.state, made.effects, made.failures) == (FINAL_RUN, ISSUE, 3)


def test_a_failed_run_is_left_to_the_collector_and_is_no_lack_of_data() -> None:
    made = step(IN_PROGRESS, Event.UOW_INVALID, replace(LIVE, uow=INVALID, failures=1))
    assert (made.state, made.effects, made.failures) == (IN_PROGRESS, (), 1)


@pytest.mark.parametrize(("uow", "becomes"), [(DONE, PROCESSED), (NOTHING, NOOP), (CANCELED, SKIPPED)])
def test_the_final_run_says_how_the_job_ends(uow: UowState, becomes: JobState) -> None:
    made = step(FINAL_RUN, Event.UOW_FINISHED, replace(COMPLETE, uow=uow))
    assert (made.state, made.effects) == (becomes, ANNOUNCE)
