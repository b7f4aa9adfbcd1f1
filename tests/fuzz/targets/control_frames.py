"""Bytes on the control socket, before anybody acts on them: both ends must call or refuse, never fail."""

from __future__ import annotations

from contextlib import suppress

from synergy.core.control.framing import Refused, decode_answer, decode_call, encode_error, encode_reply, encode_request
from synergy.core.control.lines import LineSplitter
from synergy.core.control.replies import Done
from synergy.core.errors import NotFound, PeerError
from tests.fuzz.mutating import mutated_json
from tests.fuzz.target import Target, always
from tests.fuzz.targets.control_requests import REQUESTS


def read(data: bytes) -> None:
    """Cut as a stream cuts, then read by a daemon and by a client."""
    splitter = LineSplitter(limit=64 * 1024)
    middle = len(data) // 2
    lines = [*splitter.feed(data[:middle]), *splitter.feed(data[middle:] + b"\n")]
    for line in lines:
        frame = decode_call(line)
        if isinstance(frame, Refused):
            assert encode_error(frame.id, frame.error, frame.number).endswith(b"}\n")
        else:
            assert encode_reply(frame.id, Done("done")).endswith(b"}\n")
        with suppress(PeerError):
            decode_answer(line)


def seeds() -> list[bytes]:
    """A call of each method, and an answer of each kind."""
    calls = [encode_request(number, request) for number, request in enumerate(REQUESTS)]
    return [*calls, encode_reply(1, Done("done")), encode_error(2, NotFound("job A@1 is unknown", remedy="look"))]


TARGET = Target("control_frames", seeds, always(read), (PeerError,), (b'"params":', b'"id":', b"\n"), mutated_json)
