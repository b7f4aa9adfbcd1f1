"""The three threads of one process's store: one that writes, one that reads, one for the log files."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from synergy.stores.sqlite.connection import STORE, connect_reader, create_or_connect
from synergy.stores.sqlite.lane import Lane
from synergy.stores.sqlite.log_files import LogFiles
from synergy.stores.sqlite.watched import WatchedConnection
from synergy.stores.sqlite.writer import Writer

Answer = TypeVar("Answer")


class StoreThreads:
    """Threads that are started by ``open`` and ended by ``close``; both may be called twice, in any order."""

    def __init__(self, path: Path, log_folder: Path | None) -> None:
        folder = log_folder or path.parent
        self._path = path
        self._writer = Writer(path, STORE)
        self._reader = Lane("synergy-store-reader", path, lambda: WatchedConnection(path, connect_reader(path, STORE)))
        self._logs = Lane("synergy-store-logs", folder, lambda: LogFiles(folder))

    async def open(self) -> None:
        """Make the store if it is missing, or check what is there; see connection.connect for what is raised."""
        await asyncio.to_thread(lambda: create_or_connect(self._path, STORE).close())
        for lane in (self._writer, self._reader, self._logs):
            lane.start()
        await self._writer.call(lambda _: None)  # open now: the first real request must not pay for it
        await self._reader.call(lambda _: None)

    async def close(self) -> None:
        """Finish what waits, then let go of all files."""
        for lane in (self._writer, self._reader, self._logs):
            await lane.stop()

    async def write(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """See Writer.write."""
        return await self._writer.write(work)

    async def read(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """What the question answers; it sees every commit that was answered before it was asked."""
        return await self._reader.call(lambda held: question(held.checked()))

    async def logs(self, work: Callable[[LogFiles], Answer]) -> Answer:
        """What the work on the log files returns."""
        return await self._logs.call(work)
