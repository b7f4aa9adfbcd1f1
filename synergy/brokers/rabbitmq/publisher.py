"""Publishing with confirmations: many on their way at once, and a server that confirms nothing is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from synergy.brokers.rabbitmq.link import Lane, Link
from synergy.brokers.rabbitmq.window import Batch, Letter, Window
from synergy.core.errors import BrokerDown


class Unconfirmed(BrokerDown):
    """The server has confirmed nothing for the whole time-out; it may be frozen."""


class Publisher:
    """One channel in confirm mode."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._window = Window()
        self._lane: Lane | None = None

    async def start(self) -> None:
        """Open the channel.

        Raises:
            BrokerDown: the server is gone.
        """
        # Without its channel the connection is of no use: a new one declares anew what the channel was closed for.
        self._lane = await self._link.lane(self._lost)
        await self._lane.confirm(
            lambda number, multiple, refused: self._window.settle(number, multiple=multiple, refused=refused),
            self._window.returned,
        )

    async def publish(self, letters: Sequence[Letter]) -> list[Letter]:
        """Returns once all are confirmed: those that no queue took.

        Raises:
            Unconfirmed: nothing was confirmed for the whole time-out. BrokerDown: refused, or the server is gone.
        """
        lane = self._lane
        if lane is None:
            raise BrokerDown(f"the broker at {self._link.address} is not connected")
        batch = Batch()
        for letter in letters:
            if not self._window.room.is_set():
                await self._patiently(self._window.room)
            if batch.problem:
                break
            lane.publish(letter, self._window.add(letter, batch))
        await self._patiently(batch.settled)
        if batch.problem:
            raise BrokerDown(f"the broker at {self._link.address} is lost: {batch.problem}")
        if batch.refused:
            raise BrokerDown(f"the broker at {self._link.address} refused {batch.refused} messages")
        return batch.returned

    def lost(self, reason: str) -> None:
        """The connection is gone: fail whoever waits."""
        self._window.fail(reason)

    def _lost(self, reason: str) -> None:
        self._window.fail(reason)
        self._link.abort(reason)

    async def _patiently(self, event: asyncio.Event) -> None:
        """Wait as long as the server confirms anything at all."""
        while not event.is_set():
            before = self._window.progress
            try:
                async with asyncio.timeout(self._link.timeout):
                    await event.wait()
            except TimeoutError:
                if self._window.progress == before:
                    message = f"the broker at {self._link.address} confirmed nothing within {self._link.timeout:g} s"
                    raise Unconfirmed(message, remedy="see synergyd status") from None
