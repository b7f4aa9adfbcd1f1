"""What travels between the embedded broker and its clients: length-prefixed frames, each a batch of operations.

Many operations share a frame, a system call and a decoding, which is where the speed comes from: whatever is said
within one turn of the loop leaves as one frame. Settlements and confirmations are lazy: they wait a moment for a frame
that leaves anyhow, so that a lone message costs each side one wake-up and not two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from synergy.core.errors import InvalidArgument, PeerError
from synergy.core.ports import Message

MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
FULL_BYTES: Final = 1024 * 1024
"""A frame that holds this much is sent without waiting for the turn's end."""
LAZY_SECONDS: Final = 0.002
"""How long what nobody is in a hurry for may wait for a frame to travel in."""
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
_HEADER_BYTES: Final = 4


class Declare(Struct, frozen=True, array_like=True, tag="declare"):
    """Make sure that the queues exist."""

    queues: tuple[str, ...]


class Publish(Struct, frozen=True, array_like=True, tag="publish"):
    """Append the messages; answered by ``Confirmed``. ``number`` rises by one with each on a connection."""

    number: int
    messages: tuple[tuple[str, bytes], ...]


class Consume(Struct, frozen=True, array_like=True, tag="consume"):
    """Send the queue's messages, at most ``prefetch`` unsettled; ``consumer`` is the client's own number for it."""

    consumer: int
    queue: str
    prefetch: int


class Cancel(Struct, frozen=True, array_like=True, tag="cancel"):
    """Send no more; what is unsettled goes back."""

    consumer: int


class Settle(Struct, frozen=True, array_like=True, tag="settle"):
    """Tags that are done, and tags to set aside with their reasons."""

    consumer: int
    done: list[int]
    aside: list[tuple[int, str]]


class AskDepths(Struct, frozen=True, array_like=True, tag="ask_depths"):
    """Answered by ``Depths`` with the same number."""

    number: int


class Confirmed(Struct, frozen=True, array_like=True, tag="confirmed"):
    """Every ``Publish`` up to this number is in its queues."""

    number: int


class Delivered(Struct, frozen=True, array_like=True, tag="delivered"):
    """Messages for a consumer, by tag."""

    consumer: int
    parcels: tuple[tuple[int, bytes], ...]


class Depths(Struct, frozen=True, array_like=True, tag="depths"):
    """Per queue: ready, unsettled, consumers."""

    number: int
    depths: dict[str, tuple[int, int, int]]


ClientOperation = Declare | Publish | Consume | Cancel | Settle | AskDepths
BrokerOperation = Confirmed | Delivered | Depths

_encode: Final = msgspec.msgpack.Encoder().encode
_client_decoder: Final = msgspec.msgpack.Decoder(list[ClientOperation])
_broker_decoder: Final = msgspec.msgpack.Decoder(list[BrokerOperation])


def decode_client(frame: bytes) -> list[ClientOperation]:
    """What a client sent.

    Raises:
        PeerError: it is nothing that a client sends.
    """
    try:
        return _client_decoder.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PeerError(f"a frame from a broker client is unreadable: {error}") from None


def decode_broker(frame: bytes) -> list[BrokerOperation]:
    """What the broker sent.

    Raises:
        PeerError: it is nothing that the broker sends.
    """
    try:
        return _broker_decoder.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PeerError(f"a frame from the broker is unreadable: {error}") from None


def check_bodies(messages: tuple[Message, ...]) -> None:
    """Refuse what no frame can hold.

    Raises:
        InvalidArgument: a body is too large.
    """
    for message in messages:
        if len(message.body) > MAX_BODY_BYTES:
            text = f"a message of {len(message.body)} bytes for {message.queue} is over the limit of {MAX_BODY_BYTES}"
            raise InvalidArgument(text, remedy="give the unit of work smaller arguments")


class FrameSplitter:
    """Bytes into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._needed = _HEADER_BYTES

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are complete now.

        Raises:
            PeerError: one is announced that is too long; what follows cannot be trusted.
        """
        rest = self._rest
        rest += data
        if len(rest) < self._needed:
            return []
        frames: list[bytes] = []
        start, have = 0, len(rest)
        while have - start >= _HEADER_BYTES:
            length = int.from_bytes(rest[start : start + _HEADER_BYTES], "big")
            if length > MAX_FRAME_BYTES:
                raise PeerError(f"a broker frame of {length} bytes is over the limit of {MAX_FRAME_BYTES}")
            end = start + _HEADER_BYTES + length
            if have < end:
                self._needed = end - start
                break
            frames.append(bytes(rest[start + _HEADER_BYTES : end]))
            start = end
        else:
            self._needed = _HEADER_BYTES
        del rest[:start]
        return frames


class FrameWriter:
    """Collects operations and writes them as one frame at the end of the loop's turn, or a little later.

    Args:
        write: sends bytes without waiting.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._operations: list[Any] = []
        self._bytes = 0
        self._is_due = False
        self._is_lazy = False
        self.turn = 0
        """Rises with each frame: what was added in an earlier turn can no longer be added to."""

    def add(self, operation: ClientOperation | BrokerOperation, size: int = 0, *, lazy: bool = False) -> None:
        """Say this, after everything that was said before.

        ``size`` is about how many bytes it holds. ``lazy``: it leaves with the next frame, within LAZY_SECONDS.
        """
        self._operations.append(operation)
        self._bytes += size
        if self._bytes >= FULL_BYTES:
            self.flush()
        elif lazy:
            if not self._is_lazy:
                self._is_lazy = True
                asyncio.get_running_loop().call_later(LAZY_SECONDS, self._end_of_laziness)
        elif not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._end_of_turn)

    def flush(self) -> None:
        """Write what was said."""
        if not self._operations:
            return
        operations, self._operations, self._bytes = self._operations, [], 0
        self.turn += 1
        frame = _encode(operations)
        self._write(len(frame).to_bytes(_HEADER_BYTES, "big") + frame)

    def _end_of_turn(self) -> None:
        self._is_due = False
        self.flush()

    def _end_of_laziness(self) -> None:
        self._is_lazy = False
        self.flush()
