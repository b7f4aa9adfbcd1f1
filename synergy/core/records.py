"""The records that are stored: jobs, units of work and what is told of them.

All stamps are real (wall) time in seconds since the epoch, UTC; timeperiods are ``YYYYMMDDHH`` strings (DOMAIN: section
3). Records are values: they change by ``msgspec.structs.replace``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NewType

from msgspec import UNSET, Struct, UnsetType

from synergy.core.kills import KillReport
from synergy.core.states import JobState, UowState

UowId = NewType("UowId", str)

LEASE_LOST: Final = "lease lost"
"""The exit reason of an attempt whose worker is gone, or had to end it because it could not renew its lease."""

CANCELED_LOST: Final = "canceled; worker lost"
"""The exit reason of a unit of work whose worker was lost before it could tell that the canceled work is gone."""

_CONDITION: Final = 4
"""How many fields of a patch are its condition; the others are what it sets."""

Arguments = dict[str, str | int | float | bool | None]


class JobKey(Struct, frozen=True, order=True, gc=False):
    """The name of one job."""

    process_name: str
    timeperiod: str

    def __str__(self) -> str:
        return f"{self.process_name}@{self.timeperiod}"


class Job(Struct, frozen=True, gc=False, omit_defaults=True):
    """One process at one timeperiod. A job that was never touched has no record: it is embryo.

    ``run`` counts the units of work issued so far and is never reset. ``reopened`` is set by a reprocess and cleared
    when the job finishes: a reopened job starts only after its inputs that are reopened too. ``inputs_finished`` is
    when the last child or counterpart finished since a run was issued; it only ever rises, whatever the clock does.
    ``batch`` is the directive of the batch that it is run again in.
    """

    process_name: str
    timeperiod: str
    state: JobState = JobState.EMBRYO
    run: int = 0
    related_unit_of_work: UowId | None = None
    number_of_failures: int = 0
    reopened: bool = False
    accepted_by_hand: bool = False
    inputs_finished: float | None = None
    changed: float = 0.0
    batch: str | None = None

    @property
    def key(self) -> JobKey:
        """The job's name."""
        return JobKey(self.process_name, self.timeperiod)

    @property
    def is_untouched(self) -> bool:
        """Whether the record says nothing that is not so of a job without a record."""
        return self == Job(self.process_name, self.timeperiod)


class UowType(StrEnum):
    """Who asked for a unit of work: a timetable or a freerun entry."""

    MANAGED = "type_managed"
    FREERUN = "type_freerun"


class UnitOfWork(Struct, frozen=True, gc=False, omit_defaults=True):
    """One atomic request to a worker, [start_timeperiod, end_timeperiod).

    Unique by (process_name, entry_name, timeperiod, run), from which its id derives. ``attempt`` starts at 1 and rises
    only when an invalid or lost unit of work is offered again. ``applied``: it is finished, and that has
    reached its job. ``inputs_finished`` is its job's, raised by the leader while this is open; ``inputs_read`` is what
    that was when a worker claimed it. So the store tells which of an input's finish and a claim came first.
    """

    uow_id: UowId
    process_name: str
    timeperiod: str
    run: int
    start_timeperiod: str
    end_timeperiod: str
    uow_type: UowType = UowType.MANAGED
    entry_name: str | None = None
    start_id: str | None = None
    end_id: str | None = None
    source: str | None = None
    sink: str | None = None
    arguments: Arguments = {}
    state: UowState = UowState.REQUESTED
    attempt: int = 1
    retries: int = 0
    losses: int = 0
    created: float = 0.0
    submitted: float | None = None
    started: float | None = None
    finished: float | None = None
    number_of_processed_documents: int = 0
    number_of_aggregated_documents: int = 0
    claimed_by: str | None = None
    box_id: str | None = None
    pid: int | None = None
    exit_reason: str | None = None
    cancel_requested: bool = False
    gave_up: bool = False
    applied: bool = False
    inputs_finished: float | None = None
    inputs_read: float | None = None

    @property
    def key(self) -> JobKey:
        """The name of the job it was issued for."""
        return JobKey(self.process_name, self.timeperiod)


def derive_uow_id(process_name: str, entry_name: str | None, timeperiod: str, run: int) -> UowId:
    """The id of a unit of work: ``FlightsHourly@2013010114.1``, ``Report::mail@20130101063000.1``."""
    name = f"{process_name}::{entry_name}" if entry_name else process_name
    return UowId(f"{name}@{timeperiod}.{run}")


class UowPatch(Struct, frozen=True, gc=False):
    """A compare-and-set: applied only if the stored record still has this state and attempt. UNSET leaves a field.

    ``expect_claimed_by``: who must hold it; UNSET: whoever does. Work that is given back keeps its attempt, so a patch
    that takes it out of one worker's hands has to name that worker: another one may have claimed it since.
    """

    uow_id: UowId
    expect_state: UowState
    expect_attempt: int
    expect_claimed_by: str | UnsetType | None = UNSET
    state: UowState | UnsetType = UNSET
    attempt: int | UnsetType = UNSET
    retries: int | UnsetType = UNSET
    losses: int | UnsetType = UNSET
    submitted: float | UnsetType = UNSET
    finished: float | UnsetType = UNSET
    end_id: str | UnsetType | None = UNSET
    claimed_by: str | UnsetType | None = UNSET
    exit_reason: str | UnsetType | None = UNSET
    cancel_requested: bool | UnsetType = UNSET
    gave_up: bool | UnsetType = UNSET
    applied: bool | UnsetType = UNSET
    inputs_finished: float | UnsetType = UNSET

    def changes(self) -> dict[str, object]:
        """The values it sets, by the names of their fields."""
        names = self.__struct_fields__[_CONDITION:]
        return {name: value for name in names if (value := getattr(self, name)) is not UNSET}


