"""What the daemon reads, one function for each question of LeaderStore."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import pymongo
from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.collection import AsyncCollection

from synergy.core.audit_chain import START
from synergy.core.directives import Directive
from synergy.core.errors import StoreCorrupt
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import AuditQuery, JobPage, JobQuery, PlanQuery, UowQuery
from synergy.core.records import Attempt, AuditEntry, AuditHead, HistoryEntry, Job, JobKey, UnitOfWork, UowId
from synergy.core.states import JOB_CODES, JobState, UowState
from synergy.stores.mongodb import documents
from synergy.stores.mongodb.bulk import find_by_ids
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.link import Database

BEFORE_ALL: Final = -(2**63)
"""Below every number; what has another kind of id was not written by a daemon."""

COUNT_SECONDS: Final = 60.0
"""So long a server may take to count millions; whoever asks does not wait for it."""

PAGE: Final = 50_000
"""Jobs per page of a restart's scan."""

FEW: Final = 1_000
"""Units of work of a process that are read and sorted rather than looked for among those of all."""


async def job_pages(jobs: AsyncCollection[Document], process_name: str) -> AsyncIterator[JobPage]:
    """See LeaderStore.job_states: one cursor, cut into pages."""
    fields = {"_id": False, "timeperiod": True, "state": True}
    async with jobs.find({"_id": documents.job_ids(process_name)}, fields).sort("_id", ASCENDING) as cursor:
        while found := await cursor.to_list(PAGE):
            yield _page(process_name, found)


def _page(process_name: str, found: Sequence[Document]) -> JobPage:
    try:
        codes = bytes(JOB_CODES[JobState(document["state"])] for document in found)
    except ValueError as error:
        raise StoreCorrupt(f"process {process_name}: a job has an unknown state: {error}") from None
    return JobPage(tuple(document["timeperiod"] for document in found), codes)


async def process_names(database: Database, name: str) -> Sequence[str]:
    """Whose jobs, or whose history, a collection has: one question for each, by the ids alone."""
    found: list[str] = []
    while document := await database[name].find_one(
        {"_id": {"$gte": documents.job_ids(found[-1])["$lt"]}} if found else {}, sort=[("_id", ASCENDING)]
    ):
        found.append(document["process_name"])
    return found


async def find_jobs(jobs: AsyncCollection[Document], query: JobQuery) -> tuple[Job, ...]:
    """See LeaderStore.find_jobs."""
    ids = documents.job_ids(query.process_name, query.from_timeperiod, query.to_timeperiod)
    condition: Document = {"_id": ids}
    if query.states is not None:
        condition["state"] = {"$in": sorted(query.states)}
    return documents.to_jobs(await jobs.find(condition).sort("_id", ASCENDING).limit(query.limit).to_list())


