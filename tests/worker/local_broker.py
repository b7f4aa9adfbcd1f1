"""A broker inside the test: the port's own promises, without a socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

from synergy.core.errors import BrokerDown
from synergy.core.messages import Q_UOW_STATUS, StatusMessage, decode_status
from synergy.core.ports import BrokerState, Deliver, Delivery, Message, QueueDepth
from tests.waiting import within


class LocalDelivery:
    """One message in a consumer's hands."""

    def __init__(self, broker: LocalBroker, queue: str, body: bytes) -> None:
        self._broker = broker
        self._queue = queue
        self._body = body
        self.settled = False

    @property
    def queue(self) -> str:
        return self._queue

    @property
    def body(self) -> bytes:
        return self._body

    def ack(self) -> None:
        self._broker.settle(self)

    def set_aside(self, reason: str) -> None:
        if not self.settled:
            self._broker.aside.append((self._body, reason))
        self._broker.settle(self)


class LocalBroker:
    """Queues in memory; statuses published to q_uow_status are kept, and can be waited for."""

    def __init__(self) -> None:
        self.queues: dict[str, deque[bytes]] = {}
        self.aside: list[tuple[bytes, str]] = []
        self.statuses: list[StatusMessage] = []
        self.is_down = False
        self.losses = 0
        self.acked = 0
        self._grown = asyncio.Event()
        self._consumers: dict[str, tuple[int, Deliver]] = {}
        self._unsettled: dict[str, list[LocalDelivery]] = {}

    async def start(self) -> None:
        self._check()

    async def stop(self) -> None:
        self._consumers.clear()

    async def declare(self, queues: Sequence[str]) -> None:
        for queue in queues:
            self.queues.setdefault(queue, deque())

    async def publish(self, messages: Sequence[Message]) -> None:
        self._check()
        for message in messages:
            if message.queue == Q_UOW_STATUS:
                self.statuses.append(decode_status(message.body))
                self._grown.set()
            else:
                self.queues.setdefault(message.queue, deque()).append(message.body)
        for queue in {message.queue for message in messages}:
            self._feed(queue)

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        self._consumers[queue] = (prefetch, deliver)
        self._feed(queue)

    async def cancel(self, queue: str) -> None:
        self._consumers.pop(queue, None)
        for delivery in reversed(self._unsettled.pop(queue, [])):
            delivery.settled = True
            self.queues[queue].appendleft(delivery.body)

    def is_consumed(self, queue: str) -> bool:
        """Whether somebody takes from this queue."""
        return queue in self._consumers

    def state(self) -> BrokerState:
        return BrokerState(not self.is_down, "down" if self.is_down else "", 0.0, self.losses)

    async def depths(self) -> Mapping[str, QueueDepth]:
        return {
            name: QueueDepth(len(queue), len(self._unsettled.get(name, ())), int(name in self._consumers))
            for name, queue in self.queues.items()
        }

    def settle(self, delivery: LocalDelivery) -> None:
        if not delivery.settled:
            delivery.settled = True
            self.acked += 1
            self._unsettled[delivery.queue].remove(delivery)
            asyncio.get_running_loop().call_soon(self._feed, delivery.queue)

    async def grown(self, limit_seconds: float) -> None:
        """Wait until another status came."""
        self._grown.clear()
        await within(limit_seconds, self._grown.wait())

    def _check(self) -> None:
        if self.is_down:
            raise BrokerDown("the test's broker is down")

    def _feed(self, queue: str) -> None:
        if queue not in self._consumers:
            return
        prefetch, deliver = self._consumers[queue]
        unsettled = self._unsettled.setdefault(queue, [])
        batch: list[Delivery] = []
        waiting = self.queues.setdefault(queue, deque())
        while waiting and len(unsettled) < prefetch:
            delivery = LocalDelivery(self, queue, waiting.popleft())
            unsettled.append(delivery)
            batch.append(delivery)
        if batch:
            deliver(batch)
