"""What the core and its shells need of the world: Store, Broker, Clock, DataSource.

Adapters translate: whatever their driver raises becomes a ``WorldError`` of ``synergy.core.errors``. Every port is held
to its contract by one suite in tests/contract that runs over each implementation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from synergy.core.records import (
    Attempt,
    AuditEntry,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    LogChunk,
    LogLine,
    PlanRecord,
    ProcessOverride,
    SupervisorRecord,
    UnitOfWork,
    UowId,
    UowPatch,
)
from synergy.core.states import JobState, UowState


class Clock(Protocol):
    """Three kinds of time, never mixed."""

    def schedule_time(self) -> float:
        """Seconds since the epoch that decide timeperiods, lag and triggers; a replay runs faster than real time."""
        ...

    def real_time(self) -> float:
        """Wall-clock seconds since the epoch: the stamps of records and the collector's ages."""
        ...

    def monotonic(self) -> float:
        """Seconds for leases, time limits, graces and time-outs."""
        ...

    def real_seconds_until(self, schedule_time: float) -> float:
        """How many real seconds from now until the schedule time is reached; never negative."""
        ...


class Batch(Struct, frozen=True):
    """Writes of the daemon that belong together; a store makes them atomic, or every prefix of them recoverable.

    ``jobs`` are whole records that replace the stored ones. ``new_uows`` are inserted; one whose id exists already is
    left as it is (idempotence). ``patches`` are compare-and-set. An empty batch only checks the term.
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
    work.
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


class StoredLog(Struct, frozen=True):
    """A page of an attempt's log: ``lines`` from line ``first_line`` (0-based) of ``total`` stored so far."""

    first_line: int
    total: int
    lines: tuple[LogLine, ...]


