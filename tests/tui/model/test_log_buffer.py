from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.replies import LogPage, LogRow
from synergy.tui.model.log_buffer import MAX_LINES, SLACK, LogBuffer
from synergy.tui.model.log_lens import NO_LENS, Lens
from synergy.tui.model.log_levels import Level


def page(first: int, count: int, total: int, text: str = "line") -> LogPage:
    lines = tuple(
        LogRow(at, "2026-11-23T08:00:00Z", "stdout", "", f"{text} {at}") for at in range(first, first + count)
    )
    return LogPage("u", 1, 1, 1, first, total, live=True, state="state_in_progress", exit_reason=None, lines=lines)


def numbers(buffer: LogBuffer) -> list[int]:
    return [buffer.row(row).line.number for row in range(buffer.rows)]


def test_the_last_page_comes_first_and_older_ones_in_front() -> None:
    buffer = LogBuffer()
    assert buffer.take(page(900, 100, 1000)) == 0
    assert buffer.has_older
    assert buffer.take(page(800, 100, 1000)) == 100
    assert (buffer.first, buffer.end, buffer.total) == (800, 1000, 1000)
    assert numbers(buffer) == list(range(800, 1000))


def test_growth_is_appended_whatever_overlaps() -> None:
    buffer = LogBuffer()
    buffer.take(page(0, 10, 10))
    buffer.take(page(5, 10, 15))
    assert numbers(buffer) == list(range(15))


def test_a_page_that_does_not_touch_replaces_what_is_held() -> None:
    buffer = LogBuffer()
    buffer.take(page(0, 10, 5000))
    buffer.take(page(4000, 10, 5000))
    assert numbers(buffer) == list(range(4000, 4010))
    assert buffer.row_of(-3997) is None
    assert buffer.row_of(3) == 3


def test_lines_held_are_limited_at_either_end() -> None:
    buffer = LogBuffer()
    total = MAX_LINES + SLACK + 10
    buffer.take(page(0, MAX_LINES, total))
    buffer.take(page(MAX_LINES, SLACK, total))
    assert (buffer.first, buffer.end) == (0, MAX_LINES + SLACK)
    buffer.take(page(MAX_LINES + SLACK, 10, total))
    assert (buffer.first, buffer.end) == (SLACK + 10, total)
    assert numbers(buffer) == list(range(SLACK + 10, total))
    buffer.take(page(10, SLACK, total))
    assert (buffer.first, buffer.end) == (10, MAX_LINES + 10)


@given(st.lists(st.integers(0, 90), min_size=1, max_size=30), st.integers(1, 40))
def test_wrapped_rows_cover_every_line_in_order(lengths: list[int], width: int) -> None:
    buffer = LogBuffer(width, wrap=True)
    lines = tuple(LogRow(at, "", "stdout", "", "x" * length) for at, length in enumerate(lengths))
    count = len(lengths)
    buffer.take(LogPage("u", 1, 1, 1, 0, count, live=False, state="", exit_reason=None, lines=lines))
    rows = [buffer.row(index) for index in range(buffer.rows)]
    covered = [
        sum(len(row.line.text[row.offset : row.offset + width]) for row in rows if row.line.number == at)
        for at in range(count)
    ]
    assert covered == lengths
    assert [row.line.number for row in rows] == sorted(row.line.number for row in rows)
    buffer.lay_out(width, wrap=False)
    assert buffer.rows == count
    assert buffer.longest == max(lengths)


def test_what_is_held_can_be_saved() -> None:
    buffer = LogBuffer()
    buffer.take(page(0, 2, 2))
    assert [line.text for line in buffer.shown_lines()] == ["line 0", "line 1"]


def mixed(first: int, texts: str, total: int) -> LogPage:
    lines = tuple(
        LogRow(first + at, "2026-11-23T08:00:00Z", "log", {"E": "ERROR"}.get(sign, "INFO"), sign * 30)
        for at, sign in enumerate(texts)
    )
    return LogPage("u", 1, 1, 1, first, total, live=True, state="state_in_progress", exit_reason=None, lines=lines)


@pytest.mark.parametrize("wrap", [False, True])
def test_a_lens_shows_the_same_whichever_way_the_lines_came(wrap: bool) -> None:  # noqa: FBT001 - a parameter of a test
    lens = Lens(at_least=Level.ERROR, context=1)
    signs = "aaEaaaEEaaaaaaE" * 4
    at_once, by_and_by = LogBuffer(7, wrap=wrap), LogBuffer(7, wrap=wrap)
    at_once.take(mixed(0, signs, 60))
    at_once.look_through(lens)
    by_and_by.look_through(lens)
    for first, end in ((20, 30), (10, 20), (30, 47), (0, 10), (47, 60)):
        by_and_by.take(mixed(first, signs[first:end], 60))
    assert [by_and_by.row(at) for at in range(by_and_by.rows)] == [at_once.row(at) for at in range(at_once.rows)]
    assert (by_and_by.shown, by_and_by.matched) == (at_once.shown, signs.count("E"))
    assert at_once.shown < 60
    at_once.look_through(NO_LENS)
    assert at_once.shown == 60


def test_a_row_tells_that_lines_before_it_are_hidden() -> None:
    buffer = LogBuffer()
    buffer.take(mixed(0, "aEEaEa", 6))
    assert not any(buffer.row(at).after_gap for at in range(6))
    buffer.look_through(Lens(at_least=Level.ERROR))
    assert [(buffer.row(at).line.number, buffer.row(at).after_gap) for at in range(3)] == [
        (1, True), (2, False), (4, True),
    ]  # fmt: skip


def test_a_hidden_line_is_at_the_next_one_that_is_shown() -> None:
    buffer = LogBuffer()
    buffer.take(mixed(0, "aEaaEa", 6))
    buffer.look_through(Lens(at_least=Level.ERROR))
    assert [buffer.row_of(number) for number in (0, 1, 2, 4, 5, 6)] == [0, 0, 1, 1, 1, None]
    buffer.look_through(NO_LENS.with_pattern("nothing"))
    assert buffer.row_of(3) is None
    assert not buffer.shown_lines()


def test_a_range_of_lines_is_what_is_shown_of_it() -> None:
    buffer = LogBuffer()
    buffer.take(mixed(0, "aEaaEa", 6))
    lines = buffer.shown_lines()
    buffer.look_through(Lens(at_least=Level.ERROR))
    assert [line.number for line in buffer.lines_between(lines[4], lines[0])] == [1, 4]
    assert buffer.oldest is not None
    assert buffer.newest is not None
    assert (buffer.oldest.number, buffer.newest.number) == (0, 5)
