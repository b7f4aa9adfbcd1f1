from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.replies import LogPage, LogRow
from synergy.core.errors import InvalidArgument
from synergy.tui.model.log_buffer import MAX_LINES, PAGE, SLACK
from synergy.tui.model.log_lens import NO_LENS
from synergy.tui.model.log_targets import MOST_LOGS, read_names, short_names
from synergy.tui.model.merged_log import MergedBuffer


def stamp(second: int) -> str:
    return f"2026-11-23T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000Z"


class Log:
    """A log with a line a second that is named; ``page`` is what the daemon would answer."""

    def __init__(self, name: str, *seconds: int) -> None:
        self.name = name
        self.rows = [LogRow(at, stamp(second), "stdout", "", f"{name}{at}") for at, second in enumerate(seconds)]

    def page(self, first: int, limit: int) -> LogPage:
        first = max(0, len(self.rows) + first) if first < 0 else first
        own = tuple(self.rows[first : first + limit])
        return LogPage(self.name, 1, 1, 1, first, len(self.rows), live=True, state="", exit_reason=None, lines=own)


def texts(buffer: MergedBuffer) -> list[str]:
    return [buffer.row(at).line.text for at in range(buffer.rows)]


def test_lines_are_ordered_by_time_and_equal_ones_by_log() -> None:
    one, other = Log("a", 1, 3, 5), Log("b", 2, 3, 4)
    buffer = MergedBuffer(2)
    buffer.take_of(1, other.page(0, 9))
    buffer.take_of(0, one.page(0, 9))
    assert texts(buffer) == ["a0", "b0", "a1", "b1", "b2", "a2"]
    assert not buffer.has_older


def test_what_is_written_late_finds_its_place() -> None:
    one, other = Log("a", 1, 3, 9), Log("b", 2, 4)
    buffer = MergedBuffer(2)
    buffer.take_of(0, one.page(0, 9))
    buffer.take_of(1, other.page(0, 1))
    buffer.take_of(1, other.page(1, 9))
    assert texts(buffer) == ["a0", "b0", "a1", "b1", "a2"]
    assert [buffer.place(buffer.row(at).line) for at in range(5)] == [0, 1, 2, 3, 4]


def test_lines_are_shown_from_the_moment_on_from_which_all_logs_are_held() -> None:
    one, other = Log("a", *range(0, 20, 2)), Log("b", *range(1, 21, 2))
    buffer = MergedBuffer(2)
    buffer.take_of(0, one.page(-2, 2))
    buffer.take_of(1, other.page(-5, 5))
    assert texts(buffer) == ["a8", "b8", "a9", "b9"]
    assert (buffer.behind(), buffer.has_older) == ([0], True)
    buffer.take_of(0, one.page(4, 4))
    assert texts(buffer)[:3] == ["b5", "a6", "b6"]
    assert buffer.behind() == [1]
    buffer.take_of(1, other.page(0, 5))
    buffer.take_of(0, one.page(0, 4))
    assert len(texts(buffer)) == 20
    assert (buffer.behind(), buffer.has_older) == ([], False)


def test_another_attempt_has_another_log() -> None:
    buffer = MergedBuffer(1)
    buffer.take_of(0, Log("a", 1, 2, 3).page(0, 9))
    buffer.take_of(0, Log("b", 7).page(0, 9))
    assert texts(buffer) == ["b0"]


def test_a_line_without_a_time_stands_behind_the_one_before() -> None:
    log = Log("a", 5, 6)
    log.rows.insert(1, LogRow(1, "", "stdout", "", "no time"))
    buffer = MergedBuffer(2)
    buffer.take_of(0, log.page(0, 9))
    buffer.take_of(1, Log("b", 4, 5).page(0, 9))
    assert texts(buffer) == ["b0", "a0", "no time", "b1", "a1"]


def test_lines_held_are_limited() -> None:
    half = (MAX_LINES + SLACK) // 2
    one, other = Log("a", *range(half)), Log("b", *range(half + 1))
    buffer = MergedBuffer(2)
    buffer.take_of(0, one.page(0, half))
    buffer.take_of(1, other.page(0, half))
    assert buffer.rows == 2 * half
    buffer.take_of(1, other.page(half, 9))
    assert MAX_LINES - 2 <= buffer.rows <= MAX_LINES
    assert buffer.has_older
    assert texts(buffer)[-1] == f"b{half}"


