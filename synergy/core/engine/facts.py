"""What the machines are told of a job: read off the timetable and the open records."""

from __future__ import annotations

from synergy.core.context import BlockingType
from synergy.core.engine.orders import has_room, hold_of
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.machines import guards
from synergy.core.machines.model import Facts, Gate
from synergy.core.ports import Boundaries
from synergy.core.records import Job, JobKey, UnitOfWork
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Inputs, Node


def facts_of(schedule: Schedule, node: Node, job: Job) -> Facts:
    """The facts of an unfinished node."""
    lane = schedule.lanes[node.process]
    uow = schedule.related_uow(node)
    children = schedule.timetable.children(node)
    boundaries = schedule.boundaries.get(node)
    equal = uow if uow is not None and boundaries is not None and _has_read(uow, boundaries) else None
    return Facts(
        due=may_issue(lane, node.ordinal, has_run=uow is not None) and has_room(schedule, node, job),
        ended=schedule.has_ended(node),
        closed=node.ordinal < lane.closed_before,
        gate=gate_of(schedule, node, job),
        finalizable=job.accepted_by_hand or schedule.timetable.inputs_finished(node),
        uow=uow.state if uow else None,
        uow_cancel_requested=node in schedule.dying or (uow is not None and uow.cancel_requested),
        fresh=_is_fresh(job, uow),
        failures=job.number_of_failures,
        max_failures=schedule.settings.max_number_of_failures,
        is_leaf=children is None,
        children_skipped=children is not None and _all_skipped(schedule, children),
        has_source=node in schedule.boundaries,
        boundaries=boundaries,
        uow_end_id=uow.end_id if uow else None,
        equal_finished=equal.uow_id if equal else None,
        equal_finished_state=equal.state if equal else None,
    )


def _has_read(uow: UnitOfWork, boundaries: Boundaries) -> bool:
    """The last run stands for all since the last reprocess: boundaries of growing data do not come back."""
    return (uow.start_id, uow.end_id) == (boundaries.start_id, boundaries.end_id)


def must_ask(schedule: Schedule, node: Node, facts: Facts) -> bool:
    """Whether a tick needs to know what the node's data source holds: for a new run, or for one nobody has started."""
    if not (schedule.has_source and schedule.lanes[node.process].reads_data) or facts.has_source:
        return False
    if guards.uow_is_waiting(facts):
        return True
    return not (guards.may_not_start(facts) or guards.uow_is_active(facts) or guards.cancel_is_pending(facts))


def is_due(lane: Lane, ordinal: int) -> bool:
    """Whether the trigger, or an operator's ``trigger``, lets the period start."""
    return ordinal < lane.due_before


def may_issue(lane: Lane, ordinal: int, *, has_run: bool) -> bool:
    """Whether the lane lets a unit of work be issued now: on, not held, due, with a slot, and in order when strict.

    A continuous process's next runs are due once for each firing (``owed``).
    """
    if not lane.is_on or not lane.has_slot or ordinal in lane.without_data or hold_of(lane, ordinal) is not None:
        return False
    if not lane.is_discrete and has_run:
        return ordinal in lane.owed
    return is_due(lane, ordinal) and (not lane.is_strict or not lane.is_discrete or _is_oldest(lane, ordinal))


def is_hindered(lane: Lane, ordinal: int, *, has_run: bool) -> bool:
    """Whether only the lane keeps the period from a run, so that it must be looked at again when that changes.

    One that is held is not: releasing it has it looked at.
    """
    if hold_of(lane, ordinal) is not None:
        return False
    if lane.is_discrete or not has_run:
        return not lane.is_on or not lane.has_slot or not is_due(lane, ordinal)
    return ordinal in lane.owed and not lane.has_slot


def _is_oldest(lane: Lane, ordinal: int) -> bool:
    return lane.column.oldest_unfinished() == ordinal


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
            # a finished job never stands over an unfinished child
            return Gate.SKIP if children_finished(schedule, node) else Gate.SHUT
        good = all(timetable.columns[part.process].all_good(part.ordinals) for part in parts)
        return Gate.OPEN if good else Gate.SHUT
    return Gate.OPEN


def children_finished(schedule: Schedule, node: Node) -> bool:
    """Whether there are no children, or all of them are finished; those still to come are not."""
    children = schedule.timetable.children(node)
    return children is None or schedule.timetable.columns[children.process].all_finished(children.ordinals)


def skipped_counterpart(schedule: Schedule, node: Node) -> JobKey | None:
    """The first counterpart that is skipped."""
    timetable = schedule.timetable
    nodes = (other for part in timetable.counterparts(node) for other in timetable.nodes_of(part))
    return next((timetable.key(other) for other in nodes if schedule.state(other) is JobState.SKIPPED), None)


def waits_in_cascade(schedule: Schedule, node: Node) -> bool:
    """Whether an input of this reopened node is reopened too, and not finished again."""
    return any(_any_reopened(schedule.lanes[part.process].reopened, part) for part in schedule.timetable.inputs(node))


def _any_reopened(reopened: set[int], part: Inputs) -> bool:
    if len(reopened) < len(part.ordinals):
        return any(ordinal in part.ordinals for ordinal in reopened)
    return any(ordinal in reopened for ordinal in part.ordinals)


def _all_skipped(schedule: Schedule, part: Inputs) -> bool:
    return schedule.timetable.columns[part.process].all_skipped(part.ordinals)


def _is_fresh(job: Job, uow: UnitOfWork | None) -> bool:
    """By the order in which the store took the claim and the input's finish: clocks of two machines tell nothing."""
    if job.inputs_finished is None:
        return True
    return uow is not None and uow.inputs_read is not None and uow.inputs_read >= job.inputs_finished
