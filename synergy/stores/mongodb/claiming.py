"""A supervisor's writes, each a compare-and-set of one document that holds the unit of work and its attempts.

A bulk tells only how many documents it changed. When they are fewer than was asked for, the records are read again: a
claim is known by its call's token, a finish by what it says. So an update that the driver sent twice, because the first
answer was lost, is told from another supervisor's.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec.structs import replace
from pymongo import UpdateMany, UpdateOne

from synergy.core.ports import Claim, Finish
from synergy.core.records import Attempt, SupervisorRecord, UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.stores.mongodb import documents
from synergy.stores.mongodb.bulk import TOGETHER, Update, find_by_ids, parts, update_of, value_by_id
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.link import Database

TRIES: Final = 8
"""So often a claim is tried in one call while the leader changes what it is to take."""

_FREE: Final = {"state": UowState.REQUESTED.value, "cancel_requested": False}
_RUNNING: Final = UowState.IN_PROGRESS.value


async def claim(database: Database, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.claim. Of two claims of one unit of work in one call the first counts."""
    token = uuid.uuid4().hex
    wanted = {one.uow_id: one for one in reversed(claims)}
    taken: list[UnitOfWork] = []
    left = list(wanted)
    for _ in range(TRIES):
        free = await _free(database, left)
        if not free:
            break
        answer = await database["unit_of_work"].bulk_write(list(_takes(wanted, free, token)), ordered=False)
        if answer.modified_count == len(free):
            taken += [one.uow for one in free]
            break
        now = await find_by_ids(database["unit_of_work"], [one.uow.uow_id for one in free], {"claim": True})
        ours = {document["_id"] for document in now if document.get("claim") == token}
        taken += [one.uow for one in free if one.uow.uow_id in ours]
        # others may be free still: the leader has them read further than was known here
        left = [one.uow.uow_id for one in free if one.uow.uow_id not in ours]
    return tuple(_taken(uow, wanted[uow.uow_id]) for uow in taken)


class _Free(NamedTuple):
    """A unit of work that may be claimed; ``begun``: see ``documents.begun_by``."""

    uow: UnitOfWork
    begun: frozenset[tuple[int, str]]


async def _free(database: Database, uow_ids: Sequence[UowId]) -> list[_Free]:
    found = await find_by_ids(database["unit_of_work"], uow_ids)
    read = zip(documents.to_uows(found), map(documents.begun_by, found), strict=True)
    return [_Free(uow, begun) for uow, begun in read if uow.state is UowState.REQUESTED and not uow.cancel_requested]


def _takes(wanted: Mapping[UowId, Claim], free: Sequence[_Free], token: str) -> Iterator[Update]:
    """Claims that say the same of the same attempt go together, which a server does with far less work.

    Each document is taken on the condition of its own state and attempt, as it would be alone, of the end of its data
    (whoever claims it must not work on less than the leader says), and of the last finish of its inputs that it keeps.
    """
    alike: dict[tuple[Claim, int, str | None, float | None, bool], list[UowId]] = defaultdict(list)
    for uow, begun in free:
        one = wanted[uow.uow_id]
        again = (uow.attempt, one.supervisor_id) in begun
        alike[replace(one, uow_id=UowId("")), uow.attempt, uow.end_id, uow.inputs_finished, again].append(uow.uow_id)
    for (one, attempt, end_id, inputs, again), uow_ids in alike.items():
        for part in parts(uow_ids, TOGETHER):
            as_read = {"attempt": attempt, "end_id": end_id, "inputs_finished": inputs, **_FREE}
            yield _take(replace(one, uow_id=part[0]), as_read, part, token, again=again)


def _take(one: Claim, as_read: Document, uow_ids: Sequence[UowId], token: str, *, again: bool) -> Update:
    """``as_read``: what they must still be. ``again``: this supervisor began this attempt before, and gave it back."""
    attempt: int = as_read["attempt"]
    begun = documents.from_attempt(
        Attempt(
            one.uow_id, attempt, one.supervisor_id, one.box_id, one.host, one.at,
            pid=one.pid, pid_started=one.pid_started,
        )
    )  # fmt: skip
    changes: Document = {
        "state": _RUNNING,
        "claimed_by": one.supervisor_id,
        "box_id": one.box_id,
        "pid": one.pid,
        "started": one.at,
        "finished": None,
        "exit_reason": None,
        "claim": token,
        "inputs_read": as_read["inputs_finished"],
    }
    if not again:
        return update_of(uow_ids, as_read, {"$set": changes, "$push": {"attempts": begun}})
    place = _attempt_filter(attempt, one.supervisor_id)
    return update_of(uow_ids, as_read, {"$set": {**changes, "attempts.$[a]": begun}}, place)


