"""One life of the connection: topology, publisher and consumers, over two links that live and die together.

A server that is short of memory or disk stops reading from whoever publishes. Acknowledgements would be stuck behind
that, and with them the very queues that are to get shorter: so consumers have a link of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from random import random
from typing import Any, Final

from synergy.brokers.rabbitmq.address import Address
from synergy.brokers.rabbitmq.consumer import Consumer, Wish
from synergy.brokers.rabbitmq.link import Lane, Link
from synergy.brokers.rabbitmq.pauses import pauses
from synergy.brokers.rabbitmq.publisher import Publisher
from synergy.brokers.rabbitmq.topology import EX_UTILS, EXCHANGES, Q_SET_ASIDE, Topology
from synergy.brokers.rabbitmq.window import Letter
from synergy.core.errors import BrokerDown
from synergy.core.ports import QueueDepth

MOST_REASON_CHARS: Final = 1_000

log = logging.getLogger(__name__)


class Session:
    """See the module. ``changed`` is called whenever ``blocked`` or ``ended`` may have changed."""

    def __init__(
        self,
        address: Address,
        topology: Topology,
        heartbeat_seconds: int,
        timeout_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        self._topology = topology
        self._changed = changed
        self._out = Link(address, heartbeat_seconds, timeout_seconds, self._end, self._block)
        self._in = Link(address, heartbeat_seconds, timeout_seconds, self._end, self._block)
        self._publisher = Publisher(self._out)
        self._control: Lane | None = None
        self._controlling = asyncio.Lock()
        self._consumers: dict[str, Consumer] = {}
        self._errands: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.on_loss: Callable[[], None] = lambda: None
        """Called when a queue was deleted, once it is there again."""
        self.blocked: str | None = None
        self.reason = ""
        self.ended = asyncio.Event()

    async def open(self) -> None:
        """Connect, and make sure of the exchanges.

        Raises:
            BrokerDown: any of it failed; nothing is left open.
        """
        try:
            await self._out.open()
            await self._in.open()
            await self._publisher.start()
            async with self._controlling:
                lane = await self._control_lane()
                for exchange in EXCHANGES:
                    await lane.declare_exchange(self._topology.name(exchange))
            await self.declare([Q_SET_ASIDE])
        except BaseException:
            self.abort("not opened")
            raise

    async def declare(self, queues: Iterable[str]) -> None:
        """Make sure that the queues exist and hang on their exchanges.

        Raises:
            BrokerDown: the server refused, for example because one exists with other arguments.
        """
        for queue in queues:
            name = self._topology.name(queue)
            async with self._controlling:
                lane = await self._control_lane()
                try:
                    await lane.declare_queue(name, self._topology.arguments(queue))
                except BrokerDown as error:
                    remedy = "if its type differs, set mq_queue_type as it is, or empty and delete the queue"
                    raise BrokerDown(f"queue {name}: {error.message}", remedy=remedy) from error
                for exchange in self._topology.bindings(queue):
                    await lane.bind(name, self._topology.name(exchange))

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Returns once all are in their queues; a queue that is missing is declared.

        Raises:
            Unconfirmed, BrokerDown: see Publisher.publish; or a queue cannot be declared.
        """
        returned = await self._publisher.publish(letters)
        if not returned:
            return
        missing = sorted({letter.queue for letter in returned})
        log.warning("queues are missing: %s", ", ".join(missing), extra={"action": "queues_missing"})
        await self.declare(missing)
        self.on_loss()
        if again := await self._publisher.publish(returned):
            names = ", ".join(sorted({letter.queue for letter in again}))
            raise BrokerDown(f"{len(again)} messages reach no queue: {names}", remedy="see who deletes it")

    async def consume(self, wish: Wish) -> None:
        """Begin to consume; the queue is declared if it is missing.

        Raises:
            BrokerDown: the server refused, or is gone.
        """
        await self._begin(self._new_consumer(wish))

    async def cancel(self, queue: str) -> None:
        """End consuming; what is unsettled goes back."""
        consumer = self._consumers.pop(queue, None)
        if consumer is not None:
            await consumer.stop()

    async def depths(self, queues: Iterable[str]) -> Mapping[str, QueueDepth]:
        """What waits in these queues; ``unsettled`` counts our own consumers' only: AMQP tells no more.

        Raises:
            BrokerDown: the server is gone.
        """
        found = {}
        for queue in queues:
            ready, consumers = await self._depth(queue) or (0, 0)
            unsettled = self._consumers[queue].unsettled if queue in self._consumers else 0
            found[queue] = QueueDepth(ready, unsettled, consumers)
        return found

    async def probe(self, queue: str) -> None:
        """Ask for a sign of life: whether this queue is there. A server that gives none in time is given up."""
        try:
            async with asyncio.timeout(self._in.timeout):
                if await self._depth(queue) is None:
                    log.warning("queue %s was deleted; it is declared again", queue, extra={"action": "queue_deleted"})
                    await self.declare([queue])
                    self.on_loss()
        except (BrokerDown, TimeoutError) as error:
            self.abort(error.message if isinstance(error, BrokerDown) else "it gives no sign of life")

    async def _depth(self, queue: str) -> tuple[int, int] | None:
        """Messages that wait and consumers; None when there is no such queue."""
        async with self._controlling:
            lane = await self._control_lane()
            try:
                return await lane.depth(self._topology.name(queue))
            except BrokerDown:
                if lane.is_open or self.ended.is_set():
                    raise
                return None  # the server closed the channel for it

    async def close(self, seconds: float) -> None:
        """Finish what is being set aside, settle what is settled, disconnect."""
        self._stopping = True
        if self._errands:
            await asyncio.wait(self._errands, timeout=seconds)
        for consumer in self._consumers.values():
            consumer.flush()
            consumer.is_live = False
        self._cancel_errands()
        await self._in.close()
        await self._out.close()

    def abort(self, reason: str) -> None:
        """End at once."""
        self._out.abort(reason)
        self._in.abort(reason)
        self._end(reason)

    def _new_consumer(self, wish: Wish) -> Consumer:
        """From now on this one is the queue's; it begins with ``_begin``."""
        consumer = self._consumers[wish.queue] = Consumer(wish, self._put_aside, self._consumer_lost)
        return consumer

    async def _begin(self, consumer: Consumer) -> None:
        queue = consumer.wish.queue
        await self.declare([queue])
        await consumer.start(self._in, self._topology.name(queue))

    async def _control_lane(self) -> Lane:
        """The channel for declaring; the server closes it whenever it refuses something."""
        if self._control is None or not self._control.is_open:
            self._control = await self._in.lane()
        return self._control

    def _end(self, reason: str) -> None:
        if self.ended.is_set():
            return
        self.reason = reason
        self.ended.set()
        for consumer in self._consumers.values():
            consumer.is_live = False
        self._publisher.lost(reason)
        self._cancel_errands()
        self._out.abort(reason)
        self._in.abort(reason)
        self._changed()

    def _block(self, reason: str | None) -> None:
        self.blocked = reason
        self._changed()

    def _put_aside(self, consumer: Consumer, tag: int, body: bytes, reason: str) -> None:
        self._spawn(self._keep_aside(consumer, tag, body, reason))

    async def _keep_aside(self, consumer: Consumer, tag: int, body: bytes, reason: str) -> None:
        """Keep it where an operator finds it, and only then settle it."""
        headers = {"x-queue": consumer.wish.queue, "x-reason": reason[:MOST_REASON_CHARS]}
        name = self._topology.name(Q_SET_ASIDE)
        letter = Letter(self._topology.name(EX_UTILS), name, Q_SET_ASIDE, body, headers)
        for pause in pauses(random):
            try:
                await self.publish([letter])
            except BrokerDown as error:
                log.warning("cannot set aside yet: %s", error, extra={"action": "set_aside_failed"})
                await asyncio.sleep(pause)
            else:
                consumer.settle(tag)
                return

    def _consumer_lost(self, consumer: Consumer, reason: str) -> None:
        if self.ended.is_set() or self._stopping or self._consumers.get(consumer.wish.queue) is not consumer:
            return
        queue = consumer.wish.queue
        log.warning("consumer of %s is lost: %s", queue, reason, extra={"action": "consumer_lost"})
        self._spawn(self._consume_again(consumer))

    async def _consume_again(self, lost: Consumer) -> None:
        """The queue was deleted, or held back a message for too long: declare and consume it again."""
        wish, current = lost.wish, lost
        await lost.stop()
        for pause in pauses(random):
            if self._consumers.get(wish.queue) is not current:
                return  # cancelled meanwhile
            current = self._new_consumer(wish)
            try:
                await self._begin(current)
            except BrokerDown as error:
                log.warning("cannot consume %s yet: %s", wish.queue, error, extra={"action": "consume_failed"})
                await asyncio.sleep(pause)
            else:
                log.info("%s is consumed again", wish.queue, extra={"action": "consumer_back"})
                if lost.was_deleted:
                    self.on_loss()
                return

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _cancel_errands(self) -> None:
        for task in self._errands:
            task.cancel()
