"""The one writer of a process: whole transactions, all that wait committed together.

One commit costs one flush to the disk, however many requests it holds. A request that fails takes nobody with it: its
group is rolled back and each is done again in a transaction of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from synergy.core.errors import DiskFull, SynergyError
from synergy.stores.sqlite.connection import FileKind, begin, connect, roll_back
from synergy.stores.sqlite.failures import RAISED, translate
from synergy.stores.sqlite.lane import Lane, Request
from synergy.stores.sqlite.watched import WatchedConnection

Answer = TypeVar("Answer")

NAME: Final = "synergy-store-writer"


class Writer(Lane[WatchedConnection]):
    """Requests are functions of the connection, inside a transaction; they may be run a second time."""

    def __init__(self, path: Path, kind: FileKind) -> None:
        super().__init__(NAME, path, lambda: WatchedConnection(path, connect(path, kind)))

    async def write(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """What ``work`` returns, once the transaction in which it was run is committed. See Lane.call."""
        return await self.call(lambda held: work(held.connection))

    def serve_group(self, resource: WatchedConnection, requests: Sequence[Request]) -> None:
        """Run all of them in one transaction, or else each in its own."""
        failure = self._together(resource, requests)
        if failure is None:
            return
        if len(requests) == 1 or not failure.nothing_written:
            self.fail(requests, failure.error)
            return
        for request in requests:
            if (own := self._together(resource, [request])) is not None:
                self.fail([request], own.error)

    def _together(self, resource: WatchedConnection, requests: Sequence[Request]) -> _Failure | None:
        connection = resource.connection
        try:
            resource.check()
            begin(connection)
        except (SynergyError, *RAISED) as error:
            return _Failure(error, nothing_written=False)  # each alone would meet the same
        try:
            answers = [request.work(resource) for request in requests]
        except Exception as error:  # noqa: BLE001 - told to whoever asked, alone or after a try without the others
            return _Failure(error, nothing_written=_rolled_back(connection))
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            gone = _rolled_back(connection) and isinstance(translate(error, self.path), DiskFull)
            return _Failure(error, nothing_written=gone)
        for request, answer in zip(requests, answers, strict=True):
            request.keep(answer, None)
        return None


class _Failure(NamedTuple):
    """Why a transaction failed, and whether it may be tried in parts."""

    error: Exception
    nothing_written: bool


def _rolled_back(connection: sqlite3.Connection) -> bool:
    try:
        roll_back(connection)
    except sqlite3.Error:
        return False
    return True
