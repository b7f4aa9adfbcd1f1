from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.replies import LogMatches, LogPage, LogRow
from synergy.core.records import LogLine
from synergy.stores.log_search import LogSearch
from synergy.tui.model.merged_log import MergedBuffer
from synergy.tui.model.merged_matches import matches_in

LINES = 40


def rows(name: str, marked: set[int], step: int) -> list[LogRow]:
    """A line each ``step`` seconds; the marked ones hold the text that is looked for."""
    return [
        LogRow(
            at,
            f"2026-11-23T08:{at * step // 60:02d}:{at * step % 60:02d}.000Z",
            "stdout",
            "",
            f"{name}{at} {'Xx' * (at in marked)}",
        )
        for at in range(LINES)
    ]


def told(log: list[LogRow], limit: int, near: int) -> LogMatches:
    """As the daemon answers."""
    search = LogSearch("xx", limit, near)
    search.take(0, [LogLine(0.0, row.stream, row.level, row.text) for row in log])
    found = search.found
    return LogMatches(found.lines, found.total > len(found.lines), found.before, found.total)


marks = st.sets(st.integers(0, LINES - 1))
windows = st.tuples(st.integers(0, LINES - 1), st.integers(1, LINES))


@given(marks, marks, windows, windows, st.integers(2, 9), st.booleans())
def test_every_match_is_counted_once_whatever_is_held_and_told(
    one: set[int],
    two: set[int],
    first: tuple[int, int],
    second: tuple[int, int],
    limit: int,
    read_on: bool,  # noqa: FBT001 - Hypothesis gives it by its place
) -> None:
    logs = [rows("a", one, 1), rows("b", two, 2)]
    buffer = MergedBuffer(2)
    for index, (begin, count) in enumerate((first, second)):
        page = tuple(logs[index][begin : begin + count])
        buffer.take_of(
            index, LogPage(str(index), 1, 1, 1, begin, LINES, live=True, state="", exit_reason=None, lines=page)
        )
    known = {index: told(log, limit, buffer.shown_from(index)) for index, log in enumerate(logs)}
    if read_on:
        for index in buffer.behind():
            page = tuple(logs[index][: buffer.logs[index].first])
            buffer.take_of(
                index, LogPage(str(index), 1, 1, 1, 0, LINES, live=True, state="", exit_reason=None, lines=page)
            )
    found = matches_in(buffer, "XX", known)
    held = buffer.all_lines()
    assert found.lines == tuple(place for place, line in enumerate(held) if "Xx" in line.text)
    assert found.before == sum(
        number < buffer.shown_from(index) for index, at in enumerate((one, two)) for number in at
    )
    assert found.total == len(one) + len(two)
