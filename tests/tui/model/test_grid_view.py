from __future__ import annotations

import pytest

from synergy.core.control.replies import Grid, GridRow, RollUp, RollUpRow
from synergy.core.timeperiods import Qualifier, cast, ordinal_of, timeperiod_of
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.grid_view import (
    bounds_of,
    finest_of,
    grid_lines,
    matching,
    missing_of,
    own_span,
    row_of,
    runs_of,
    target_at,
)
from synergy.tui.model.marks import MOST_MARKS, Marks
from synergy.tui.model.rollups import Stretch
from synergy.tui.model.zoom import Bounds, Window
from tests.tui.fake_daemon import TREES, FakeDeployment

DEPLOYMENT = FakeDeployment()
LINES = grid_lines(DEPLOYMENT.process(name) for names in TREES.values() for name in names)
BY_NAME = {line.process_name: line for line in LINES}
MIDNIGHT = ordinal_of(Qualifier.HOURLY, "2013010200")


@pytest.fixture
def cache() -> GridCache:
    held = GridCache()
    held.know({line.process_name: line.qualifier for line in LINES})
    return held


def hours(first: int, columns: int) -> Window:
    return Window(Qualifier.HOURLY, first, columns, first)


def load(cache: GridCache, name: str, window: Window, cells: str) -> None:
    line = BY_NAME[name]
    first, count = own_span(line, window)
    for key in cache.missing(line.qualifier, first, count):
        start = timeperiod_of(line.qualifier, first)
        cache.store(key, Grid(0, line.qualifier, start, start, (GridRow(name, line.tree_name, cells),)))


def test_neighbours_that_look_alike_are_one_run(cache: GridCache) -> None:
    window = hours(MIDNIGHT, 8)._replace(cursor=MIDNIGHT + 7)
    load(cache, "FlightsHourly", window, "33336330")
    runs = runs_of(BY_NAME["FlightsHourly"], window, cache, GlyphSet(), cursor=True, marks=frozenset())
    assert [run.text for run in runs] == ["■■■■", "!", "■■", "·"]
    assert [run.cursor for run in runs] == [False, False, False, True]


def test_a_coarser_period_spans_its_columns(cache: GridCache) -> None:
    window = hours(MIDNIGHT - 3, 6)
    load(cache, "FlightsDaily", window, "31")
    runs = runs_of(BY_NAME["FlightsDaily"], window, cache, GlyphSet(), cursor=False, marks=frozenset())
    assert "".join(run.text for run in runs) == "■──▸──"


def test_marked_jobs_are_set_apart(cache: GridCache) -> None:
    window = hours(MIDNIGHT, 3)
    load(cache, "FlightsHourly", window, "333")
    runs = runs_of(
        BY_NAME["FlightsHourly"], window, cache, GlyphSet(), cursor=False, marks=frozenset({MIDNIGHT + 1})
    )  # fmt: skip
    assert [run.marked for run in runs] == [False, True, False]


def test_wide_cells_keep_their_width(cache: GridCache) -> None:
    first = cast(Qualifier.HOURLY, MIDNIGHT, Qualifier.MONTHLY)
    window = Window(Qualifier.MONTHLY, first, 2, first)
    load(cache, "FlightsMonthly", window, "30")
    runs = runs_of(BY_NAME["FlightsMonthly"], window, cache, GlyphSet(), cursor=False, marks=frozenset())
    assert "".join(run.text for run in runs) == "■  ·  "


def test_a_year_of_hours_is_one_cell_that_shows_the_worst(cache: GridCache) -> None:
    year = ordinal_of(Qualifier.YEARLY, "2013000000")
    window = Window(Qualifier.YEARLY, year, 2, year)
    line = BY_NAME["FlightsHourly"]
    blank = runs_of(line, window, cache, GlyphSet(), cursor=False, marks=frozenset())
    assert "".join(run.text for run in blank) == "░    ░    ", "what is not loaded is no empty period"
    stretch = Stretch(Qualifier.YEARLY, year, 1, whole=True)
    row = RollUpRow("FlightsHourly", "Flights", "6", {"6": 2, "3": 1500})
    cache.store_rollup(stretch, RollUp(0, "yearly", "2013000000", "2013000000", (row,)))
    runs = runs_of(line, window, cache, GlyphSet(), cursor=False, marks=frozenset())
    assert "".join(run.text for run in runs) == "!         "


def test_what_is_missing_of_a_zoom_is_asked_for_once_and_no_wider_than_what_exists(cache: GridCache) -> None:
    day = ordinal_of(Qualifier.DAILY, "2013010100")
    keys, stretches = missing_of(LINES, Window(Qualifier.DAILY, day, 40, day), cache)
    assert {key.qualifier for key in keys} == {Qualifier.DAILY, Qualifier.MONTHLY, Qualifier.YEARLY}
    (stretch,) = stretches
    assert (stretch.timeperiod, stretch.columns) == ("2013010100", 64)
    assert missing_of(LINES, hours(MIDNIGHT, 3), cache)[1] == [], "nothing is rolled up among hours"


def test_bounds_hold_every_period_of_the_zoom() -> None:
    bounds = bounds_of(LINES, Qualifier.HOURLY)
    assert bounds == BY_NAME["FlightsHourly"].bounds
    years = bounds_of(LINES, Qualifier.YEARLY)
    assert [timeperiod_of(Qualifier.YEARLY, at) for at in years] == ["2013000000"] * 2
    days = bounds_of([BY_NAME["FlightsMonthly"]], Qualifier.DAILY)
    assert timeperiod_of(Qualifier.DAILY, days.first) == "2013010100"
    assert bounds_of([], Qualifier.HOURLY) == (0, 0)
    assert finest_of(LINES) is Qualifier.HOURLY


