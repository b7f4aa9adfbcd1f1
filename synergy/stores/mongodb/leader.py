"""The daemon's store: MongoDB's side of ``LeaderStore``.

A read sees every commit that was answered before it was asked, and after a commit whose outcome is unknown only what
that commit has become: it is settled first (see ``commits``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

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
from synergy.stores.mongodb import documents, expiry, leading, logs, queries, schema
from synergy.stores.mongodb.bulk import find_by_ids
from synergy.stores.mongodb.link import Database, Link, Options
from synergy.stores.mongodb.writing import Pen

DEFAULTS = Options()


class MongoLeaderStore:
    """See LeaderStore. ``url`` names servers and database: ``mongodb://host1,host2/synergy?replicaSet=rs0``."""

    def __init__(self, url: str, options: Options = DEFAULTS) -> None:
        self._link = Link(url, options)
        self._pen = Pen(self._link)

    async def open(self) -> None:
        """See LeaderStore.open.

        Raises:
            InvalidDefinition: the URL is wrong.
        """
        await self._link.open()
        async with self._link.use() as database:
            await schema.prepare(database, self._link.options.log_ttl_seconds)
        await self._pen.begin()

    async def close(self) -> None:
        """See LeaderStore.close."""
        await self._pen.rest()
        await self._link.close()

    async def migrations(self) -> tuple[tuple[str, int], ...]:
        """The dry run of what ``open`` would do to an older schema: each step, and how many documents it changes."""
        await self._link.open()
        async with self._link.use() as database:
            return tuple((step.title, count) for step, count in await schema.plan_migrations(database))

    async def leader(self) -> LeaderRecord:
        """See LeaderStore.leader."""
        async with self._link.use() as database:
            return await leading.who_leads(database)

    async def take_term(self, holder: str, after: LeaderRecord | None = None) -> int:
        """See LeaderStore.take_term. What the leader before left half done is done first."""
        return await self._pen.take_term(holder, after=after)

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        """See LeaderStore.keep_term. It does not wait for a commit under way."""
        async with self._link.use() as database:
            await leading.keep_term(database, term, resign=resign)

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.commit. What StoreDown left open is settled before anything else is read or written."""
        return await self._pen.commit(batch)

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        """See LeaderStore.refusal."""
        return await self._pen.refusal(batch)

    async def job_states(self, process_name: str) -> AsyncIterator[JobPage]:
        """See LeaderStore.job_states."""
        async with self._reading() as database:
            async for page in queries.job_pages(database[self._pen.collection_of(process_name)], process_name):
                yield page

    async def active_jobs(self) -> tuple[Job, ...]:
        """See LeaderStore.active_jobs."""
        async with self._reading() as database:
            found = [
                document
                for name in schema.JOB_COLLECTIONS.values()
                for document in await database[name].find({"active": True}).to_list()
            ]
            return documents.to_jobs(found)

    async def jobs(self, keys: Sequence[JobKey]) -> tuple[Job, ...]:
        """See LeaderStore.jobs."""
        ids: dict[str, list[str]] = defaultdict(list)
        async with self._reading() as database:
            for key in keys:
                ids[self._pen.collection_of(key.process_name)].append(documents.job_id(key))
            found = [one for name in ids for one in await find_by_ids(database[name], ids[name])]
            return documents.to_jobs(found)

    async def find_jobs(self, query: JobQuery) -> tuple[Job, ...]:
        """See LeaderStore.find_jobs."""
        async with self._reading() as database:
            return await queries.find_jobs(database[self._pen.collection_of(query.process_name)], query)

    async def uows(self, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.uows."""
        async with self._reading() as database:
            return await queries.uows(database, uow_ids)

    async def find_uows(self, query: UowQuery) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.find_uows."""
        async with self._reading() as database:
            return await queries.find_uows(database, query)

    async def open_uows(self) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.open_uows."""
        async with self._reading() as database:
            return await queries.open_uows(database)

    async def begun_uows(self) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.begun_uows."""
        async with self._reading() as database:
            return await queries.begun_uows(database)

    async def count_uows(self) -> Mapping[UowState, int]:
        """See LeaderStore.count_uows."""
        async with self._reading() as database:
            return await queries.count_uows(database)

    async def history(self, key: JobKey, limit: int, offset: int = 0) -> tuple[HistoryEntry, ...]:
        """See LeaderStore.history."""
        async with self._reading() as database:
            return await queries.history(database, key, limit, offset)

    async def attempts(self, key: JobKey, entry_name: str | None = None) -> tuple[Attempt, ...]:
        """See LeaderStore.attempts."""
        async with self._reading() as database:
            return await queries.attempts(database, key, entry_name)

    async def open_plans(self) -> tuple[PlanRecord, ...]:
        """See LeaderStore.open_plans; oldest first."""
        async with self._reading() as database:
            return await queries.open_plans(database)

    async def find_plans(self, query: PlanQuery) -> tuple[PlanRecord, ...]:
        """See LeaderStore.find_plans."""
        async with self._reading() as database:
            return await queries.find_plans(database, query)

    async def directives(self, *, lifted: bool = False) -> tuple[Directive, ...]:
        """See LeaderStore.directives."""
        async with self._reading() as database:
            return await queries.directives(database, lifted=lifted)

    async def audit(self, query: AuditQuery) -> tuple[AuditEntry, ...]:
        """See LeaderStore.audit."""
        async with self._reading() as database:
            return await queries.audit(database, query)

    async def audit_after(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        """See LeaderStore.audit_after."""
        async with self._reading() as database:
            return await queries.audit_after(database, seq, limit)

    async def audit_head(self) -> AuditHead:
        """See LeaderStore.audit_head."""
        async with self._reading() as database:
            return await queries.audit_head(database)

    async def overrides(self) -> tuple[ProcessOverride, ...]:
        """See LeaderStore.overrides."""
        async with self._reading() as database:
            return documents.read(ProcessOverride, await database["managed_process"].find().to_list())

    async def entries(self) -> tuple[EntryRecord, ...]:
        """See LeaderStore.entries."""
        async with self._reading() as database:
            return tuple(map(documents.to_entry, await database["freerun_process"].find().to_list()))

    async def supervisors(self) -> tuple[SupervisorRecord, ...]:
        """See LeaderStore.supervisors."""
        async with self._reading() as database:
            return tuple(map(documents.to_supervisor, await database["supervisor"].find({"gone": False}).to_list()))

    async def retire(self, supervisor_ids: Sequence[str]) -> None:
        """See LeaderStore.retire."""
        async with self._reading() as database:
            chosen = {"_id": {"$in": list(supervisor_ids)}}
            await database["supervisor"].update_many(chosen, {"$set": {"gone": True}})

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """See LeaderStore.box_processes."""
        async with self._reading() as database:
            return documents.read(BoxProcess, await database["box_configuration"].find().to_list())

    async def log(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        """See LeaderStore.log. Where lines have expired the page begins at the next line there is."""
        async with self._reading() as database:
            return await logs.page(database, uow_id, attempt, first_line, limit)

    async def search_log(self, uow_id: UowId, attempt: int, text: str, limit: int, near: int = 0) -> FoundLines:
        """See LeaderStore.search_log."""
        async with self._reading() as database:
            return await logs.search(database, uow_id, attempt, LogSearch(text, limit, near))

    async def expire(self, uows_before: float, logs_before: float) -> int:
        """See LeaderStore.expire; returns entries + units of work + chunks removed."""
        async with self._reading() as database:
            removed = await logs.expire(database, logs_before)
            removed += await expiry.expire_history(database, uows_before)
            return removed + await expiry.expire_uows(database, uows_before, self._pen.collection_of)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Database]:
        await self._pen.settle()
        async with self._link.use() as database:
            yield database