class Attempt(Struct, frozen=True, gc=False, omit_defaults=True):
    """One execution of a unit of work on one box; a finish that was refused is kept with ``accepted`` False.

    ``kill``: how its processes were ended, if they had to be.
    """

    uow_id: UowId
    attempt: int
    supervisor_id: str
    box_id: str
    host: str
    started: float
    finished: float | None = None
    pid: int | None = None
    pid_started: float | None = None
    state: UowState = UowState.IN_PROGRESS
    exit_reason: str | None = None
    accepted: bool = True
    log_lines: int = 0
    kill: KillReport | None = None


class HistoryEntry(Struct, frozen=True, gc=False, omit_defaults=True):
    """One transition of a job, with who and why. ``actor`` is ``scheduler``, ``collector`` or a user's name.

    ``cause`` is a stable word: ``due``, ``uow_finished``, ``input_finished``, ``reprocess``, ``skip``, ``cancel``,
    ``housekeeping``, ``dependency_skipped``, ``no_data``, ``gave_up``, ``set_aside`` …; ``because`` names the job or
    plan behind it.
    """

    process_name: str
    timeperiod: str
    at: float
    old_state: JobState
    new_state: JobState
    actor: str
    cause: str
    because: str | None = None
    reason: str | None = None
    uow_id: UowId | None = None
    plan_id: str | None = None


class AuditEntry(Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing an operator did. ``seq`` counts from 1 without gaps; ``previous`` and ``digest``: see ``audit_chain``.

    ``actor`` is the user that the kernel names; ``login_user`` who that was before a sudo, and ``origin`` from where,
    as far as known. ``before`` and ``after``: what was changed, in short.
    """

    at: float
    actor: str
    verb: str
    target: str
    reason: str | None = None
    plan_id: str | None = None
    detail: str | None = None
    login_user: str | None = None
    origin: str | None = None
    before: str | None = None
    after: str | None = None
    seq: int = 0
    previous: str = ""
    digest: str = ""


class AuditHead(Struct, frozen=True, gc=False):
    """The newest audit entry's number and digest, kept apart from the entries; ``seq`` 0: there is none yet."""

    seq: int = 0
    digest: str = ""


class ProcessOverride(Struct, frozen=True, gc=False, omit_defaults=True):
    """What an operator changed of a process at run time; it survives restarts until the file's value changes.

    ``file_trigger_frequency`` and ``file_is_on`` are the definition's values at the time of the change.
    ``due_before`` is the first timeperiod that is not made due by a ``trigger`` verb. ``time_qualifier`` is the one
    the process's jobs are stored with.
    """

    process_name: str
    time_qualifier: str | None = None
    is_on: bool | None = None
    trigger_frequency: str | None = None
    file_is_on: bool | None = None
    file_trigger_frequency: str | None = None
    due_before: str | None = None
    actor: str | None = None
    at: float = 0.0


class EntryRecord(Struct, frozen=True, gc=False, omit_defaults=True):
    """A freerun entry as it stands: from the file, or made or changed at run time (``by_hand``).

    ``last_firing``, ``waits_since``: schedule time; the latter is when the entry was made, switched on or given another
    trigger: what would have fired earlier was not missed.
    """

    process_name: str
    entry_name: str
    trigger_frequency: str
    run: str | None = None
    command: tuple[str, ...] = ()
    arguments: Arguments = {}
    description: str | None = None
    is_on: bool = True
    by_hand: bool = False
    deleted: bool = False
    file_digest: str | None = None
    last_firing: float | None = None
    waits_since: float | None = None
    related_unit_of_work: UowId | None = None


class LeaderRecord(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who leads: the daemon that took the last term. Its ``counter`` rises with each of its heartbeats.

    ``holder`` is None while there has been none. ``resigned``: it let go, and the next one need not wait.
    """

    term: int
    holder: str | None = None
    counter: int = 0
    resigned: bool = False


class SupervisorRecord(Struct, frozen=True, gc=False, omit_defaults=True):
    """A supervisor's heartbeat. ``counter`` rises with every beat; observers compare counters, never clocks."""

    supervisor_id: str
    box_id: str
    host: str
    pid: int
    pid_started: float
    version: str
    counter: int
    started: float
    slots: int
    running: int = 0
    rss_bytes: int = 0
    cpu_percent: float = 0.0
    memory_percent: float = 0.0
    gone: bool = False
    workers: tuple[WorkerInfo, ...] = ()


class WorkerInfo(Struct, frozen=True, gc=False, omit_defaults=True):
    """One child process of a supervisor: a warm child, a command or a daemon process."""

    pid: int
    kind: str
    process_name: str | None = None
    uow_id: UowId | None = None
    since: float = 0.0
    rss_bytes: int = 0
    restarts: int = 0
    detail: str | None = None
    cpu_percent: float = 0.0
    """Since the heartbeat before; 100 is one CPU."""


class BoxProcess(Struct, frozen=True, gc=False, omit_defaults=True):
    """Whether a daemon process should be on at a box."""

    box_id: str
    process_name: str
    is_on: bool = True
    pid: int | None = None
    since: float | None = None


class LogLine(Struct, frozen=True, gc=False, array_like=True):
    """One line of an attempt's log. ``stream``: stdout, stderr or log; ``level`` is "" for plain output."""

    at: float
    stream: str
    level: str
    text: str


class LogChunk(Struct, frozen=True, gc=False):
    """Consecutive lines of one attempt; ``first_line`` counts from 0 within the attempt."""

    uow_id: UowId
    attempt: int
    first_line: int
    lines: tuple[LogLine, ...]
