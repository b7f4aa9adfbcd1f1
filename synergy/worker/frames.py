"""What a supervisor and a warm child say to each other: length-prefixed MessagePack over a socket pair.

A frame is four bytes of length, big-endian, and that many bytes of one tagged struct. The child imports this module, so
it must stay light.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from synergy.core.records import LogLine, UnitOfWork
from synergy.core.states import UowState

MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
HEADER_BYTES: Final = 4


class Outcome(Struct, frozen=True, gc=False, omit_defaults=True):
    """How an attempt ended: its state, the reason when it is not plainly processed, and what it counted."""

    state: UowState
    reason: str | None = None
    processed: int = 0
    aggregated: int = 0


class RunUow(Struct, frozen=True, gc=False, omit_defaults=True, tag="run"):
    """Supervisor → child: call ``run`` (``module:callable``) with the unit of work, in ``cwd``, with ``env``."""

    uow: UnitOfWork
    run: str
    cwd: str
    env: dict[str, str] = {}


class Ready(Struct, frozen=True, gc=False, tag="ready"):
    """Child → supervisor: imported and waiting."""

    pid: int


class Importing(Struct, frozen=True, gc=False, tag="importing"):
    """Child → supervisor: it begins (``on``) or has ended importing what the unit of work calls, for the first time."""

    on: bool


class Lines(Struct, frozen=True, gc=False, tag="lines"):
    """Child → supervisor: what the running unit of work said so far."""

    lines: tuple[LogLine, ...]


class Done(Struct, frozen=True, gc=False, tag="done"):
    """Child → supervisor: the unit of work ended; ``lines`` are its last ones."""

    outcome: Outcome
    lines: tuple[LogLine, ...] = ()


class Stale(Struct, frozen=True, gc=False, tag="stale"):
    """Child → supervisor: the user's modules changed since they were imported; the unit of work was not begun."""

    modules: tuple[str, ...]


FromChild = Ready | Importing | Lines | Done | Stale

_encoder: Final = msgspec.msgpack.Encoder()
decode_from_child: Final = msgspec.msgpack.Decoder(FromChild).decode
decode_run: Final = msgspec.msgpack.Decoder(RunUow).decode


def frame(message: RunUow | FromChild) -> bytearray:
    """One message, ready to be written."""
    buffer = bytearray(HEADER_BYTES)
    _encoder.encode_into(message, buffer, HEADER_BYTES)
    buffer[:HEADER_BYTES] = (len(buffer) - HEADER_BYTES).to_bytes(HEADER_BYTES, "big")
    return buffer


class FrameReader:
    """Cuts a byte stream into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that this data completes.

        Raises:
            ValueError: a length beyond the limit: the peer does not speak this protocol.
        """
        self._buffer += data
        while len(self._buffer) >= HEADER_BYTES:
            end = HEADER_BYTES + int.from_bytes(self._buffer[:HEADER_BYTES], "big")
            if end > MAX_FRAME_BYTES:
                raise ValueError(f"frame of {end} bytes is over the limit of {MAX_FRAME_BYTES}")
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[HEADER_BYTES:end])
            del self._buffer[:end]
            yield body