async def uows(database: Database, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.uows."""
    return documents.to_uows(await find_by_ids(database["unit_of_work"], uow_ids))


async def find_uows(database: Database, query: UowQuery) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.find_uows. Those of a process that has few are read by their ids, others from new to old."""
    collection = database["unit_of_work"]
    condition: Document = {}
    if query.process_name is not None:
        condition["process_name"] = query.process_name
    if query.timeperiod is not None:
        condition["timeperiod"] = query.timeperiod
    if query.before is not None:
        last = await collection.find_one({"_id": query.before}, {"created": True})
        if last is None:
            return ()
        condition["$or"] = [
            {"created": {"$lt": last["created"]}},
            {"created": last["created"], "_id": {"$lt": query.before}},
        ]
    found: dict[str, Document] = {}  # one may become done between the questions
    for part in await _parts(collection, query):
        cursor = collection.find({"$and": [condition, part]}).sort([("created", DESCENDING), ("_id", DESCENDING)])
        found.update((document["_id"], document) for document in await cursor.limit(query.limit).to_list())
    newest = sorted(found.values(), key=lambda document: (document["created"], document["_id"]), reverse=True)
    return documents.to_uows(newest[: query.limit])


async def _parts(collection: AsyncCollection[Document], query: UowQuery) -> Sequence[Document]:
    """Conditions that one index each answers: the ids of a process, or those of a state that are open, or done.

    A process that has many is rarely far from the newest; one that ran seldom would be, among a million of others.
    """
    states = sorted(UowState if query.states is None else query.states)
    name = query.process_name
    if name is not None and query.timeperiod is not None:
        own = documents.uow_ids(JobKey(name, query.timeperiod), None)
        return [{"_id": ids, "state": {"$in": states}} for ids in (own, documents.uow_ids_of_entries(name))]
    if name is not None:
        ids = documents.uow_ids_of(name)
        if await collection.count_documents({"_id": ids}, limit=FEW + 1) <= FEW:
            return [{"_id": ids, "state": {"$in": states}}]
    return [{"state": state, "applied": applied} for state in states for applied in (False, True)]


async def open_uows(database: Database) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.open_uows: active ones have nothing to apply yet."""
    return documents.to_uows(await database["unit_of_work"].find({"applied": False}).to_list())


async def begun_uows(database: Database) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.begun_uows."""
    begun = {"applied": False, "state": {"$in": [state.value for state in UowState if state is not UowState.REQUESTED]}}
    return documents.to_uows(await database["unit_of_work"].find(begun).to_list())


async def count_uows(database: Database) -> Mapping[UowState, int]:
    """See LeaderStore.count_uows; states without any are left out. Two questions, each answered by one index."""
    counts: dict[UowState, int] = {}
    for applied in (False, True):
        steps: list[Document] = [
            {"$match": {"applied": applied}},
            {"$group": {"_id": "$state", "number": {"$sum": 1}}},
        ]
        with pymongo.timeout(COUNT_SECONDS):
            groups = await (await database["unit_of_work"].aggregate(steps)).to_list()
        for group in groups:
            state = UowState(group["_id"])
            counts[state] = counts.get(state, 0) + int(group["number"])
    return counts


async def history(database: Database, key: JobKey, limit: int, offset: int) -> tuple[HistoryEntry, ...]:
    """See LeaderStore.history."""
    cursor = database["history"].find({"_id": documents.history_ids(key)})
    newest_first = cursor.sort([("stamp", DESCENDING), ("line", DESCENDING)])
    return documents.read(HistoryEntry, await newest_first.skip(offset).limit(limit).to_list())


async def attempts(database: Database, key: JobKey, entry_name: str | None) -> tuple[Attempt, ...]:
    """See LeaderStore.attempts."""
    condition = {"_id": documents.uow_ids(key, entry_name)}
    found = await database["unit_of_work"].find(condition, {"attempts": True}).sort("run", ASCENDING).to_list()
    return documents.to_attempts(found)


async def open_plans(database: Database) -> tuple[PlanRecord, ...]:
    """See LeaderStore.open_plans; oldest first."""
    cursor = database["plan"].find({"done": False}).sort([("at", ASCENDING), ("_id", ASCENDING)])
    return tuple(map(documents.to_plan, await cursor.to_list()))


async def find_plans(database: Database, query: PlanQuery) -> tuple[PlanRecord, ...]:
    """See LeaderStore.find_plans."""
    condition: Document = {"_id": query.plan_id} if query.plan_id is not None else {}
    if query.key is not None:
        condition["key"] = query.key
    if query.undoable:
        condition["undoable"] = True
    newest_first = database["plan"].find(condition).sort([("at", DESCENDING), ("_id", DESCENDING)])
    return tuple(map(documents.to_plan, await newest_first.limit(query.limit).to_list()))


async def directives(database: Database, *, lifted: bool) -> tuple[Directive, ...]:
    """See LeaderStore.directives."""
    found = await database["directive"].find({} if lifted else {"in_force": True}).to_list()
    return tuple(sorted(documents.read(Directive, found), key=lambda one: (one.at, one.directive_id)))


async def audit(database: Database, query: AuditQuery) -> tuple[AuditEntry, ...]:
    """See LeaderStore.audit."""
    numbers = {"$gt": BEFORE_ALL} if query.before is None else {"$gt": BEFORE_ALL, "$lt": query.before}
    condition: Document = {"_id": numbers}
    ages = {"$gte": query.since, "$lt": query.until}
    if given := {operator: age for operator, age in ages.items() if age is not None}:
        condition["at"] = given
    for name, value in (("actor", query.actor), ("verb", query.verb)):
        if value is not None:
            condition[name] = value
    found = await database["audit"].find(condition).sort("_id", DESCENDING).limit(query.limit).to_list()
    return tuple(map(documents.to_audit, found))


async def audit_after(database: Database, seq: int, limit: int) -> tuple[AuditEntry, ...]:
    """See LeaderStore.audit_after."""
    found = await database["audit"].find({"_id": {"$gt": seq}}).sort("_id", ASCENDING).limit(limit).to_list()
    return tuple(map(documents.to_audit, found))


async def audit_head(database: Database) -> AuditHead:
    """See LeaderStore.audit_head."""
    found = await database["audit_head"].find_one({}, sort=[("_id", DESCENDING)])
    return documents.to_audit_head(found) if found else START
