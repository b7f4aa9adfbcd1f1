"""What goes through the store's ports: batches of writes, queries, claims, ends."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.directives import Directive
from synergy.core.kills import KillReport
from synergy.core.plan_records import PlanRecord
from synergy.core.records import (
    AuditEntry,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    LogLine,
    ProcessOverride,
    UnitOfWork,
    UowId,
    UowPatch,
)
from synergy.core.states import JobState, UowState


class Batch(Struct, frozen=True):
    """Writes of the daemon that belong together; a store makes them atomic, or every prefix of them recoverable.

    ``jobs`` are whole records that replace the stored ones; one that is untouched is not kept. ``new_uows`` are
    inserted; one whose id exists already is left as it is (idempotence). ``patches`` are compare-and-set. ``audit`` is
    ascending by ``seq``, each number once; its last entry becomes the head. An empty batch only checks the term.
    """

    term: int
    jobs: tuple[Job, ...] = ()
    new_uows: tuple[UnitOfWork, ...] = ()
    patches: tuple[UowPatch, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    plans: tuple[PlanRecord, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    overrides: tuple[ProcessOverride, ...] = ()
    entries: tuple[EntryRecord, ...] = ()
    box_processes: tuple[BoxProcess, ...] = ()
    directives: tuple[Directive, ...] = ()


class JobPage(Struct, frozen=True):
    """States of one process's stored jobs, ascending by timeperiod; ``codes[i]`` is the state code of its period."""

    timeperiods: tuple[str, ...]
    codes: bytes


class JobQuery(Struct, frozen=True):
    """Stored jobs of one process in [from_timeperiod, to_timeperiod], ascending; None leaves a side open."""

    process_name: str
    from_timeperiod: str | None = None
    to_timeperiod: str | None = None
    states: frozenset[JobState] | None = None
    limit: int = 500


class UowQuery(Struct, frozen=True):
    """Units of work, newest first by (created, uow_id). ``before`` is the last uow_id of the page before."""

    states: frozenset[UowState] | None = None
    process_name: str | None = None
    timeperiod: str | None = None
    before: UowId | None = None
    limit: int = 500


class PlanQuery(Struct, frozen=True):
    """Accepted plans, newest first by (at, plan_id). ``undoable``: only those that undo may take back."""

    plan_id: str | None = None
    key: str | None = None
    undoable: bool = False
    limit: int = 1


class AuditQuery(Struct, frozen=True):
    """Audit entries, newest (highest ``seq``) first; None leaves a side open.

    ``since`` ≤ at < ``until``; ``before`` is the seq that a page ended with.
    """

    since: float | None = None
    until: float | None = None
    actor: str | None = None
    verb: str | None = None
    before: int | None = None
    limit: int = 500


class Claim(Struct, frozen=True):
    """Who takes a unit of work: requested → in progress, with an attempt record."""

    uow_id: UowId
    supervisor_id: str
    box_id: str
    host: str
    at: float
    pid: int | None = None
    pid_started: float | None = None


class Finish(Struct, frozen=True):
    """How an attempt ended; accepted only while (state in progress, attempt, claimed_by) still stand.

    ``started`` is when it began, where that was later than its claim; it becomes that of the attempt and its unit of
    work. ``kill``: how its processes were ended, if they had to be.
    """

    uow_id: UowId
    attempt: int
    supervisor_id: str
    state: UowState
    at: float
    exit_reason: str | None = None
    number_of_processed_documents: int = 0
    number_of_aggregated_documents: int = 0
    log_lines: int = 0
    started: float | None = None
    kill: KillReport | None = None


class StoredLog(Struct, frozen=True):
    """A page of an attempt's log: ``lines`` from line ``first_line`` (0-based) of ``total`` stored so far."""

    first_line: int
    total: int
    lines: tuple[LogLine, ...]


class FoundLines(Struct, frozen=True):
    """Numbers of some lines that hold a text, ascending; ``before`` more come before them, of ``total`` in all."""

    lines: tuple[int, ...]
    before: int
    total: int
