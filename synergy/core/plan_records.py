"""Accepted plans as they are stored: what was changed, by whom, and by what it can be undone."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.directives import Directive
from synergy.core.records import BoxProcess, EntryRecord, Job, ProcessOverride, UowId
from synergy.core.states import JobState


class JobUndo(Struct, frozen=True, gc=False):
    """A job's record before a change (None: it had none) and after it; one that differs by now was overtaken."""

    before: Job | None
    after: Job


class DirectiveUndo(Struct, frozen=True, gc=False):
    """See JobUndo; ``before`` is None for a directive that was new."""

    before: Directive | None
    after: Directive


class OverrideUndo(Struct, frozen=True, gc=False):
    """See JobUndo; ``before`` is None for a process that had not been changed."""

    before: ProcessOverride | None
    after: ProcessOverride


class EntryUndo(Struct, frozen=True, gc=False):
    """See JobUndo; ``before`` is None for an entry that was new."""

    before: EntryRecord | None
    after: EntryRecord


class BoxUndo(Struct, frozen=True, gc=False):
    """See JobUndo; ``before`` is None for a daemon process that had not been switched by hand."""

    before: BoxProcess | None
    after: BoxProcess


SettingUndo = OverrideUndo | EntryUndo | BoxUndo


class Inverse(Struct, frozen=True, gc=False, omit_defaults=True):
    """By what a change can be undone. ``lost``: what of it cannot, in words, each with its remedy."""

    jobs: tuple[JobUndo, ...] = ()
    directives: tuple[DirectiveUndo, ...] = ()
    overrides: tuple[OverrideUndo, ...] = ()
    entries: tuple[EntryUndo, ...] = ()
    box_processes: tuple[BoxUndo, ...] = ()
    lost: tuple[str, ...] = ()


class PlannedChange(Struct, frozen=True, gc=False):
    """One job that a plan would change, and because of which edge: ``FlightsHourly@2013010114 is its child``."""

    process_name: str
    timeperiod: str
    state: JobState
    new_state: JobState
    because: str


class PlanRecord(Struct, frozen=True, gc=False):
    """An accepted plan, stored with its changes in one commit.

    ``key``: the caller's own name for it; the same key again is answered with this one. ``undone_by`` is the plan that
    took it back, ``undoes`` the one that it took back itself.
    """

    plan_id: str
    verb: str
    actor: str
    at: float
    changes: tuple[PlannedChange, ...]
    kills: tuple[UowId, ...] = ()
    reason: str | None = None
    done: bool = False
    targets: tuple[str, ...] = ()
    key: str | None = None
    inverse: Inverse | None = None
    undoes: str | None = None
    undone_by: str | None = None
