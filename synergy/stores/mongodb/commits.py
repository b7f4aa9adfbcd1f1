"""The daemon's write: one batch, whole on every server, without a transaction.

**The order.** (1) *Intent*: one update of the leader's document stores the packed batch, on condition that no higher
term and no later batch is there. (2) New units of work, then their patches. (3) All else: jobs, overrides, entries,
boxes, plans, history, audit. Whoever is to read what a leader left (a new leader, one whose commit failed, anybody who
opens the store) first does (2) and (3) of the intent that is there once more.

**Stamps.** A stamp is ``term * 2**32 + n``; each batch has later ones than all before it. Every document that the
daemon writes carries the stamp of its write, and every such write demands a stamp no later than its own; so it demands
a term no higher than its own, too. A patch demands an earlier stamp than its own, so it takes effect once.

**Why every prefix is recoverable.** A batch that stops before (1) has left nothing. After (1) all of it is in one
document, acknowledged by a majority and its journal, and stays there until the next batch's (1), which comes after all
of (3). Doing (2) and (3) again, from any point, by anybody, and while the first writer still goes on, ends in the same
documents: inserts that are there already are left, jobs are replaced by the same record or refused for a later stamp,
a patch that took effect carries its stamp and is not done again, lines of history have ids that derive from their
text, entries of the audit are known by their numbers. What workers write in between is conditional on state,
attempt and holder, like the patches.

**Why an old leader cannot harm.** A new leader raises the term before it reads. If that comes before the old one's
(1), (1) is refused, and nothing was written. If it comes after, the new leader finds the intent, completes it, and then
reads; what the old one still writes of it is the same, and later stamps refuse it. An intent that was delayed on its
way is refused by its stamp: who settles a failed commit raises the stamp first (``leading.fence``).

Missed patches are told from those whose answer was lost by the stamp of the record. A commit takes five round trips
when all goes well, and one more for each further patch of the same unit of work and for the audit's head.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace
from pymongo.asynchronous.collection import AsyncCollection

from synergy.core.audit_chain import START, head_after
from synergy.core.ports import Batch
from synergy.core.records import AuditHead, UnitOfWork, UowId, UowPatch
from synergy.core.states import UowState
from synergy.stores.mongodb import documents
from synergy.stores.mongodb.bulk import (
    IDS,
    TOGETHER,
    Update,
    find_by_ids,
    insert_new,
    parts,
    put_many,
    put_records,
    update_of,
)
from synergy.stores.mongodb.canceling import count_cancels, take_back_cancels
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.link import Database
from synergy.stores.waves import waves

Write = Coroutine[Any, Any, object]

CollectionOf = Callable[[str], str]
"""Where the jobs of a process lie."""


def count_stamps(batch: Batch) -> int:
    """How many stamps the batch takes: one, and one for each wave of patches."""
    return 1 + len(waves(batch.patches))


async def apply(database: Database, batch: Batch, stamp: int, collection_of: CollectionOf) -> tuple[UnitOfWork, ...]:
    """Do (2) and (3) of the batch whose intent is stored; returns the records of missed patches."""
    await insert_new(database["unit_of_work"], [documents.from_uow(uow) | {"stamp": stamp} for uow in batch.new_uows])
    missed: set[str] = set()
    last = stamp + count_stamps(batch) - 1
    for number, wave in enumerate(waves(batch.patches), start=stamp + 1):
        missed |= await _patch(database, wave, number, last)
    await _all(_other_writes(database, batch, stamp, collection_of))
    if not missed:
        return ()
    return documents.to_uows(await find_by_ids(database["unit_of_work"], sorted(missed)))


async def _all(works: Iterable[Write]) -> None:
    """Do them side by side; the first failure ends the others and is raised as it is."""
    before = count_cancels()
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as failures:
        take_back_cancels(before)
        raise failures.exceptions[0] from None


def _other_writes(database: Database, batch: Batch, stamp: int, collection_of: CollectionOf) -> Iterator[Write]:
    jobs: dict[str, list[Document]] = defaultdict(list)
    for job in batch.jobs:
        jobs[collection_of(job.process_name)].append(documents.from_job(job))
    for name, records in jobs.items():
        yield put_many(database[name], records, stamp, _is_begun)
    for name, written in (
        ("managed_process", [documents.from_override(one) for one in batch.overrides]),
        ("freerun_process", [documents.from_entry(one) for one in batch.entries]),
        ("box_configuration", [documents.from_box_process(one) for one in batch.box_processes]),
        ("plan", [documents.from_plan(one) for one in batch.plans]),
        ("directive", [documents.from_directive(one) for one in batch.directives]),
    ):
        if written:
            yield put_records(database[name], written, stamp)
    if batch.history:
        written = [documents.from_history(entry, stamp, line) for line, entry in enumerate(batch.history)]
        yield insert_new(database["history"], written)
    if batch.audit:
        yield insert_new(database["audit"], [documents.from_audit(entry) | {"stamp": stamp} for entry in batch.audit])
        yield _write_head(database["audit_head"], head_after(batch.audit, START), stamp)


async def _write_head(collection: AsyncCollection[Document], head: AuditHead, stamp: int) -> None:
    """The highest number is the head: whoever does an older batch once more may leave another one below it."""
    await insert_new(collection, [documents.from_audit(head) | {"stamp": stamp}])
    await collection.delete_many({"_id": {"$lt": head.seq}})


def _is_begun(document: Document) -> bool:
    """A job that is worked on for the first time has rarely been stored before."""
    return bool(document["active"]) and document["run"] <= 1


async def _patch(database: Database, wave: Sequence[UowPatch], stamp: int, last_stamp: int) -> set[str]:
    """Write a wave; returns the ids of those whose condition did not hold."""
    uows = database["unit_of_work"]
    missed: set[str] = set()
    for part in parts(wave, IDS):
        answer = await uows.bulk_write(list(_updates(part, stamp)), ordered=False)
        if answer.matched_count == len(part):
            continue
        found = await find_by_ids(uows, [patch.uow_id for patch in part], {"stamp": True})
        ours = {one["_id"] for one in found if stamp <= one["stamp"] <= last_stamp}
        missed.update(patch.uow_id for patch in part if patch.uow_id not in ours)
    return missed


def _updates(wave: Sequence[UowPatch], stamp: int) -> Iterator[Update]:
    """Those that demand and set the same go together, which a server does with far less work."""
    alike: dict[UowPatch, list[UowId]] = defaultdict(list)
    for patch in wave:
        alike[replace(patch, uow_id=UowId(""))].append(patch.uow_id)
    for patch, uow_ids in alike.items():
        for part in parts(uow_ids, TOGETHER):
            yield _update(patch, part, stamp)


def _update(patch: UowPatch, uow_ids: Sequence[UowId], stamp: int) -> Update:
    """A patch that takes a unit of work out of a worker's hands ends the worker's attempt, in the same write."""
    holder = {} if patch.expect_claimed_by is UNSET else {"claimed_by": patch.expect_claimed_by}
    closing = _close_attempt(patch)
    return update_of(
        uow_ids,
        {"state": patch.expect_state.value, "attempt": patch.expect_attempt, **holder, "stamp": {"$lt": stamp}},
        {"$set": {**patch.changes(), **closing, "stamp": stamp}},
        {"a.attempt": patch.expect_attempt, "a.finished": None} if closing else None,
    )


def _close_attempt(patch: UowPatch) -> Mapping[str, Any]:
    """Its end is not known, and what the worker may still report is evidence only."""
    if patch.expect_state is not UowState.IN_PROGRESS or patch.state is UNSET:
        return {}
    state = patch.state if patch.state.is_finished else UowState.INVALID
    reason = None if patch.exit_reason is UNSET else patch.exit_reason
    return {"attempts.$[a].state": state, "attempts.$[a].exit_reason": reason or "worker lost"}
