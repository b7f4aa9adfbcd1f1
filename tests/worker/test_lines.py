"""Output cut into lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.worker.lines import CUT_MARK, MAX_LINE_CHARS, LineSplitter, clean


def test_a_line_is_whole_however_it_was_written() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"one\ntw") == ["one"]
    assert splitter.feed("o\nth\xe9".encode()[:5]) == ["two"]
    assert splitter.feed("\xe9".encode()[1:]) == []
    assert splitter.rest() == ["th\xe9"]
    assert splitter.rest() == []


def test_an_endless_line_is_cut_and_not_kept() -> None:
    splitter = LineSplitter()
    for _ in range(10):
        assert splitter.feed(b"x" * MAX_LINE_CHARS) == []
    (line,) = splitter.feed(b"\n")
    assert line == "x" * MAX_LINE_CHARS + CUT_MARK


def test_of_a_progress_bar_the_last_state_is_kept() -> None:
    assert clean("10 %\r50 %\r100 %\r") == "100 %"


def test_what_no_store_takes_is_escaped() -> None:
    assert clean("a\0b\udcff\xe9") == "a\\0b\\udcff\xe9"


@given(st.lists(st.binary()))
def test_any_bytes_become_text_that_can_be_encoded(pieces: list[bytes]) -> None:
    splitter = LineSplitter()
    lines = [line for piece in pieces for line in splitter.feed(piece)] + splitter.rest()
    assert all("\n" not in line and line.encode() is not None for line in lines)


@given(st.text(alphabet="ab\xe9\n"), st.lists(st.integers(0, 30)))
def test_pieces_make_the_same_lines_as_the_whole(text: str, cuts: list[int]) -> None:
    data = text.encode()
    splitter = LineSplitter()
    lines: list[str] = []
    start = 0
    for cut in [*sorted(cuts), len(data)]:
        lines += splitter.feed(data[start:cut])
        start = max(start, min(cut, len(data)))
    lines += splitter.rest()
    expected = text.split("\n")
    assert lines == (expected if expected[-1] else expected[:-1])
