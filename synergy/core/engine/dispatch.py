"""Which jobs start now: per lane, the oldest eligible periods for which there is a slot.

A strict lane (concurrency 1) looks at its oldest unfinished period only. A wide lane looks at each due period once,
when its frontier passes it; a blocked one is passed over and looked at again when one of its inputs wakes it. So the
cost of an event does not grow with the number of blocked or embryo periods.
"""

from __future__ import annotations

from typing import Final

from synergy.core.engine.facts import is_due
from synergy.core.engine.schedule import Lane, Schedule, Why
from synergy.core.engine.steps import happen
from synergy.core.machines.model import Event
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Node

LOOKS_PER_BATCH: Final = 500
"""Periods a lane's frontier may pass in one batch; the rest is looked at in the next one."""

DUE: Final = Why("due")


def settle(schedule: Schedule) -> bool:
    """Start what may start, until nothing changes; True when a frontier stopped at its limit and wants more."""
    looks: dict[int, int] = {}
    more: set[int] = set()
    while schedule.dirty:
        number = schedule.dirty.pop()
        lane = schedule.lanes[number]
        if not lane.is_on:
            continue
        if lane.is_strict:
            _start_oldest(schedule, lane)
            continue
        looks[number] = _start_eligible(schedule, lane, looks.get(number, LOOKS_PER_BATCH))
        if looks[number] <= 0:
            more.add(number)
    schedule.dirty |= more
    return bool(more)


def _start_oldest(schedule: Schedule, lane: Lane) -> None:
    """Look at the oldest unfinished period; a continuous one that has a finished run lets the next one be looked at."""
    start: int | None = None
    while not lane.holding and (ordinal := lane.column.next_unfinished(start)) is not None and is_due(lane, ordinal):
        node = Node(lane.number, ordinal)
        if lane.is_discrete or ordinal in lane.owed or schedule.state(node) is JobState.EMBRYO:
            happen(schedule, node, Event.TICK, DUE)
        state = schedule.state(node)
        if not state.is_finished and (lane.is_discrete or state is JobState.EMBRYO):
            return
        start = ordinal + 1 if not state.is_finished else ordinal


def _start_eligible(schedule: Schedule, lane: Lane, looks: int) -> int:
    """Fill the lane's slots; returns how many looks are left."""
    end = min(lane.due_before, lane.column.end)
    while lane.has_slot:
        ordinal = lane.take_ready()
        if ordinal is None:
            if lane.frontier >= end or looks <= 0:
                break
            ordinal = lane.column.next_unfinished(lane.frontier)
            if ordinal is None or ordinal >= end:
                lane.frontier = end
                break
            lane.frontier = ordinal + 1
            looks -= 1
        if not lane.column.is_finished(ordinal):
            happen(schedule, Node(lane.number, ordinal), Event.TICK, DUE)
    return looks
