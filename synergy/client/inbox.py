"""Events that arrived and were not read yet: bounded, and cheap to lose, because a snapshot replaces them all."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Self

from msgspec.structs import replace

from synergy.core.control.events import Event, Events, Lagged
from synergy.core.errors import SynergyError

MOST_EVENTS: Final = 50_000
"""How many events may wait; the whole of a year of hours changes in less."""


class Inbox:
    """An iterator of notifications for one reader; waiting may be cancelled and taken up again.

    When a reader falls behind by more than ``most_events``, what waits is replaced by one Lagged that counts it.
    """

    def __init__(self, most_events: int = MOST_EVENTS) -> None:
        self._most = most_events
        self._waiting: deque[Events] = deque()
        self._count = 0
        self._arrived = asyncio.Event()
        self._ended = False
        self._reason: SynergyError | None = None

    def put(self, batch: Events) -> None:
        """Take a notification in; after the end it is ignored."""
        if self._ended:
            return
        self._waiting.append(batch)
        self._count += len(batch.events)
        if self._count > self._most:
            self._give_up_waiting()
        self._arrived.set()

    def end(self, reason: SynergyError | None) -> None:
        """No more will come: after what waits, the reader gets the reason, or just the end when there is none."""
        self._ended = True
        self._reason = reason
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Events:
        while not self._waiting:
            if self._ended:
                if self._reason is not None:
                    raise self._reason
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        batch = self._waiting.popleft()
        self._count -= len(batch.events)
        return batch

    def _give_up_waiting(self) -> None:
        last = self._waiting[-1]
        dropped = sum(_weight(event) for batch in self._waiting for event in batch.events)
        self._waiting.clear()
        self._waiting.append(replace(last, events=(Lagged(dropped),)))
        self._count = 1


def _weight(event: Event) -> int:
    return event.dropped if isinstance(event, Lagged) else 1
