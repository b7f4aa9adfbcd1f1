"""Rows of the timetable: a slice of bytes per process, sent as one string."""

from __future__ import annotations

from typing import Final

from synergy.core import timeperiods
from synergy.core.control import replies, requests
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.errors import InvalidArgument
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.column import COVERED

MOST_COLUMNS: Final = 10_000
MOST_CELLS: Final = 2_000_000
_CHARACTERS: Final = bytes.maketrans(bytes([*range(COVERED), COVERED]), b"012345-")


def grid(schedule: Schedule, request: requests.Grid, seq: int) -> replies.Grid:
    """The asked window; ``seq`` is the number of the last event that is in it."""
    try:
        qualifier = Qualifier(request.time_qualifier)
    except ValueError:
        known = ", ".join(Qualifier)
        raise InvalidArgument(f'time_qualifier "{request.time_qualifier}" is unknown', remedy=f"use {known}") from None
    first = timeperiods.ordinal_of(qualifier, request.from_timeperiod)
    lanes = _lanes(schedule, request.process_names, qualifier)
    if not 0 < request.columns <= MOST_COLUMNS or request.columns * len(lanes) > MOST_CELLS:
        raise InvalidArgument(f"{request.columns} columns are too many", remedy=f"ask for 1–{MOST_COLUMNS}")
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


def _lanes(schedule: Schedule, names: tuple[str, ...], qualifier: Qualifier) -> list[Lane]:
    if not names:
        order = [
            schedule.timetable.index[name] for tree in schedule.timetable.trees.values() for name in tree.processes
        ]
        return [schedule.lanes[n] for n in order if schedule.lanes[n].spec.time_qualifier is qualifier]
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
