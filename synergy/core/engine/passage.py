"""Schedule time goes on: new periods, periods that become closed or due, triggers that fire."""

from __future__ import annotations

from typing import Final

from synergy.core import timeperiods
from synergy.core.control.events import TimetableGrew
from synergy.core.engine.schedule import Lane, Now, Schedule, Why, is_active
from synergy.core.engine.steps import happen, skip_if_all_children_are
from synergy.core.machines.model import Event
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node
from synergy.core.triggers import Every, Trigger

_LOOK_BACK_SECONDS: Final = (3_600.0, 86_400.0, 7 * 86_400.0, 32 * 86_400.0, 367 * 86_400.0, 3_300 * 86_400.0)
_PERIOD_CLOSED: Final = Why("period_closed")
_DUE: Final = Why("due")


def pass_time(schedule: Schedule, now: Now) -> None:
    """Take the new time; does nothing more until the next boundary (a period's start or end + lag, or a firing)."""
    schedule.now = now
    if now.schedule < schedule.next_boundary:
        return
    ends = [lane.column.end for lane in schedule.lanes]
    for number in schedule.timetable.grow(now.schedule):
        _announce_growth(schedule, schedule.lanes[number], ends[number] - 1)
    schedule.next_boundary = min((move_horizons(schedule, lane) for lane in schedule.lanes), default=float("inf"))


def _announce_growth(schedule: Schedule, lane: Lane, youngest: int) -> None:
    """Tell of new periods; what was the youngest period until now has a younger sibling."""
    name = schedule.timetable.timeperiod(Node(lane.number, lane.column.end - 1))
    schedule.outbox.events.append(TimetableGrew(lane.spec.process_name, name))
    if youngest in lane.column and lane.column.is_checkpoint(youngest):
        skip_if_all_children_are(schedule, Node(lane.number, youngest))


def move_horizons(schedule: Schedule, lane: Lane) -> float:
    """Move what is closed and what is due in a lane; returns the next boundary of schedule time that concerns it."""
    at, qualifier, end = schedule.now.schedule, lane.spec.time_qualifier, lane.column.end
    lag = schedule.settings.lag_minutes * 60.0
    live = timeperiods.ordinal_at(qualifier, at)
    triggered = min(lane.triggered_before, live, end)
    closed_before = max(min(timeperiods.ordinal_at(qualifier, at - lag), end), triggered, lane.closed_before)
    _fire(schedule, lane, at, min(closed_before, end))
    lane.due_before = max(lane.due_before, triggered)
    _close(schedule, lane, closed_before)
    schedule.dirty.add(lane.number)
    closing = timeperiods.end_of(qualifier, closed_before) + lag if closed_before < end else float("inf")
    if lane.column.limit is not None and end >= lane.column.limit:
        return min(closing, lane.next_firing)
    return min(timeperiods.end_of(qualifier, live), closing, lane.next_firing)


def _close(schedule: Schedule, lane: Lane, closed_before: int) -> None:
    """These periods are closed now: what has run, and what was passed over while they were live, is looked at."""
    start, lane.closed_before = lane.closed_before, closed_before
    if closed_before <= start:
        return
    for node in waiting_nodes(schedule, lane):
        if start <= node.ordinal < closed_before:
            happen(schedule, node, Event.TICK, _PERIOD_CLOSED)
    ordinal = lane.column.next_unfinished(start)
    while ordinal is not None and ordinal < min(closed_before, lane.frontier):
        lane.look_again(ordinal)
        ordinal = lane.column.next_unfinished(ordinal + 1)


def waiting_nodes(schedule: Schedule, lane: Lane) -> list[Node]:
    """Unfinished jobs of the lane that have run, and whose unit of work is finished; oldest first."""
    return sorted(
        node
        for node, job in schedule.jobs.items()
        if node.process == lane.number
        and job.related_unit_of_work is not None
        and not is_active(schedule.uows.get(job.related_unit_of_work))
        and node not in schedule.dying
    )


def _fire(schedule: Schedule, lane: Lane, at: float, closed_before: int) -> None:
    """Let the trigger fire if it is time; a lane's due horizon moves with its firings."""
    if isinstance(lane.trigger, Every) and lane.is_discrete:
        lane.next_firing = float("inf")
        lane.due_before = closed_before
        return
    if at < lane.next_firing:
        return
    is_new = lane.next_firing <= 0.0  # the daemon or the trigger is new: what fired earlier makes periods due, no more
    fired_at = at if isinstance(lane.trigger, Every) else last_firing(lane.trigger, at)
    lane.next_firing = lane.trigger.next_after(at)
    if fired_at is None:
        return
    lane.due_before = max(lane.due_before, min(_reach(schedule, lane, fired_at), lane.column.end))
    if not lane.is_discrete and not is_new:
        tick(schedule, lane)


def _reach(schedule: Schedule, lane: Lane, fired_at: float) -> int:
    """The periods below this ordinal are due by a firing: closed ones, of a continuous process also the live one."""
    if lane.is_discrete:
        return timeperiods.ordinal_at(lane.spec.time_qualifier, fired_at - schedule.settings.lag_minutes * 60.0)
    return timeperiods.ordinal_at(lane.spec.time_qualifier, fired_at) + 1


def last_firing(trigger: Trigger, at: float) -> float | None:
    """The last time a trigger fired at or before ``at``; None when that is more than nine years ago.

    The rarest trigger is a cron of 29 February; there are eight years between two of them around 2100.
    """
    for back in _LOOK_BACK_SECONDS:
        firing, found = trigger.next_after(at - back), None
        while firing <= at:
            found, firing = firing, trigger.next_after(firing)
        if found is not None:
            return found
    return None


def tick(schedule: Schedule, lane: Lane) -> None:
    """A continuous process's firing: each of its open jobs whose unit of work is finished may have one more run."""
    if not lane.is_on:
        return
    lane.owed = {node.ordinal for node in waiting_nodes(schedule, lane)}
    for ordinal in lane.owed | lane.without_data:
        lane.look_again(ordinal)
    lane.without_data.clear()
    if lane.reads_data:
        for node in _unstarted_nodes(schedule, lane):
            happen(schedule, node, Event.TICK, _DUE)
    schedule.dirty.add(lane.number)


def _unstarted_nodes(schedule: Schedule, lane: Lane) -> list[Node]:
    """Jobs of the lane whose unit of work no worker has started, oldest first."""
    uows = ((node, schedule.related_uow(node)) for node in schedule.jobs if node.process == lane.number)
    waiting = {UowState.REQUESTED, UowState.INVALID}
    return sorted(node for node, uow in uows if uow is not None and uow.state in waiting)
