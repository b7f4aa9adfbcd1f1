"""The end of records' lives. What is deleted is finished, applied and nobody's, so it matters not who leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pymongo import ASCENDING

from synergy.core import timeperiods
from synergy.core.records import JobKey
from synergy.core.states import UowState
from synergy.stores.mongodb import documents, queries
from synergy.stores.mongodb.bulk import IDS, find_by_ids, parts
from synergy.stores.mongodb.commits import CollectionOf
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.link import Database

PAGE: Final = 1_000

_DONE: Final = {"applied": True, "state": {"$in": [state.value for state in UowState if state.is_finished]}}


async def expire_history(database: Database, before: float) -> int:
    """Remove older entries, plans that are done, and directives that were lifted; returns how many entries.

    Of each process only those timeperiods are looked at that had begun by then, by their ids: what is told of a job is
    told after its beginning. (Where schedule time runs ahead of real time, entries stay until that has caught up.)
    """
    await database["plan"].delete_many({"done": True, "at": {"$lt": before}})
    await database["directive"].delete_many({"in_force": False, "lifted": {"$lt": before}})
    removed = 0
    for name in await queries.process_names(database, "history"):
        ids = documents.job_ids(name, last=f"{timeperiods.real_time_period(before)}$")
        removed += (await database["history"].delete_many({"_id": ids, "at": {"$lt": before}})).deleted_count
    return removed


async def expire_uows(database: Database, before: float, collection_of: CollectionOf) -> int:
    """Remove old ones, with their attempts, that are no job's and no entry's related one; returns how many."""
    removed = 0
    place: Document = {}
    while page := await _old_page(database, before, place):
        unrelated = await _unrelated(database, page, collection_of)
        for part in parts(unrelated, IDS):
            answer = await database["unit_of_work"].delete_many({"_id": {"$in": list(part)}, **_DONE})
            removed += answer.deleted_count
        last = page[-1]
        place = {
            "$or": [{"created": {"$gt": last["created"]}}, {"created": last["created"], "_id": {"$gt": last["_id"]}}]
        }
    return removed


async def _old_page(database: Database, before: float, place: Document) -> list[Document]:
    """The next ones that are old enough; one that a clock's jump let finish before it was created waits for both."""
    old: Document = {"created": {"$lt": before}, "finished": {"$not": {"$gte": before}}, **_DONE}
    fields = {"created": True, "process_name": True, "timeperiod": True, "entry_name": True}
    cursor = database["unit_of_work"].find({"$and": [old, place]} if place else old, fields)
    return await cursor.sort([("created", ASCENDING), ("_id", ASCENDING)]).limit(PAGE).to_list()


async def _unrelated(database: Database, page: Sequence[Document], collection_of: CollectionOf) -> list[str]:
    wanted: dict[str, set[str]] = {}
    for uow in page:
        name = collection_of(uow["process_name"])
        wanted.setdefault(name, set()).add(documents.job_id(JobKey(uow["process_name"], uow["timeperiod"])))
        if uow["entry_name"] is not None:
            wanted.setdefault("freerun_process", set()).add(f"{uow['process_name']}::{uow['entry_name']}")
    related: set[str | None] = set()
    for name, ids in wanted.items():
        found = await find_by_ids(database[name], sorted(ids), {"related_unit_of_work": True})
        related.update(one["related_unit_of_work"] for one in found)
    return [uow["_id"] for uow in page if uow["_id"] not in related]
