"""The simulated broker: real queues (the embedded ones) behind connections that break and messages that stray."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from typing import Final, Protocol

from synergy.brokers.embedded.deliveries import HeldDelivery
from synergy.brokers.embedded.queues import Consumer, Parcel, Queues
from synergy.core.errors import BrokerDown
from synergy.core.ports import BrokerState, Deliver, Message, QueueDepth

RECONNECT_SECONDS: Final = 0.25

log = logging.getLogger(__name__)

Step = Callable[[], None]


class Wire(Protocol):
    """The network between one client and the broker."""

    async def publish(self, act: Step) -> None:
        """Carry messages there and the confirm back."""
        ...

    def deliver(self, hand_over: Step, repeat: Step, lose: Step) -> None:
        """Carry deliveries to the client: call one or more of these, now or later, in the client's context."""
        ...

    def settle(self, act: Step) -> None:
        """Carry an acknowledgement there."""
        ...


class SureWire:
    """Everything arrives, at once and in order."""

    async def publish(self, act: Step) -> None:
        act()

    def deliver(self, hand_over: Step, _repeat: Step, _lose: Step) -> None:
        asyncio.get_running_loop().call_soon(hand_over)

    def settle(self, act: Step) -> None:
        act()


class Overseer:
    """Who looks on; each is called once the broker has done it."""

    def published(self, messages: Sequence[Message]) -> None:
        """Messages are in their queues."""

    def settled(self, queue: str, body: bytes) -> None:
        """A client has acknowledged a message."""


class Exchange:
    """The broker itself: queues that outlive it, and who is connected."""

    def __init__(self) -> None:
        self.is_up = True
        self._context: Context = copy_context()
        self.queues = Queues(self._wake)
        self.clients: list[SimulatedBroker] = []
        self.overseer = Overseer()

    def go_down(self) -> None:
        """Nobody reaches it any more; what is in its queues is kept."""
        self.is_up = False
        self.break_connections()

    def come_up(self) -> None:
        """It can be reached again."""
        self.is_up = True

    def break_connections(self) -> None:
        """Cut all of them."""
        for client in tuple(self.clients):
            client.cut()

    def delete(self, queue: str) -> None:
        """Somebody deletes a queue; those who consume it find that out, and declare it anew."""
        self.queues.purge(queue)
        for client in tuple(self.clients):
            client.lose(queue)

    def _wake(self) -> None:
        asyncio.get_running_loop().call_soon(self.queues.pump, context=self._context)


