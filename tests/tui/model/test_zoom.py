from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.timeperiods import Qualifier, cast, ordinal_of
from synergy.tui.model.zoom import (
    CELL_WIDTHS,
    ZOOMS,
    Bounds,
    Window,
    coarser,
    columns_for,
    finer,
    heading,
    move,
    resize,
    rezoom,
    seek,
)

HOURS = Bounds(ordinal_of(Qualifier.HOURLY, "2013010100"), ordinal_of(Qualifier.HOURLY, "2013123123"))


def bounds(qualifier: Qualifier) -> Bounds:
    return Bounds(*(cast(Qualifier.HOURLY, at, qualifier) for at in HOURS))


@given(st.integers(-50, 9000), st.integers(1, 300), st.integers(-50, 9000))
def test_the_cursor_is_always_inside_window_and_bounds(at: int, columns: int, to: int) -> None:
    window = move(Window(Qualifier.HOURLY, HOURS.first + at, columns, HOURS.first), HOURS.first + to, HOURS)
    assert window.first <= window.cursor <= window.last
    assert HOURS.first <= window.cursor <= HOURS.last
    assert window.first >= HOURS.first


def test_what_is_far_away_comes_with_what_was_before_it() -> None:
    window = Window(Qualifier.HOURLY, HOURS.first, 40, HOURS.first)
    for there in (window, window._replace(first=HOURS.first + 8000)):
        found = seek(there, HOURS.first + 4000, HOURS)
        assert (found.cursor, found.first) == (HOURS.first + 4000, HOURS.first + 3990)
    assert seek(window, HOURS.first + 30, HOURS).first == window.first, "what is seen stays where it is"
    assert seek(window, HOURS.last + 99, HOURS).last == HOURS.last


def test_there_is_no_heading_behind_the_last_period() -> None:
    years = Window(Qualifier.YEARLY, ordinal_of(Qualifier.YEARLY, "2012000000"), 5, 0)
    ends = Bounds(years.first, years.first + 1)
    assert heading(years.within(ends)) == (" " * 10, "2012 2013 ")
    assert years.within(Bounds(years.first, years.first + 99)) == years


@given(st.integers(0, 8759), st.sampled_from(ZOOMS), st.integers(1, 200))
def test_zooming_looks_at_the_same_time(at: int, qualifier: Qualifier, width: int) -> None:
    window = move(Window(Qualifier.HOURLY, HOURS.first, 24, HOURS.first), HOURS.first + at, HOURS)
    out = rezoom(window, qualifier, columns_for(qualifier, width), bounds(qualifier))
    assert out.cursor == cast(Qualifier.HOURLY, HOURS.first + at, qualifier)
    assert out.first <= out.cursor <= out.last
    back = rezoom(out, Qualifier.HOURLY, 24, HOURS)
    assert cast(Qualifier.HOURLY, back.cursor, qualifier) == out.cursor


def test_a_narrower_terminal_keeps_the_cursor_visible() -> None:
    window = Window(Qualifier.HOURLY, HOURS.first, 100, HOURS.first + 90)
    narrow = resize(window, 40, HOURS)
    assert narrow.columns == 40
    assert narrow.cursor == window.cursor
    assert narrow.first <= narrow.cursor <= narrow.last


def test_zooms_end_at_years_and_hours() -> None:
    assert finer(Qualifier.HOURLY) is None
    assert coarser(Qualifier.YEARLY) is None
    assert finer(Qualifier.YEARLY) is Qualifier.MONTHLY
    assert coarser(Qualifier.HOURLY) is Qualifier.DAILY


def test_hours_stand_under_their_day() -> None:
    window = Window(Qualifier.HOURLY, ordinal_of(Qualifier.HOURLY, "2013010120"), 32, HOURS.first)
    upper, lower = heading(window)
    assert upper == "    2013-01-02                  "
    assert lower == "    00    06    12    18    00  "


def test_days_stand_under_their_month() -> None:
    window = Window(Qualifier.DAILY, ordinal_of(Qualifier.DAILY, "2013013000"), 12, 0)
    assert heading(window) == ("  2013-02   ", "  01   06   ")


def test_coarse_periods_are_written_out() -> None:
    months = Window(Qualifier.MONTHLY, ordinal_of(Qualifier.MONTHLY, "2012110000"), 4, 0)
    assert heading(months) == ("2012  2013  ", "11 12 01 02 ")
    years = Window(Qualifier.YEARLY, ordinal_of(Qualifier.YEARLY, "2012000000"), 2, 0)
    assert heading(years) == (" " * 10, "2012 2013 ")


@given(st.sampled_from(ZOOMS), st.integers(0, 3000), st.integers(1, 200))
def test_a_heading_is_as_wide_as_its_columns(qualifier: Qualifier, at: int, columns: int) -> None:
    first = cast(Qualifier.HOURLY, HOURS.first, qualifier) + min(at, 50 if qualifier is Qualifier.YEARLY else at)
    for line in heading(Window(qualifier, first, columns, first)):
        assert len(line) == columns * CELL_WIDTHS[qualifier]
