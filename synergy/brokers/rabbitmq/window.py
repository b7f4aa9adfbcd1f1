"""Messages that were published and are not confirmed yet: at most so many, each belonging to one batch.

The server confirms in any order, and one confirmation may speak for all before it. A message that no queue takes is
first returned and then confirmed, so that only the return tells.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

MOST_UNCONFIRMED: Final = 4_096
"""Enough that the way to the server and back costs nothing, and few enough for its memory and ours."""


class Letter(Struct, frozen=True, gc=False):
    """A message as it goes out; exchange and routing key are the server's names."""

    exchange: str
    routing_key: str
    queue: str
    body: bytes
    headers: dict[str, str] | None = None


class Batch:
    """What one caller published and waits for."""

    def __init__(self) -> None:
        self.unconfirmed = 0
        self.returned: list[Letter] = []
        self.refused = 0
        self.problem = ""
        self.settled = asyncio.Event()

    def sent(self) -> None:
        """One more is on its way; what was sent before it may all be confirmed already."""
        self.unconfirmed += 1
        self.settled.clear()

    def confirmed(self, *, refused: bool) -> None:
        """One is settled."""
        self.unconfirmed -= 1
        self.refused += refused
        if not self.unconfirmed:
            self.settled.set()


class Window:
    """All unconfirmed messages of one channel. ``progress`` counts what the server has answered."""

    def __init__(self) -> None:
        self.progress = 0
        self.room = asyncio.Event()
        self.room.set()
        self._last = 0
        self._open: dict[int, tuple[Letter, Batch]] = {}

    def __len__(self) -> int:
        """How many are unconfirmed."""
        return len(self._open)

    def add(self, letter: Letter, batch: Batch) -> int:
        """Take note of the next message; returns its number on the channel."""
        self._last += 1
        self._open[self._last] = letter, batch
        batch.sent()
        if len(self._open) >= MOST_UNCONFIRMED:
            self.room.clear()
        return self._last

    def settle(self, number: int, *, multiple: bool, refused: bool) -> None:
        """The server took the message (or refused it); ``multiple``: and all before it."""
        if multiple:
            numbers = []
            for each in self._open:
                if each > number:
                    break
                numbers.append(each)
        else:
            numbers = [number] if number in self._open else []
        for each in numbers:
            _, batch = self._open.pop(each)
            batch.confirmed(refused=refused)
        self.progress += 1
        if len(self._open) < MOST_UNCONFIRMED:
            self.room.set()

    def returned(self, number: int) -> None:
        """No queue takes this message; its confirmation follows."""
        if number in self._open:
            letter, batch = self._open[number]
            batch.returned.append(letter)

    def fail(self, reason: str) -> None:
        """The channel is gone: nothing of this will ever be confirmed."""
        for _, batch in self._open.values():
            batch.problem = reason
            batch.settled.set()
        self._open.clear()
        self.room.set()