class SimulatedBroker:
    """See Broker: one client's end. ``context``: whose callbacks these are."""

    def __init__(self, exchange: Exchange, wire: Wire, real_time: Callable[[], float]) -> None:
        self._exchange = exchange
        self._wire = wire
        self._real_time = real_time
        self._context: Context = copy_context()
        self._loop = asyncio.get_running_loop()
        self._declared: dict[str, None] = {}
        self._consumers: dict[str, _Consuming] = {}
        self._is_connected = False
        self._is_stopped = True
        self._state = BrokerState(up=False, detail="not started", since=real_time())
        self._losses = 0

    async def start(self) -> None:
        if not self._is_stopped:
            return
        if not self._exchange.is_up:
            raise BrokerDown("the broker is down", remedy="start it")
        self._is_stopped = False
        self._connect()

    async def stop(self) -> None:
        self._is_stopped = True
        if self._is_connected:
            self._disconnect()
            self._told(up=False, detail="stopped")

    async def declare(self, queues: Sequence[str]) -> None:
        self._declared.update(dict.fromkeys(queues))
        if self._is_connected:
            self._exchange.queues.declare(queues)

    async def publish(self, messages: Sequence[Message]) -> None:
        if messages:
            await self._wire.publish(lambda: self._publish(messages))

    def _publish(self, messages: Sequence[Message]) -> None:
        if not self._is_connected:
            raise BrokerDown("the broker is not connected", remedy="it is tried again")
        self._exchange.queues.publish(messages)
        self._exchange.overseer.published(messages)

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        self._declared[queue] = None
        consuming = self._consumers[queue] = _Consuming(self, queue, prefetch, deliver)
        if self._is_connected:
            self._exchange.queues.add(consuming.attach())

    async def cancel(self, queue: str) -> None:
        consuming = self._consumers.pop(queue, None)
        if consuming is not None:
            self._exchange.queues.remove(consuming.attachment)

    def state(self) -> BrokerState:
        return self._state

    async def depths(self) -> Mapping[str, QueueDepth]:
        if not self._is_connected:
            raise BrokerDown("the broker is not connected", remedy="it is tried again")
        return self._exchange.queues.depths()

    def cut(self) -> None:
        """The connection breaks: the broker takes back what is unsettled; the client notices when it can."""
        if self._is_connected:
            self._disconnect()
            self._loop.call_soon(self._broken, context=self._context)

    def gone(self) -> None:
        """The client's process is dead."""
        self._is_stopped = True
        if self._is_connected:
            self._disconnect()

    def lose(self, queue: str) -> None:
        """The queue is deleted, with what is in it."""
        if queue in self._consumers and self._is_connected:
            self._consumers[queue].attachment.unsettled.clear()
            self._loop.call_soon(self._found_deleted, context=self._context)

    def received(self, consuming: _Consuming, attachment: Consumer, parcels: Sequence[Parcel]) -> None:
        """The broker sends messages."""
        exchange = self._exchange.queues
        self._context.run(
            self._wire.deliver,
            lambda: consuming.hand_over(attachment, parcels),
            lambda: consuming.hand_over_again(attachment, parcels),
            lambda: exchange.settle(attachment, [tag for tag, _ in parcels]),
        )

    def settle(self, attachment: Consumer, tag: int) -> None:
        """A message is acknowledged."""
        self._wire.settle(lambda: self._settle(attachment, tag))

    def _settle(self, attachment: Consumer, tag: int) -> None:
        body = attachment.unsettled.get(tag)
        self._exchange.queues.settle(attachment, (tag,))
        if body is not None:
            self._exchange.overseer.settled(attachment.queue, body)

    def put_aside(self, attachment: Consumer, tag: int, reason: str) -> None:
        """A message is set aside."""
        self._wire.settle(lambda: self._put_aside(attachment, tag, reason))

    def _put_aside(self, attachment: Consumer, tag: int, reason: str) -> None:
        self._exchange.queues.put_aside(attachment, tag, reason, self._real_time())

    def _connect(self) -> None:
        self._is_connected = True
        self._exchange.clients.append(self)
        self._exchange.queues.declare(self._declared)
        for consuming in self._consumers.values():
            self._exchange.queues.add(consuming.attach())
        self._told(up=True, detail="connected")

    def _disconnect(self) -> None:
        self._is_connected = False
        self._exchange.clients.remove(self)
        for consuming in self._consumers.values():
            self._exchange.queues.remove(consuming.attachment)

    def _broken(self) -> None:
        if self._is_connected or self._is_stopped:
            return
        self._told(up=False, detail="the connection broke")
        self._loop.call_later(RECONNECT_SECONDS, self._reconnect, context=self._context)

    def _reconnect(self) -> None:
        if self._is_connected or self._is_stopped:
            return
        if self._exchange.is_up:
            self._connect()
        else:
            self._loop.call_later(RECONNECT_SECONDS, self._reconnect, context=self._context)

    def _found_deleted(self) -> None:
        self._losses += 1
        self._told(up=self._state.up, detail=self._state.detail, since=self._state.since)

    def _told(self, *, up: bool, detail: str, since: float | None = None) -> None:
        self._state = BrokerState(up, detail, self._real_time() if since is None else since, self._losses)


class _Settler:
    """Settles what came over one attachment; see deliveries.Settler."""

    def __init__(self, broker: SimulatedBroker, attachment: Consumer) -> None:
        self._broker = broker
        self._attachment = attachment
        self.queue = attachment.queue

    def done(self, tag: int) -> None:
        self._broker.settle(self._attachment, tag)

    def aside(self, tag: int, reason: str) -> None:
        self._broker.put_aside(self._attachment, tag, reason)


class _Consuming:
    """One consumer of a client, over all of its connections."""

    def __init__(self, broker: SimulatedBroker, queue: str, prefetch: int, deliver: Deliver) -> None:
        self._broker = broker
        self._queue = queue
        self._prefetch = prefetch
        self._deliver = deliver
        self.attachment = Consumer(queue, prefetch, lambda _parcels: None)

    def attach(self) -> Consumer:
        """A new connection's consumer."""
        attachment = self.attachment = Consumer(self._queue, self._prefetch, self._push)
        return attachment

    def _push(self, parcels: Sequence[Parcel]) -> None:
        self._broker.received(self, self.attachment, parcels)

    def hand_over(self, attachment: Consumer, parcels: Sequence[Parcel]) -> None:
        """They have arrived, unless the connection broke on the way."""
        there = [parcel for parcel in parcels if parcel[0] in attachment.unsettled]
        self._call(attachment, there)

    def hand_over_again(self, attachment: Consumer, parcels: Sequence[Parcel]) -> None:
        """The broker has forgotten that they were acknowledged."""
        if attachment is self.attachment:
            self._call(attachment, [(-1, body) for _, body in parcels])

    def _call(self, attachment: Consumer, parcels: Sequence[Parcel]) -> None:
        if not parcels:
            return
        settler = _Settler(self._broker, attachment)
        try:
            self._deliver([HeldDelivery(settler, tag, body) for tag, body in parcels])
        except Exception:
            log.exception("consumer of %s failed", self._queue, extra={"action": "consumer_failed"})
