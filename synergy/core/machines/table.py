"""What a state machine is made of: rules in order, of which the first that holds decides.

A rule belongs to one or more (state, event) pairs and holds when all its guards do. The last rule of every pair has no
guard, so each pair has an answer for any facts: a step, or an explicit refusal. Tests prove that for each table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from itertools import product
from typing import Final

from msgspec import Struct

from synergy.core.errors import IllegalState
from synergy.core.machines.model import Effect, Event, Facts, Step
from synergy.core.states import FINISHED_JOB_STATES, JobState

Guard = Callable[[Facts], bool]
"""A named, pure predicate; its name and docstring go into the generated documentation."""

EMBRYO: Final = (JobState.EMBRYO,)
RUNNING: Final = (JobState.IN_PROGRESS, JobState.FINAL_RUN)
FINISHED: Final = tuple(state for state in JobState if state in FINISHED_JOB_STATES)
ANY_STATE: Final = tuple(JobState)


class IllegalEvent(IllegalState):
    """The job's machine refuses the event in the state that the job is in; nothing was changed."""


class Count(Enum):
    """What a step does to the job's number of failures."""

    KEEP = "kept"
    ADD = "failures + 1"
    RESET = "failures = 0"


class Rule(Struct, frozen=True):
    """One row. ``becomes`` None: the job stays as it is. ``refused``: the event is illegal; what to do instead."""

    name: str
    states: tuple[JobState, ...]
    events: tuple[Event, ...]
    guards: tuple[Guard, ...] = ()
    becomes: JobState | None = None
    effects: tuple[Effect, ...] = ()
    count: Count = Count.KEEP
    refused: str | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether all guards hold."""
        return all(guard(facts) for guard in self.guards)


class Table:
    """The rules of one machine, found by (state, event) in the order in which they are written."""

    def __init__(self, title: str, theory: str, rules: Iterable[Rule]) -> None:
        self.title = title
        self.theory = theory
        self.rules = tuple(rules)
        self._rows = {pair: self._select(*pair) for pair in product(JobState, Event)}

    def _select(self, state: JobState, event: Event) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if state in rule.states and event in rule.events)

    def rows(self, state: JobState, event: Event) -> tuple[Rule, ...]:
        """The rules of one pair, in order."""
        return self._rows[state, event]

    def advance(self, state: JobState, event: Event, facts: Facts) -> Step:
        """The step that the first rule that holds prescribes.

        Raises:
            IllegalEvent: that rule is a refusal.
        """
        rule = next(rule for rule in self._rows[state, event] if rule.holds(facts))
        if rule.refused is not None:
            raise IllegalEvent(f'"{event.value}" is refused: the job is {state.word}', remedy=rule.refused)
        return Step(
            state=state if rule.becomes is None else rule.becomes,
            failures=_count(rule.count, facts.failures),
            effects=rule.effects,
            rule=rule.name,
        )


def _count(count: Count, failures: int) -> int:
    if count is Count.KEEP:
        return failures
    return failures + 1 if count is Count.ADD else 0
