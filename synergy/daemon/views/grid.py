"""Rows of the timetable: a slice of bytes per process, sent as one string."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from synergy.core import timeperiods
from synergy.core.control import replies, requests
from synergy.core.control.cells import ABSENT, WORST_FIRST
from synergy.core.control.grid_requests import RollUp
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.errors import InvalidArgument
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.column import COVERED

MOST_COLUMNS: Final = 10_000
MOST_CELLS: Final = 2_000_000
_CHARACTERS: Final = bytes.maketrans(bytes([*range(COVERED), COVERED]), b"012345-")


def grid(schedule: Schedule, request: requests.Grid, seq: int) -> replies.Grid:
    """The asked window; ``seq`` is the number of the last event that is in it."""
    qualifier = _qualifier(request.time_qualifier)
    first = timeperiods.ordinal_of(qualifier, request.from_timeperiod)
    lanes = _lanes(schedule, request.process_names, qualifier)
    _check_size(request.columns, len(lanes))
    last = first + request.columns - 1
    return replies.Grid(
        seq=seq,
        time_qualifier=qualifier.value,
        from_timeperiod=request.from_timeperiod,
        to_timeperiod=timeperiods.timeperiod_of(qualifier, last),
        rows=tuple(
            replies.GridRow(lane.spec.process_name, lane.spec.tree_name, _cells(lane, first, last + 1))
            for lane in lanes
        ),
    )


def roll_up(schedule: Schedule, request: RollUp, seq: int) -> replies.RollUp:
    """The asked window, each column of it the worst of what is inside."""
    qualifier = _qualifier(request.time_qualifier)
    first = timeperiods.ordinal_of(qualifier, request.from_timeperiod)
    lanes = _finer_lanes(schedule, request.process_names, qualifier)
    _check_size(request.columns, len(lanes))
    last = first + request.columns - 1
    until = timeperiods.timeperiod_of(qualifier, last)
    edges = {own: _edges(qualifier, first, last, own) for own in {lane.spec.time_qualifier for lane in lanes}}
    return replies.RollUp(
        seq=seq,
        time_qualifier=qualifier.value,
        from_timeperiod=request.from_timeperiod,
        to_timeperiod=until,
        rows=tuple(_rolled_row(lane, edges[lane.spec.time_qualifier]) for lane in lanes),
    )


def _edges(qualifier: Qualifier, first: int, last: int, own: Qualifier) -> list[int]:
    """Where each column begins in own periods, and where the last one ends."""
    starts = [timeperiods.span(qualifier, at, own).start for at in range(first, last + 1)]
    return [*starts, timeperiods.span(qualifier, last, own).stop]


def _rolled_row(lane: Lane, edges: list[int]) -> replies.RollUpRow:
    # Only what the process has: a few columns may ask for thousands of years.
    edges = [min(max(edge, lane.column.first), lane.column.end) for edge in edges]
    states = _cells(lane, edges[0], edges[-1])
    counts = {cell: number for cell in WORST_FIRST if cell != ABSENT and (number := states.count(cell))}
    known = [cell for cell in WORST_FIRST if cell in counts]  # few are: each is looked for in every column
    cells = "".join(
        next((cell for cell in known if states.find(cell, start - edges[0], end - edges[0]) >= 0), ABSENT)
        for start, end in pairwise(edges)
    )
    return replies.RollUpRow(lane.spec.process_name, lane.spec.tree_name, cells, counts)


def _qualifier(name: str) -> Qualifier:
    try:
        return Qualifier(name)
    except ValueError:
        known = ", ".join(Qualifier)
        raise InvalidArgument(f'time_qualifier "{name}" is unknown', remedy=f"use {known}") from None


def _check_size(columns: int, rows: int) -> None:
    most = min(MOST_COLUMNS, MOST_CELLS // max(1, rows))
    if not 0 < columns <= most:
        raise InvalidArgument(f"{columns} columns of {rows} rows are out of range", remedy=f"ask for 1–{most} columns")


def _in_order(schedule: Schedule) -> list[Lane]:
    names = [name for tree in schedule.timetable.trees.values() for name in tree.processes]
    return [schedule.lanes[schedule.timetable.index[name]] for name in names]


def _finer_lanes(schedule: Schedule, names: tuple[str, ...], qualifier: Qualifier) -> list[Lane]:
    if not names:
        lanes = _in_order(schedule)
        return [lane for lane in lanes if not timeperiods.is_coarser(lane.spec.time_qualifier, qualifier)]
    named = [schedule.lanes[schedule.timetable.number(name)] for name in names]
    for lane in named:
        if timeperiods.is_coarser(lane.spec.time_qualifier, qualifier):
            own = lane.spec.time_qualifier
            raise InvalidArgument(f'process "{lane.spec.process_name}" is {own}', remedy=f"ask for {own} or longer")
    return named


def _lanes(schedule: Schedule, names: tuple[str, ...], qualifier: Qualifier) -> list[Lane]:
    if not names:
        return [lane for lane in _in_order(schedule) if lane.spec.time_qualifier is qualifier]
    lanes = []
    for name in names:
        lane = schedule.lanes[schedule.timetable.number(name)]
        if lane.spec.time_qualifier is not qualifier:
            raise InvalidArgument(
                f'process "{name}" is {lane.spec.time_qualifier}', remedy=f"ask for {lane.spec.time_qualifier}"
            )
        lanes.append(lane)
    return lanes


def _cells(lane: Lane, start: int, stop: int) -> str:
    column = lane.column
    begin, end = max(start, column.first), min(stop, column.end)
    if begin >= end:
        return " " * (stop - start)
    inside = bytearray(column.states[begin - column.first : end - column.first].translate(_CHARACTERS))
    for ordinal in lane.invalid:
        if begin <= ordinal < end:
            inside[ordinal - begin] = ord("6")
    return " " * (begin - start) + inside.decode("ascii") + " " * (stop - end)
