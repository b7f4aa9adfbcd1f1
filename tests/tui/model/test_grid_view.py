from __future__ import annotations

import pytest

from synergy.core.control.replies import Grid, GridRow
from synergy.core.timeperiods import Qualifier, cast, ordinal_of, timeperiod_of
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.grid_view import Marks, bounds_of, grid_lines, job_at, own_span, runs_of, visible_lines
from synergy.tui.model.zoom import Window
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


def test_finer_processes_come_with_zooming_in() -> None:
    daily = {line.process_name for line in visible_lines(LINES, Qualifier.DAILY)}
    assert "FlightsHourly" not in daily
    assert {"FlightsDaily", "FlightsYearly"} <= daily


def test_bounds_hold_every_period_of_the_zoom() -> None:
    bounds = bounds_of(LINES, Qualifier.HOURLY)
    assert bounds.last == BY_NAME["FlightsHourly"].bounds.last
    assert bounds.first <= BY_NAME["FlightsHourly"].bounds.first
    assert bounds_of([], Qualifier.HOURLY) == (0, 0)


def test_the_job_under_a_column_is_the_one_that_covers_it() -> None:
    window = hours(MIDNIGHT, 5)
    assert job_at(BY_NAME["FlightsDaily"], window, MIDNIGHT + 3) == "FlightsDaily@2013010200"
    assert job_at(BY_NAME["FlightsHourly"], window, MIDNIGHT + 3) == "FlightsHourly@2013010203"
    assert job_at(BY_NAME["FlightsHourly"], window, MIDNIGHT - 1000) is None


def test_marks_become_ranges() -> None:
    marks = Marks()
    line = BY_NAME["FlightsHourly"]
    marks.toggle(line, MIDNIGHT)
    marks.extend(line, MIDNIGHT + 2)
    marks.toggle(line, MIDNIGHT + 5)
    marks.extend(BY_NAME["FlightsDaily"], MIDNIGHT // 24)
    assert len(marks) == 5
    assert marks.targets() == (
        "FlightsHourly@2013010200..2013010202",
        "FlightsHourly@2013010205",
        "FlightsDaily@2013010200",
    )
    marks.toggle(line, MIDNIGHT + 5)
    assert marks.of("FlightsHourly") == frozenset(range(MIDNIGHT, MIDNIGHT + 3))
    marks.clear()
    assert marks.targets() == ()
