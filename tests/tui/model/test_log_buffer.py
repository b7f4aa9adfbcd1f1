from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.replies import LogPage, LogRow
from synergy.tui.model.log_buffer import MAX_LINES, LogBuffer


def page(first: int, count: int, total: int, text: str = "line") -> LogPage:
    lines = tuple(
        LogRow(at, "2026-11-23T08:00:00Z", "stdout", "", f"{text} {at}") for at in range(first, first + count)
    )
    return LogPage("u", 1, 1, 1, first, total, live=True, state="state_in_progress", exit_reason=None, lines=lines)


def numbers(buffer: LogBuffer) -> list[int]:
    return [buffer.row(row).line.line for row in range(buffer.rows)]


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
    assert buffer.row_of(3) is None
    assert buffer.row_of(4003) == 3


def test_lines_held_are_limited_at_either_end() -> None:
    buffer = LogBuffer()
    buffer.take(page(0, MAX_LINES, MAX_LINES + 10))
    buffer.take(page(MAX_LINES, 10, MAX_LINES + 10))
    assert (buffer.first, buffer.end) == (10, MAX_LINES + 10)
    buffer.take(page(0, 10, MAX_LINES + 10))
    assert (buffer.first, buffer.end) == (0, MAX_LINES)


@given(st.lists(st.integers(0, 90), min_size=1, max_size=30), st.integers(1, 40))
def test_wrapped_rows_cover_every_line_in_order(lengths: list[int], width: int) -> None:
    buffer = LogBuffer(width, wrap=True)
    lines = tuple(LogRow(at, "", "stdout", "", "x" * length) for at, length in enumerate(lengths))
    count = len(lengths)
    buffer.take(LogPage("u", 1, 1, 1, 0, count, live=False, state="", exit_reason=None, lines=lines))
    rows = [buffer.row(index) for index in range(buffer.rows)]
    covered = [
        sum(len(row.line.text[row.offset : row.offset + width]) for row in rows if row.line.line == at)
        for at in range(count)
    ]
    assert covered == lengths
    assert [row.line.line for row in rows] == sorted(row.line.line for row in rows)
    buffer.lay_out(width, wrap=False)
    assert buffer.rows == count
    assert buffer.longest == max(lengths)


def test_what_is_held_can_be_saved() -> None:
    buffer = LogBuffer()
    buffer.take(page(0, 2, 2))
    assert buffer.texts() == ["line 0", "line 1"]
