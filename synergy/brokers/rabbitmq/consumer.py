"""One consumer of one queue, on a channel of its own: what becomes of the channel becomes of what it had in hand.

Closing the channel gives everything unsettled back in order; a channel that the server closes takes nothing else along.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from msgspec import Struct

from synergy.brokers.rabbitmq.ledger import Ledger
from synergy.brokers.rabbitmq.link import Lane, Link
from synergy.core.errors import BrokerDown
from synergy.core.ports import Deliver, Delivery

log = logging.getLogger(__name__)


class Wish(Struct, frozen=True):
    """A queue that is to be consumed, now and after every loss."""

    queue: str
    prefetch: int
    deliver: Deliver


class HeldDelivery:
    """See Delivery."""

    __slots__ = ("_consumer", "_is_settled", "_tag", "body")

    def __init__(self, consumer: Consumer, tag: int, body: bytes) -> None:
        self._consumer = consumer
        self._tag = tag
        self._is_settled = False
        self.body = body

    @property
    def queue(self) -> str:
        """See Delivery."""
        return self._consumer.wish.queue

    def ack(self) -> None:
        """See Delivery."""
        if not self._is_settled:
            self._is_settled = True
            self._consumer.settle(self._tag)

    def set_aside(self, reason: str) -> None:
        """See Delivery."""
        if not self._is_settled:
            self._is_settled = True
            self._consumer.put_aside(self._tag, self.body, reason)


PutAside = Callable[["Consumer", int, bytes, str], None]


class Consumer:
    """A wish being fulfilled.

    Args:
        wish: what to consume.
        put_aside: keeps a body with a reason, then settles the tag here.
        lost: called once, with the reason, when this consumer ends without having been told to.
    """

    def __init__(self, wish: Wish, put_aside: PutAside, lost: Callable[[Consumer, str], None]) -> None:
        self.wish = wish
        self.is_live = True
        self.was_deleted = False
        """Whether its queue is gone, and what was in it."""
        self._has_started = False
        self._put_aside = put_aside
        self._lost = lost
        self._lane: Lane | None = None
        self._ledger = Ledger()
        self._inbox: list[Delivery] = []

    @property
    def unsettled(self) -> int:
        """How many messages it has in hand."""
        return len(self._ledger)

    async def start(self, link: Link, name: str) -> None:
        """Consume the queue of that name.

        Raises:
            BrokerDown: the server refused, or is gone.
        """
        lane = self._lane = await link.lane(self._end)
        try:
            await lane.consume(name, self.wish.prefetch, self._take, lambda: self._deleted(name))
        except BrokerDown:
            if self.is_live:  # it was not stopped meanwhile
                self.is_live = False
                await lane.close()  # a late answer would have the server hand messages to nobody
                raise
        self._has_started = True
        if not self.is_live:
            await lane.close()

    async def stop(self) -> None:
        """Settle what is settled, give back the rest. May be called twice."""
        self.flush()
        self.is_live = False
        if self._lane is not None:
            await self._lane.close()

    def settle(self, tag: int) -> None:
        """Its effect is stored; told to the server with others that are settled in this turn of the loop."""
        if self.is_live and self._ledger.settled(tag):
            asyncio.get_running_loop().call_soon(self.flush)

    def put_aside(self, tag: int, body: bytes, reason: str) -> None:
        """It cannot be understood."""
        if self.is_live:
            self._put_aside(self, tag, body, reason)

    def flush(self) -> None:
        """Tell the server now what is settled."""
        if self.is_live and self._lane is not None:
            for tag, multiple in self._ledger.acknowledgements():
                self._lane.ack(tag, multiple=multiple)

    def _take(self, tag: int, body: bytes) -> None:
        if not self.is_live:
            return
        self._ledger.delivered(tag)
        if not self._inbox:
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._inbox.append(HeldDelivery(self, tag, body))

    def _hand_over(self) -> None:
        """All that came at once. What the receiver raises is logged: the messages stay with it, unsettled."""
        deliveries, self._inbox = self._inbox, []
        if not self.is_live:
            return
        try:
            self.wish.deliver(deliveries)
        except Exception:
            log.exception("consumer of %s failed", self.wish.queue, extra={"action": "consumer_failed"})

    def _deleted(self, name: str) -> None:
        self.was_deleted = True
        self._end(f"queue {name} was deleted")

    def _end(self, reason: str) -> None:
        if self.is_live and self._has_started:
            self.is_live = False
            self._lost(self, reason)
