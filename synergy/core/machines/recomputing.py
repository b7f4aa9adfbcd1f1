"""The recomputing machine: continuous over growing data; each run carries the boundaries of the data it reads.

A run that nobody has started yet has its end moved forward instead of a second one being issued. When the period is
complete and its boundaries are those of a finished run, the job is finished from that run. A period that is closed and
holds no data fails at each tick; when the failures are used up it is skipped if there is nothing below it (no children,
or all of them skipped), and else a last run decides. Failures count missing data only: a failed run is left to the
collector. Without a data source to ask, this machine works as the continuous one does.
"""

from __future__ import annotations

from typing import Final

from synergy.core.machines import guards
from synergy.core.machines.always import ALWAYS
from synergy.core.machines.continuous import (
    AFTER_A_RUN,
    ANNOUNCE,
    BEFORE_A_RUN,
    ISSUE,
    NEXT_RUN,
    OPEN,
    TICK,
)
from synergy.core.machines.model import Effect, Event
from synergy.core.machines.table import RUNNING, Count, Rule, Table
from synergy.core.states import JobState

_ADOPT: Final = (Effect.ADOPT_UOW, Effect.ANNOUNCE)

_READS_FURTHER: Final = (
    Rule(
        "reads further",
        RUNNING,
        TICK,
        (guards.uow_is_waiting, guards.boundaries_moved),
        effects=(Effect.MOVE_END_ID,),
    ),
)

_WITHOUT_DATA: Final = (
    Rule("waits for data", OPEN, TICK, (guards.lacks_data, guards.is_live)),
    Rule(
        "processed, nothing more to read",
        OPEN,
        TICK,
        (guards.lacks_data, guards.is_complete, guards.is_fresh, guards.uow_is_processed),
        JobState.PROCESSED,
        ANNOUNCE,
    ),
    Rule(
        "noop, nothing more to read",
        OPEN,
        TICK,
        (guards.lacks_data, guards.is_complete, guards.is_fresh, guards.uow_is_noop),
        JobState.NOOP,
        ANNOUNCE,
    ),
    Rule(
        "skipped for want of data",
        OPEN,
        TICK,
        (guards.lacks_data, guards.is_complete, guards.failures_are_used_up, guards.nothing_below),
        JobState.SKIPPED,
        ANNOUNCE,
        Count.ADD,
    ),
    Rule(
        "final run without data",
        OPEN,
        TICK,
        (guards.lacks_data, guards.is_complete, guards.failures_are_used_up),
        JobState.FINAL_RUN,
        ISSUE,
        Count.ADD,
    ),
    Rule("no data", OPEN, TICK, (guards.lacks_data,), count=Count.ADD),
)

_FROM_AN_EQUAL_RUN: Final = (
    Rule(
        "processed from an equal run",
        OPEN,
        TICK,
        (guards.is_complete, guards.equal_is_processed),
        JobState.PROCESSED,
        _ADOPT,
    ),
    Rule("noop from an equal run", OPEN, TICK, (guards.is_complete, guards.equal_is_noop), JobState.NOOP, _ADOPT),
)

_RULES: Final = (
    *_READS_FURTHER,
    *BEFORE_A_RUN,
    *_WITHOUT_DATA,
    *_FROM_AN_EQUAL_RUN,
    *NEXT_RUN,
    *AFTER_A_RUN,
    Rule("left to the collector", RUNNING, (Event.UOW_INVALID,)),
    *ALWAYS,
)

TABLE: Final = Table("Recomputing", __doc__, _RULES)
