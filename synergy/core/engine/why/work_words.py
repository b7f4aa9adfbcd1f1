"""What an active unit of work waits for, in words."""

from __future__ import annotations

from synergy.core.durations import lasting
from synergy.core.engine.orders import seal_of
from synergy.core.engine.why.conditions import Condition
from synergy.core.engine.why.outlook import Outlook
from synergy.core.engine.why.told import NAMED, Told
from synergy.core.records import UnitOfWork
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node


def _uow(outlook: Outlook, node: Node) -> UnitOfWork:
    uow = outlook.schedule.related_uow(node)
    assert uow is not None  # noqa: S101 - the condition was found in it
    return uow


def _work(
    outlook: Outlook, node: Node, condition: Condition, what: str, since: float | None, command: str | None = None
) -> Told:
    uow, job = _uow(outlook, node), outlook.key(node)
    return Told(
        condition.code, what, uow.uow_id, job, since, command=command, uow_id=uow.uow_id, attempt=uow.attempt
    )  # fmt: skip


def failed(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """Its last attempt failed: an operator has to do something."""
    uow = _uow(outlook, node)
    ending = " and was given up" if uow.gave_up else ""
    what = f"{_failure(uow)}{ending}"
    return _work(outlook, node, condition, what, uow.finished, _reprocess(outlook, node))


def _reprocess(outlook: Outlook, node: Node) -> str:
    sealed = "" if seal_of(outlook.schedule, node) is None else " --break-seal --reason 'its cause is mended'"
    return f"synergyctl reprocess {outlook.key(node)}{sealed} --yes"


def _failure(uow: UnitOfWork) -> str:
    return f"{uow.uow_id} failed in attempt {uow.attempt} ({uow.exit_reason or 'unknown reason'})"


def retry_wait(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """It waits in the reprocessing queue."""
    uow, schedule = _uow(outlook, node), outlook.schedule
    left = max(0, round((schedule.queues.release_time(uow.uow_id) or 0.0) - schedule.now.real))
    begins = _failure(uow) if uow.state is UowState.INVALID else f"no worker took {uow.uow_id}"
    what = f"{begins}; offered again in {lasting(left)}"
    command = f"synergyctl gc flush {uow.process_name}"
    return _work(outlook, node, condition, what, _waits_since(uow), command)


def collector_wait(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """It waits for the collector's look at it."""
    uow, at = _uow(outlook, node), outlook.around.next_round
    left = "" if at is None else f" in {lasting(max(0, round(at - outlook.schedule.now.real)))}"
    if uow.state is UowState.INVALID:
        what = f"{_failure(uow)}; the collector looks at it{left}"
        return _work(outlook, node, condition, what, uow.finished, "synergyctl gc refresh")
    hours = outlook.schedule.settings.gc_resubmit_after_hours
    what = f"no worker took {uow.uow_id} although there is room; the collector offers it again after {hours:g} h"
    return _work(outlook, node, condition, what, _waits_since(uow), _reprocess(outlook, node))


def _waits_since(uow: UnitOfWork) -> float | None:
    return uow.finished if uow.state is UowState.INVALID else uow.submitted or uow.created


def no_worker(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """No box that it may run on is alive."""
    uow, patterns = _uow(outlook, node), ", ".join(outlook.lane(node).spec.work.present_on_boxes)
    where = "no supervisor is alive"
    if outlook.around.boxes:
        where = f"no living box matches {patterns}; start the supervisor of one that does"
    what = f"{uow.uow_id} is queued: {where}"
    return _work(outlook, node, condition, what, _waits_since(uow), "synergyd supervisor start")


def behind(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """Others are before it, or its worker takes it in a moment."""
    uow, boxes = _uow(outlook, node), outlook.boxes_of(outlook.lane(node))
    others = outlook.queued - 1
    if outlook.has_free_slot(boxes):
        why = "no worker has taken it yet"
    else:
        why = f"every slot on {', '.join(boxes)} is taken, and {others:,} more {'is' if others == 1 else 'are'} queued"
    return _work(outlook, node, condition, f"{uow.uow_id} is queued: {why}", _waits_since(uow))


def limit_pool(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """Its pool is full wherever it may run."""
    uow, schedule = _uow(outlook, node), outlook.schedule
    size = schedule.context.pools.get(condition.subject, 1)
    holders = outlook.in_pool(condition.subject)
    names = ", ".join(holders[:NAMED]) + (f" and {len(holders) - NAMED} more" if len(holders) > NAMED else "")
    what = f"{uow.uow_id} is queued: pool {condition.subject} ({size} a box) is taken by {names}"
    return _work(outlook, node, condition, what, _waits_since(uow))


def running(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """It is worked on."""
    uow = _uow(outlook, node)
    attempt = f", attempt {uow.attempt}" if uow.attempt > 1 else ""
    return _work(outlook, node, condition, f"{uow.uow_id} runs on {uow.box_id or 'a box'}{attempt}", uow.started)
