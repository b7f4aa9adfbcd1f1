"""The embedded broker as a supervisor sees it: a client that stays connected, and says so when it is not."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from synergy import unix_sockets
from synergy.brokers.embedded.frames import FULL_BYTES, Declare, check_bodies
from synergy.brokers.embedded.link import Attachment, Link
from synergy.clocks import RealClock
from synergy.core.errors import BrokerDown, IllegalState
from synergy.core.ports import BrokerState, Clock, Deliver, Message, QueueDepth

FIRST_BACK_OFF_SECONDS: Final = 0.05
LONGEST_BACK_OFF_SECONDS: Final = 0.5
"""A local socket answers at once whether somebody listens."""
A = TypeVar("A")

log = logging.getLogger(__name__)


class _Wish(Struct, frozen=True):
    """A queue that is to be consumed, now and after every reconnect."""

    prefetch: int
    deliver: Deliver


class EmbeddedBrokerClient:
    """See Broker.

    Args:
        socket_path: the daemon's broker socket.
        timeout_seconds: for connecting, for a confirmation and for depths.
        clock: stamps the state.
    """

    def __init__(self, socket_path: Path, timeout_seconds: float, clock: Clock | None = None) -> None:
        self._path = socket_path
        self._timeout = timeout_seconds
        self._clock: Final[Clock] = clock or RealClock()
        self._link: Link | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._declared: dict[str, None] = {}
        self._wishes: dict[str, _Wish] = {}
        self._attached: dict[str, Attachment] = {}
        self._state = BrokerState(up=False, detail="not started", since=self._clock.real_time())

    async def start(self) -> None:
        """See Broker; a second call does nothing."""
        if self._keeping is not None:
            return
        link = await self._connect()
        self._keeping = asyncio.get_running_loop().create_task(self._keep(link))

    async def stop(self) -> None:
        """See Broker."""
        if self._keeping is None:
            return
        keeping, self._keeping = self._keeping, None
        keeping.cancel()
        await asyncio.wait({keeping})
        link, self._link = self._link, None
        if link is not None:
            for hang_up in (False, True):
                link.close(hang_up=hang_up)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._timeout):
                        await link.ended.wait()
        self._attached.clear()
        self._note(up=False, detail="stopped")

    async def declare(self, queues: Sequence[str]) -> None:
        """See Broker."""
        self._declared.update(dict.fromkeys(queues))
        if self._link is not None:
            self._link.say(Declare(tuple(queues)))

    async def publish(self, messages: Sequence[Message]) -> None:
        """See Broker."""
        if not messages:
            return
        check_bodies(tuple(messages))
        await self._answered(self._connected().publish(_batches(messages)), "confirm what was published")

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        """See Broker."""
        if queue in self._wishes:
            raise IllegalState(f"queue {queue} is consumed already", remedy="cancel it first")
        self._wishes[queue] = _Wish(prefetch, deliver)
        if self._link is not None:
            self._attached[queue] = self._link.consume(queue, prefetch, deliver)

    async def cancel(self, queue: str) -> None:
        """See Broker."""
        self._wishes.pop(queue, None)
        attachment = self._attached.pop(queue, None)
        if attachment is not None and self._link is not None:
            self._link.cancel(attachment)

    def state(self) -> BrokerState:
        """See Broker."""
        return self._state

    async def depths(self) -> Mapping[str, QueueDepth]:
        """See Broker.

        Raises:
            BrokerDown: it did not answer in time.
        """
        return await self._answered(self._connected().ask_depths(), "tell the depths of its queues")

    def _connected(self) -> Link:
        if self._link is None:
            message = f"the broker at {self._path} is not connected: {self._state.detail}"
            raise BrokerDown(message, remedy="see synergyd status")
        return self._link

    async def _answered(self, answer: asyncio.Future[A], what: str) -> A:
        try:
            async with asyncio.timeout(self._timeout):
                return await answer
        except TimeoutError:
            message = f"the broker at {self._path} did not {what} within {self._timeout:g} s"
            raise BrokerDown(message, remedy="see synergyd status") from None

    async def _keep(self, link: Link) -> None:
        """Stay connected; the pause between two attempts doubles."""
        while True:
            await link.ended.wait()
            pause = FIRST_BACK_OFF_SECONDS
            connected: Link | None = None
            while connected is None:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_BACK_OFF_SECONDS)
                try:
                    connected = await self._connect()
                except BrokerDown as error:
                    self._note(up=False, detail=error.message)
            link = connected
            log.info("broker at %s is connected again", self._path, extra={"action": "broker_connected"})

    async def _connect(self) -> Link:
        try:
            link = await self._open()
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else "it did not answer in time"
            message = f"the broker at {self._path} cannot be reached: {reason}"
            raise BrokerDown(message, remedy="start the daemon: it serves the broker") from error
        self._link = link
        self._note(up=True, detail=f"connected to {self._path}")
        if self._declared:
            link.say(Declare(tuple(self._declared)))
        self._attached = {
            queue: link.consume(queue, wish.prefetch, wish.deliver) for queue, wish in self._wishes.items()
        }
        return link

    async def _open(self) -> Link:
        connection = await unix_sockets.connect(self._path, self._timeout)
        try:
            loop = asyncio.get_running_loop()
            _, link = await loop.create_unix_connection(lambda: Link(self._ended), sock=connection)
        except BaseException:
            connection.close()
            raise
        return link

    def _ended(self, link: Link, reason: str) -> None:
        if self._link is link:
            self._link = None
            self._attached.clear()
            self._note(up=False, detail=reason)
            log.warning("broker at %s is lost: %s", self._path, reason, extra={"action": "broker_lost"})

    def _note(self, *, up: bool, detail: str) -> None:
        """Remember the state; ``since`` is when it went up or down, not when the reason last changed."""
        since = self._state.since if self._state.up == up else self._clock.real_time()
        self._state = BrokerState(up, detail, since)


def _batches(messages: Sequence[Message]) -> list[tuple[tuple[str, bytes], ...]]:
    """The messages in their order, cut so that no operation makes a frame too long."""
    batches: list[tuple[tuple[str, bytes], ...]] = []
    batch: list[tuple[str, bytes]] = []
    size = 0
    for message in messages:
        batch.append((message.queue, message.body))
        size += len(message.body) + len(message.queue)
        if size >= FULL_BYTES:
            batches.append(tuple(batch))
            batch, size = [], 0
    if batch:
        batches.append(tuple(batch))
    return batches
