"""The broker inside the daemon: for the daemon itself by calls, for supervisors on a Unix socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from synergy.brokers.embedded.deliveries import hand_over
from synergy.brokers.embedded.frames import check_bodies
from synergy.brokers.embedded.queues import Consumer, Parcel, Queues, SetAside
from synergy.brokers.embedded.served_client import ServedClient
from synergy.clocks import RealClock
from synergy.core.errors import BrokerDown, IllegalState
from synergy.core.ports import BrokerState, Clock, Deliver, Message, QueueDepth
from synergy.unix_listener import Listener

SOCKET_MODE: Final = 0o600
STOP_SECONDS: Final = 2.0
MOST_CLIENTS: Final = 256

log = logging.getLogger(__name__)


class EmbeddedBroker:
    """See Broker. Its own calls never wait and never fail while it runs.

    Queues outlive ``stop``, so that a second ``start`` goes on with them; they do not outlive the process.

    Args:
        socket_path: where supervisors connect; only the daemon's own user may.
        clock: stamps what is set aside.
    """

    def __init__(self, socket_path: Path, clock: Clock | None = None) -> None:
        self._path = socket_path
        self._clock: Final[Clock] = clock or RealClock()
        self._queues = Queues(self._wake)
        self._local: dict[str, _LocalConsumer] = {}
        self._clients: set[ServedClient] = set()
        self._all_gone = asyncio.Event()
        self._listener: Listener | None = None
        self._since = self._clock.real_time()

    async def start(self) -> None:
        """Serve from now on; a second call does nothing.

        Raises:
            AlreadyRunning: a living program serves this socket.
            NotPermitted: the socket cannot be set up by this user.
            WorldError: the file system failed in another way.
        """
        if self._listener is not None:
            return
        self._listener = Listener(self._path, self._accept, mode=SOCKET_MODE)
        self._since = self._clock.real_time()
        for consumer in self._local.values():
            self._queues.add(consumer.attached())
        log.info("embedded broker serves %s", self._path, extra={"action": "broker_started"})

    async def stop(self) -> None:
        """See Broker: no more is handed out, and every client is disconnected."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        self._since = self._clock.real_time()
        for consumer in self._local.values():
            self._queues.remove(consumer.attachment)
        await listener.close()
        self._all_gone.clear()
        for hang_up in (False, True):
            for client in tuple(self._clients):
                client.close(hang_up=hang_up)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    while self._clients:
                        await self._all_gone.wait()
        log.info("embedded broker stopped", extra={"action": "broker_stopped"})

    async def declare(self, queues: Sequence[str]) -> None:
        """See Broker."""
        self._queues.declare(queues)

    async def publish(self, messages: Sequence[Message]) -> None:
        """See Broker."""
        if self._listener is None:
            raise BrokerDown("the embedded broker is not running", remedy="start it first")
        check_bodies(tuple(messages))
        self._queues.hold()
        try:
            self._queues.publish(messages)
        finally:
            self._queues.release()

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        """See Broker."""
        if queue in self._local:
            raise IllegalState(f"queue {queue} is consumed already", remedy="cancel it first")
        consumer = self._local[queue] = _LocalConsumer(self, queue, prefetch, deliver)
        if self._listener is not None:
            self._queues.add(consumer.attached())

    async def cancel(self, queue: str) -> None:
        """See Broker."""
        consumer = self._local.pop(queue, None)
        if consumer is not None:
            self._queues.remove(consumer.attachment)

    def state(self) -> BrokerState:
        """See Broker."""
        up = self._listener is not None
        return BrokerState(up, f"serves {self._path}" if up else "not running", self._since)

    async def depths(self) -> Mapping[str, QueueDepth]:
        """See Broker."""
        return self._queues.depths()

    def purge(self, queue: str) -> int:
        """Drop what waits in the queue, because it is offered anew; returns how many messages that were."""
        return self._queues.purge(queue)

    def set_aside(self) -> tuple[SetAside, ...]:
        """The last messages that a consumer could not understand, oldest first."""
        return tuple(self._queues.set_aside)

    @property
    def set_aside_count(self) -> int:
        """How many messages were set aside since the daemon started."""
        return self._queues.set_aside_count

    def disconnect_clients(self) -> None:
        """Cut every client's connection; they come back by themselves."""
        for client in tuple(self._clients):
            client.close(hang_up=True)

    def put_aside(self, consumer: Consumer, tag: int, reason: str) -> None:
        """Set a delivery aside, and tell the operator."""
        aside = self._queues.put_aside(consumer, tag, reason, self._clock.real_time())
        if aside is not None:
            body = aside.body[:200].decode(errors="replace")
            log.warning("%s: set aside: %s: %s", aside.queue, reason, body, extra={"action": "message_set_aside"})

    def settle(self, consumer: Consumer, tags: Sequence[int]) -> None:
        """Settle deliveries of a local consumer."""
        self._queues.settle(consumer, tags)

    def _accept(self) -> ServedClient:
        return ServedClient(self._queues, self.put_aside, self._opened, self._closed)

    def _opened(self, client: ServedClient) -> bool:
        if self._listener is None or len(self._clients) >= MOST_CLIENTS:
            return False
        self._clients.add(client)
        return True

    def _closed(self, client: ServedClient) -> None:
        self._clients.discard(client)
        if not self._clients:
            self._all_gone.set()

    def _wake(self) -> None:
        asyncio.get_running_loop().call_soon(self._queues.pump)


class _LocalConsumer:
    """The daemon's own consumer of one queue; see Settler."""

    def __init__(self, broker: EmbeddedBroker, queue: str, prefetch: int, deliver: Deliver) -> None:
        self._broker = broker
        self._prefetch = prefetch
        self._deliver = deliver
        self.queue = queue
        self.attachment = Consumer(queue, prefetch, self._push)

    def attached(self) -> Consumer:
        """A new attachment to the queue: tags of an earlier one mean nothing any more."""
        self.attachment = Consumer(self.queue, self._prefetch, self._push)
        return self.attachment

    def done(self, tag: int) -> None:
        """See Settler."""
        self._broker.settle(self.attachment, (tag,))

    def aside(self, tag: int, reason: str) -> None:
        """See Settler."""
        self._broker.put_aside(self.attachment, tag, reason)

    def _push(self, parcels: Sequence[Parcel]) -> None:
        hand_over(self, self._deliver, parcels)
