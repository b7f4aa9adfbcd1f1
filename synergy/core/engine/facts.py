"""What the machines are told of a job: read off the timetable and the open records."""

from __future__ import annotations

from synergy.core.context import BlockingType
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.machines.model import Facts, Gate
from synergy.core.records import Job
from synergy.core.timetable.timetable import Inputs, Node


def facts_of(schedule: Schedule, node: Node, job: Job, *, firing: bool = False) -> Facts:
    """The facts of an unfinished or about to be reopened node. ``firing``: its process's trigger fires right now."""
    lane = schedule.lanes[node.process]
    uow = schedule.related_uow(node)
    children = schedule.timetable.children(node)
    return Facts(
        due=lane.is_on and (is_due(lane, node.ordinal) if lane.is_discrete or uow is None else firing),
        closed=node.ordinal < lane.closed_before,
        gate=gate_of(schedule, node, job),
        finalizable=schedule.timetable.inputs_finished(node),
        uow=uow.state if uow else None,
        uow_cancel_requested=node in schedule.dying or (uow is not None and uow.cancel_requested),
        fresh=_is_fresh(job, uow.started if uow else None),
        failures=job.number_of_failures,
        max_failures=schedule.settings.max_number_of_failures,
        is_leaf=children is None,
        children_skipped=children is not None and _all_skipped(schedule, children),
    )


def is_due(lane: Lane, ordinal: int) -> bool:
    """Whether the trigger, or an operator's ``trigger``, lets the period start."""
    return ordinal < lane.due_before


def gate_of(schedule: Schedule, node: Node, job: Job) -> Gate:
    """What the blocking type and the order within a cascade say of a start now."""
    if job.reopened and waits_in_cascade(schedule, node):
        return Gate.SHUT
    timetable, blocking = schedule.timetable, schedule.lanes[node.process].spec.blocking_type
    if blocking is BlockingType.CHILDREN:
        return Gate.OPEN if timetable.inputs_finished(node) else Gate.SHUT
    if blocking is BlockingType.DEPENDENCIES:
        parts = timetable.counterparts(node)
        if any(timetable.columns[part.process].any_skipped(part.ordinals) for part in parts):
            children = timetable.children(node)  # a finished job never stands over an unfinished child
            settled = children is None or timetable.columns[children.process].all_finished(children.ordinals)
            return Gate.SKIP if settled else Gate.SHUT
        good = all(timetable.columns[part.process].all_good(part.ordinals) for part in parts)
        return Gate.OPEN if good else Gate.SHUT
    return Gate.OPEN


def waits_in_cascade(schedule: Schedule, node: Node) -> bool:
    """Whether an input of this reopened node is reopened too, and not finished again."""
    return any(_any_reopened(schedule.lanes[part.process].reopened, part) for part in schedule.timetable.inputs(node))


def _any_reopened(reopened: set[int], part: Inputs) -> bool:
    if len(reopened) < len(part.ordinals):
        return any(ordinal in part.ordinals for ordinal in reopened)
    return any(ordinal in reopened for ordinal in part.ordinals)


def _all_skipped(schedule: Schedule, part: Inputs) -> bool:
    return schedule.timetable.columns[part.process].all_skipped(part.ordinals)


def _is_fresh(job: Job, started: float | None) -> bool:
    if job.inputs_finished is None:
        return True
    return started is not None and started >= job.inputs_finished