def read_back(buffer: MergedBuffer, logs: list[Log]) -> None:
    """All that is older, as a screen asks for it."""
    while behind := buffer.behind():
        for index in behind:
            first = max(0, buffer.logs[index].first - PAGE)
            buffer.take_of(index, logs[index].page(first, buffer.logs[index].first - first))


@pytest.mark.parametrize("old", [(1, 2, 3), (1, 30_000, 30_001)])
def test_old_lines_of_a_short_log_are_found_again_behind_many_of_a_long_one(old: tuple[int, ...]) -> None:
    logs = [Log("a", *range(10, 60_010)), Log("b", *old)]
    buffer = MergedBuffer(2)
    buffer.take_of(1, logs[1].page(0, PAGE))
    for first in range(0, 60_000, PAGE):
        buffer.take_of(0, logs[0].page(first, PAGE))
    assert buffer.rows < 60_000
    read_back(buffer, logs)
    assert not buffer.has_older
    assert texts(buffer) == [row.text for row in sorted((row for log in logs for row in log.rows), key=at_and_name)]


def test_a_log_whose_older_lines_are_gone_keeps_none_of_another_back() -> None:
    one, other = Log("a", *range(20)), Log("b", *range(20))
    buffer = MergedBuffer(2)
    buffer.take_of(0, one.page(-3, 3))
    buffer.take_of(1, other.page(-2, 2))
    assert (buffer.behind(), buffer.rows, buffer.lines_in_all) == ([1], 4, 40)
    buffer.end_at(1)
    assert (buffer.behind(), buffer.rows, buffer.lines_in_all) == ([0], 5, 22)
    buffer.take_of(0, one.page(0, 17))
    assert (buffer.has_older, buffer.rows) == (False, 22)


def test_a_log_of_which_no_line_is_held_is_read_back_first() -> None:
    one, other = Log("a", *range(20)), Log("b", *range(20))
    buffer = MergedBuffer(2)
    buffer.take_of(0, one.page(-3, 3))
    buffer.take_of(1, other.page(20, 9))
    assert buffer.behind() == [1]
    read_back(buffer, [one, other])
    assert buffer.rows == 40


def at_and_name(row: LogRow) -> tuple[str, str]:
    return (row.at, row.text[0])


pieces = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), max_size=40)
seconds = st.lists(st.integers(0, 30), min_size=1, max_size=20)


@given(seconds, seconds, seconds, pieces)
def test_whichever_way_lines_come_they_are_those_of_all_logs_in_order(
    one: list[int], two: list[int], three: list[int], takes: list[tuple[int, int]]
) -> None:
    logs = [Log(name, *sorted(at)) for name, at in zip("abc", (one, two, three), strict=True)]
    buffer = MergedBuffer(3)
    buffer.look_through(NO_LENS.with_pattern("."))
    for index, log in enumerate(logs):
        buffer.take_of(index, log.page(len(log.rows) // 2, 2))
    for index, count in takes:
        held, log = buffer.logs[index], logs[index]
        older = max(0, held.first - count)
        buffer.take_of(index, log.page(older, held.first - older) if count % 2 else log.page(held.end, count))
    for index, log in enumerate(logs):
        buffer.take_of(
            index, log.page(0, 99) if buffer.logs[index].first == 0 else log.page(0, buffer.logs[index].first)
        )
        buffer.take_of(index, log.page(buffer.logs[index].end, 99))
    rows = [(row.at, index, row.line, row.text) for index, log in enumerate(logs) for row in log.rows]
    assert texts(buffer) == [text for *_, text in sorted(rows)]


def test_at_most_so_many_logs_are_named_each_once() -> None:
    assert read_names("A@1 B@1  A@1") == ("A@1", "B@1")
    with pytest.raises(InvalidArgument, match=f"at most {MOST_LOGS}"):
        read_names(" ".join(f"A@{at}" for at in range(MOST_LOGS + 1)))


def test_names_are_as_short_as_tells_them_apart() -> None:
    assert short_names(["A@2013010100", "A@2013010101"]) == ["2013010100", "2013010101"]
    assert short_names(["A@2013010100", "B@2013010100"]) == ["A", "B"]
    assert short_names(["A@2013010100", "B@2013010101"]) == ["A@2013010100", "B@2013010101"]
    assert short_names(["Report::mail", "Report::print"]) == ["mail", "print"]
    assert short_names(["Report::mail", "Letter::mail"]) == ["Report::mail", "Letter::mail"]
    assert short_names(["VeryLongProcessName@2013010100.1", "B@1"])[0] == "…rocessName@2013010100.1"
