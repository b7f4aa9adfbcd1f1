"""The two sides of the store: what the daemon may do with it, and what a supervisor may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from synergy.core.directives import Directive
from synergy.core.errors import InvalidArgument
from synergy.core.plan_records import PlanRecord
from synergy.core.ports.store_values import (
    AuditQuery,
    Batch,
    Claim,
    Finish,
    FoundLines,
    JobPage,
    JobQuery,
    PlanQuery,
    StoredLog,
    UowQuery,
)
from synergy.core.records import (
    Attempt,
    AuditEntry,
    AuditHead,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    LeaderRecord,
    LogChunk,
    ProcessOverride,
    SupervisorRecord,
    UnitOfWork,
    UowId,
)
from synergy.core.states import UowState


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

    async def leader(self) -> LeaderRecord:
        """Who leads, or led last."""
        ...

    async def take_term(self, holder: str, after: LeaderRecord | None = None) -> int:
        """Raise the leader's term by one and return it; from then on writes with a lower term are refused.

        ``after``: only while term and holder are still these, so that of several who saw it free one takes it; None:
        whoever leads.

        Raises:
            TermSuperseded: another one has taken a term since.
        """
        ...

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        """Raise the counter of the leader with this term; ``resign``: and let go of the lead.

        Raises:
            TermSuperseded: another one leads.
        """
        ...

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """Write the batch; returns the current records of those patches whose compare-and-set missed (rest written).

        Raises:
            TermSuperseded: nothing was written. DiskFull: nothing was written. StoreDown: unknown. InvalidArgument: a
                record cannot be stored as it is, or they are too many; nothing was written.
        """
        ...

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        """Why ``commit`` would refuse this batch for its content, None when it would not; nothing is written."""
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

    async def begun_uows(self) -> tuple[UnitOfWork, ...]:
        """Those of ``open_uows`` that do not wait for a worker: there are far fewer of them."""
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

    async def find_plans(self, query: PlanQuery) -> tuple[PlanRecord, ...]:
        """See PlanQuery."""
        ...

    async def directives(self, *, lifted: bool = False) -> tuple[Directive, ...]:
        """All directives that are in force, oldest first; ``lifted``: those that were lifted, too."""
        ...

    async def audit(self, query: AuditQuery) -> tuple[AuditEntry, ...]:
        """See AuditQuery. An entry that cannot be read any more comes as ``unreadable`` of ``audit_chain``."""
        ...

    async def audit_after(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        """Audit entries with a higher number, ascending."""
        ...

    async def audit_head(self) -> AuditHead:
        """What was kept of the newest entry when it was written, whatever became of that since."""
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

    async def retire(self, supervisor_ids: Sequence[str]) -> None:
        """These are gone, and what they held is dealt with: they are told of no more, unless they beat again."""
        ...

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """Daemon processes switched on or off by hand, per box."""
        ...

    async def log(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        """A page of an attempt's log; a negative first_line counts from the end."""
        ...

    async def search_log(self, uow_id: UowId, attempt: int, text: str, limit: int, near: int = 0) -> FoundLines:
        """The lines that contain the text, whatever its case: all are counted, ``limit`` around line ``near`` named."""
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
