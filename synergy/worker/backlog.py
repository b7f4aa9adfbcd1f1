"""Which waiting unit of work is next: priority with ageing, then round-robin over processes, then the oldest period.

Processes of one pool take turns as if they were one process.

Pure: it holds what the broker delivered and was not settled yet, and is told the time.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Final

from msgspec import Struct

from synergy.core.messages import UowMessage
from synergy.core.ports import Delivery

AGEING_SECONDS: Final = 60.0
"""Waiting this long counts as much as one step of priority."""


class Waiting(Struct, frozen=True):
    """A delivered request that is neither claimed nor given back."""

    message: UowMessage
    delivery: Delivery
    since: float


class Backlog:
    """Delivered requests of every process, in the order in which they shall be claimed."""

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[str, int, Waiting]]] = {}
        self._order: deque[str] = deque()
        self._priorities: dict[str, int] = {}
        self._pools: dict[str, str | None] = {}
        self._numbers: Iterator[int] = count()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, waiting: Waiting, priority: int, pool: str | None = None) -> None:
        """Put one in; of one process all share the priority and the pool last given."""
        name = waiting.message.process_name
        heap = self._heaps.get(name)
        if heap is None:
            heap = self._heaps[name] = []
            self._order.append(name)
        self._priorities[name] = priority
        self._pools[name] = pool
        timeperiod = waiting.message.record_db_id.rpartition("@")[2].partition(".")[0]
        heapq.heappush(heap, (timeperiod, next(self._numbers), waiting))
        self._size += 1

    def take(self, limit: int, now: float) -> list[Waiting]:
        """Remove and return the next ones, at most ``limit``."""
        taken: list[Waiting] = []
        while self._order and len(taken) < limit:
            name = self._next_process(now)
            heap = self._heaps[name]
            taken.append(heapq.heappop(heap)[2])
            self._size -= 1
            self._pass_turn(name)
            if not heap:
                self._order.remove(name)
                del self._heaps[name]
        return taken

    def drop(self, process_name: str) -> None:
        """Forget what was delivered for one process: it went back to its queue."""
        heap = self._heaps.pop(process_name, None)
        if heap is not None:
            self._size -= len(heap)
            self._order.remove(process_name)

    def processes(self) -> tuple[str, ...]:
        """Those that have something waiting, next one first."""
        return tuple(self._order)

    def _pass_turn(self, name: str) -> None:
        """The process goes to the end, behind the others of its pool, whose turn it was too."""
        pool = self._pools[name]
        mates = [] if pool is None else [other for other in self._order if self._pools[other] == pool and other != name]
        for other in (*mates, name):
            self._order.remove(other)
            self._order.append(other)

    def _next_process(self, now: float) -> str:
        if len({self._priorities[name] for name in self._order}) == 1:
            return self._order[0]
        return max(self._order, key=lambda name: self._urgency(name, now))

    def _urgency(self, name: str, now: float) -> float:
        waited = now - self._heaps[name][0][2].since
        return self._priorities[name] + waited / AGEING_SECONDS
