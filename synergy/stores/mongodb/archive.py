"""The store for more than one machine as a whole: MongoDB's side of ``ArchiveStore``.

Each kind is read through one cursor in the order of its keys, jobs through one for each process, by their ids. What is
written carries stamp 0, earlier than that of any batch, so whoever leads next may change it (see ``commits``); lines of
history are told apart by their number, which is their order. The mark is written after its page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec
from msgspec import Struct
from pymongo import ASCENDING
from pymongo.asynchronous.cursor import AsyncCursor

from synergy.core.directives import Directive
from synergy.core.ports.archive import (
    KEYS,
    PAGE_RECORDS,
    ArchivedUow,
    ArchiveKind,
    ArchivePage,
    Key,
    MigrationMark,
)
from synergy.core.records import (
    BoxProcess,
    HistoryEntry,
    Job,
    JobKey,
    LeaderRecord,
    LogChunk,
    ProcessOverride,
)
from synergy.stores.mongodb import documents, leading, logs, queries, schema
from synergy.stores.mongodb.bulk import insert_new
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.link import Database, Link, Options
from synergy.stores.mongodb.schema import JOB_COLLECTIONS, LOGS
from synergy.stores.mongodb.writing import Pen

DEFAULTS = Options()

_COLLECTIONS: Final[Mapping[ArchiveKind, tuple[str, ...]]] = MappingProxyType(
    {
        ArchiveKind.PROCESS: ("managed_process",),
        ArchiveKind.ENTRY: ("freerun_process",),
        ArchiveKind.BOX_PROCESS: ("box_configuration",),
        ArchiveKind.DIRECTIVE: ("directive",),
        ArchiveKind.SUPERVISOR: ("supervisor",),
        ArchiveKind.JOB: tuple(JOB_COLLECTIONS.values()),
        ArchiveKind.UNIT_OF_WORK: ("unit_of_work",),
        ArchiveKind.HISTORY: ("history",),
        ArchiveKind.PLAN: ("plan",),
        ArchiveKind.AUDIT: ("audit",),
        ArchiveKind.AUDIT_HEAD: ("audit_head",),
        ArchiveKind.LOG: (LOGS,),
    }
)
_BY_ID: Final = frozenset(
    {
        ArchiveKind.DIRECTIVE,
        ArchiveKind.SUPERVISOR,
        ArchiveKind.UNIT_OF_WORK,
        ArchiveKind.PLAN,
        ArchiveKind.AUDIT,
        ArchiveKind.AUDIT_HEAD,
    }
)
_WRITTEN_ORDER: Final = ("stamp", "line")
_MARK_ID: Final = "migration"


class MongoArchive:
    """See ArchiveStore. ``url`` names servers and database: ``mongodb://host1,host2/synergy?replicaSet=rs0``."""

    def __init__(self, url: str, options: Options = DEFAULTS) -> None:
        self._link = Link(url, options)
        self._pen = Pen(self._link)

    @property
    def place(self) -> str:
        """See ArchiveStore.place."""
        return f"mongodb://{self._link.place}"

    async def look(self) -> bool:
        """See ArchiveStore.look."""
        await self._link.open()
        async with self._link.use() as database:
            return await schema.read_version(database) is not None

    async def prepare(self) -> None:
        """See ArchiveStore.prepare."""
        await self._link.open()
        async with self._link.use() as database:
            await schema.prepare(database, self._link.options.log_ttl_seconds)
        await self._pen.begin()

    async def close(self) -> None:
        """See ArchiveStore.close."""
        await self._link.close()

    async def leader(self) -> LeaderRecord:
        """See LeaderStore.leader."""
        async with self._link.use() as database:
            return await leading.who_leads(database)

    async def lead(self, holder: str, above: int) -> int:
        """See ArchiveStore.lead."""
        return await self._pen.take_term(holder, above=above)

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        """See LeaderStore.keep_term."""
        async with self._link.use() as database:
            await leading.keep_term(database, term, resign=resign)

    async def mark(self) -> MigrationMark | None:
        """See ArchiveStore.mark."""
        async with self._link.use() as database:
            found = await database["meta"].find_one({"_id": _MARK_ID})
            return None if found is None else msgspec.convert(found, MigrationMark)

    async def set_mark(self, mark: MigrationMark) -> None:
        """See ArchiveStore.set_mark."""
        document = {"_id": _MARK_ID, **documents.plain(mark)}
        async with self._link.use() as database:
            await database["meta"].replace_one({"_id": _MARK_ID}, document, upsert=True)

    async def count(self, kind: ArchiveKind) -> int:
        """See ArchiveStore.count."""
        async with self._link.use() as database:
            return sum([await database[name].count_documents({}) for name in _COLLECTIONS[kind]])

    async def read(self, kind: ArchiveKind, after: Key | None = None) -> AsyncGenerator[ArchivePage, None]:
        """See ArchiveStore.read."""
        found: list[Document] = []
        async with self._link.use() as database:
            for name, condition in await _legs(database, kind, after):
                async with _cursor(database, name, kind, condition) as cursor:
                    async for document in cursor:
                        found.append(document)
                        if len(found) == PAGE_RECORDS[kind]:
                            yield _page(kind, found)
                            found = []
            if found:
                yield _page(kind, found)

    async def write(self, kind: ArchiveKind, records: Sequence[Struct], first: int, mark: MigrationMark) -> None:
        """See ArchiveStore.write."""
        async with self._link.use() as database:
            if kind is ArchiveKind.LOG:
                await logs.append(database, cast("Sequence[LogChunk]", records))
            else:
                for name, written in self._documents(kind, records, first).items():
                    await insert_new(database[name], written)
        if kind is ArchiveKind.PROCESS:
            self._pen.learn(cast("Sequence[ProcessOverride]", records))
        await self.set_mark(mark)

    def _documents(self, kind: ArchiveKind, records: Sequence[Any], first: int) -> Mapping[str, list[Document]]:
        """What lies in which collection."""
        written: dict[str, list[Document]] = defaultdict(list)
        for number, record in enumerate(records, first):
            if (from_line := _FROM_LINE.get(kind)) is not None:
                document = from_line(record, 0, number)
            else:
                document = _TO_DOCUMENT[kind](record) | {"stamp": 0}
            is_job = kind is ArchiveKind.JOB
            name = self._pen.collection_of(record.process_name) if is_job else _COLLECTIONS[kind][0]
            written[name].append(document)
        return written


