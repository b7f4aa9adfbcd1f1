"""Answers of a daemon to what each method asks, read by a client: typed replies, or a peer that is not ours."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from synergy.core.control.framing import ReplyFrame, decode_answer, decode_reply, encode_reply
from synergy.core.errors import PeerError, SynergyError
from tests.fuzz.daemon import daemon_of
from tests.fuzz.mutating import mutated_json
from tests.fuzz.target import Target, always
from tests.fuzz.targets.control_requests import EVERYTHING, REQUESTS


def read(data: bytes) -> None:
    """The id tells which request was answered."""
    frame = decode_answer(data)
    if isinstance(frame, ReplyFrame) and isinstance(frame.id, int):
        decode_reply(REQUESTS[frame.id % len(REQUESTS)], frame.raw)


@cache
def seeds() -> tuple[bytes, ...]:
    """What a daemon answers, as far as it does."""
    found = []
    with daemon_of() as daemon:
        for number, request in enumerate(REQUESTS):
            with suppress(SynergyError):
                found.append(encode_reply(number, daemon.run(daemon.service.handle(request, EVERYTHING))).rstrip())
    return tuple(found)


TARGET = Target("control_replies", seeds, always(read), (PeerError,), (b'"result":', b'"id":'), mutated_json)
