"""Records as documents and back.

A document has its record's fields under their names, with their defaults, and ``_id``; states are stored as their
names, times as seconds since the epoch. What an operator never looks for by its parts is packed: arguments as JSON
text (their names may be anything), the changes of a plan as compressed MessagePack (one may change 100,000 jobs).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from synergy.core.audit_chain import unreadable
from synergy.core.directives import Directive
from synergy.core.kills import KillReport
from synergy.core.plan_records import Inverse, PlannedChange, PlanRecord
from synergy.core.ports import ArchivedUow, Batch
from synergy.core.records import (
    Attempt,
    AuditEntry,
    AuditHead,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    ProcessOverride,
    SupervisorRecord,
    UnitOfWork,
    WorkerInfo,
    derive_uow_id,
)

Document = dict[str, Any]
Record = TypeVar("Record", bound=Struct)
P = TypeVar("P")
R = TypeVar("R")

_PACKED: Final = zlib.Z_BEST_SPEED
_DIGEST: Final = 16

_encode_json = msgspec.json.Encoder().encode
_decode_json = msgspec.json.Decoder(dict[str, str | int | float | bool | None]).decode
_pack = msgspec.msgpack.Encoder().encode
_unpack_changes = msgspec.msgpack.Decoder(tuple[PlannedChange, ...]).decode
_unpack_inverse = msgspec.msgpack.Decoder(Inverse).decode
_unpack_batch = msgspec.msgpack.Decoder(Batch).decode


def _telling_damage(convert: Callable[[P], R]) -> Callable[[P], R]:
    """Documents lie open to whoever may write the database: what is missing or no such thing is a damaged record."""

    @wraps(convert)
    def converted(document: P) -> R:
        try:
            return convert(document)
        except (LookupError, TypeError, ValueError, AttributeError, zlib.error) as error:
            raise msgspec.ValidationError(f"{type(error).__name__}: {error}") from None

    return converted


def read(record_type: type[Record], documents: Iterable[Mapping[str, Any]]) -> tuple[Record, ...]:
    """The records of documents whose fields are stored plainly."""
    return tuple(msgspec.convert(document, record_type) for document in documents)


def plain(record: Struct) -> Document:
    """All fields of a record that has only plain ones."""
    return msgspec.structs.asdict(record)


def job_id(key: JobKey) -> str:
    """Where a job lies in its collection."""
    return f"{key.process_name}@{key.timeperiod}"


def job_ids(process_name: str, first: str | None = None, last: str | None = None) -> Document:
    """The range of a process's jobs from one timeperiod to another; ``A`` follows ``@``, which is in no name."""
    beyond = {"$lt": f"{process_name}A"} if last is None else {"$lte": f"{process_name}@{last}"}
    return {"$gte": f"{process_name}@{first or ''}", **beyond}


def uow_ids(key: JobKey, entry_name: str | None) -> Document:
    """The range of the units of work of a job, or of an entry's firing; ``/`` follows ``.``, and a run is a number."""
    first = derive_uow_id(key.process_name, entry_name, key.timeperiod, 0)
    return {"$gte": first, "$lt": f"{first.removesuffix('.0')}/"}


def uow_ids_of(process_name: str) -> Document:
    """The range of all units of work of a process and of its entries; from ``:`` to ``@`` nothing may be in a name."""
    return {"$gte": f"{process_name}:", "$lt": f"{process_name}A"}


def uow_ids_of_entries(process_name: str) -> Document:
    """The range of the units of work of a process's entries; ``;`` follows ``:``."""
    return {"$gte": f"{process_name}::", "$lt": f"{process_name}:;"}


def from_job(job: Job) -> Document:
    """``active``: its state is none that is finished."""
    return {"_id": job_id(job.key), **plain(job), "active": not job.state.is_finished}


def to_jobs(found: Iterable[Document]) -> tuple[Job, ...]:
    """The jobs that have a record: what is left of one that was forgotten only refuses late writes of older stamps."""
    return tuple(job for job in read(Job, found) if not job.is_untouched)


def from_uow(uow: UnitOfWork) -> Document:
    """With no attempt yet; arguments as JSON text."""
    document = plain(uow)
    document["_id"] = document.pop("uow_id")
    document["arguments"] = _encode_json(uow.arguments).decode()
    document["attempts"] = []
    return document


def to_uows(documents: Iterable[Document]) -> tuple[UnitOfWork, ...]:
    """Units of work without their attempts."""
    return read(UnitOfWork, map(_with_arguments, documents))


@_telling_damage
def _with_arguments(document: Document) -> Document:
    return {**document, "uow_id": document["_id"], "arguments": _decode_json(document["arguments"])}


def to_archived_uow(document: Document) -> ArchivedUow:
    """A unit of work with its attempts."""
    (uow,) = to_uows([document])
    attempts = sorted(to_attempts([document]), key=lambda one: (one.attempt, one.started, one.supervisor_id))
    return ArchivedUow(uow, tuple(attempts))


