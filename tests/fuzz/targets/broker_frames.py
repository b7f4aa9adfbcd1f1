"""Bytes on the embedded broker's socket, both ways: a client that breaks the protocol is closed, and nobody else.

After each input another client must still get its message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from synergy.brokers.embedded import frames
from synergy.brokers.embedded.link import Link
from synergy.brokers.embedded.queues import Consumer, Parcel, Queues
from synergy.brokers.embedded.served_client import ServedClient
from synergy.core.ports import Delivery, Message
from tests.fuzz.target import Attempt, Target

PIECE_BYTES = 4096


class Wire(asyncio.Transport):
    """A transport that keeps what was written to it, up to a limit."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.written += len(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def pause_reading(self) -> None:
        """Bytes come from the test."""

    def resume_reading(self) -> None:
        """Bytes come from the test."""


class Closed(Exception):
    """The connection was closed, as it may be."""


def feed(protocol: asyncio.Protocol, wire: Wire, data: bytes) -> None:
    """In pieces, as a socket gives them, until it is closed."""
    for start in range(0, len(data), PIECE_BYTES):
        if wire.is_closed:
            break
        protocol.data_received(data[start : start + PIECE_BYTES])


async def serve(data: bytes) -> None:
    """A broker with one well-behaved consumer, and a client that sends this."""
    queues = Queues(lambda: None)
    got: list[bytes] = []

    def push(parcels: Sequence[Parcel]) -> None:
        got.extend(body for _, body in parcels)

    queues.add(Consumer("q_other", 10, push))

    def put_aside(consumer: Consumer, tag: int, reason: str) -> None:
        queues.put_aside(consumer, tag, reason, 0.0)

    client, wire = ServedClient(queues, put_aside, lambda _client: True, lambda _client: None), Wire()
    client.connection_made(wire)
    feed(client, wire, data)
    await asyncio.sleep(0)
    was_closed = wire.is_closed
    client.connection_lost(None)
    queues.publish([Message("q_other", b"for another")])
    queues.pump()
    assert got[-1:] == [b"for another"]
    if was_closed:
        raise Closed


def acknowledge(deliveries: Sequence[Delivery]) -> None:
    """Take what comes."""
    for delivery in deliveries:
        delivery.ack()


async def take(data: bytes) -> None:
    """A supervisor's connection to something that sends this instead of a broker."""
    link, wire = Link(lambda _link, _why: None), Wire()
    link.connection_made(wire)
    waiting: list[asyncio.Future[Any]] = [link.publish([(("q", b"x"),)]), link.ask_depths()]
    link.consume("q", 5, acknowledge)
    feed(link, wire, data)
    await asyncio.sleep(0)
    was_closed = wire.is_closed
    link.connection_lost(None)
    assert all(future.done() for future in waiting)
    for future in waiting:
        future.exception()
    if was_closed:
        raise Closed


def _opened(attempt: Callable[[bytes], Any]) -> Any:
    @contextmanager
    def opened() -> Iterator[Attempt]:
        with asyncio.Runner() as runner:
            runner.get_loop().set_debug(False)
            yield lambda data: runner.run(attempt(data))

    return opened


def _framed(*operations: frames.ClientOperation | frames.BrokerOperation) -> bytes:
    written: list[bytes] = []
    writer = frames.FrameWriter(written.append)
    for operation in operations:
        writer.add(operation, frames.FULL_BYTES)
    return b"".join(written)


def client_seeds() -> list[bytes]:
    """What supervisors send."""
    return [
        _framed(
            frames.Declare(("q", "q_uow_status")), frames.Consume(1, "q", 64), frames.Consume(2, "q_utils_box-1", 1)
        ),
        _framed(
            frames.Publish(1, (("q", b"one"), ("q", b"two"))), frames.Consume(1, "q", 1), frames.Settle(1, [1], [])
        ),
        _framed(frames.Consume(3, "q", 5), frames.Publish(1, (("q", b"x"),)), frames.Settle(3, [], [(1, "why")])),
        _framed(frames.AskDepths(7), frames.Cancel(1), frames.Settle(9, [1, 2, 3], [])),
    ]


def broker_seeds() -> list[bytes]:
    """What the broker sends."""
    return [
        _framed(frames.Confirmed(1), frames.Delivered(3, ((1, b"one"), (2, b"two")))),
        _framed(frames.Depths(2, {"q": (1, 2, 3)}), frames.Confirmed(99)),
    ]


CLIENT_TARGET = Target(
    "broker_frames", client_seeds, _opened(serve), (Closed,), (b"\xdd\x7f\xff\xff\xff", b"\xcf" + b"\xff" * 8)
)
BROKER_TARGET = Target("broker_answers", broker_seeds, _opened(take), (Closed,), (b"\xdf\x7f\xff\xff\xff",))
