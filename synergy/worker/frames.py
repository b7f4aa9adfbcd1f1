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
from synergy.worker.lines import CUT_MARK, MAX_LINE_CHARS

MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
HEADER_BYTES: Final = 4
MAX_REASON_CHARS: Final = 500
MAX_COUNT: Final = 2**63 - 1
"""The largest number that every store can hold."""

_ENDS: Final = frozenset({UowState.PROCESSED, UowState.NOOP, UowState.INVALID})
_LONGEST_TEXT: Final = MAX_LINE_CHARS + len(CUT_MARK)
_END_OF_TIME: Final = 253_402_300_800.0
"""The year 10000, in seconds since the epoch: later moments have no date."""


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
_decode_from_child: Final = msgspec.msgpack.Decoder(FromChild).decode
decode_run: Final = msgspec.msgpack.Decoder(RunUow).decode


def decode_from_child(body: bytes) -> FromChild:
    """What a child said, as far as it can be stored and shown: a job may have written into its child's channel.

    Raises:
        ValueError, msgspec.MsgspecError: no child of ours says that.
    """
    try:
        message: FromChild = _decode_from_child(body)
    except RecursionError:
        raise ValueError("a message is nested too deeply") from None
    if isinstance(message, Lines | Done):
        for line in message.lines:
            if not (0.0 <= line.at < _END_OF_TIME and len(line.text) <= _LONGEST_TEXT and "\n" not in line.text):
                raise ValueError("a log line has no time, or is none")
    if isinstance(message, Done):
        _check_outcome(message.outcome)
    return message


def _check_outcome(outcome: Outcome) -> None:
    counts = (outcome.processed, outcome.aggregated)
    if outcome.state not in _ENDS or not all(0 <= number <= MAX_COUNT for number in counts):
        raise ValueError(f"no attempt ends as {outcome.state} with counts of {counts}")
    if len(outcome.reason or "") > MAX_REASON_CHARS:
        raise ValueError("an exit reason is too long")


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
