"""Logs: chunks of lines, one document each; the server removes what is older than ``db_log_ttl_days`` by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from pymongo import ASCENDING, DESCENDING, ReplaceOne
from pymongo.errors import BulkWriteError

from synergy.core.ports import FoundLines, StoredLog
from synergy.core.records import LogChunk, LogLine, UowId
from synergy.stores.log_search import LogSearch
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import is_only_duplicates
from synergy.stores.mongodb.link import Database
from synergy.stores.mongodb.schema import LOGS


class _Chunk(NamedTuple):
    first_line: int
    lines: tuple[LogLine, ...]


async def append(database: Database, chunks: Sequence[LogChunk]) -> None:
    """See WorkerStore.append_log. New chunks are one insert; those that are there already are replaced after it."""
    written = {document["_id"]: document for document in map(_to_document, chunks) if document["lines"]}
    if not written:
        return
    logs = database[LOGS]
    try:
        await logs.insert_many(written.values(), ordered=False)
    except BulkWriteError as error:
        if not is_only_duplicates(error):
            raise
        again = [list(written.values())[refused["index"]] for refused in (error.details or {})["writeErrors"]]
        await logs.bulk_write([ReplaceOne({"_id": one["_id"]}, one) for one in again], ordered=False)


async def page(database: Database, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
    """See LeaderStore.log. The page ends where lines are missing."""
    total = await _total(database, uow_id, attempt)
    first = max(0, total + first_line) if first_line < 0 else first_line
    lines: list[LogLine] = []
    start = first
    async for chunk in _chunks(database, uow_id, attempt, first):
        if not lines:
            start = max(first, chunk.first_line)
        skip = start + len(lines) - chunk.first_line
        if skip < 0 or len(lines) >= limit:
            break
        lines += chunk.lines[skip:]
    return StoredLog(start if lines else first, total, tuple(lines[:limit]))


async def search(database: Database, uow_id: UowId, attempt: int, looking: LogSearch) -> FoundLines:
    """See LeaderStore.search_log."""
    async for chunk in _chunks(database, uow_id, attempt, 0):
        looking.take(chunk.first_line, chunk.lines)
    return looking.found


async def expire(database: Database, before: float) -> int:
    """Remove chunks whose last line is older, which the server may not have come to yet; returns how many."""
    answer = await database[LOGS].delete_many({"written": {"$lt": datetime.fromtimestamp(before, UTC)}})
    return answer.deleted_count


async def _total(database: Database, uow_id: UowId, attempt: int) -> int:
    place = {"uow_id": uow_id, "attempt": attempt}
    last = await database[LOGS].find_one(place, {"end_line": True}, sort=[("end_line", DESCENDING)])
    return int(last["end_line"]) if last else 0


async def _chunks(database: Database, uow_id: UowId, attempt: int, beyond: int) -> AsyncIterator[_Chunk]:
    """Chunks that reach beyond a line, ascending."""
    place = {"uow_id": uow_id, "attempt": attempt, "end_line": {"$gt": beyond}}
    async with database[LOGS].find(place).sort("first_line", ASCENDING) as cursor:
        async for document in cursor:
            yield _Chunk(document["first_line"], msgspec.convert(document["lines"], tuple[LogLine, ...]))


def _to_document(chunk: LogChunk) -> Document:
    return {
        "_id": f"{chunk.uow_id}#{chunk.attempt}#{chunk.first_line}",
        "uow_id": chunk.uow_id,
        "attempt": chunk.attempt,
        "first_line": chunk.first_line,
        "end_line": chunk.first_line + len(chunk.lines),
        "written": datetime.fromtimestamp(chunk.lines[-1].at, UTC) if chunk.lines else None,
        "lines": [_to_array(line) for line in chunk.lines],
    }


def _to_array(line: LogLine) -> list[Any]:
    return [line.at, line.stream, line.level, line.text.encode("utf-8", "replace").decode()]
