"""What an active unit of work waits for, and which orders keep a job from (another) start."""

from __future__ import annotations

from collections.abc import Iterator

from synergy.core.engine.schedule import Lane
from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.outlook import Outlook, offered_at
from synergy.core.records import UnitOfWork
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node

Found = tuple[Code, str]
"""A code, and what it is about."""


def orders_against(lane: Lane, ordinal: int) -> Iterator[Found]:
    """The holds on a period, and whether its process is switched off."""
    for held in lane.holds:
        if held.start <= ordinal < held.stop:
            directive = held.directive
            of_all = directive.process_name is None and directive.tree_name is None
            yield Code.DRAINING if of_all else Code.HELD, directive.directive_id
    if not lane.is_on:
        yield Code.INACTIVE_PROCESS, lane.spec.process_name


def about_work(outlook: Outlook, lane: Lane, node: Node, uow: UnitOfWork) -> list[Found]:
    """Of a unit of work that is requested, in progress or invalid."""
    if uow.state is UowState.IN_PROGRESS:
        return [(Code.RUNNING, uow.uow_id)]
    if uow.state is UowState.REQUESTED:
        return _requested(outlook, lane, uow)
    return _invalid(outlook, lane, node, uow)


def _invalid(outlook: Outlook, lane: Lane, node: Node, uow: UnitOfWork) -> list[Found]:
    if uow.gave_up:
        return [(Code.GAVE_UP, uow.uow_id)]
    against = list(orders_against(lane, node.ordinal))
    if against:  # nobody offers it again as long as they stand
        return [(Code.FAILED, uow.uow_id), *against]
    waits = uow.uow_id in outlook.schedule.queues
    return [(Code.RETRY_WAIT if waits else Code.COLLECTOR_WAIT, uow.uow_id)]


def _requested(outlook: Outlook, lane: Lane, uow: UnitOfWork) -> list[Found]:
    found: list[Found] = [(Code.RETRY_WAIT, uow.uow_id)] if uow.uow_id in outlook.schedule.queues else []
    found += about_all_queued(outlook, lane)
    if not found:
        is_lost = offered_at(uow) < outlook.lost_before(lane)
        found.append((Code.COLLECTOR_WAIT, uow.uow_id) if is_lost else (Code.QUEUED_BEHIND, lane.spec.process_name))
    return found


def about_all_queued(outlook: Outlook, lane: Lane) -> list[Found]:
    """What keeps each queued unit of work of the lane; nothing when there is a slot for the next one."""
    found: list[Found] = []
    if outlook.around.broker_problem is not None:
        found.append((Code.BROKER_DOWN, "broker"))
    name, work = lane.spec.process_name, lane.spec.work
    boxes = outlook.boxes_of(lane)
    if not boxes:
        found.append((Code.QUEUED_NO_WORKER, name))
    elif outlook.pool_is_full(work, boxes):
        found.append((Code.LIMIT_POOL, work.pool or ""))
    elif not outlook.has_free_slot(boxes):
        found.append((Code.QUEUED_BEHIND, name))
    return found
