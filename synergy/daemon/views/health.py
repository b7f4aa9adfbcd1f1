"""Status, trees and processes: the deployment at a glance."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from synergy import __version__
from synergy.core.control import replies
from synergy.core.engine.order_values import Stretch
from synergy.core.engine.orders import drain_of, holds_in_force
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.states import JOB_STATES, UowState
from synergy.core.timetable.timetable import Node
from synergy.daemon.views.concerns import Surroundings, problems, supervisor_starts
from synergy.daemon.views.shapes import counts_of, iso, iso_or_none
from synergy.masking import masked


def status(schedule: Schedule, around: Surroundings) -> replies.Status:
    """The deployment's health."""
    counts = [sum(lane.column.counts[code] for lane in schedule.lanes) for code in range(len(JOB_STATES))]
    oldest = _oldest(schedule, schedule.lanes)
    settings = schedule.settings
    uows = {state.value: around.uow_counts.get(state, 0) for state in UowState}
    starts, found = supervisor_starts(schedule, around), problems(schedule, around)
    return replies.Status(
        version=__version__,
        daemon_id=around.daemon_id,
        pid=around.pid,
        started=iso(around.started),
        state=around.state,
        store=replies.Component(
            around.store_url, around.store_problem is None, around.store_problem or "answers", iso(around.store_since)
        ),
        broker=replies.Component(around.broker_url, around.broker.up, around.broker.detail, iso(around.broker.since)),
        clock=replies.ClockState(iso(schedule.now.schedule), iso(schedule.now.real), around.speed),
        jobs=counts_of(counts),
        uows=uows,
        workers=sum(len(record.workers) for record in around.supervisors),
        supervisors=len(around.supervisors),
        slots=sum(record.slots for record in around.supervisors),
        running=len(schedule.uows.running()),
        queued=schedule.uows.requested(),
        lag_seconds=_lag(schedule, oldest),
        oldest_unfinished=str(schedule.timetable.key(oldest)) if oldest else None,
        problems=tuple(one.text for one in found),
        synergy_start_timeperiod=settings.synergy_start_timeperiod,
        synergy_end_timeperiod=settings.synergy_end_timeperiod,
        term=around.term,
        rss_bytes=_rss_bytes(),
        cpu_seconds=round(_cpu_seconds(), 2),
        notes=("the supervisor is starting",) if starts else (),
        draining=_draining(schedule),
        holds=sum(1 for _ in holds_in_force(schedule)),
        batches=len(schedule.orders.batches),
        boxes_down=tuple(box.box_id for box in around.away),
        about=tuple(one.about for one in found),
        inactive=sum(not lane.is_on for lane in schedule.lanes),
        uows_at=None if around.counted_at is None else iso(around.counted_at),
    )


def _draining(schedule: Schedule) -> str | None:
    drain = drain_of(schedule)
    if drain is None:
        return None
    since = iso(drain.at)[:19].replace("T", " ")
    return f"by {drain.actor} since {since}" + (f": {drain.reason}" if drain.reason else "")


def _oldest(schedule: Schedule, lanes: Sequence[Lane]) -> Node | None:
    """The due unfinished job whose period ended first."""
    found: Node | None = None
    for lane in lanes:
        ordinal = lane.column.oldest_unfinished()
        if ordinal is None or ordinal >= lane.due_before:
            continue
        node = Node(lane.number, ordinal)
        if found is None or schedule.timetable.period_end(node) < schedule.timetable.period_end(found):
            found = node
    return found


def _lag(schedule: Schedule, oldest: Node | None) -> float:
    if oldest is None:
        return 0.0
    return max(0.0, round(schedule.now.schedule - schedule.timetable.period_end(oldest), 1))


def _rss_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def trees(schedule: Schedule) -> replies.Trees:
    """All trees."""
    return replies.Trees(trees=tuple(_tree(schedule, name) for name in schedule.timetable.trees))


def _tree(schedule: Schedule, name: str) -> replies.TreeRow:
    tree = schedule.timetable.trees[name]
    lanes = [schedule.lanes[schedule.timetable.index[process]] for process in tree.processes]
    counts = [sum(lane.column.counts[code] for lane in lanes) for code in range(len(JOB_STATES))]
    oldest = _oldest(schedule, lanes)
    failures = [failure for lane in lanes if (failure := schedule.failures.get(lane.number))]
    last = max(failures, key=lambda failure: failure.at, default=None)
    return replies.TreeRow(
        tree_name=name,
        processes=tree.processes,
        dependent_on=tree.dependent_on,
        counts=counts_of(counts),
        oldest_unfinished=str(schedule.timetable.key(oldest)) if oldest else None,
        lag_seconds=_lag(schedule, oldest),
        invalid=sum(len(lane.invalid) for lane in lanes),
        last_failure=last.uow_id if last else None,
        last_failure_at=iso(last.at) if last else None,
        description=tree.description,
    )


def processes(schedule: Schedule) -> replies.Processes:
    """All managed processes, in the order of their trees."""
    names = [name for tree in schedule.timetable.trees.values() for name in tree.processes]
    return replies.Processes(
        processes=tuple(process_row(schedule, schedule.lanes[schedule.timetable.index[n]]) for n in names)
    )


def process_row(schedule: Schedule, lane: Lane) -> replies.ProcessRow:
    """One managed process as it stands."""
    spec, column = lane.spec, lane.column
    oldest = column.oldest_unfinished()
    name = schedule.timetable.timeperiod
    next_run = _next_run(schedule, lane)
    requested = schedule.uows.requested(spec.process_name)
    return replies.ProcessRow(
        process_name=spec.process_name,
        tree_name=spec.tree_name,
        time_qualifier=spec.time_qualifier.value,
        state_machine=spec.state_machine.value,
        blocking_type=f"blocking_{spec.blocking_type.value}",
        trigger_frequency=lane.trigger_frequency,
        time_grouping=spec.time_grouping,
        concurrency=spec.concurrency,
        is_on=lane.is_on,
        run=spec.work.run or " ".join(masked(spec.work.command)),
        counts=counts_of(column.counts),
        invalid=len(lane.invalid),
        in_progress=len(lane.holding - lane.invalid) - requested,
        queued=requested,
        reprocessing_queue=schedule.queues.size(spec.process_name),
        first_timeperiod=name(Node(lane.number, column.first)) if column.end > column.first else None,
        last_timeperiod=name(Node(lane.number, column.end - 1)) if column.end > column.first else None,
        next_timeperiod=name(Node(lane.number, oldest)) if oldest is not None else None,
        next_run=iso_or_none(next_run),
        next_run_in=None if next_run is None else max(0.0, round(next_run - schedule.now.schedule, 1)),
        description=spec.description,
        held=next((one.directive.directive_id for one in lane.holds if _covers(lane, one)), None),
        present_on_boxes=spec.work.present_on_boxes,
    )


def _covers(lane: Lane, held: Stretch) -> bool:
    """Whether all of the process is held, periods to come included."""
    return held.start <= lane.column.first and held.directive.to_timeperiod is None


def _next_run(schedule: Schedule, lane: Lane) -> float | None:
    """When the trigger lets the next period start, in schedule time; None when there is none to come."""
    if not lane.is_on or lane.column.oldest_unfinished() is None:
        return None
    if lane.next_firing not in {0.0, float("inf")}:
        return lane.next_firing
    oldest = lane.column.oldest_unfinished() or 0
    closing = schedule.timetable.period_end(Node(lane.number, oldest)) + schedule.settings.lag_minutes * 60.0
    return max(closing, schedule.now.schedule)
