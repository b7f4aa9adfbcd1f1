"""The logs of a simulated store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from synergy.core.ports import FoundLines, StoredLog
from synergy.core.records import LogChunk, LogLine, UowId
from synergy.stores.log_search import LogSearch

_Key = tuple[UowId, int]


class ShelfLogs:
    """Chunks by their first line, for each attempt; ``totals`` outlast what expires of them."""

    def __init__(self) -> None:
        self._chunks: dict[_Key, dict[int, tuple[LogLine, ...]]] = {}
        self._totals: dict[_Key, int] = {}

    def append(self, chunks: Sequence[LogChunk]) -> None:
        """See WorkerStore.append_log."""
        for chunk in chunks:
            key = (chunk.uow_id, chunk.attempt)
            if chunk.lines:
                lines = tuple(replace(line, text=line.text.encode("utf-8", "replace").decode()) for line in chunk.lines)
                self._chunks.setdefault(key, {})[chunk.first_line] = lines
                self._totals[key] = max(self._totals.get(key, 0), chunk.first_line + len(lines))

    def page(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        """See LeaderStore.log."""
        numbered, total = self._numbered((uow_id, attempt)), self._totals.get((uow_id, attempt), 0)
        first = max(0, total + first_line) if first_line < 0 else first_line
        start = min((number for number in numbered if number >= first), default=None)
        if start is None:
            return StoredLog(first, total, ())
        lines: list[LogLine] = []
        while start + len(lines) in numbered and len(lines) < limit:
            lines.append(numbered[start + len(lines)])
        return StoredLog(start, total, tuple(lines))

    def search(self, uow_id: UowId, attempt: int, text: str, limit: int, near: int) -> FoundLines:
        """See LeaderStore.search_log."""
        looking = LogSearch(text, limit, near)
        for first_line, lines in sorted(self._chunks.get((uow_id, attempt), {}).items()):
            looking.take(first_line, lines)
        return looking.found

    def expire(self, before: float) -> int:
        """Drop chunks of months that ended before; returns how many."""
        removed = 0
        for chunks in self._chunks.values():
            for first_line in [place for place, lines in chunks.items() if _month_end(lines[0].at) <= before]:
                del chunks[first_line]
                removed += 1
        return removed

    def _numbered(self, key: _Key) -> dict[int, LogLine]:
        numbered: dict[int, LogLine] = {}
        for first_line, lines in sorted(self._chunks.get(key, {}).items()):
            numbered.update(enumerate(lines, first_line))
        return numbered


def _month_end(at: float) -> float:
    day = datetime.fromtimestamp(at, UTC)
    return datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC).timestamp()
