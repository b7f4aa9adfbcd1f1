"""The garbage collector's round: judge what is open, release what has waited long enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from synergy.core import collector
from synergy.core.control.events import Alert
from synergy.core.engine.aside import is_uow_aside
from synergy.core.engine.orders import drain_of, hold_of
from synergy.core.engine.schedule import Schedule, Why
from synergy.core.engine.steps import announce_job, announce_uow, cancel_uow, happen, note_failure, patched
from synergy.core.machines.model import Event
from synergy.core.records import UnitOfWork, UowId, UowPatch
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node

MOST_A_BATCH: Final = 1_000
"""So many are judged or offered again in one batch: others wait for its end."""

_WAITING: Final = frozenset({UowState.REQUESTED, UowState.INVALID})


def collect(schedule: Schedule) -> int:
    """Judge every open unit of work of enabled processes; returns how many were acted on."""
    return judge_these(schedule, to_judge(schedule)) + release_due(schedule)


def queue_again(schedule: Schedule) -> None:
    """Fill the reprocessing queues, which were only in memory; what failed waits on from the end of its attempt.

    Else a daemon that starts more often than the delay is long would never offer anything again. What is due leaves
    in the next batches.
    """
    judge_these(schedule, to_judge(schedule))
    for uow in schedule.uows.failed():
        release_at = schedule.queues.release_time(uow.uow_id)
        if release_at is not None:
            waited = collector.has_waited(uow, schedule.now.real)
            schedule.queues.add(uow.process_name, uow.uow_id, release_at - waited)


def to_judge(schedule: Schedule) -> list[UowId]:
    """What a round has to judge: all that failed, and what has waited for a worker for long."""
    failed = [uow.uow_id for uow in schedule.uows.failed()]
    if not schedule.uows.requested():
        return failed
    fresh = collector.freshness(schedule.settings, schedule.now.real, schedule.counted_from)
    waiting = (uow for uow in schedule.uows.values() if uow.state is UowState.REQUESTED)
    return failed + [uow.uow_id for uow in waiting if not fresh.covers(uow)]


def judge_these(schedule: Schedule, uow_ids: Iterable[UowId]) -> int:
    """Judge some of them; returns how many were acted on."""
    acted = 0
    for uow_id in uow_ids:
        uow = schedule.uows.get(uow_id)  # the verdict on another one may have ended it
        acted += uow is not None and judge_one(schedule, uow)
    return acted


def count_anew(schedule: Schedule, jumped_seconds: float = 0.0) -> None:
    """Nobody could work until now, or the clock jumped by so much: ages count from now, and what waits goes on so."""
    schedule.counted_from = schedule.now.real
    if jumped_seconds:
        schedule.queues.shift(jumped_seconds)


def _is_on(schedule: Schedule, process_name: str) -> bool:
    lane = schedule.lane(process_name)
    return lane is None or lane.is_on


def _is_judged(schedule: Schedule, uow: UnitOfWork) -> bool:
    entry = schedule.entries.get((uow.process_name, uow.entry_name or ""))
    return _may_offer(schedule, uow) and (entry is None or entry.record.is_on)


def _may_offer(schedule: Schedule, uow: UnitOfWork) -> bool:
    """Whether a new attempt may start: neither is the process inactive, nor the job held or set aside."""
    if is_uow_aside(schedule, uow):
        return False
    lane = schedule.lane(uow.process_name)
    node = schedule.node_of(uow)
    if lane is None or node is None:
        return drain_of(schedule) is None
    return lane.is_on and hold_of(lane, node.ordinal) is None


def judge_one(schedule: Schedule, uow: UnitOfWork) -> bool:
    """Let the collector's rules decide about one unit of work; True when it was acted on.

    What an inactive process or entry has waiting, or a removed one left, is not judged, nor what is held.
    """
    work = schedule.work_of(uow)
    if work is None or uow.state not in _WAITING or not _is_judged(schedule, uow):
        return False
    rules = collector.Rules(work, schedule.settings, schedule.now.real, schedule.counted_from)
    verdict = collector.judge(uow, rules, already_queued=uow.uow_id in schedule.queues)
    match verdict:
        case collector.Leave():
            return False
        case collector.Enqueue(release_at=release_at):
            schedule.queues.add(uow.process_name, uow.uow_id, release_at)
        case collector.GiveUp(patch=patch, reason=reason):
            _give_up(schedule, uow, patch, reason)
        case collector.Skip(reason=reason) | collector.Cancel(reason=reason):
            _end(schedule, uow, reason)
        case _:
            assert_never(verdict)
    return True


def _give_up(schedule: Schedule, uow: UnitOfWork, patch: UowPatch, reason: str) -> None:
    """It stays invalid until an operator decides; if nobody took it, its job is told so once that is stored."""
    schedule.queues.remove(uow.uow_id)
    schedule.outbox.patches.append(patch)
    schedule.uows[uow.uow_id] = patched(uow, patch)
    announce_uow(schedule, schedule.uows[uow.uow_id])
    schedule.outbox.events.append(Alert("gave_up", f"{uow.key}: {reason}", str(uow.key)))
    if uow.state is UowState.REQUESTED:
        schedule.outbox.tentative.append(uow.uow_id)


def tell_failure(schedule: Schedule, node: Node, uow: UnitOfWork, why: Why) -> None:
    """The node's unit of work is invalid now: its job counts that, and its cell shows it."""
    note_failure(schedule, node, uow)
    old = schedule.state(node)
    happen(schedule, node, Event.UOW_INVALID, why)
    announce_job(schedule, node, old, schedule.job(node), why)


