from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.replies import LogMatches
from synergy.core.records import LogLine
from synergy.stores.log_search import LogSearch
from synergy.tui.model.matches import Matches, first_match, match_from


def ask(marked: set[int], near: int, limit: int) -> LogMatches:
    """As the daemon answers."""
    search = LogSearch("x", limit, near)
    search.take(0, [LogLine(0.0, "stdout", "", "x" if at in marked else "") for at in range(60)])
    found = search.found
    return LogMatches(found.lines, found.total > len(found.lines), found.before, found.total)


def test_a_search_begins_at_the_line_that_is_looked_at() -> None:
    found = LogMatches((10, 20, 30), more=False, before=0, total=3)
    assert first_match(found, 15) == Matches(found, 1)
    assert first_match(found, 31) == Matches(found, 0)
    assert (first_match(found, 20).line, first_match(found, 20).words) == (20, "2/3")


def test_nothing_found_is_said() -> None:
    nothing = first_match(LogMatches((), more=False), 5)
    assert (nothing.line, nothing.words, nothing.step(1)) == (None, "not found", nothing)


@given(st.sets(st.integers(0, 59), min_size=1), st.integers(0, 59), st.integers(2, 6), st.sampled_from([1, -1]))
def test_all_matches_are_stepped_through_in_order_however_few_are_known(
    marked: set[int], start: int, limit: int, by: int
) -> None:
    at = first_match(ask(marked, start, limit), start)
    if at.line is None:
        at = at._replace(found=ask(marked, at.near, limit))
    seen = []
    for _ in marked:
        assert at.line is not None
        seen.append(at.line)
        at = at.step(by)
        if at.line is None:
            at = at._replace(found=ask(marked, at.near, limit))
    ordered = sorted(marked)
    begin = next((place for place, line in enumerate(ordered) if line >= start), 0)
    assert seen == [ordered[(begin + by * step) % len(ordered)] for step in range(len(ordered))]


def test_a_search_goes_on_from_the_line_it_stands_on() -> None:
    found = LogMatches((10, 20, 30), more=False, before=0, total=3)
    steps = [(10, 1), (15, 1), (15, -1), (10, -1), (30, 1), (20, -2), (5, 2)]
    assert [match_from(found, line, by).line for line, by in steps] == [20, 20, 10, 30, 10, 30, 20]
    assert match_from(LogMatches((), more=False), 3, 1).line is None


def test_a_step_past_what_is_known_leads_to_what_is_not() -> None:
    found = LogMatches((10, 20), more=True, before=3, total=6)
    assert [(at.rank, at.line) for by in (-1, 1) if (at := match_from(found, 15, by))] == [(3, 10), (4, 20)]
    assert [(at.rank, at.line) for by in (-1, -2) if (at := match_from(found, 5, by))] == [(2, None), (1, None)]
    assert (match_from(found, 20, 1).rank, match_from(found, 20, 1).line) == (5, None)
    unknown = LogMatches((), more=True, before=3, total=3)
    assert [match_from(unknown, 7, by).rank for by in (-1, 1)] == [2, 2]
