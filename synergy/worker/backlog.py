"""Which waiting unit of work is next: priority with ageing, then round-robin over processes, then the oldest period.

Processes of one pool take turns as if they were one process. One whose pool has no room is passed over: it keeps its
turn, and holds up nobody else.

Pure: it holds what the broker delivered and was not settled yet, and is told the time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Final

from msgspec import Struct

from synergy.core.context import Work
from synergy.core.messages import UowMessage
from synergy.core.ports import Delivery

AGEING_SECONDS: Final = 60.0
"""Waiting this long counts as much as one step of priority."""

_Key = tuple[str, str | None]
"""A process and a pool: the entries of one freerun process may name different ones."""


class Waiting(Struct, frozen=True):
    """A delivered request that is neither claimed nor given back."""

    message: UowMessage
    delivery: Delivery
    since: float


class _Line:
    """What waits for one process and pool; all of it shares the priority last given."""

    __slots__ = ("heap", "pool", "priority")

    def __init__(self, pool: str | None) -> None:
        self.heap: list[tuple[str, int, Waiting]] = []
        self.pool = pool
        self.priority = 0

    def urgency(self, now: float) -> float:
        """Counted in whole steps, so that those of one priority take turns."""
        return self.priority + (now - self.heap[0][2].since) // AGEING_SECONDS


class Backlog:
    """Delivered requests of every process, in the order in which they shall be claimed."""

    def __init__(self) -> None:
        self._lines: dict[_Key, _Line] = {}
        """In the order of their turns."""
        self._numbers: Iterator[int] = count()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, waiting: Waiting, work: Work) -> None:
        """Put one in, with what it will run."""
        key = (waiting.message.process_name, work.pool)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(work.pool)
        line.priority = work.priority
        timeperiod = waiting.message.record_db_id.rpartition("@")[2].partition(".")[0]
        heapq.heappush(line.heap, (timeperiod, next(self._numbers), waiting))
        self._size += 1

    def take(self, limit: int, now: float, room: Mapping[str, int]) -> list[Waiting]:
        """Remove and return the next ones, at most ``limit``; ``room``: and of each pool no more than that."""
        taken: list[Waiting] = []
        left = dict(room)
        while len(taken) < limit and (key := self._next(now, left)) is not None:
            line = self._lines[key]
            taken.append(heapq.heappop(line.heap)[2])
            self._size -= 1
            if line.pool in left:
                left[line.pool] -= 1
            self._pass_turn(key)
            if not line.heap:
                del self._lines[key]
        return taken

    def drop(self, process_name: str) -> None:
        """Forget what was delivered for one process: it went back to its queue."""
        for key in [key for key in self._lines if key[0] == process_name]:
            self._size -= len(self._lines.pop(key).heap)

    def processes(self) -> tuple[str, ...]:
        """Those that have something waiting, next one first."""
        return tuple(dict.fromkeys(name for name, _ in self._lines))

    def _pass_turn(self, key: _Key) -> None:
        """It goes to the end, behind the others of its pool, whose turn it was too."""
        pool = self._lines[key].pool
        mates = [] if pool is None else [other for other in self._lines if other[1] == pool and other != key]
        for other in (*mates, key):
            self._lines[other] = self._lines.pop(other)

    def _next(self, now: float, left: Mapping[str, int]) -> _Key | None:
        """The first in turn of the most urgent that have room in their pools."""
        open_lines = {key: line for key, line in self._lines.items() if _has_room(line.pool, left)}
        if len({line.priority for line in open_lines.values()}) <= 1:
            return next(iter(open_lines), None)
        return max(open_lines, key=lambda key: open_lines[key].urgency(now))


def _has_room(pool: str | None, left: Mapping[str, int]) -> bool:
    return pool is None or left.get(pool, 1) > 0
