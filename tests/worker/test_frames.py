"""Frames between a supervisor and a child."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.records import LogLine
from synergy.core.states import UowState
from synergy.worker.frames import Done, FrameReader, Lines, Outcome, Ready, Stale, decode_from_child, frame

MESSAGES = (
    Ready(4711),
    Lines((LogLine(1.5, "stdout", "", "hello"),)),
    Stale(("jobs",)),
    Done(Outcome(UowState.INVALID, reason="exit 3", processed=1)),
)


@given(st.lists(st.integers(0, 500)))
def test_frames_survive_any_cut(cuts: list[int]) -> None:
    stream = b"".join(bytes(frame(message)) for message in MESSAGES)
    reader = FrameReader()
    bodies: list[bytes] = []
    start = 0
    for cut in [*sorted(cuts), len(stream)]:
        bodies += reader.feed(stream[start:cut])
        start = max(start, min(cut, len(stream)))
    assert tuple(decode_from_child(body) for body in bodies) == MESSAGES


def test_a_length_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="over the limit"):
        list(FrameReader().feed(b"\xff\xff\xff\xff"))
