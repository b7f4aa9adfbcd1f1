"""Lines out of pieces of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.lines import LineSplitter
from synergy.core.errors import PeerError


def test_a_line_that_comes_in_pieces_is_handed_out_whole() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b'{"a"') == []
    assert splitter.feed(b":1}") == []
    assert splitter.feed(b'\n{"b":2}\n{"c') == [b'{"a":1}', b'{"b":2}']
    assert splitter.feed(b'":3}\n') == [b'{"c":3}']


def test_blank_lines_are_left_out() -> None:
    assert LineSplitter().feed(b"\n \r\nx\n\n") == [b"x"]


@pytest.mark.parametrize("data", [b"123456", b"123456\n", b"1\n123456", b"1\n123456\n2\n"])
def test_a_line_over_the_limit_is_refused_wherever_it_stands(data: bytes) -> None:
    with pytest.raises(PeerError, match="longer than 5 bytes"):
        LineSplitter(limit=5).feed(data)


def test_an_endless_line_is_refused_before_it_fills_memory() -> None:
    splitter = LineSplitter(limit=10)
    assert splitter.feed(b"x" * 10) == []
    with pytest.raises(PeerError):
        splitter.feed(b"x")


def test_a_line_of_exactly_the_limit_is_taken() -> None:
    splitter = LineSplitter(limit=5)
    assert splitter.feed(b"123") == []
    assert splitter.feed(b"45") == []
    assert splitter.feed(b"\n") == [b"12345"]


@given(st.lists(st.binary(max_size=8), max_size=30))
def test_how_the_bytes_are_cut_makes_no_difference(pieces: list[bytes]) -> None:
    splitter = LineSplitter()
    cut = [line for piece in pieces for line in splitter.feed(piece)]
    assert cut == LineSplitter().feed(b"".join(pieces))


def test_what_is_held_is_the_line_that_has_not_ended_yet() -> None:
    splitter = LineSplitter()
    splitter.feed(b"whole\npart")
    assert splitter.held_bytes == 4
    splitter.feed(b"\n")
    assert splitter.held_bytes == 0
