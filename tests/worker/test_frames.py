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


@pytest.mark.parametrize(
    "message",
    [
        Lines((LogLine(float("nan"), "stdout", "", "no time"),)),
        Lines((LogLine(1e300, "stdout", "", "no date"),)),
        Lines((LogLine(-1.0, "stdout", "", "before all"),)),
        Done(Outcome(UowState.PROCESSED), (LogLine(1.0, "stdout", "", "x" * 100_000),)),
        Done(Outcome(UowState.PROCESSED), (LogLine(1.0, "stdout", "", "two\nlines"),)),
        Done(Outcome(UowState.PROCESSED, processed=2**63)),
        Done(Outcome(UowState.PROCESSED, aggregated=-1)),
        Done(Outcome(UowState.REQUESTED)),
        Done(Outcome(UowState.CANCELED)),
        Done(Outcome(UowState.INVALID, reason="x" * 501)),
    ],
)
def test_what_cannot_be_stored_or_shown_is_not_what_a_child_says(message: Lines | Done) -> None:
    body = bytes(frame(message))[4:]
    with pytest.raises(ValueError, match=r"log line|no attempt ends|too long"):
        decode_from_child(body)


def test_what_is_nested_without_end_is_garbage() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_from_child(b"\x82\xa4type\xa5ready\xa1x" + b"\x91" * 5_000 + b"\x01")


def test_a_length_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="over the limit"):
        list(FrameReader().feed(b"\xff\xff\xff\xff"))
