"""The daemon's store: SQLite's side of ``LeaderStore``.

A read sees every commit that was answered before it was asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from synergy.core.directives import Directive
from synergy.core.errors import InvalidArgument
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import AuditQuery, Batch, FoundLines, JobPage, JobQuery, PlanQuery, StoredLog, UowQuery
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
    ProcessOverride,
    SupervisorRecord,
    UnitOfWork,
    UowId,
)
from synergy.core.states import UowState
from synergy.stores.log_search import LogSearch
from synergy.stores.sqlite import commits, expiry, queries, rows, terms
from synergy.stores.sqlite.statements import statements
from synergy.stores.sqlite.threads import StoreThreads


class SqliteLeaderStore:
    """See LeaderStore. ``path`` names synergy.db; the months of logs lie in ``log_folder`` (None: beside it)."""

    def __init__(self, path: Path, log_folder: Path | None = None) -> None:
        self._path = path
        self._threads = StoreThreads(path, log_folder)

    async def open(self) -> None:
        """See LeaderStore.open."""
        await self._threads.open()

    async def close(self) -> None:
        """See LeaderStore.close."""
        await self._threads.close()

    async def leader(self) -> LeaderRecord:
        """See LeaderStore.leader."""
        return await self._threads.read(terms.leader)

    async def take_term(self, holder: str, after: LeaderRecord | None = None) -> int:
        """See LeaderStore.take_term."""
        return await self._threads.write(lambda connection: terms.take_term(connection, holder, after))

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        """See LeaderStore.keep_term."""
        await self._threads.write(lambda connection: terms.keep_term(connection, term, resign=resign))

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.commit. Atomic."""
        return await self._threads.write(lambda connection: commits.write_batch(connection, batch))

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        """See LeaderStore.refusal."""
        return await self._threads.write(lambda connection: commits.refusal(connection, batch, self._path))

    async def job_states(self, process_name: str) -> AsyncIterator[JobPage]:
        """See LeaderStore.job_states."""
        after = ""
        while True:
            page = await self._threads.read(partial(queries.job_page, process_name=process_name, after=after))
            if not page.timeperiods:
                return
            yield page
            after = page.timeperiods[-1]

    async def active_jobs(self) -> tuple[Job, ...]:
        """See LeaderStore.active_jobs."""
        return await self._threads.read(queries.active_jobs)

    async def jobs(self, keys: Sequence[JobKey]) -> tuple[Job, ...]:
        """See LeaderStore.jobs."""
        return await self._threads.read(lambda connection: queries.jobs(connection, keys))

    async def find_jobs(self, query: JobQuery) -> tuple[Job, ...]:
        """See LeaderStore.find_jobs."""
        return await self._threads.read(lambda connection: queries.find_jobs(connection, query))

    async def uows(self, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.uows."""
        return await self._threads.read(lambda connection: queries.uows(connection, uow_ids))

    async def find_uows(self, query: UowQuery) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.find_uows."""
        return await self._threads.read(lambda connection: queries.find_uows(connection, query))

    async def open_uows(self) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.open_uows."""
        return await self._threads.read(queries.open_uows)

    async def begun_uows(self) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.begun_uows."""
        return await self._threads.read(queries.begun_uows)

    async def count_uows(self) -> Mapping[UowState, int]:
        """See LeaderStore.count_uows."""
        return await self._threads.read(queries.count_uows)

    async def history(self, key: JobKey, limit: int, offset: int = 0) -> tuple[HistoryEntry, ...]:
        """See LeaderStore.history."""
        return await self._threads.read(lambda connection: queries.history(connection, key, limit, offset))

    async def attempts(self, key: JobKey, entry_name: str | None = None) -> tuple[Attempt, ...]:
        """See LeaderStore.attempts."""
        return await self._threads.read(lambda connection: queries.attempts(connection, key, entry_name))

    async def open_plans(self) -> tuple[PlanRecord, ...]:
        """See LeaderStore.open_plans; oldest first."""
        return await self._threads.read(queries.open_plans)

    async def find_plans(self, query: PlanQuery) -> tuple[PlanRecord, ...]:
        """See LeaderStore.find_plans."""
        return await self._threads.read(lambda connection: queries.find_plans(connection, query))

    async def directives(self, *, lifted: bool = False) -> tuple[Directive, ...]:
        """See LeaderStore.directives."""
        return await self._threads.read(lambda connection: queries.directives(connection, lifted=lifted))

    async def audit(self, query: AuditQuery) -> tuple[AuditEntry, ...]:
        """See LeaderStore.audit."""
        return await self._threads.read(lambda connection: queries.audit(connection, query))

    async def audit_after(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        """See LeaderStore.audit_after."""
        return await self._threads.read(lambda connection: queries.audit_after(connection, seq, limit))

    async def audit_head(self) -> AuditHead:
        """See LeaderStore.audit_head."""
        return await self._threads.read(queries.audit_head)

    async def overrides(self) -> tuple[ProcessOverride, ...]:
        """See LeaderStore.overrides."""
        return await self._threads.read(rows.OVERRIDES.select)

    async def entries(self) -> tuple[EntryRecord, ...]:
        """See LeaderStore.entries."""
        return await self._threads.read(rows.ENTRIES.select)

    async def supervisors(self) -> tuple[SupervisorRecord, ...]:
        """See LeaderStore.supervisors."""
        return await self._threads.read(lambda connection: rows.SUPERVISORS.select(connection, "WHERE NOT gone"))

    async def retire(self, supervisor_ids: Sequence[str]) -> None:
        """See LeaderStore.retire."""
        ids = rows.id_list(supervisor_ids)
        await self._threads.write(lambda connection: connection.execute(statements("leader")["retire"], (ids,)).close())

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """See LeaderStore.box_processes."""
        return await self._threads.read(rows.BOX_PROCESSES.select)

    async def log(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        """See LeaderStore.log. Where lines have expired the page begins at the next line there is."""
        return await self._threads.logs(lambda files: files.page(uow_id, attempt, first_line, limit))

    async def search_log(self, uow_id: UowId, attempt: int, text: str, limit: int, near: int = 0) -> FoundLines:
        """See LeaderStore.search_log."""
        return await self._threads.logs(lambda files: files.search(uow_id, attempt, LogSearch(text, limit, near)))

    async def expire(self, uows_before: float, logs_before: float) -> int:
        """See LeaderStore.expire. Logs go by whole months; returns entries + units of work + months removed."""
        removed = await self._threads.logs(lambda files: files.expire(logs_before))
        removed += await self._expire_history(uows_before)
        await self._threads.write(lambda connection: expiry.expire_plans(connection, uows_before))
        await self._threads.write(lambda connection: expiry.expire_directives(connection, uows_before))
        return removed + await self._expire_uows(uows_before)

    async def _expire_history(self, before: float) -> int:
        removed = 0
        while part := await self._threads.write(lambda connection: expiry.expire_history(connection, before)):
            removed += part
        return removed

    async def _expire_uows(self, before: float) -> int:
        removed = 0
        place: expiry.Place | None = expiry.START
        while place is not None:
            after = place
            ids, place = await self._threads.read(
                partial(expiry.expirable, before=before, after=after),
            )
            if ids:
                removed += await self._threads.write(partial(expiry.delete_uows, uow_ids=ids))
        return removed
