from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.context import MachineKind
from synergy.core.errors import IllegalState
from synergy.core.machines import TABLES, IllegalEvent, advance, guards
from synergy.core.machines.model import Effect, Event, Facts, Gate
from synergy.core.machines.table import FINISHED, Count, Rule, Table
from synergy.core.ports import Boundaries
from synergy.core.records import UowId
from synergy.core.states import JobState, UowState

KINDS = list(MachineKind)
PAIRS = list(product(JobState, Event))
MARKS_OF = {JobState.PROCESSED: Event.MARK_PROCESSED, JobState.NOOP: Event.MARK_NOOP}
MARKS = set(MARKS_OF.values())


def all_facts() -> st.SearchStrategy[Facts]:
    ids = st.sampled_from(["1", "2"])
    return st.builds(
        Facts,
        due=st.booleans(),
        closed=st.booleans(),
        gate=st.sampled_from(Gate),
        finalizable=st.booleans(),
        uow=st.none() | st.sampled_from(UowState),
        uow_cancel_requested=st.booleans(),
        fresh=st.booleans(),
        failures=st.integers(0, 5),
        boundaries=st.none() | st.builds(Boundaries, start_id=st.just("0"), end_id=ids),
        uow_end_id=st.none() | ids,
        equal_finished=st.none() | st.just(UowId("p@2013010100.1")),
        equal_finished_state=st.none() | st.sampled_from(UowState),
        is_leaf=st.booleans(),
        children_skipped=st.booleans(),
        has_source=st.booleans(),
    )


def rules() -> Iterator[Rule]:
    for table in TABLES.values():
        yield from table.rules


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_of_state_and_event_ends_in_a_rule_without_guards(kind: MachineKind) -> None:
    for state, event in PAIRS:
        rows = TABLES[kind].rows(state, event)
        assert rows, f"{state} and {event} are in no rule"
        assert rows[-1].guards == (), f"{state} and {event}: facts exist for which no rule holds"


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_stands_behind_one_that_always_holds(kind: MachineKind) -> None:
    table = TABLES[kind]
    reachable = {id(rule) for pair in PAIRS for rule in _up_to_the_first_without_guards(table, *pair)}
    assert [rule.name for rule in table.rules if id(rule) not in reachable] == []


def _up_to_the_first_without_guards(table: Table, state: JobState, event: Event) -> Iterator[Rule]:
    for rule in table.rows(state, event):
        yield rule
        if not rule.guards:
            return


@pytest.mark.parametrize("kind", KINDS)
def test_a_finished_job_is_never_skipped_again(kind: MachineKind) -> None:
    for state in FINISHED:
        with pytest.raises(IllegalEvent, match=f'"skip" is refused: the job is {state.word}; .*reprocess it first'):
            advance(kind, state, Event.SKIP, Facts())


def test_a_refusal_exits_as_an_illegal_state_does() -> None:
    assert issubclass(IllegalEvent, IllegalState)
    assert (IllegalEvent.code, IllegalEvent.exit_code) == ("illegal_state", 3)


@given(kind=st.sampled_from(KINDS), state=st.sampled_from(JobState), event=st.sampled_from(Event), facts=all_facts())
def test_only_refused_rows_are_illegal_and_each_step_is_sound(
    kind: MachineKind, state: JobState, event: Event, facts: Facts
) -> None:
    try:
        step = advance(kind, state, event, facts)
    except IllegalEvent:
        assert _may_be_refused(state, event, facts)
        return
    if state in FINISHED and event not in MARKS:
        assert step.state is state or (event, step.state) == (Event.REPROCESS, JobState.EMBRYO)
    if Effect.ISSUE_UOW in step.effects:
        assert facts.uow is None or facts.uow.is_finished
        assert not guards.cancel_is_pending(facts)
        assert step.state in {JobState.IN_PROGRESS, JobState.FINAL_RUN}
        assert event is Event.FORCE or (facts.due and facts.gate is Gate.OPEN)
    assert (Effect.ANNOUNCE in step.effects) == (step.state in FINISHED and step.state is not state)
    if step.state is JobState.FINAL_RUN and state is not JobState.FINAL_RUN:
        assert facts.closed
        assert facts.finalizable
    if event is Event.LATE_STATUS:
        assert (step.state, step.effects, step.failures) == (state, (), facts.failures)


def _may_be_refused(state: JobState, event: Event, facts: Facts) -> bool:
    if event is Event.FORCE:
        return state in FINISHED or guards.uow_is_active(facts) or guards.cancel_is_pending(facts)
    return event is MARKS_OF.get(state) or (event is Event.SKIP and state in FINISHED)


@given(kind=st.sampled_from(KINDS), state=st.sampled_from(JobState), facts=all_facts())
def test_an_event_that_comes_twice_changes_a_job_once(kind: MachineKind, state: JobState, facts: Facts) -> None:
    for event in (Event.UOW_FINISHED, Event.CANCELED):
        first = advance(kind, state, event, facts)
        if first.state in FINISHED:
            again = advance(kind, first.state, event, facts)
            assert (again.state, again.effects) == (first.state, ())


@pytest.mark.parametrize(("count", "failures"), [(Count.KEEP, 2), (Count.ADD, 3), (Count.RESET, 0)])
def test_a_rule_says_what_becomes_of_the_failures(count: Count, failures: int) -> None:
    table = Table("one", "", [Rule("counts", (JobState.EMBRYO,), (Event.TICK,), count=count)])
    assert table.advance(JobState.EMBRYO, Event.TICK, Facts(failures=2)).failures == failures


def test_the_first_rule_that_holds_decides() -> None:
    rows = (
        Rule("due", (JobState.EMBRYO,), (Event.TICK,), (guards.is_due,)),
        Rule("else", (JobState.EMBRYO,), (Event.TICK,)),
    )
    table = Table("two", "", rows)
    assert table.advance(JobState.EMBRYO, Event.TICK, Facts(due=True)).rule == "due"
    assert table.advance(JobState.EMBRYO, Event.TICK, Facts(due=False)).rule == "else"


def test_every_guard_is_named_and_told() -> None:
    for rule in rules():
        for guard in rule.guards:
            assert guard.__name__ != "<lambda>"
            assert guard.__doc__
