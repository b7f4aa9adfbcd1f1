"""Logs in files of their own, one a month: ``logs-YYYYMM.db``; a month that has expired is a file that is removed.

A chunk lies in the month of its first line, so an attempt's log may lie in several files. Lines are numbered within
their attempt. Where chunks are missing (their month has expired) a page begins at the next line there is.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from synergy.core.errors import SynergyError
from synergy.core.ports import FoundLines, StoredLog
from synergy.core.records import LogChunk, LogLine, UowId
from synergy.stores.log_search import LogSearch
from synergy.stores.sqlite.bulk import ROWS, Value, write_rows
from synergy.stores.sqlite.connection import (
    LOCK_SECONDS,
    LOGS,
    Identity,
    begin,
    connect,
    create_or_connect,
    identity,
    roll_back,
)
from synergy.stores.sqlite.failures import is_damage

NAME: Final = re.compile(r"logs-(\d{4})(\d{2})\.db")
OPEN_FILES: Final = 16
"""How many months are kept open: a year, and some more."""

GROUP: Final = 32
"""How many chunks are read in one step: up to 2 MB."""

_APPEND: Final = f"INSERT OR REPLACE INTO log_chunk (uow_id, attempt, first_line, line_count, lines) VALUES {ROWS}"  # noqa: S608
_REACH: Final = "SELECT max(first_line + line_count) FROM log_chunk WHERE uow_id = ? AND attempt = ?"
_PLACES: Final = (
    "SELECT json_group_array(first_line) FROM (SELECT first_line FROM log_chunk WHERE uow_id = ? AND attempt = ? "
    "AND first_line + line_count > ? ORDER BY first_line LIMIT ?)"
)
_READ: Final = (
    "SELECT json_group_array(json_array(first_line, json(lines))) FROM log_chunk WHERE uow_id = ? AND attempt = ? "
    "AND first_line IN (SELECT value FROM json_each(?))"
)


log = logging.getLogger(__name__)


class _Chunk(NamedTuple):
    first_line: int
    lines: tuple[LogLine, ...]


class _OpenFile(NamedTuple):
    connection: sqlite3.Connection
    identity: Identity | None


_encode = msgspec.json.Encoder().encode
_decode_places = msgspec.json.Decoder(list[int]).decode
_decode_chunks = msgspec.json.Decoder(list[_Chunk]).decode


class LogFiles:
    """All months beside one store; belongs to one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, _OpenFile] = {}

    def append(self, chunks: Sequence[LogChunk]) -> None:
        """See WorkerStore.append_log. One transaction for each month."""
        months: dict[str, list[tuple[Value, ...]]] = defaultdict(list)
        for chunk in chunks:
            if chunk.lines:
                row = (chunk.uow_id, chunk.attempt, chunk.first_line, len(chunk.lines), _encoded(chunk.lines))
                months[_month(chunk.lines[0].at)].append(row)
        for month, rows in months.items():
            try:
                self._append(month, rows)
            except (SynergyError, sqlite3.Error) as error:
                if not is_damage(error):
                    raise
                self._set_aside(month, error)
                self._append(month, rows)

    def page(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        """See LeaderStore.log. The page ends where lines are missing."""
        total = self._total(uow_id, attempt)
        first = max(0, total + first_line) if first_line < 0 else first_line
        lines: list[LogLine] = []
        start = first
        for chunk in self._chunks(uow_id, attempt, first, limit):
            if not lines:
                start = max(first, chunk.first_line)
            skip = start + len(lines) - chunk.first_line
            if skip < 0 or len(lines) >= limit:
                break
            lines += chunk.lines[skip:]
        return StoredLog(start if lines else first, total, tuple(lines[:limit]))

    def search(self, uow_id: UowId, attempt: int, looking: LogSearch) -> FoundLines:
        """See LeaderStore.search_log."""
        for chunk in self._chunks(uow_id, attempt, 0, -1):
            looking.take(chunk.first_line, chunk.lines)
        return looking.found

    def expire(self, before: float) -> int:
        """Remove the files of months that ended before; returns how many."""
        expired = [path for path in self.months() if _month_end(path) <= before]
        for path in expired:
            self._let_go(path.name)
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
        return len(expired)

    def close(self) -> None:
        """Let go of all files."""
        for name in tuple(self._open):
            self._let_go(name)

    def _append(self, month: str, rows: Sequence[Sequence[Value]]) -> None:
        connection = self.connection(month, create=True)
        begin(connection)
        try:
            write_rows(connection, _APPEND, rows)
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise

    def _set_aside(self, month: str, error: Exception) -> None:
        """A damaged file is kept, but not used: work waits until its log is stored, and shall not wait for ever."""
        self._let_go(month)
        path = self._folder / month
        kept = path.with_name(f"damaged-{month}")
        log.error("log file %s is set aside as %s: %s", path, kept.name, error, extra={"action": "log_file_damaged"})
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(f"{month}{suffix}").replace(kept.with_name(f"{kept.name}{suffix}"))

    def _total(self, uow_id: UowId, attempt: int) -> int:
        reaches = (
            self.connection(path.name, create=False).execute(_REACH, (uow_id, attempt)).fetchone()[0]
            for path in self.months()
        )
        return max((reach for reach in reaches if reach is not None), default=0)

    def _chunks(self, uow_id: UowId, attempt: int, beyond: int, limit: int) -> Iterator[_Chunk]:
        """Up to ``limit`` chunks (-1: all) that reach beyond a line, ascending; a later month's version counts."""
        months: dict[int, str] = {}
        for path in self.months():
            values = (uow_id, attempt, beyond, limit)
            for first_line in _decode_places(
                self.connection(path.name, create=False).execute(_PLACES, values).fetchone()[0]
            ):
                months[first_line] = path.name
        places = sorted(months)
        for start in range(0, len(places), GROUP):
            yield from self._read(uow_id, attempt, {place: months[place] for place in places[start : start + GROUP]})

    def _read(self, uow_id: UowId, attempt: int, places: dict[int, str]) -> list[_Chunk]:
        """The chunks that begin at these lines, each in its month."""
        found: list[_Chunk] = []
        for month in set(places.values()):
            wanted = _encode([place for place, name in places.items() if name == month]).decode()
            connection = self.connection(month, create=False)
            found += _decode_chunks(connection.execute(_READ, (uow_id, attempt, wanted)).fetchone()[0])
        return sorted(found)

    def months(self) -> list[Path]:
        """See months."""
        return months(self._folder)

    def connection(self, name: str, *, create: bool) -> sqlite3.Connection:
        """The month's file, which is kept open; ``create``: made when there is none."""
        path = self._folder / name
        known = self._open.pop(name, None)
        if known is not None and known.identity != identity(path):
            known.connection.close()  # the file was removed: what is written into it would be lost
            known = None
        if known is None:
            while len(self._open) >= OPEN_FILES:
                self._let_go(next(iter(self._open)))
            connection = create_or_connect(path, LOGS) if create else connect(path, LOGS)
            connection.execute(f"PRAGMA busy_timeout = {int(LOCK_SECONDS * 1000)}")
            known = _OpenFile(connection, identity(path))
        self._open[name] = known
        return known.connection

    def _let_go(self, name: str) -> None:
        if (known := self._open.pop(name, None)) is not None:
            known.connection.close()


def months(folder: Path) -> list[Path]:
    """The months there are in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))


def _encoded(lines: Sequence[LogLine]) -> str:
    try:
        return _encode(lines).decode()
    except UnicodeEncodeError:
        whole = [LogLine(line.at, line.stream, line.level, _without_surrogates(line.text)) for line in lines]
        return _encode(whole).decode()


def _without_surrogates(text: str) -> str:
    """Text as UTF-8 can hold it; a program's output may hold anything."""
    return text.encode("utf-8", "replace").decode()


def _month(at: float) -> str:
    return f"logs-{datetime.fromtimestamp(at, UTC):%Y%m}.db"


def _month_end(path: Path) -> float:
    """The first moment after the month of a file's name."""
    found = NAME.fullmatch(path.name)
    year, month = (int(found[1]), int(found[2])) if found else (9999, 12)
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()