class LeaderStore(Protocol):
    """What the daemon reads and writes. All of it raises StoreDown when the outcome is unknown."""

    async def open(self) -> None:
        """Create or check the schema; idempotent.

        Raises:
            StoreCorrupt: what is there cannot be read. StoreDown: it cannot be reached.
        """
        ...

    async def close(self) -> None:
        """Finish writes under way and let go; may be called twice."""
        ...

    async def take_term(self, holder: str) -> int:
        """Raise the leader's term by one and return it; from then on writes with a lower term are refused."""
        ...

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """Write the batch; returns the current records of those patches whose compare-and-set missed (rest written).

        Raises:
            TermSuperseded: nothing was written. DiskFull: nothing was written. StoreDown: unknown.
        """
        ...

    def job_states(self, process_name: str) -> AsyncIterator[JobPage]:
        """All stored jobs of a process in ascending order, in pages: the one scan of a restart."""
        ...

    async def active_jobs(self) -> tuple[Job, ...]:
        """Every stored job that is not finished."""
        ...

    async def jobs(self, keys: Sequence[JobKey]) -> tuple[Job, ...]:
        """The stored ones of these jobs, in any order."""
        ...

    async def find_jobs(self, query: JobQuery) -> tuple[Job, ...]:
        """See JobQuery."""
        ...

    async def uows(self, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
        """The stored ones of these, in any order."""
        ...

    async def find_uows(self, query: UowQuery) -> tuple[UnitOfWork, ...]:
        """See UowQuery."""
        ...

    async def open_uows(self) -> tuple[UnitOfWork, ...]:
        """Every active unit of work, and every finished one that is not applied yet."""
        ...

    async def count_uows(self) -> Mapping[UowState, int]:
        """How many units of work are in each state."""
        ...

    async def history(self, key: JobKey, limit: int, offset: int = 0) -> tuple[HistoryEntry, ...]:
        """The job's transitions, newest first."""
        ...

    async def attempts(self, key: JobKey, entry_name: str | None = None) -> tuple[Attempt, ...]:
        """All attempts over all units of work of the job, oldest first."""
        ...

    async def open_plans(self) -> tuple[PlanRecord, ...]:
        """Accepted plans that are not done."""
        ...

    async def audit(self, since: float, limit: int) -> tuple[AuditEntry, ...]:
        """What operators did since then, newest first."""
        ...

    async def overrides(self) -> tuple[ProcessOverride, ...]:
        """All run-time changes of processes."""
        ...

    async def entries(self) -> tuple[EntryRecord, ...]:
        """All freerun entries, deleted ones too."""
        ...

    async def supervisors(self) -> tuple[SupervisorRecord, ...]:
        """The last heartbeat of every supervisor that is not gone for good."""
        ...

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """Daemon processes switched on or off by hand, per box."""
        ...

    async def log(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        """A page of an attempt's log; a negative first_line counts from the end."""
        ...

    async def search_log(self, uow_id: UowId, attempt: int, text: str, limit: int) -> tuple[int, ...]:
        """Numbers of the lines that contain the text, case-insensitively, ascending."""
        ...

    async def expire(self, uows_before: float, logs_before: float) -> int:
        """Remove history and finished, applied units of work (not a job's related one), and logs older than these."""
        ...


class WorkerStore(Protocol):
    """What a supervisor reads and writes: claims, heartbeats, finishes and logs of units of work that it holds."""

    async def open(self) -> None:
        """Check the schema; see LeaderStore.open."""
        ...

    async def close(self) -> None:
        """See LeaderStore.close."""
        ...

    async def claim(self, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
        """Atomically take those that are still requested; returns the ones taken, as they stand now."""
        ...

    async def release(self, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
        """Give back what this supervisor holds and has not run: in progress → requested, same attempt."""
        ...

    async def set_pid(self, uow_id: UowId, attempt: int, pid: int, pid_started: float) -> None:
        """Record the process of an attempt before it is let go."""
        ...

    async def finish(self, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
        """Store each end whose compare-and-set holds, and the refused ones as evidence; returns the accepted."""
        ...

    async def beat(self, record: SupervisorRecord) -> tuple[UowId, ...]:
        """Store the heartbeat; returns the units of work this supervisor holds for which cancel is requested."""
        ...

    async def append_log(self, chunks: Sequence[LogChunk]) -> None:
        """Store log chunks; one that is there already (same uow, attempt, first_line) is replaced."""
        ...

    async def held(self, box_id: str) -> tuple[UnitOfWork, ...]:
        """Units of work in progress that any supervisor of this box claimed."""
        ...

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """See LeaderStore.box_processes."""
        ...


class Message(Struct, frozen=True, gc=False):
    """A persistent message for one queue."""

    queue: str
    body: bytes


class Delivery(Protocol):
    """One message handed to a consumer; until it is settled it belongs to this consumer, then to nobody."""

    @property
    def queue(self) -> str:
        """Where it came from."""
        ...

    @property
    def body(self) -> bytes:
        """What was published."""
        ...

    def ack(self) -> None:
        """Its effect is stored. Settling twice, or after the connection broke, does nothing."""
        ...

    def set_aside(self, reason: str) -> None:
        """It cannot be understood: keep it, with the reason, out of the way."""
        ...


class QueueDepth(Struct, frozen=True):
    """Messages waiting, messages handed out and not settled, and consumers of one queue."""

    ready: int
    unsettled: int
    consumers: int


class BrokerState(Struct, frozen=True):
    """``up``, or why not; ``since`` is real time."""

    up: bool
    detail: str
    since: float


Deliver = Callable[[Sequence[Delivery]], None]


class Broker(Protocol):
    """Direct queues with delivery at least once; unsettled deliveries of a lost consumer are delivered again."""

    async def start(self) -> None:
        """Connect, and keep connected with back-off from then on; returns when connected.

        Raises:
            BrokerDown: it cannot be reached now (it is not retried after that).
        """
        ...

    async def stop(self) -> None:
        """Settle what is settled, then disconnect; may be called twice."""
        ...

    async def declare(self, queues: Sequence[str]) -> None:
        """Make sure the queues exist, now and after every reconnect."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns once all are confirmed.

        Raises:
            BrokerDown: not confirmed in time; some may have been delivered.
        """
        ...

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        """Hand over messages, at most ``prefetch`` unsettled at a time, also after a reconnect. Never raises late."""
        ...

    async def cancel(self, queue: str) -> None:
        """Stop consuming; unsettled deliveries go back to the queue."""
        ...

    def state(self) -> BrokerState:
        """Whether it is connected."""
        ...

    async def depths(self) -> Mapping[str, QueueDepth]:
        """The depth of each declared queue."""
        ...


class Boundaries(Struct, frozen=True):
    """The lowest and highest primary key of a timeperiod's data."""

    start_id: str
    end_id: str


class DataSource(Protocol):
    """Where a recomputing process reads what it works on."""

    async def boundaries(self, source: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        """The data in [start_timeperiod, end_timeperiod); None when there is none."""
        ...
