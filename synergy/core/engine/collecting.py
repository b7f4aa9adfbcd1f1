"""The garbage collector's round: judge what is open, release what has waited long enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from synergy.core import collector
from synergy.core.control.events import Alert
from synergy.core.engine.freeruns import entry_finished
from synergy.core.engine.schedule import Schedule, Why, is_active
from synergy.core.engine.steps import announce_uow, free_slot, happen, patched
from synergy.core.machines.model import Event
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState


def collect(schedule: Schedule) -> int:
    """Judge every open unit of work of enabled processes; returns how many were acted on."""
    acted = 0
    for uow in list(schedule.active_uows()):
        if uow.state is not UowState.IN_PROGRESS and _is_enabled(schedule, uow):
            acted += judge_one(schedule, uow)
    return acted + release_due(schedule)


def _is_enabled(schedule: Schedule, uow: UnitOfWork) -> bool:
    lane = schedule.lane(uow.process_name)
    return lane is None or lane.is_on


def judge_one(schedule: Schedule, uow: UnitOfWork) -> bool:
    """Let the collector's rules decide about one unit of work; True when it was acted on."""
    work = schedule.work_of(uow)
    if work is None:
        return False
    rules = collector.Rules(work, schedule.settings, schedule.now.real, schedule.counted_from)
    verdict = collector.judge(uow, rules, already_queued=uow.uow_id in schedule.queues)
    match verdict:
        case collector.Leave():
            return False
        case collector.Enqueue(release_at=release_at):
            schedule.queues.add(uow.process_name, uow.uow_id, release_at)
        case collector.GiveUp(patch=patch, reason=reason):
            schedule.queues.remove(uow.uow_id)
            schedule.outbox.patches.append(patch)
            schedule.uows[uow.uow_id] = patched(uow, patch)
            announce_uow(schedule, schedule.uows[uow.uow_id])
            schedule.outbox.events.append(Alert("gave_up", f"{uow.key}: {reason}", str(uow.key)))
        case collector.Skip(patch=patch) | collector.Cancel(patch=patch):
            schedule.queues.remove(uow.uow_id)
            schedule.outbox.patches.append(patch)
            _end(schedule, patched(uow, patch), verdict.reason)
        case _:
            assert_never(verdict)
    return True


def _end(schedule: Schedule, canceled: UnitOfWork, reason: str) -> None:
    """The collector canceled it: its job is skipped, its entry waits for the next trigger."""
    schedule.uows[canceled.uow_id] = canceled
    announce_uow(schedule, canceled)
    node = schedule.node_of(canceled)
    if node is None:
        entry_finished(schedule, canceled)
        return
    free_slot(schedule, node)
    if not schedule.state(node).is_finished:
        happen(schedule, node, Event.SKIP, Why("gave_up", actor="collector", because=reason))


def release_due(schedule: Schedule) -> int:
    """Offer again what has waited its time."""
    return _release(schedule, schedule.queues.due(schedule.now.real))


def flush(schedule: Schedule, process_name: str | None) -> int:
    """Offer all of a process's queue, or of all queues, again now; returns how many."""
    return _release(schedule, schedule.queues.flush(process_name))


def _release(schedule: Schedule, uow_ids: Iterable[UowId]) -> int:
    count = 0
    for uow_id in uow_ids:
        uow = schedule.uows.get(uow_id)
        if uow is None or not is_active(uow) or uow.state is UowState.IN_PROGRESS:
            continue
        patch = collector.release(uow, schedule.now.real)
        schedule.outbox.patches.append(patch)
        offered = patched(uow, patch)
        schedule.uows[uow_id] = offered
        schedule.outbox.publish.append(offered)
        node = schedule.node_of(offered)
        if node is not None:
            schedule.lanes[node.process].invalid.discard(node.ordinal)
        announce_uow(schedule, offered)
        count += 1
    return count


def offer_requested(schedule: Schedule) -> None:
    """Publish every requested unit of work once more: the broker may have lost it, and claims are idempotent."""
    waiting = [uow for uow in schedule.active_uows() if uow.state is UowState.REQUESTED]
    schedule.outbox.publish.extend(sorted(waiting, key=lambda uow: (uow.timeperiod, uow.process_name)))