def to_attempts(documents: Iterable[Document]) -> tuple[Attempt, ...]:
    """The attempts that lie in these units of work, in their order."""
    return tuple(attempt for document in documents for attempt in _attempts_of(document))


@_telling_damage
def _attempts_of(document: Document) -> list[Attempt]:
    found = sorted(document["attempts"], key=lambda one: (one["attempt"], one["started"]))
    return [msgspec.convert({**attempt, "uow_id": document["_id"]}, Attempt) for attempt in found]


@_telling_damage
def begun_by(document: Document) -> frozenset[tuple[int, str]]:
    """Which attempts of a unit of work were begun, and by whom."""
    return frozenset((attempt["attempt"], attempt["supervisor_id"]) for attempt in document["attempts"])


def from_attempt(attempt: Attempt) -> Document:
    """As it lies in its unit of work."""
    document = plain(attempt)
    del document["uow_id"]
    document["kill"] = from_kill(attempt.kill)
    return document


def from_kill(kill: KillReport | None) -> Document | None:
    """How an attempt's processes were ended, as it lies in the attempt."""
    return None if kill is None else msgspec.to_builtins(kill)


def from_plan(plan: PlanRecord) -> Document:
    """Changes are packed, and by what they can be undone."""
    document = plain(plan)
    document["_id"] = document.pop("plan_id")
    document["changes"] = zlib.compress(_pack(plan.changes), _PACKED)
    document["inverse"] = None if plan.inverse is None else zlib.compress(_pack(plan.inverse), _PACKED)
    document["undoable"] = plan.inverse is not None and plan.undone_by is None
    return document


@_telling_damage
def to_plan(document: Document) -> PlanRecord:
    """The plan with all its changes."""
    changes = _unpack_changes(zlib.decompress(document["changes"]))
    packed = document.get("inverse")
    inverse = None if packed is None else _unpack_inverse(zlib.decompress(packed))
    plain_part = {**document, "plan_id": document["_id"], "changes": (), "inverse": None}
    return msgspec.structs.replace(msgspec.convert(plain_part, PlanRecord), changes=changes, inverse=inverse)


def from_directive(one: Directive) -> Document:
    """``in_force`` is there for the partial index."""
    return {"_id": one.directive_id, **plain(one), "in_force": one.lifted is None}


def from_override(override: ProcessOverride) -> Document:
    """By its process."""
    return {"_id": override.process_name, **plain(override)}


def from_box_process(one: BoxProcess) -> Document:
    """By box and process."""
    return {"_id": f"{one.box_id}/{one.process_name}", **plain(one)}


def from_entry(entry: EntryRecord) -> Document:
    """Arguments as JSON text."""
    name = f"{entry.process_name}::{entry.entry_name}"
    return {"_id": name, **plain(entry), "arguments": _encode_json(entry.arguments).decode()}


@_telling_damage
def to_entry(document: Document) -> EntryRecord:
    """An entry."""
    return msgspec.convert({**document, "arguments": _decode_json(document["arguments"])}, EntryRecord)


def from_supervisor(record: SupervisorRecord) -> Document:
    """Its workers are documents within it."""
    return {"_id": record.supervisor_id, **plain(record), "workers": [plain(worker) for worker in record.workers]}


@_telling_damage
def to_supervisor(document: Document) -> SupervisorRecord:
    """A heartbeat."""
    workers = read(WorkerInfo, document["workers"])
    return msgspec.structs.replace(msgspec.convert({**document, "workers": ()}, SupervisorRecord), workers=workers)


def from_history(entry: HistoryEntry, stamp: int, line: int) -> Document:
    """Its id derives from its job, and from all it says: an entry that is written again is there already."""
    digest = hashlib.blake2b(_pack(entry), digest_size=_DIGEST).hexdigest()
    name = f"{job_id(JobKey(entry.process_name, entry.timeperiod))}#{digest}"
    return {"_id": name, **plain(entry), "stamp": stamp, "line": line}


def history_ids(key: JobKey) -> Document:
    """The range of a job's history, in no order; ``$`` follows ``#``."""
    return {"$gte": f"{job_id(key)}#", "$lt": f"{job_id(key)}$"}


def from_audit(one: AuditEntry | AuditHead) -> Document:
    """By its number."""
    document = plain(one)
    document["_id"] = document.pop("seq")
    return document


@_telling_damage
def to_audit(document: Document) -> AuditEntry:
    """See LeaderStore.audit: what somebody damaged must not hide the others."""
    try:
        return msgspec.convert({**document, "seq": document["_id"]}, AuditEntry)
    except msgspec.ValidationError as error:
        return unreadable(int(document["_id"]), str(error))


@_telling_damage
def to_audit_head(document: Document) -> AuditHead:
    """A head."""
    return msgspec.convert({**document, "seq": document["_id"]}, AuditHead)


def raw(record: Struct) -> bytes:
    """A record, or a batch of them, as MessagePack."""
    return _pack(record)


@_telling_damage
def unpack_batch(packed: bytes) -> Batch:
    """The batch that was packed."""
    return _unpack_batch(zlib.decompress(packed))
