"""Log shipping: lines of running attempts become stored chunks, every 0.5 s or 64 KB, and before their finish."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.core.messages import LogGrew
from synergy.core.ports import Clock, WorkerStore
from synergy.core.records import LogChunk, LogLine, UnitOfWork, UowId
from synergy.worker.backoff import WorldTrouble, until_answered

CHUNK_BYTES: Final = 64 * 1024
SHIP_SECONDS: Final = 0.5
FULL_BYTES: Final = 4 * 1024 * 1024
"""With this much unstored an attempt's output is not read any more until some is stored."""

MAX_ATTEMPT_BYTES: Final = 256 * 1024 * 1024
"""What one attempt may log in all; the rest is dropped, and the log says so."""

LINE_BYTES: Final = 32
"""What a line costs besides its text."""

log = logging.getLogger(__name__)


class AttemptLog:
    """The unstored lines of one attempt, and how many there were in all."""

    __slots__ = ("_cut", "_dirty", "attempt", "lines", "on_room", "pending", "pending_bytes", "total_bytes", "uow_id")

    def __init__(self, uow: UnitOfWork, dirty: Callable[[AttemptLog], None]) -> None:
        self.uow_id: UowId = uow.uow_id
        self.attempt = uow.attempt
        self.lines = 0
        self.pending: list[LogLine] = []
        self.pending_bytes = 0
        self.total_bytes = 0
        self.on_room: Callable[[], None] | None = None
        self._cut = False
        self._dirty = dirty

    @property
    def is_full(self) -> bool:
        """Its source should be read no more until lines are stored."""
        return self.pending_bytes > FULL_BYTES

    def add(self, lines: Iterable[LogLine]) -> None:
        """Append lines; beyond the limit of an attempt they are dropped after a last line that says so."""
        for line in lines:
            if self._cut:
                return
            size = len(line.text) + LINE_BYTES
            if self.total_bytes + size > MAX_ATTEMPT_BYTES:
                self._cut = True
                text = f"log cut here: an attempt may log {MAX_ATTEMPT_BYTES // 1024 // 1024} MB"
                line = LogLine(line.at, "log", "WARNING", text)  # noqa: PLW2901 - it takes the place of the dropped one
            self.pending.append(line)
            self.pending_bytes += size
            self.total_bytes += size
        if self.pending:
            self._dirty(self)

    def take(self) -> list[LogChunk]:
        """The unstored lines as chunks of about 64 KB; they count as taken."""
        chunks: list[LogChunk] = []
        part: list[LogLine] = []
        size = 0
        for line in self.pending:
            part.append(line)
            size += len(line.text) + LINE_BYTES
            if size > CHUNK_BYTES:
                chunks.append(self._chunk(part))
                part, size = [], 0
        if part:
            chunks.append(self._chunk(part))
        self.pending = []
        self.pending_bytes = 0
        return chunks

    def _chunk(self, lines: list[LogLine]) -> LogChunk:
        chunk = LogChunk(self.uow_id, self.attempt, self.lines, tuple(lines))
        self.lines += len(lines)
        return chunk


class LogShipper:
    """Stores the lines of all attempts, in few writes, and tells how far each log has grown."""

    def __init__(self, store: WorkerStore, clock: Clock, tell: Callable[[LogGrew], None]) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self._dirty: dict[tuple[UowId, int], AttemptLog] = {}
        self._wake = asyncio.Event()
        self._much = asyncio.Event()
        self._lock = asyncio.Lock()
        self._wanted = True

    def open(self, uow: UnitOfWork) -> AttemptLog:
        """The log of an attempt that begins."""
        return AttemptLog(uow, self._grew)

    def line(self, attempt: AttemptLog, level: str, text: str) -> None:
        """A line of the supervisor's own in an attempt's log."""
        attempt.add((LogLine(self._clock.real_time(), "log", level, text),))

    def plain(self, attempt: AttemptLog, stream: str, texts: Iterable[str]) -> None:
        """Lines of a process's stdout or stderr."""
        at = self._clock.real_time()
        attempt.add([LogLine(at, stream, "", text) for text in texts])

    async def run(self) -> None:
        """Ship until cancelled: at most 0.5 s after a line came, at once when 64 KB wait."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(SHIP_SECONDS):
                    await self._much.wait()
            self._much.clear()
            await self.flush()

    async def flush(self) -> None:
        """Store everything that waits; returns when it, and what was being stored, is stored."""
        async with self._lock:
            dirty, self._dirty = self._dirty, {}
            chunks = [chunk for attempt in dirty.values() for chunk in attempt.take()]
            if not chunks:
                return
            try:
                await until_answered(lambda: self._store.append_log(chunks), "append_log", lambda: self._wanted)
            except (WorldTrouble, InvalidArgument) as trouble:
                lost = sum(len(chunk.lines) for chunk in chunks)
                extra = {"action": "log_lines_lost", "lines": lost}
                log.error("%d log lines are not stored: %s", lost, trouble, extra=extra)  # noqa: TRY400 - the store's
                return
        for attempt in dirty.values():
            self._tell(LogGrew(attempt.uow_id, attempt.attempt, attempt.lines))
            if attempt.on_room is not None:
                attempt.on_room()

    def has_unstored(self) -> bool:
        """Whether a flush would have to wait."""
        return bool(self._dirty) or self._lock.locked()

    def give_up(self) -> None:
        """The supervisor ends: a store that does not answer is waited for no longer."""
        self._wanted = False

    def _grew(self, attempt: AttemptLog) -> None:
        self._dirty[attempt.uow_id, attempt.attempt] = attempt
        self._wake.set()
        if attempt.pending_bytes > CHUNK_BYTES:
            self._much.set()