async def _legs(database: Database, kind: ArchiveKind, after: Key | None) -> Sequence[tuple[str, Document]]:
    """Which collections are read one after the other, and the condition for what is wanted of each."""
    if kind is not ArchiveKind.JOB:
        return [(_COLLECTIONS[kind][0], _beyond(_fields(kind), after))]
    first, above = (str(after[0]), documents.job_id(JobKey(*map(str, after)))) if after else ("", "")
    processes = [
        (process, name) for name in _COLLECTIONS[kind] for process in await queries.process_names(database, name)
    ]
    return [
        (name, {"_id": {**documents.job_ids(process), **({"$gt": above} if process == first else {})}})
        for process, name in sorted(processes)
        if process >= first
    ]


def _fields(kind: ArchiveKind) -> tuple[str, ...]:
    """What tells a document's place."""
    return ("_id",) if kind in _BY_ID else KEYS.get(kind, _WRITTEN_ORDER)


def _cursor(database: Database, name: str, kind: ArchiveKind, condition: Document) -> AsyncCursor[Document]:
    fields = ("_id",) if kind is ArchiveKind.JOB else _fields(kind)
    found = database[name].find(condition, batch_size=PAGE_RECORDS[kind])
    return found.sort([(field, ASCENDING) for field in fields]).allow_disk_use(allow_disk_use=True)


def _beyond(fields: Sequence[str], after: Key | None) -> Document:
    """The condition for what follows a place in the order of the fields."""
    if after is None:
        return {}
    equal = [dict(zip(fields[:number], after, strict=False)) for number in range(len(fields))]
    return {"$or": [{**same, fields[number]: {"$gt": after[number]}} for number, same in enumerate(equal)]}


def _page(kind: ArchiveKind, found: Sequence[Document]) -> ArchivePage:
    return ArchivePage(_to_records(kind, found), _place(found[-1], _fields(kind)))


def _place(document: Document, fields: Sequence[str]) -> Key:
    """In plain values: the driver's own kind of number is for nobody else."""
    values = (document[field] for field in fields)
    return tuple(value if isinstance(value, str) else int(value) for value in values)


def _to_records(kind: ArchiveKind, found: Sequence[Document]) -> tuple[Struct, ...]:
    if (convert := _TO_RECORD.get(kind)) is not None:
        return tuple(map(convert, found))
    return documents.read(_PLAIN[kind], found)


_TO_RECORD: Final[Mapping[ArchiveKind, Callable[[Document], Struct]]] = MappingProxyType(
    {
        ArchiveKind.ENTRY: documents.to_entry,
        ArchiveKind.SUPERVISOR: documents.to_supervisor,
        ArchiveKind.UNIT_OF_WORK: documents.to_archived_uow,
        ArchiveKind.PLAN: documents.to_plan,
        ArchiveKind.AUDIT: documents.to_audit,
        ArchiveKind.AUDIT_HEAD: documents.to_audit_head,
    }
)
_PLAIN: Final[Mapping[ArchiveKind, type[Struct]]] = MappingProxyType(
    {
        ArchiveKind.PROCESS: ProcessOverride,
        ArchiveKind.BOX_PROCESS: BoxProcess,
        ArchiveKind.DIRECTIVE: Directive,
        ArchiveKind.JOB: Job,
        ArchiveKind.HISTORY: HistoryEntry,
        ArchiveKind.LOG: LogChunk,
    }
)


def _to_uow(record: ArchivedUow) -> Document:
    return documents.from_uow(record.uow) | {"attempts": [documents.from_attempt(one) for one in record.attempts]}


_TO_DOCUMENT: Final[Mapping[ArchiveKind, Callable[[Any], Document]]] = MappingProxyType(
    {
        ArchiveKind.PROCESS: documents.from_override,
        ArchiveKind.ENTRY: documents.from_entry,
        ArchiveKind.BOX_PROCESS: documents.from_box_process,
        ArchiveKind.DIRECTIVE: documents.from_directive,
        ArchiveKind.SUPERVISOR: documents.from_supervisor,
        ArchiveKind.JOB: documents.from_job,
        ArchiveKind.UNIT_OF_WORK: _to_uow,
        ArchiveKind.PLAN: documents.from_plan,
        ArchiveKind.AUDIT: documents.from_audit,
        ArchiveKind.AUDIT_HEAD: documents.from_audit,
    }
)
_FROM_LINE: Final[Mapping[ArchiveKind, Callable[[Any, int, int], Document]]] = MappingProxyType(
    {ArchiveKind.HISTORY: documents.from_history}
)
