"""The words of the state machines: what happens to a job, what is known of it then, and what is to be done.

A machine is a table of rules; ``advance(state, event, facts) -> Step`` finds the one that holds. No I/O, no clock.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from synergy.core.ports import Boundaries
from synergy.core.records import UowId
from synergy.core.states import JobState, UowState


class Event(Enum):
    """What happens to a job."""

    TICK = "tick"
    """Its trigger fired, its period closed, a slot became free or an input finished: look again."""
    UOW_FINISHED = "uow finished"
    """Its related unit of work became processed, noop or canceled (``facts.uow``)."""
    UOW_INVALID = "uow invalid"
    """Its related unit of work failed; the collector will offer it again."""
    LATE_STATUS = "late status"
    """A report of a superseded attempt or of a unit of work that is not the related one: evidence only."""
    SKIP = "skip"
    """The operator's skip, its cascade or housekeeping's."""
    REPROCESS = "reprocess"
    """The operator's reprocess, its cascade or housekeeping's."""
    FORCE = "force"
    """The operator starts it now, whatever it would have waited for."""
    MARK_PROCESSED = "mark processed"
    """The operator says that it is processed."""
    MARK_NOOP = "mark noop"
    """The operator says that there is nothing to do."""
    CANCELED = "canceled by operator"
    """The related unit of work is canceled because an operator said so (not by a skip or reprocess)."""


class Gate(Enum):
    """What the blocking type says of running now."""

    OPEN = "open"
    SHUT = "shut"
    SKIP = "skip"
    """blocking_dependencies, and a counterpart is skipped: the job is skipped too."""


class Facts(Struct, frozen=True):
    """What is known of the job when the event happens.

    ``ended``: the period has ended, in schedule time. ``closed``: that, and the lag has passed. ``due``: the trigger
    allows a start. ``finalizable``: every child and counterpart is finished. ``uow``: state of the related unit of
    work, None when there is none. ``fresh``: it was claimed after the last input finished. ``boundaries`` (recomputing
    only): what the data source holds now. ``equal_finished``: a finished unit of work with these boundaries, created
    since the last reprocess. ``is_leaf``, ``children_skipped``: there are no children; there are, and all are skipped.
    ``has_source``: a data source was asked for the boundaries; without one recomputing works as continuous does.
    """

    due: bool = False
    ended: bool = False
    closed: bool = False
    gate: Gate = Gate.OPEN
    finalizable: bool = False
    uow: UowState | None = None
    uow_cancel_requested: bool = False
    fresh: bool = True
    failures: int = 0
    max_failures: int = 3
    boundaries: Boundaries | None = None
    uow_end_id: str | None = None
    equal_finished: UowId | None = None
    equal_finished_state: UowState | None = None
    is_leaf: bool = True
    children_skipped: bool = False
    has_source: bool = False


class Effect(Enum):
    """What is to be done, in this order, once the step is stored."""

    ISSUE_UOW = "issue a new unit of work"
    MOVE_END_ID = "move the end_id of the waiting unit of work to the boundaries"
    CANCEL_UOW = "cancel the unit of work, if it is active"
    ADOPT_UOW = "finalize from the equal finished unit of work"
    FORGET_UOW = "the job has no related unit of work any more"
    ANNOUNCE = "publish the job's status and wake its parent and dependants"


class Step(Struct, frozen=True):
    """The job's next state and failures, and what is to be done. ``rule`` names the row of the table."""

    state: JobState
    failures: int
    effects: tuple[Effect, ...]
    rule: str
