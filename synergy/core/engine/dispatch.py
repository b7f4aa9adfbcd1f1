"""Which jobs start now: per lane, the oldest eligible periods for which there is a slot.

A strict lane (concurrency 1) looks at its oldest unfinished period only. A wide lane looks at each due period once,
when its frontier passes it; a blocked one is passed over and looked at again when one of its inputs wakes it. So the
cost of an event does not grow with the number of blocked or embryo periods.
"""

from __future__ import annotations

from heapq import heappop
from typing import Final

from synergy.core.engine.facts import is_due
from synergy.core.engine.schedule import Lane, Schedule, Why, is_active
from synergy.core.engine.steps import happen
from synergy.core.machines.model import Event
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Node

LOOKS_PER_BATCH: Final = 2_000
"""Periods a lane's frontier may pass in one batch; the rest is looked at in the next one."""

DUE: Final = Why("due")


def settle(schedule: Schedule) -> bool:
    """Start what may start, until nothing changes; True when a frontier stopped at its limit and wants more."""
    looks = dict.fromkeys(range(len(schedule.lanes)), LOOKS_PER_BATCH)
    more = False
    while schedule.dirty:
        number = schedule.dirty.pop()
        lane = schedule.lanes[number]
        if not lane.is_on:
            continue
        if lane.is_strict:
            _start_oldest(schedule, lane)
        elif looks[number] > 0:
            looks[number] = _start_eligible(schedule, lane, looks[number])
            more = more or looks[number] <= 0
    return more


def _start_oldest(schedule: Schedule, lane: Lane) -> None:
    start: int | None = None
    while (ordinal := lane.column.next_unfinished(start)) is not None and is_due(lane, ordinal):
        node = Node(lane.number, ordinal)
        if lane.holding or node in schedule.dying:
            return
        state = schedule.state(node)
        if state is JobState.EMBRYO:
            happen(schedule, node, Event.TICK, DUE)
            if not schedule.state(node).is_finished:
                return
            start = None
        elif lane.is_discrete or is_active(schedule.related_uow(node)):
            return
        else:  # a continuous period that has a finished unit of work lets the next one start
            start = ordinal + 1


def _start_eligible(schedule: Schedule, lane: Lane, looks: int) -> int:
    """Fill the lane's slots; returns how many looks are left."""
    end = min(lane.due_before, lane.column.end)
    while len(lane.holding) < lane.spec.concurrency:
        if lane.ready:
            _try_start(schedule, Node(lane.number, heappop(lane.ready)))
            continue
        if lane.frontier >= end or looks <= 0:
            break
        ordinal = lane.column.next_unfinished(lane.frontier)
        if ordinal is None or ordinal >= end:
            lane.frontier = end
            continue
        lane.frontier = ordinal + 1
        looks -= 1
        _try_start(schedule, Node(lane.number, ordinal))
    return looks


def _try_start(schedule: Schedule, node: Node) -> None:
    if schedule.state(node) is JobState.EMBRYO and node not in schedule.dying:
        happen(schedule, node, Event.TICK, DUE)
