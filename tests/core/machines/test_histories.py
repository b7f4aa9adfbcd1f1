"""Random histories of one job: the machines against a small, honest world of units of work."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from synergy.core.context import MachineKind
from synergy.core.machines import IllegalEvent, advance
from synergy.core.machines.model import Effect, Event, Facts, Gate, Step
from synergy.core.ports import Boundaries
from synergy.core.records import UowId
from synergy.core.states import JobState, UowState

ACTIVE = {UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID}


class OneJob(RuleBasedStateMachine):
    """Ticks, workers, operators and late reports, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = MachineKind.DISCRETE
        self.state = JobState.EMBRYO
        self.failures = 0
        self.uow: UowState | None = None
        self.uow_end_id: str | None = None
        self.dying: set[int] = set()
        self.run = 0
        self.closed = False
        self.top = 0
        self.done_with: dict[str, UowState] = {}

    @initialize(kind=st.sampled_from(MachineKind), has_source=st.booleans())
    def choose(self, kind: MachineKind, *, has_source: bool) -> None:
        self.kind = kind
        self.has_source = has_source

    def happen(self, event: Event, gate: Gate = Gate.OPEN, *, finalizable: bool = False, fresh: bool = True) -> Step:
        end_id = str(self.top) if self.top else None
        facts = Facts(
            due=self.closed or self.kind is not MachineKind.DISCRETE,
            closed=self.closed,
            gate=gate,
            finalizable=finalizable,
            uow=self.uow,
            uow_cancel_requested=bool(self.dying),
            fresh=fresh,
            failures=self.failures,
            boundaries=Boundaries("1", end_id) if end_id else None,
            uow_end_id=self.uow_end_id,
            equal_finished=UowId("equal") if end_id in self.done_with else None,
            equal_finished_state=self.done_with.get(end_id or ""),
            has_source=self.has_source,
        )
        before = self.state
        step = advance(self.kind, before, event, facts)
        self.state, self.failures = step.state, step.failures
        for effect in step.effects:
            self.carry_out(effect, facts)
        if before.is_finished and self.state is not before:
            assert (event, self.state) == (Event.REPROCESS, JobState.EMBRYO)
        return step

    def carry_out(self, effect: Effect, facts: Facts) -> None:
        if effect is Effect.ISSUE_UOW:
            assert self.uow not in ACTIVE, "a second unit of work beside an active one"
            assert not self.dying, "a unit of work beside one that may still live"
            self.run += 1
            self.uow, self.uow_end_id = UowState.REQUESTED, facts.boundaries.end_id if facts.boundaries else None
        elif effect is Effect.MOVE_END_ID:
            assert self.uow in {UowState.REQUESTED, UowState.INVALID}
            assert facts.boundaries is not None
            self.uow_end_id = facts.boundaries.end_id
        elif effect is Effect.CANCEL_UOW:
            self.cancel()
        elif effect is Effect.FORGET_UOW:
            self.uow, self.uow_end_id = None, None
            self.done_with.clear()
        elif effect is Effect.ADOPT_UOW:
            assert facts.equal_finished is not None

    def cancel(self) -> None:
        if self.uow is UowState.IN_PROGRESS:
            self.dying.add(self.run)
        elif self.uow in ACTIVE:
            self.uow = UowState.CANCELED

    @rule(gate=st.sampled_from(Gate), finalizable=st.booleans(), fresh=st.booleans())
    def tick(self, gate: Gate, *, finalizable: bool, fresh: bool) -> None:
        step = self.happen(Event.TICK, gate, finalizable=finalizable, fresh=fresh)
        if Effect.ISSUE_UOW in step.effects:
            assert gate is Gate.OPEN

    @rule()
    def close_the_period(self) -> None:
        self.closed = True

    @rule()
    def add_data(self) -> None:
        self.top += 1

    @precondition(lambda self: self.uow is UowState.REQUESTED)
    @rule()
    def claim(self) -> None:
        self.uow = UowState.IN_PROGRESS

    @precondition(lambda self: self.uow is UowState.IN_PROGRESS)
    @rule(
        outcome=st.sampled_from([UowState.PROCESSED, UowState.NOOP, UowState.INVALID]),
        finalizable=st.booleans(),
        fresh=st.booleans(),
    )
    def finish(self, outcome: UowState, *, finalizable: bool, fresh: bool) -> None:
        if self.run in self.dying:
            return self.die()
        self.uow = outcome
        if outcome is UowState.INVALID:
            self.happen(Event.UOW_INVALID)
            return None
        if self.uow_end_id is not None:
            self.done_with[self.uow_end_id] = outcome
        self.happen(Event.UOW_FINISHED, finalizable=finalizable, fresh=fresh)
        return None

    @precondition(lambda self: self.dying)
    @rule()
    def die(self) -> None:
        """The worker proves that the canceled work is gone; it may be a forgotten run of the job."""
        run = self.dying.pop()
        if run == self.run and self.uow is UowState.IN_PROGRESS:
            self.uow = UowState.CANCELED
            self.happen(Event.CANCELED)
        else:
            self.happen(Event.LATE_STATUS)

    @precondition(lambda self: self.uow is UowState.INVALID)
    @rule()
    def offer_again(self) -> None:
        self.uow = UowState.REQUESTED

    @precondition(lambda self: self.uow in ACTIVE)
    @rule()
    def cancel_by_operator(self) -> None:
        if self.uow is UowState.IN_PROGRESS:
            self.dying.add(self.run)
        else:
            self.uow = UowState.CANCELED
            self.happen(Event.CANCELED)

    @rule()
    def skip(self) -> None:
        if self.state.is_finished:
            with pytest.raises(IllegalEvent):
                self.happen(Event.SKIP)
        else:
            self.happen(Event.SKIP)
            assert self.state is JobState.SKIPPED

    @rule()
    def reprocess(self) -> None:
        self.happen(Event.REPROCESS)
        assert self.state is JobState.EMBRYO

    @rule(event=st.sampled_from([Event.LATE_STATUS, Event.UOW_FINISHED]))
    def report_again(self, event: Event) -> None:
        before = self.state
        if event is Event.LATE_STATUS or self.uow in {None, *ACTIVE} or before.is_finished:
            step = self.happen(event, finalizable=True)
            assert (self.state, step.effects) == (before, ())

    @invariant()
    def a_finished_job_has_no_work_under_way_but_what_is_dying(self) -> None:
        if self.state.is_finished:
            assert self.uow not in ACTIVE or self.run in self.dying

    @invariant()
    def an_embryo_job_has_no_unit_of_work(self) -> None:
        if self.state is JobState.EMBRYO:
            assert self.uow is None


TestOneJob = OneJob.TestCase
TestOneJob.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
