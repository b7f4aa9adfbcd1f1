"""The embedded store as a whole: SQLite's side of ``ArchiveStore``.

Pages are read by key, each in a read of its own, so nothing stays open between them. History keeps its numbers: ``seq``
is the order in which it was written. A page and the mark are one transaction, but for logs, which
lie in files of their own: the mark follows them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from synergy.core.errors import IllegalState
from synergy.core.ports.archive import (
    KEYS,
    PAGE_RECORDS,
    ArchivedUow,
    ArchiveKind,
    ArchivePage,
    Key,
    MigrationMark,
    key_of,
)
from synergy.core.records import Attempt, LeaderRecord, LogChunk
from synergy.stores.sqlite import rows, terms
from synergy.stores.sqlite.bulk import ROWS, Value, write_rows
from synergy.stores.sqlite.log_files import LogFiles, months
from synergy.stores.sqlite.rows import Rows
from synergy.stores.sqlite.threads import StoreThreads

_TABLES: Final[Mapping[ArchiveKind, Rows[Any]]] = MappingProxyType(
    {
        ArchiveKind.PROCESS: rows.OVERRIDES,
        ArchiveKind.ENTRY: rows.ENTRIES,
        ArchiveKind.BOX_PROCESS: rows.BOX_PROCESSES,
        ArchiveKind.DIRECTIVE: rows.DIRECTIVES,
        ArchiveKind.SUPERVISOR: rows.SUPERVISORS,
        ArchiveKind.JOB: rows.JOBS,
        ArchiveKind.UNIT_OF_WORK: rows.UOWS,
        ArchiveKind.HISTORY: rows.HISTORY,
        ArchiveKind.PLAN: rows.PLANS,
        ArchiveKind.AUDIT: rows.AUDIT,
        ArchiveKind.AUDIT_HEAD: rows.AUDIT_HEAD,
    }
)
_WRITTEN_ORDER: Final = ("seq",)
_MARK: Final = "migration"
_READ_MARK: Final = "SELECT value FROM meta WHERE name = ?"
_WRITE_MARK: Final = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"

_LOG_PLACES: Final = (
    "SELECT json_group_array(json_array(uow_id, attempt, first_line)) FROM (SELECT uow_id, attempt, first_line "
    "FROM log_chunk WHERE (uow_id, attempt, first_line) > (?, ?, ?) ORDER BY uow_id, attempt, first_line LIMIT ?)"
)
_LOG_CHUNKS: Final = (
    "SELECT json_group_array(json_object('uow_id', uow_id, 'attempt', attempt, 'first_line', first_line, "
    "'lines', json(lines))) FROM log_chunk WHERE (uow_id, attempt, first_line) IN "
    "(SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))"
)
_BEFORE_ALL_LOGS: Final[Key] = ("", -1, -1)

_encode = msgspec.json.Encoder().encode
_decode_mark = msgspec.json.Decoder(MigrationMark).decode
_decode_places = msgspec.json.Decoder(list[tuple[str, int, int]]).decode
_decode_chunks = msgspec.json.Decoder(list[LogChunk]).decode


class SqliteArchive:
    """See ArchiveStore. ``path`` names synergy.db; the months of logs lie beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = StoreThreads(path, None)

    @property
    def place(self) -> str:
        """See ArchiveStore.place."""
        return f"sqlite:{self._path.resolve()}"

    async def look(self) -> bool:
        """See ArchiveStore.look.

        Raises:
            IllegalState: the file is missing, but there are logs of another store, with which its own would be mixed.
        """
        if not self._path.exists():
            if months(self._path.parent):
                raise IllegalState(
                    f"{self._path.parent} holds the logs of another store", remedy="name a file in a folder of its own"
                )
            return False
        await self._threads.open()
        return True

    async def prepare(self) -> None:
        """See ArchiveStore.prepare; nothing is ever left half done here."""
        await self._threads.open()

    async def close(self) -> None:
        """See ArchiveStore.close."""
        await self._threads.close()

    async def leader(self) -> LeaderRecord:
        """See LeaderStore.leader."""
        return await self._threads.read(terms.leader)

    async def lead(self, holder: str, above: int) -> int:
        """See ArchiveStore.lead."""
        return await self._threads.write(lambda connection: terms.lead(connection, holder, above))

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        """See LeaderStore.keep_term."""
        await self._threads.write(lambda connection: terms.keep_term(connection, term, resign=resign))

    async def mark(self) -> MigrationMark | None:
        """See ArchiveStore.mark."""
        return await self._threads.read(_read_mark)

    async def set_mark(self, mark: MigrationMark) -> None:
        """See ArchiveStore.set_mark."""
        await self._threads.write(lambda connection: _write_mark(connection, mark))

    async def count(self, kind: ArchiveKind) -> int:
        """See ArchiveStore.count. A chunk of a log that lies in two months counts twice."""
        if kind is ArchiveKind.LOG:
            return await self._threads.logs(_count_logs)
        sql = f"SELECT count(*) FROM {_TABLES[kind].table}"  # noqa: S608 - a constant of this program
        return await self._threads.read(lambda connection: int(connection.execute(sql).fetchone()[0]))

    async def read(self, kind: ArchiveKind, after: Key | None = None) -> AsyncGenerator[ArchivePage, None]:
        """See ArchiveStore.read."""
        place = after
        while True:
            if kind is ArchiveKind.LOG:
                page = await self._threads.logs(partial(_log_page, after=place))
            else:
                page = await self._threads.read(partial(_page, kind=kind, after=place))
            if page is None:
                return
            yield page
            place = page.place

    async def write(self, kind: ArchiveKind, records: Sequence[Struct], first: int, mark: MigrationMark) -> None:
        """See ArchiveStore.write."""
        if kind is ArchiveKind.LOG:
            chunks = cast("Sequence[LogChunk]", records)
            await self._threads.logs(lambda files: files.append(chunks))
            await self.set_mark(mark)
            return
        await self._threads.write(lambda connection: _write(connection, kind, records, first, mark))


