"""Schedule time goes on: new periods, periods that become closed or due, triggers that fire."""

from __future__ import annotations

from typing import Final

from synergy.core import timeperiods
from synergy.core.control.events import TimetableGrew
from synergy.core.engine.schedule import Lane, Now, Schedule, Why, is_active
from synergy.core.engine.steps import happen, skip_if_all_children_are
from synergy.core.machines.model import Event
from synergy.core.timetable.timetable import Node
from synergy.core.triggers import Every

_LOOK_BACK_SECONDS: Final = (3_600.0, 86_400.0, 7 * 86_400.0, 32 * 86_400.0, 367 * 86_400.0)
_PERIOD_CLOSED: Final = Why("period_closed")
_TICK: Final = Why("tick")


def pass_time(schedule: Schedule, now: Now) -> None:
    """Take the new time; does nothing more until the next boundary (a period's start or end + lag, or a firing)."""
    schedule.now = now
    if now.schedule < schedule.next_boundary:
        return
    for number in schedule.timetable.grow(now.schedule):
        _announce_growth(schedule, schedule.lanes[number])
    schedule.next_boundary = min((_pass_lane(schedule, lane) for lane in schedule.lanes), default=float("inf"))


def _announce_growth(schedule: Schedule, lane: Lane) -> None:
    node = Node(lane.number, lane.column.end - 1)
    schedule.outbox.events.append(TimetableGrew(lane.spec.process_name, schedule.timetable.timeperiod(node)))
    schedule.dirty.add(lane.number)
    older = Node(lane.number, schedule.timetable.checkpoint(lane.number, node.ordinal) - 1)
    if older.ordinal in lane.column and lane.column.is_checkpoint(older.ordinal):
        skip_if_all_children_are(schedule, older)


def _pass_lane(schedule: Schedule, lane: Lane) -> float:
    """Move the lane's horizons; returns the next boundary of schedule time that concerns it."""
    at, qualifier = schedule.now.schedule, lane.spec.time_qualifier
    lag = schedule.settings.lag_minutes * 60.0
    live = timeperiods.ordinal_at(qualifier, at)
    closed_before = min(timeperiods.ordinal_at(qualifier, at - lag), lane.column.end)
    if closed_before > lane.closed_before:
        for ordinal in list(_in_progress(schedule, lane, lane.closed_before, closed_before)):
            lane.closed_before = max(lane.closed_before, ordinal + 1)
            happen(schedule, Node(lane.number, ordinal), Event.TICK, _PERIOD_CLOSED)
        lane.closed_before = closed_before
    fired = _fire(lane, at, lag, live)
    _move_due(schedule, lane, live)
    if fired and not lane.is_discrete and lane.is_on:
        _tick(schedule, lane)
    closing = timeperiods.end_of(qualifier, closed_before) + lag if closed_before < lane.column.end else float("inf")
    if lane.column.limit is not None and lane.column.end >= lane.column.limit:
        return min(closing, lane.next_firing)
    return min(timeperiods.end_of(qualifier, live), closing, lane.next_firing)


def _in_progress(schedule: Schedule, lane: Lane, start: int, stop: int) -> list[int]:
    """Jobs that have run and wait for their period's end."""
    return sorted(
        node.ordinal
        for node in schedule.jobs
        if node.process == lane.number
        and start <= node.ordinal < stop
        and schedule.jobs[node].related_unit_of_work is not None
        and not is_active(schedule.related_uow(node))
        and node not in schedule.dying
    )


def _fire(lane: Lane, at: float, lag: float, live: int) -> bool:
    """Let the trigger fire if it is time; a lane's due horizon moves with its firings."""
    if isinstance(lane.trigger, Every) and lane.is_discrete:
        lane.next_firing = float("inf")
        lane.due_before = lane.closed_before
        return False
    if at < lane.next_firing:
        return False
    fired_at = at if isinstance(lane.trigger, Every) else last_firing(lane, at)
    if fired_at is not None:
        reach = timeperiods.ordinal_at(lane.spec.time_qualifier, fired_at - lag) if lane.is_discrete else live + 1
        lane.due_before = max(lane.due_before, min(reach, lane.column.end))
    lane.next_firing = lane.trigger.next_after(at)
    return fired_at is not None


def last_firing(lane: Lane, at: float) -> float | None:
    """The last time the trigger fired at or before ``at``; None when that is more than a year ago."""
    for back in _LOOK_BACK_SECONDS:
        firing, found = lane.trigger.next_after(at - back), None
        while firing <= at:
            found, firing = firing, lane.trigger.next_after(firing)
        if found is not None:
            return found
    return None


def _move_due(schedule: Schedule, lane: Lane, live: int) -> None:
    """Periods that an operator triggered are due as well; whatever became due is looked at."""
    triggered = min(lane.triggered_before, live, lane.column.end)
    lane.due_before = max(lane.due_before, triggered)
    schedule.dirty.add(lane.number)


def _tick(schedule: Schedule, lane: Lane) -> None:
    """A continuous process's firing: each of its open jobs whose unit of work is finished may get a new one."""
    for node in sorted(node for node in schedule.jobs if node.process == lane.number):
        waiting = schedule.jobs[node].related_unit_of_work is not None and not is_active(schedule.related_uow(node))
        if waiting and node not in schedule.dying and len(lane.holding) < lane.spec.concurrency:
            happen(schedule, node, Event.TICK, _TICK, firing=True)
