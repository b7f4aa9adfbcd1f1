"""The port to the broker: queues with delivery at least once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Message(Struct, frozen=True, gc=False):
    """A persistent message for one queue."""

    queue: str
    body: bytes


class Delivery(Protocol):
    """One message handed to a consumer; until it is settled it belongs to this consumer, then to nobody."""

    @property
    def queue(self) -> str:
        """Where it came from."""
        ...

    @property
    def body(self) -> bytes:
        """What was published."""
        ...

    def ack(self) -> None:
        """Its effect is stored. Settling twice, or after the connection broke, does nothing."""
        ...

    def set_aside(self, reason: str) -> None:
        """It cannot be understood: keep it, with the reason, out of the way."""
        ...


class QueueDepth(Struct, frozen=True):
    """Messages waiting, messages handed out and not settled, and consumers of one queue."""

    ready: int
    unsettled: int
    consumers: int


class BrokerState(Struct, frozen=True):
    """``up``, or why not; ``since`` is real time.

    ``losses`` rises whenever a queue is found deleted, with all that was in it; it is declared again by then.
    """

    up: bool
    detail: str
    since: float
    losses: int = 0


Deliver = Callable[[Sequence[Delivery]], None]


class Broker(Protocol):
    """Direct queues with delivery at least once; unsettled deliveries of a lost consumer are delivered again."""

    async def start(self) -> None:
        """Connect, and keep connected with back-off from then on; returns when connected.

        Raises:
            BrokerDown: it cannot be reached now (it is not retried after that).
        """
        ...

    async def stop(self) -> None:
        """Settle what is settled, then disconnect; may be called twice."""
        ...

    async def declare(self, queues: Sequence[str]) -> None:
        """Make sure the queues exist, now and after every reconnect."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns once all are confirmed.

        Raises:
            BrokerDown: not confirmed in time; some may have been delivered.
        """
        ...

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        """Hand over messages, at most ``prefetch`` unsettled at a time, also after a reconnect. Never raises late."""
        ...

    async def cancel(self, queue: str) -> None:
        """Stop consuming; unsettled deliveries go back to the queue."""
        ...

    def state(self) -> BrokerState:
        """Whether it is connected."""
        ...

    async def depths(self) -> Mapping[str, QueueDepth]:
        """The depth of each declared queue."""
        ...
