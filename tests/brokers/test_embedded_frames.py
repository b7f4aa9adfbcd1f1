"""Frames of the embedded broker: whole whatever the cutting, and garbage is a protocol error and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.brokers.embedded import frames
from synergy.core.errors import InvalidArgument, PeerError
from synergy.core.ports import Message
from tests.waiting import within


async def written(*operations: frames.ClientOperation) -> list[bytes]:
    chunks: list[bytes] = []
    writer = frames.FrameWriter(chunks.append)
    for operation in operations:
        writer.add(operation)
    await asyncio.sleep(0)
    return chunks


async def test_what_is_said_in_one_turn_travels_as_one_frame() -> None:
    said: list[frames.ClientOperation] = [
        frames.Declare(("q",)),
        frames.Consume(1, "q", 5),
        frames.Settle(1, [1, 2], [(3, "why")]),
    ]
    (chunk,) = await written(*said)
    (frame,) = frames.FrameSplitter().feed(chunk)
    assert frames.decode_client(frame) == said


async def test_a_full_frame_does_not_wait_for_the_end_of_the_turn() -> None:
    chunks: list[bytes] = []
    writer = frames.FrameWriter(chunks.append)
    writer.add(frames.Publish(1, (("q", b"x"),)), frames.FULL_BYTES)
    assert len(chunks) == 1
    assert writer.turn == 1


async def test_what_is_lazy_travels_with_the_next_frame() -> None:
    chunks: list[bytes] = []
    writer = frames.FrameWriter(chunks.append)
    writer.add(frames.Cancel(1), lazy=True)
    writer.add(frames.Cancel(2), lazy=True)
    await asyncio.sleep(0)
    assert not chunks
    writer.add(frames.Cancel(3))
    await asyncio.sleep(0)
    (frame,) = frames.FrameSplitter().feed(chunks[0])
    assert frames.decode_client(frame) == [frames.Cancel(1), frames.Cancel(2), frames.Cancel(3)]


async def test_what_is_lazy_leaves_by_itself_after_a_moment() -> None:
    left: asyncio.Queue[bytes] = asyncio.Queue()
    writer = frames.FrameWriter(left.put_nowait)
    for number in (1, 2):
        writer.add(frames.Cancel(number), lazy=True)
        (frame,) = frames.FrameSplitter().feed(await within(10, left.get()))
        assert frames.decode_client(frame) == [frames.Cancel(number)]


@given(st.lists(st.integers(1, 50), max_size=10))
def test_how_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    data = b"".join(len(body).to_bytes(4, "big") + body for body in (b"one", b"", b"three" * 20))
    splitter, found, start = frames.FrameSplitter(), [], 0
    for cut in cuts:
        found += splitter.feed(data[start : start + cut])
        start += cut
    found += splitter.feed(data[start:])
    assert found == [b"one", b"", b"three" * 20]


def test_a_frame_that_announces_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(PeerError, match="over the limit"):
        frames.FrameSplitter().feed(b"\xff\xff\xff\xff")


@given(st.binary(max_size=100))
def test_garbage_is_a_protocol_error_on_either_side(frame: bytes) -> None:
    with suppress(PeerError):
        assert isinstance(frames.decode_client(frame), list)
    with suppress(PeerError):
        assert isinstance(frames.decode_broker(frame), list)


def test_a_body_that_no_frame_can_hold_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="for q_A is over the limit"):
        frames.check_bodies((Message("q_A", b"x" * (frames.MAX_BODY_BYTES + 1)),))
