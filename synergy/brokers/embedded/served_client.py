"""One client of the embedded broker, as the broker sees it: frames in, queue operations, frames out.

A client that sends what no client sends is closed, and what it held is delivered to others; nobody else notices. Slow
clients get no more than their credit, so nothing piles up for them here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, assert_never

from synergy.brokers.embedded.frames import (
    AskDepths,
    Cancel,
    ClientOperation,
    Confirmed,
    Consume,
    Declare,
    Delivered,
    Depths,
    FrameSplitter,
    FrameWriter,
    Publish,
    Settle,
    decode_client,
)
from synergy.brokers.embedded.queues import Consumer, Parcel, Queues
from synergy.core.errors import PeerError
from synergy.core.ports import Message

MOST_CONSUMERS: Final = 10_000
MOST_PREFETCH: Final = 65_536
"""What one client may ask for; far above what a supervisor does."""

log = logging.getLogger(__name__)


class ServedClient(asyncio.Protocol):
    """A connection.

    Args:
        queues: the broker's.
        put_aside: sets a consumer's delivery aside, with a reason.
        opened: told of a new connection; False: it is one too many.
        closed: told when it is gone.
    """

    def __init__(
        self,
        queues: Queues,
        put_aside: Callable[[Consumer, int, str], None],
        opened: Callable[[ServedClient], bool],
        closed: Callable[[ServedClient], None],
    ) -> None:
        self._queues = queues
        self._put_aside = put_aside
        self._opened = opened
        self._closed = closed
        self._splitter = FrameSplitter()
        self._writer = FrameWriter(self._write)
        self._consumers: dict[int, Consumer] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"no stream: {transport!r}")
        self._transport = transport
        if not self._opened(self):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio hands it over
        """See asyncio.Protocol."""
        self._transport = None
        for consumer in self._consumers.values():
            self._queues.remove(consumer)
        self._consumers.clear()
        self._closed(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._queues.hold()
        try:
            for frame in self._splitter.feed(data):
                for operation in decode_client(frame):
                    self._do(operation)
        except PeerError as error:
            log.warning("a broker client is closed: %s", error, extra={"action": "broker_client_refused"})
            self.close(hang_up=True)
        finally:
            self._queues.release()

    def close(self, *, hang_up: bool) -> None:
        """Close the connection, ``hang_up``: without sending what is left."""
        if self._transport is None:
            return
        if hang_up:
            self._transport.abort()
        else:
            self._writer.flush()
            self._transport.close()

    def _do(self, operation: ClientOperation) -> None:
        match operation:
            case Settle():
                self._settle(operation)
            case Publish():
                self._queues.publish(Message(queue, body) for queue, body in operation.messages)
                self._writer.add(Confirmed(operation.number), lazy=True)
            case Declare():
                self._queues.declare(operation.queues)
            case Consume():
                self._consume(operation)
            case Cancel():
                consumer = self._consumers.pop(operation.consumer, None)
                if consumer is not None:
                    self._queues.remove(consumer)
            case AskDepths():
                depths = self._queues.depths().items()
                found = {name: (depth.ready, depth.unsettled, depth.consumers) for name, depth in depths}
                self._writer.add(Depths(operation.number, found))
            case _:
                assert_never(operation)

    def _consume(self, operation: Consume) -> None:
        number = operation.consumer
        if number in self._consumers or len(self._consumers) >= MOST_CONSUMERS:
            raise PeerError(f"consumer {number} is one too many")
        if not 1 <= operation.prefetch <= MOST_PREFETCH:
            raise PeerError(f"prefetch {operation.prefetch} is not in 1–{MOST_PREFETCH}")

        def push(parcels: Sequence[Parcel]) -> None:
            self._writer.add(Delivered(number, tuple(parcels)), sum(len(body) for _, body in parcels), lazy=True)

        consumer = Consumer(operation.queue, operation.prefetch, push, self._writer.flush)
        self._consumers[number] = consumer
        self._queues.add(consumer)

    def _settle(self, operation: Settle) -> None:
        consumer = self._consumers.get(operation.consumer)
        if consumer is None:
            return
        self._queues.settle(consumer, operation.done)
        for tag, reason in operation.aside:
            self._put_aside(consumer, tag, reason)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
