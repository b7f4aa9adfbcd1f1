"""Why a job does not run, in words: the conditions that are not met now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synergy.core.context import BlockingType
from synergy.core.counting import counted
from synergy.core.engine.facts import is_due, waits_in_cascade
from synergy.core.engine.schedule import Lane, Schedule, is_active
from synergy.core.records import UnitOfWork
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Inputs, Node

_NAMED: Final = 3


def waiting_for(schedule: Schedule, node: Node) -> Iterator[str]:
    """Each condition that keeps the job from going on; nothing when it runs or is finished."""
    if schedule.state(node).is_finished:
        return
    if (reason := schedule.aside.get(str(schedule.timetable.key(node)))) is not None:
        yield f"it is set aside, the store refuses it ({reason}): correct that and restart the daemon, or skip it"
    else:
        yield from _conditions(schedule, node)


def _conditions(schedule: Schedule, node: Node) -> Iterator[str]:
    lane, uow = schedule.lanes[node.process], schedule.related_uow(node)
    if node in schedule.dying:
        yield f"unit of work {schedule.dying[node]} is being stopped"
        return
    if uow is not None and is_active(uow):
        yield from _about_uow(schedule, uow)
        return
    if not lane.is_on:
        yield f"{lane.spec.process_name} is inactive (synergyctl activate {lane.spec.process_name})"
    if not is_due(lane, node.ordinal):
        yield _not_due(schedule, lane, node)
    if node.ordinal in lane.asked:
        yield f"its data source ({lane.spec.source}) is being asked"
    elif node.ordinal in lane.without_data:
        yield f"its data source ({lane.spec.source}) had nothing for it; asked again when the trigger fires"
    yield from _inputs(schedule, lane, node)
    yield from _own_past(schedule, lane, node)


def _about_uow(schedule: Schedule, uow: UnitOfWork) -> Iterator[str]:
    if uow.state is UowState.REQUESTED:
        yield f"{uow.uow_id} is queued: no worker has taken it yet"
    elif uow.state is UowState.INVALID:
        release = schedule.queues.release_time(uow.uow_id)
        reason = uow.exit_reason or "unknown reason"
        if uow.gave_up:
            yield f"{uow.uow_id} failed ({reason}) and was given up: reprocess or skip it"
        elif release is not None:
            yield f"{uow.uow_id} failed ({reason}); offered again in {max(0, round(release - schedule.now.real))} s"
        else:
            yield f"{uow.uow_id} failed ({reason}); the collector will offer it again"


def _not_due(schedule: Schedule, lane: Lane, node: Node) -> str:
    if node.ordinal < lane.closed_before:
        return f"the trigger ({lane.trigger.describe()}) has not fired since the period closed"
    left = schedule.timetable.period_end(node) + schedule.settings.lag_minutes * 60.0 - schedule.now.schedule
    return f"the period is not over: due in {round(left)} s of schedule time"


def _inputs(schedule: Schedule, lane: Lane, node: Node) -> Iterator[str]:
    timetable = schedule.timetable
    ran = schedule.related_uow(node) is not None
    in_cascade = schedule.job(node).reopened and waits_in_cascade(schedule, node)
    if lane.spec.blocking_type is BlockingType.NORMAL and not ran and not in_cascade:
        return
    children = timetable.children(node)
    if children is not None and (ran or in_cascade or lane.spec.blocking_type is BlockingType.CHILDREN):
        yield from _unfinished(schedule, children, "child", "children")
    for part in timetable.counterparts(node):
        yield from _unfinished(schedule, part, "dependency", "dependencies")


def _unfinished(schedule: Schedule, part: Inputs, one: str, many: str) -> Iterator[str]:
    open_ones = [other for other in schedule.timetable.nodes_of(part) if not schedule.state(other).is_finished]
    if open_ones:
        names = ", ".join(
            f"{schedule.timetable.key(other)} ({schedule.state(other).word})" for other in open_ones[:_NAMED]
        )
        more = f" and {len(open_ones) - _NAMED} more" if len(open_ones) > _NAMED else ""
        yield f"{counted(len(open_ones), one, many)} not finished: {names}{more}"
    elif not schedule.timetable.columns[part.process].all_finished(part.ordinals):
        yield f"{many} still to come in {schedule.timetable.specs[part.process].process_name}"


def _own_past(schedule: Schedule, lane: Lane, node: Node) -> Iterator[str]:
    if lane.is_strict:
        oldest = lane.column.oldest_unfinished()
        if oldest is not None and oldest < node.ordinal and (lane.is_discrete or schedule.related_uow(node) is None):
            earlier = Node(lane.number, oldest)
            yield f"{schedule.timetable.key(earlier)} is before it and {schedule.state(earlier).word} (concurrency 1)"
    elif len(lane.holding) >= lane.spec.concurrency:
        yield f"all {lane.spec.concurrency} slots of {lane.spec.process_name} are taken"