def _read_mark(connection: sqlite3.Connection) -> MigrationMark | None:
    found = connection.execute(_READ_MARK, (_MARK,)).fetchone()
    return None if found is None else _decode_mark(found[0])


def _write_mark(connection: sqlite3.Connection, mark: MigrationMark) -> None:
    connection.execute(_WRITE_MARK, (_MARK, _encode(mark).decode()))


def _page(connection: sqlite3.Connection, kind: ArchiveKind, after: Key | None) -> ArchivePage | None:
    table, columns = _TABLES[kind], KEYS.get(kind, _WRITTEN_ORDER)
    names = ", ".join(columns)
    beyond = f"WHERE ({names}) > ({', '.join('?' * len(columns))})" if after else ""
    tail = f"{beyond} ORDER BY {names} LIMIT ?"
    values = (*(after or ()), PAGE_RECORDS[kind])
    records = table.select(connection, tail, values)
    if not records:
        return None
    if kind not in KEYS:
        last = f"SELECT max(seq) FROM (SELECT seq FROM {table.table} {tail})"  # noqa: S608 - constants of this program
        return ArchivePage(records, (connection.execute(last, values).fetchone()[0],))
    records = tuple(sorted(records, key=partial(key_of, kind)))
    place = key_of(kind, records[-1])
    if kind is ArchiveKind.UNIT_OF_WORK:
        records = _with_attempts(connection, records)
    return ArchivePage(records, place)


def _with_attempts(connection: sqlite3.Connection, uows: Sequence[Any]) -> tuple[ArchivedUow, ...]:
    tail = "WHERE uow_id BETWEEN ? AND ?"
    found = sorted(rows.ATTEMPTS.select(connection, tail, (uows[0].uow_id, uows[-1].uow_id)), key=_attempt_order)
    known = {uow_id: tuple(attempts) for uow_id, attempts in groupby(found, key=lambda one: one.uow_id)}
    return tuple(ArchivedUow(uow, known.get(uow.uow_id, ())) for uow in uows)


def _attempt_order(attempt: Attempt) -> tuple[str, int, float, str]:
    return attempt.uow_id, attempt.attempt, attempt.started, attempt.supervisor_id


def _write(
    connection: sqlite3.Connection, kind: ArchiveKind, records: Sequence[Any], first: int, mark: MigrationMark
) -> None:
    table = _TABLES[kind]
    if kind is ArchiveKind.UNIT_OF_WORK:
        attempts = [rows.ATTEMPTS.row(attempt) for one in records for attempt in one.attempts]
        write_rows(connection, rows.ATTEMPTS.replace, attempts)
        write_rows(connection, table.replace, [table.row(one.uow) for one in records])
    elif kind in KEYS:
        write_rows(connection, table.replace, [table.row(one) for one in records])
    else:
        names = ", ".join(table.columns)
        numbered: list[tuple[Value, ...]] = [(number, *table.row(one)) for number, one in enumerate(records, first + 1)]
        sql = f"INSERT OR REPLACE INTO {table.table} (seq, {names}) VALUES {ROWS}"  # noqa: S608 - see above
        write_rows(connection, sql, numbered)
    _write_mark(connection, mark)


def _count_logs(files: LogFiles) -> int:
    sql = "SELECT count(*) FROM log_chunk"
    return sum(files.connection(path.name, create=False).execute(sql).fetchone()[0] for path in files.months())


def _log_page(files: LogFiles, after: Key | None) -> ArchivePage | None:
    """The next chunks of all months together; of one that lies in two the later month's counts."""
    limit = PAGE_RECORDS[ArchiveKind.LOG]
    months: dict[Key, str] = {}
    for path in files.months():
        connection = files.connection(path.name, create=False)
        found = connection.execute(_LOG_PLACES, (*(after or _BEFORE_ALL_LOGS), limit)).fetchone()[0]
        months.update((place, path.name) for place in _decode_places(found))
    places = sorted(months)[:limit]
    if not places:
        return None
    chunks: list[LogChunk] = []
    for month in {months[place] for place in places}:
        wanted = _encode([place for place in places if months[place] == month]).decode()
        chunks += _decode_chunks(files.connection(month, create=False).execute(_LOG_CHUNKS, (wanted,)).fetchone()[0])
    return ArchivePage(tuple(sorted(chunks, key=partial(key_of, ArchiveKind.LOG))), places[-1])
