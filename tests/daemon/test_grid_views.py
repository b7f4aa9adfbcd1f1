"""The timetable as rows of characters, and rolled up into longer periods."""

from __future__ import annotations

import tracemalloc

import pytest

from synergy.core.control.cells import ABSENT, badness
from synergy.core.control.grid_requests import RollUp
from synergy.core.control.requests import Grid
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import InvalidArgument, NotFound
from synergy.core.states import JOB_CODES, JobState
from synergy.core.timeperiods import Qualifier, ordinal_of, span, timeperiod_of
from synergy.daemon.views.grid import grid, roll_up
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.world import World


@pytest.fixture
def schedule() -> Schedule:
    """Hours and days, some of them skipped, in progress or invalid."""
    world = World(context_of(spec("MainDaily", "Main", is_on=False), spec("MainHourly", "Main", is_on=False)))
    world.go_to("2013020105")
    lane = world.schedule.lanes[world.schedule.timetable.number("MainHourly")]
    for at in range(len(lane.column.states)):
        lane.column.states[at] = JOB_CODES[JobState.PROCESSED]
    for offset, state in ((1, JobState.SKIPPED), (2, JobState.IN_PROGRESS), (6, JobState.NOOP)):
        lane.column.states[offset] = JOB_CODES[state]
    lane.invalid.add(lane.column.first + 9)
    return world.schedule


@pytest.mark.parametrize("qualifier", list(Qualifier))
def test_a_column_is_the_worst_of_what_is_inside_and_counts_are_complete(
    schedule: Schedule, qualifier: Qualifier
) -> None:
    start = {"hourly": "2013013000", "daily": "2013013000", "monthly": "2013010000", "yearly": "2013000000"}[qualifier]
    columns = {"hourly": 60, "daily": 4, "monthly": 4, "yearly": 2}[qualifier]
    answer = roll_up(schedule, RollUp(qualifier, start, columns, ("MainHourly",)), 7)
    (row,) = answer.rows
    first = ordinal_of(qualifier, start)
    inside = span(qualifier, first, Qualifier.HOURLY).start
    hours = span(qualifier, first + columns - 1, Qualifier.HOURLY).stop - inside
    cells = ""
    for at in range(inside, inside + hours, 8000):
        part = Grid("hourly", timeperiod_of(Qualifier.HOURLY, at), min(8000, inside + hours - at), ("MainHourly",))
        cells += grid(schedule, part, 7).rows[0].cells
    for at in range(columns):
        own = span(qualifier, first + at, Qualifier.HOURLY)
        assert row.cells[at] == min(cells[own.start - inside : own.stop - inside], key=badness)
    assert row.counts == {cell: cells.count(cell) for cell in set(cells) - {ABSENT}}
    assert answer.seq == 7


def test_thousands_of_years_cost_no_more_than_what_a_process_has(schedule: Schedule) -> None:
    tracemalloc.start()
    try:
        (row,) = roll_up(schedule, RollUp("yearly", "1970000000", 8000, ("MainHourly",)), 0).rows
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert row.cells == ABSENT * 43 + "6" + ABSENT * 7956
    assert peak < 5_000_000


def test_without_names_all_that_are_no_longer_are_rolled_up(schedule: Schedule) -> None:
    def names(qualifier: str) -> list[str]:
        return [row.process_name for row in roll_up(schedule, RollUp(qualifier, "2013020100", 2), 0).rows]

    assert names("hourly") == ["MainHourly"]
    assert sorted(names("daily")) == ["MainDaily", "MainHourly"]


def test_what_cannot_be_rolled_up_is_refused_with_a_remedy(schedule: Schedule) -> None:
    for request, said in (
        (RollUp("hourly", "2013020100", 2, ("MainDaily",)), "is daily; ask for daily or longer"),
        (RollUp("weekly", "2013020100", 2), '"weekly" is unknown'),
        (RollUp("daily", "2013020100", 0), "0 columns"),
        (RollUp("daily", "2013020100", 10_001), "10001 columns"),
    ):
        with pytest.raises(InvalidArgument, match=said):
            roll_up(schedule, request, 0)
    with pytest.raises(NotFound):
        roll_up(schedule, RollUp("daily", "2013020100", 1, ("Nobody",)), 0)
