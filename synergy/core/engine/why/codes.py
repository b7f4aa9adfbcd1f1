"""The stable codes that say why a job does not go on. Scripts match them: a code may be added, never renamed.

docs/why.md is the run-book: a section for each of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """One kind of condition. They stand in the order in which they decide: of a job's conditions the first is its own.

    A job that has several unmet ones is told all of them.
    """

    STORE_DOWN = "store_down"
    CLOCK_BEFORE_START = "clock_before_start"
    SET_ASIDE = "set_aside"
    GAVE_UP = "gave_up"
    FAILED = "failed"
    DRAINING = "draining"
    HELD = "held"
    INACTIVE_PROCESS = "inactive_process"
    RETRY_WAIT = "retry_wait"
    COLLECTOR_WAIT = "collector_wait"
    BROKER_DOWN = "broker_down"
    QUEUED_NO_WORKER = "queued_no_worker"
    LIMIT_POOL = "limit_pool"
    QUEUED_BEHIND = "queued_behind"
    STOPPING = "stopping"
    RUNNING = "running"
    NOT_DUE = "not_due"
    UPSTREAM_SKIPPED = "upstream_skipped"
    BLOCKED_CHILDREN = "blocked_children"
    BLOCKED_DEPENDENCY = "blocked_dependency"
    LIMIT_BATCH = "limit_batch"
    OWN_PAST = "own_past"
    LIMIT_PROCESS = "limit_process"
    SOURCE_WAIT = "source_wait"
    STARTING = "starting"
    DONE = "done"
    SEALED = "sealed"
    NO_COUNTERPART = "no_counterpart"

    @property
    def is_note(self) -> bool:
        """Whether it only informs: it keeps no job from going on."""
        return self in _NOTES

    @property
    def is_problem(self) -> bool:
        """Whether, as a root, it does not pass by itself, or something has failed."""
        return self in _PROBLEMS

    @property
    def is_told_as_waiting(self) -> bool:
        """Whether a job of which this holds is waiting for something."""
        return self not in _AT_REST


ORDER: Final = {code: rank for rank, code in enumerate(Code)}

_NOTES: Final = frozenset({Code.SEALED, Code.NO_COUNTERPART})
_AT_REST: Final = _NOTES | {Code.RUNNING, Code.DONE}
_PROBLEMS: Final = frozenset(
    {
        Code.STORE_DOWN,
        Code.CLOCK_BEFORE_START,
        Code.SET_ASIDE,
        Code.GAVE_UP,
        Code.FAILED,
        Code.DRAINING,
        Code.HELD,
        Code.INACTIVE_PROCESS,
        Code.RETRY_WAIT,
        Code.COLLECTOR_WAIT,
        Code.BROKER_DOWN,
        Code.QUEUED_NO_WORKER,
        Code.UPSTREAM_SKIPPED,
        Code.LIMIT_BATCH,  # as a root the batch is paused: one that is full waits for its jobs in progress
    },
)

ABOUT_ONE_JOB: Final = frozenset(
    {
        Code.SET_ASIDE,
        Code.GAVE_UP,
        Code.FAILED,
        Code.RETRY_WAIT,
        Code.COLLECTOR_WAIT,
        Code.STOPPING,
        Code.RUNNING,
        Code.SOURCE_WAIT,
        Code.STARTING,
        Code.DONE,
    },
)
"""As a root it is the job itself that is told of; what it blocks are the others."""