def _taken(uow: UnitOfWork, one: Claim) -> UnitOfWork:
    return replace(
        uow, state=UowState.IN_PROGRESS, claimed_by=one.supervisor_id, box_id=one.box_id, pid=one.pid,
        started=one.at, finished=None, exit_reason=None, inputs_read=uow.inputs_finished,
    )  # fmt: skip


async def release(database: Database, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
    """See WorkerStore.release. What is given back was not run: its attempt has not begun."""
    freed = {"state": UowState.REQUESTED.value, "claimed_by": None, "box_id": None, "pid": None, "started": None}
    begun = {"supervisor_id": supervisor_id, "finished": None}
    updates = [
        UpdateOne(
            {"_id": uow_id, "state": _RUNNING, "claimed_by": supervisor_id},
            {"$set": freed, "$pull": {"attempts": begun}},
        )
        for uow_id in uow_ids
    ]
    await database["unit_of_work"].bulk_write(updates, ordered=False)


async def set_pid(database: Database, uow_id: UowId, attempt: int, pid: int, pid_started: float) -> None:
    """See WorkerStore.set_pid."""
    await database["unit_of_work"].update_one(
        {"_id": uow_id, "state": _RUNNING, "attempt": attempt},
        {"$set": {"pid": pid, "attempts.$[a].pid": pid, "attempts.$[a].pid_started": pid_started}},
        array_filters=[{"a.attempt": attempt, "a.state": _RUNNING, "a.finished": None}],
    )


async def finish(
    database: Database, finishes: Sequence[Finish], claimed: Mapping[UowId, UnitOfWork] = MappingProxyType({})
) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.finish. The very same report sent again is answered as before, and changes nothing.

    ``claimed``: units of work as they were claimed; while they stand as they did then, they need not be read again.
    """
    ended = await _end_all(database, claimed, finishes, {"cancel_requested": False})
    if ended is None or not all(one.uow_id in ended and _is_ended_by(ended[one.uow_id], one) for one in finishes):
        return await _finish_read(database, finishes)
    return tuple(ended.values())


async def _finish_read(database: Database, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
    stored = await _read(database, finishes)
    ended = await _end_all(database, stored, finishes)
    now = {**stored, **(await _read(database, finishes) if ended is None else ended)}
    known = [one for one in finishes if one.uow_id in now]
    accepted = {one.uow_id: now[one.uow_id] for one in known if _is_ended_by(now[one.uow_id], one)}
    refused = [one for one in known if not _is_ended_by(now[one.uow_id], one)]
    if refused:
        await _keep_evidence(database, refused)
    return tuple(accepted.values())


async def _end_all(
    database: Database,
    stored: Mapping[UowId, UnitOfWork],
    finishes: Sequence[Finish],
    unchanged: Document | None = None,
) -> Mapping[UowId, UnitOfWork] | None:
    """End those whose compare-and-set holds, the first report of each; returns them as they stand then.

    ``unchanged``: what else a document must still be. None: some were not as they were known to be.
    """
    ending = {
        one.uow_id: one
        for one in reversed(finishes)
        if (uow := stored.get(one.uow_id)) is not None and _is_held(uow, one)
    }
    if not ending:
        return {}
    updates = list(_ends(tuple(ending.values()), unchanged or {}))
    answer = await database["unit_of_work"].bulk_write(updates, ordered=False)
    if answer.modified_count != len(ending):
        return None
    return {uow_id: _finished(stored[uow_id], one) for uow_id, one in ending.items()}


async def _read(database: Database, finishes: Sequence[Finish]) -> dict[UowId, UnitOfWork]:
    ids = list({one.uow_id: None for one in finishes})
    fields = {"attempts": False, "claim": False, "stamp": False}
    return {uow.uow_id: uow for uow in documents.to_uows(await find_by_ids(database["unit_of_work"], ids, fields))}


def _is_held(uow: UnitOfWork, one: Finish) -> bool:
    """Whether the compare-and-set holds."""
    return uow.state is UowState.IN_PROGRESS and (uow.attempt, uow.claimed_by) == (one.attempt, one.supervisor_id)


def _is_ended_by(uow: UnitOfWork, one: Finish) -> bool:
    """Whether this is the report by which it ended: in this call, or in an earlier one whose answer was lost."""
    told = (one.attempt, one.supervisor_id, one.state, one.at)
    return (uow.attempt, uow.claimed_by, uow.state, uow.finished) == told


def _ends(ending: Sequence[Finish], unchanged: Document) -> Iterator[UpdateMany]:
    """Ends of the same attempt's number go together: one statement for a hundred is far less work than a hundred.

    Each document gets its own end, on the condition of its own state and attempt, as it would alone.
    """
    alike: dict[tuple[int, str], list[Finish]] = defaultdict(list)
    for one in ending:
        alike[one.attempt, one.supervisor_id].append(one)
    for (attempt, supervisor_id), ends in alike.items():
        for part in parts(ends, TOGETHER):
            yield _end(part, {"attempt": attempt, "claimed_by": supervisor_id, **unchanged})


def _end(ends: Sequence[Finish], condition: Document) -> UpdateMany:
    ids = [one.uow_id for one in ends]
    attempt, supervisor_id = ends[0].attempt, ends[0].supervisor_id
    is_it = [
        {"$eq": ["$$a.attempt", attempt]},
        {"$eq": ["$$a.supervisor_id", {"$literal": supervisor_id}]},
    ]
    ended = {"$cond": [{"$and": is_it}, {"$mergeObjects": ["$$a", "$$told.attempt"]}, "$$a"]}
    attempts = {"$map": {"input": "$attempts", "as": "a", "in": ended}}
    told = {"told": value_by_id(ids, [_told(one) for one in ends])}
    whole = {"$mergeObjects": ["$$ROOT", "$$told.uow", {"attempts": attempts}]}
    return UpdateMany(
        {"_id": {"$in": ids}, "state": _RUNNING, **condition},
        [{"$replaceWith": {"$let": {"vars": told, "in": whole}}}],
    )


def _told(one: Finish) -> Document:
    """What an end sets of the unit of work, and of its attempt."""
    begun = {} if one.started is None else {"started": one.started}
    ended = {"state": one.state.value, "finished": one.at, "exit_reason": one.exit_reason, **begun}
    counts = {
        "number_of_processed_documents": one.number_of_processed_documents,
        "number_of_aggregated_documents": one.number_of_aggregated_documents,
    }
    attempt = {**ended, "log_lines": one.log_lines, "kill": documents.from_kill(one.kill)}
    return {"uow": {**ended, **counts}, "attempt": attempt}


def _finished(uow: UnitOfWork, one: Finish) -> UnitOfWork:
    return replace(
        uow, state=one.state, finished=one.at, exit_reason=one.exit_reason,
        started=uow.started if one.started is None else one.started,
        number_of_processed_documents=one.number_of_processed_documents,
        number_of_aggregated_documents=one.number_of_aggregated_documents,
    )  # fmt: skip


async def _keep_evidence(database: Database, refused: Sequence[Finish]) -> None:
    """Note refused ends at their attempts, unless those have one already; an attempt nobody began is made up."""
    senders = {
        one["_id"]: one
        for one in await find_by_ids(database["supervisor"], list({one.supervisor_id: None for one in refused}))
    }
    updates: list[UpdateOne] = []
    for one in refused:
        sender = senders.get(one.supervisor_id, {})
        evidence = Attempt(
            one.uow_id, one.attempt, one.supervisor_id, sender.get("box_id", ""), sender.get("host", ""),
            one.at if one.started is None else one.started, one.at, state=one.state, exit_reason=one.exit_reason,
            accepted=False, log_lines=one.log_lines, kill=one.kill,
        )  # fmt: skip
        updates += _note(evidence)
    await database["unit_of_work"].bulk_write(updates, ordered=True)


def _note(evidence: Attempt) -> tuple[UpdateOne, UpdateOne]:
    told = documents.from_attempt(evidence)
    place = {"attempt": evidence.attempt, "supervisor_id": evidence.supervisor_id}
    names = ("state", "finished", "exit_reason", "accepted", "log_lines", "kill")
    noted = {f"attempts.$.{name}": told[name] for name in names}
    unfinished = {"$elemMatch": {**place, "finished": None}}
    unknown = {"$not": {"$elemMatch": place}}
    return (
        UpdateOne({"_id": evidence.uow_id, "attempts": unfinished}, {"$set": noted}),
        UpdateOne({"_id": evidence.uow_id, "attempts": unknown}, {"$push": {"attempts": told}}),
    )


def _attempt_filter(attempt: int, supervisor_id: str) -> Document:
    return {"a.attempt": attempt, "a.supervisor_id": supervisor_id}


async def beat(database: Database, record: SupervisorRecord) -> tuple[UowId, ...]:
    """See WorkerStore.beat."""
    document = documents.from_supervisor(record)
    await database["supervisor"].replace_one({"_id": record.supervisor_id}, document, upsert=True)
    held = {
        "applied": False,
        "state": _RUNNING,
        "box_id": record.box_id,
        "claimed_by": record.supervisor_id,
        "cancel_requested": True,
    }
    found = await database["unit_of_work"].find(held, {"_id": True}).to_list()
    return tuple(UowId(one["_id"]) for one in found)


async def held(database: Database, box_id: str) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.held."""
    running = {"applied": False, "state": _RUNNING, "box_id": box_id}
    found = await database["unit_of_work"].find(running).to_list()
    return documents.to_uows(found)