def test_a_process_that_is_filtered_away_leaves_the_cursor_where_it_was() -> None:
    assert row_of("FlightsDaily", LINES, otherwise=7) == 2
    assert row_of("Nobody", LINES, otherwise=7) == 7
    assert row_of("Nobody", LINES[:3], otherwise=7) == 2


def test_the_target_under_a_column_is_the_job_that_covers_it_or_the_range_inside() -> None:
    window = hours(MIDNIGHT, 5)
    assert target_at(BY_NAME["FlightsDaily"], window, MIDNIGHT + 3) == "FlightsDaily@2013010200"
    assert target_at(BY_NAME["FlightsHourly"], window, MIDNIGHT + 3) == "FlightsHourly@2013010203"
    assert target_at(BY_NAME["FlightsHourly"], window, MIDNIGHT - 1000) is None
    month = ordinal_of(Qualifier.MONTHLY, "2013030000")
    months = Window(Qualifier.MONTHLY, month - 1, 2, month)
    hourly = BY_NAME["FlightsHourly"]
    assert target_at(hourly, months, month - 1) == "FlightsHourly@2013020100..2013022823"
    assert target_at(hourly, months, month) == "FlightsHourly@2013030100..2013030514", (
        "no further than there are periods"
    )
    assert target_at(hourly, months, month + 1) is None


def test_jobs_are_picked_by_the_state_that_is_shown(cache: GridCache) -> None:
    window = hours(MIDNIGHT, 5)
    line = BY_NAME["FlightsHourly"]
    assert matching(line, window, cache, lambda _: True) == set(), "what is not loaded is never meant"
    load(cache, "FlightsHourly", window, "36 43")
    assert matching(line, window, cache, lambda word: word in {"invalid", "skipped"}) == {MIDNIGHT + 1, MIDNIGHT + 3}
    assert len(matching(line, window, cache, lambda _: True)) == 4


def test_marks_become_ranges() -> None:
    marks = Marks()
    line, daily = BY_NAME["FlightsHourly"], BY_NAME["FlightsDaily"]
    names = ("FlightsHourly", "FlightsDaily")
    at = hours(MIDNIGHT, 24)
    marks.toggle(line, at._replace(cursor=MIDNIGHT))
    assert marks.extend(0, (line,), at._replace(cursor=MIDNIGHT + 2))
    marks.toggle(line, at._replace(cursor=MIDNIGHT + 5))
    assert marks.extend(0, (daily,), at), "the row of the last mark is not shown: only what is here"
    assert len(marks) == 5
    assert marks.targets(names) == (
        "FlightsHourly@2013010200..2013010202",
        "FlightsHourly@2013010205",
        "FlightsDaily@2013010200",
    )
    assert (marks.hidden(names), marks.hidden(("FlightsDaily",))) == (0, 4)
    assert marks.targets(("FlightsDaily",)) == ("FlightsDaily@2013010200",)
    marks.toggle(line, at._replace(cursor=MIDNIGHT + 5))
    assert marks.columns(line, hours(MIDNIGHT - 2, 24)) == frozenset(range(MIDNIGHT, MIDNIGHT + 3))
    marks.clear()
    assert marks.targets(names) == ()
    assert marks.columns(line, hours(MIDNIGHT, 24)) == frozenset()


def test_a_range_goes_over_the_rows_between_and_through_zooms() -> None:
    marks, rows = Marks(), tuple(BY_NAME[name] for name in ("FlightsHourly", "FlightsDaily", "WeatherHourly"))
    marks.toggle(rows[0], hours(MIDNIGHT, 48)._replace(cursor=MIDNIGHT + 3))
    assert marks.extend(2, rows, hours(MIDNIGHT, 48)._replace(cursor=MIDNIGHT + 25))
    assert marks.targets(line.process_name for line in rows) == (
        "FlightsHourly@2013010203..2013010301",
        "FlightsDaily@2013010200..2013010300",
        "WeatherHourly@2013010203..2013010301",
    )
    marks.clear()
    day = MIDNIGHT // 24
    marks.toggle(rows[0], Window(Qualifier.DAILY, day, 3, day))
    assert marks.extend(0, rows, hours(MIDNIGHT, 48)._replace(cursor=MIDNIGHT + 26))
    assert marks.targets(("FlightsHourly",)) == ("FlightsHourly@2013010200..2013010302",)


def test_a_range_of_too_many_is_refused_and_marks_nothing() -> None:
    marks = Marks()
    wide = BY_NAME["FlightsHourly"]._replace(bounds=Bounds(0, MIDNIGHT + 10 * MOST_MARKS))
    marks.toggle(wide, hours(MIDNIGHT, 24)._replace(cursor=MIDNIGHT))
    assert not marks.extend(0, (wide,), hours(MIDNIGHT, 24)._replace(cursor=MIDNIGHT + MOST_MARKS))
    assert len(marks) == 1


def test_a_rolled_up_cell_is_marked_with_all_that_it_stands_for() -> None:
    marks, line = Marks(), BY_NAME["FlightsHourly"]
    days = Window(Qualifier.DAILY, MIDNIGHT // 24, 3, MIDNIGHT // 24)
    marks.add({line: [MIDNIGHT + 3]})
    marks.toggle(line, days)
    assert len(marks) == 24, "some were marked: then all are"
    marks.toggle(line, days)
    assert len(marks) == 0
    marks.toggle(line, hours(MIDNIGHT, 48)._replace(cursor=MIDNIGHT + 30))
    assert marks.columns(line, days) == {MIDNIGHT // 24 + 1}