def _end(schedule: Schedule, uow: UnitOfWork, reason: str) -> None:
    """The collector cancels it: its job is skipped, its entry waits for the next trigger."""
    node = schedule.node_of(uow)
    if node is None:
        cancel_uow(schedule, uow, None, reason=reason)
    else:
        happen(schedule, node, Event.SKIP, Why("gave_up", actor="collector", because=reason))


def release_due(schedule: Schedule) -> int:
    """Offer again what has waited its time; an inactive process's is queued anew once that is active.

    The rest of what is very much follows in the next batches.
    """
    return _release(schedule, schedule.queues.due(schedule.now.real, MOST_A_BATCH))


def flush(schedule: Schedule, process_name: str | None) -> int:
    """Offer a process's queue, or all queues of active processes, again now; returns how many were offered."""
    names = {queued.process_name for queued in schedule.queues.items(process_name)}
    return sum(_release(schedule, schedule.queues.flush(name)) for name in sorted(names) if _is_on(schedule, name))


def flushed(schedule: Schedule, process_name: str | None) -> tuple[Mapping[str, int], int]:
    """What ``flush`` would do: how many it would offer again, by the names of processes, and how many it would not."""
    queued = schedule.queues.items(process_name)
    offered = Counter(
        one.process_name
        for one in queued
        if _is_on(schedule, one.process_name) and _offered(schedule, one.uow_id) is not None
    )
    return dict(sorted(offered.items())), len(queued) - offered.total()


def _release(schedule: Schedule, uow_ids: Iterable[UowId]) -> int:
    count = 0
    for uow_id in uow_ids:
        uow = _offered(schedule, uow_id)
        if uow is None:
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


def _offered(schedule: Schedule, uow_id: UowId) -> UnitOfWork | None:
    """What of a queue is offered when it is released; None: it was dealt with meanwhile, or must wait on."""
    uow = schedule.uows.get(uow_id)
    return uow if uow is not None and uow.state in _WAITING and _may_offer(schedule, uow) else None


def offer_requested(schedule: Schedule) -> None:
    """Publish every requested unit of work once more: the broker may have lost it, and claims are idempotent."""
    waiting = [uow for uow in schedule.active_uows() if uow.state is UowState.REQUESTED]
    schedule.outbox.publish.extend(sorted(waiting, key=lambda uow: (uow.timeperiod, uow.process_name)))
