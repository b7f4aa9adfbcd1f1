"""The discrete machine: one run per timeperiod, after the timeperiod is complete.

A job starts once its period is closed and due and its blocking type lets it. When its run has ended, the job is
finished as that run says, provided that all children and counterparts are finished and the run saw what they left
behind (it was claimed after the last of them finished). If it did not, there is exactly one more run; if an input is
still open, the job waits for it without running again. A canceled run ends a closed job; a failed one is left to the
collector.
"""

from __future__ import annotations

from typing import Final

from synergy.core.machines import guards
from synergy.core.machines.always import ALWAYS
from synergy.core.machines.model import Effect, Event
from synergy.core.machines.table import EMBRYO, RUNNING, Count, Rule, Table
from synergy.core.states import JobState

_TICK: Final = (Event.TICK,)
_LOOK: Final = (Event.TICK, Event.UOW_FINISHED)
_ENDED: Final = (Event.UOW_FINISHED, Event.CANCELED)
_ALL: Final = (Event.TICK, Event.UOW_FINISHED, Event.CANCELED)
_ISSUE: Final = (Effect.ISSUE_UOW,)
_ANNOUNCE: Final = (Effect.ANNOUNCE,)

_STARTING: Final = (
    Rule("canceled work still ends", EMBRYO, _TICK, (guards.cancel_is_pending,)),
    Rule("dependency skipped", EMBRYO, _TICK, (guards.dependency_is_skipped,), JobState.SKIPPED, _ANNOUNCE),
    Rule(
        "starts",
        EMBRYO,
        _TICK,
        (guards.is_due, guards.is_closed, guards.gate_is_open),
        JobState.IN_PROGRESS,
        _ISSUE,
    ),
    Rule("waits to start", EMBRYO, _TICK),
)

# A job may be in final run here: its process was continuous before its definition changed.
_RUNNING: Final = (
    Rule("is worked on", RUNNING, _ALL, (guards.uow_is_active,)),
    Rule("canceled", RUNNING, _ENDED, (guards.uow_is_canceled, guards.has_ended), JobState.SKIPPED, _ANNOUNCE),
    Rule(
        "processed",
        RUNNING,
        _LOOK,
        (guards.uow_is_processed, guards.is_complete, guards.is_fresh),
        JobState.PROCESSED,
        _ANNOUNCE,
    ),
    Rule("noop", RUNNING, _LOOK, (guards.uow_is_noop, guards.is_complete, guards.is_fresh), JobState.NOOP, _ANNOUNCE),
    Rule("dependency skipped", RUNNING, _LOOK, (guards.dependency_is_skipped,), JobState.SKIPPED, _ANNOUNCE),
    Rule(
        "runs once more",
        RUNNING,
        _LOOK,
        (guards.uow_has_result, guards.is_complete, guards.is_due, guards.gate_is_open),
        effects=_ISSUE,
    ),
    Rule("canceled work still ends", RUNNING, _TICK, (guards.cancel_is_pending,)),
    Rule(
        "starts anew",
        RUNNING,
        _TICK,
        (guards.uow_left_nothing, guards.is_due, guards.gate_is_open),
        effects=_ISSUE,
    ),
    Rule("waits to finish", RUNNING, _ALL),
    Rule("left to the collector", RUNNING, (Event.UOW_INVALID,), count=Count.ADD),
)

TABLE: Final = Table("Discrete", __doc__, (*_STARTING, *_RUNNING, *ALWAYS))
