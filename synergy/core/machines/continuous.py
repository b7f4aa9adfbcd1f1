"""The continuous machine: several runs while the timeperiod is live, and one final run.

Each tick that finds the last run finished issues a new one, until the period is complete: closed, with all children
and counterparts finished. The run that is issued then is the final one, and the job is finished as it says. New runs
come from ticks only, never from the end of a run. When changed definitions gave the job an input that is not finished,
its final run was none. A canceled run ends a closed job; a live one runs again at its next
tick. A failed run is left to the collector.
"""

from __future__ import annotations

from typing import Final

from synergy.core.machines import guards
from synergy.core.machines.always import ALWAYS
from synergy.core.machines.model import Effect, Event
from synergy.core.machines.table import RUNNING, Count, Rule, Table
from synergy.core.states import JobState

OPEN: Final = (JobState.EMBRYO, JobState.IN_PROGRESS)
FINAL: Final = (JobState.FINAL_RUN,)
TICK: Final = (Event.TICK,)
ISSUE: Final = (Effect.ISSUE_UOW,)
ANNOUNCE: Final = (Effect.ANNOUNCE,)
_ENDED: Final = (Event.UOW_FINISHED, Event.CANCELED)
_ALL: Final = (Event.TICK, Event.UOW_FINISHED, Event.CANCELED)

BEFORE_A_RUN: Final = (
    Rule("canceled work still ends", OPEN, TICK, (guards.cancel_is_pending,)),
    Rule("is worked on", OPEN, TICK, (guards.uow_is_active,)),
    Rule("dependency skipped", OPEN, TICK, (guards.dependency_is_skipped,), JobState.SKIPPED, ANNOUNCE),
    Rule("waits to run", OPEN, TICK, (guards.may_not_start,)),
)

NEXT_RUN: Final = (
    Rule("final run", OPEN, TICK, (guards.is_complete,), JobState.FINAL_RUN, ISSUE),
    Rule("next run", OPEN, TICK, (), JobState.IN_PROGRESS, ISSUE),
)

AFTER_A_RUN: Final = (
    Rule("is worked on", (JobState.IN_PROGRESS,), _ENDED, (guards.uow_is_active,)),
    Rule(
        "canceled",
        (JobState.IN_PROGRESS,),
        _ENDED,
        (guards.uow_is_canceled, guards.has_ended),
        JobState.SKIPPED,
        ANNOUNCE,
    ),
    Rule("waits for its next tick", (JobState.IN_PROGRESS,), _ENDED),
    Rule("is worked on", FINAL, _ALL, (guards.uow_is_active,)),
    Rule("not final any more", FINAL, _ALL, (guards.uow_has_result, guards.is_incomplete), JobState.IN_PROGRESS),
    Rule("processed", FINAL, _ALL, (guards.uow_is_processed,), JobState.PROCESSED, ANNOUNCE),
    Rule("noop", FINAL, _ALL, (guards.uow_is_noop,), JobState.NOOP, ANNOUNCE),
    Rule("canceled", FINAL, _ENDED, (guards.uow_is_canceled,), JobState.SKIPPED, ANNOUNCE),
    Rule("canceled work still ends", FINAL, TICK, (guards.cancel_is_pending,)),
    Rule("dependency skipped", FINAL, TICK, (guards.dependency_is_skipped,), JobState.SKIPPED, ANNOUNCE),
    Rule("final run issued again", FINAL, TICK, (guards.is_due, guards.gate_is_open), effects=ISSUE),
    Rule("waits for its final run", FINAL, _ALL),
)

LEFT_TO_THE_COLLECTOR: Final = Rule("left to the collector", RUNNING, (Event.UOW_INVALID,), count=Count.ADD)

TABLE: Final = Table("Continuous", __doc__, (*BEFORE_A_RUN, *NEXT_RUN, *AFTER_A_RUN, LEFT_TO_THE_COLLECTOR, *ALWAYS))
