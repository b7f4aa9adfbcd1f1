"""Entries, the collector's queues, boxes and workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synergy.core.control import replies, requests
from synergy.core.engine.freeruns import NEVER
from synergy.core.engine.schedule import EntryLane, Schedule
from synergy.core.ports import LeaderStore
from synergy.core.records import BoxProcess, SupervisorRecord, UnitOfWork, UowId, WorkerInfo
from synergy.daemon.leases import BoxSeen
from synergy.daemon.views.shapes import iso_or_none
from synergy.masking import masked


async def entries(schedule: Schedule, store: LeaderStore, _request: requests.ListEntries) -> replies.Entries:
    """All freerun entries, by name."""
    lanes = [schedule.entries[key] for key in sorted(schedule.entries)]
    related = [uow_id for lane in lanes if (uow_id := lane.record.related_unit_of_work)]
    known = {uow_id: schedule.uows[uow_id] for uow_id in related if uow_id in schedule.uows}
    ended = [uow_id for uow_id in related if uow_id not in known]
    known |= {uow.uow_id: uow for uow in await store.uows(ended)} if ended else {}
    return replies.Entries(entries=tuple(_entry(schedule, lane, known) for lane in lanes))


def _entry(schedule: Schedule, lane: EntryLane, known: Mapping[UowId, UnitOfWork]) -> replies.EntryRow:
    record, work = lane.record, lane.work
    uow = known.get(record.related_unit_of_work) if record.related_unit_of_work else None
    next_firing = None if lane.next_firing == NEVER else lane.next_firing
    return replies.EntryRow(
        process_name=record.process_name,
        entry_name=record.entry_name,
        trigger_frequency=record.trigger_frequency,
        run=work.run or " ".join(masked(work.command)),
        arguments=masked(record.arguments),
        description=record.description,
        is_on=record.is_on,
        by_hand=record.by_hand,
        next_run=iso_or_none(next_firing),
        next_run_in=None if next_firing is None else max(0.0, round(next_firing - schedule.now.schedule, 1)),
        last_firing=iso_or_none(record.last_firing),
        related_unit_of_work=record.related_unit_of_work,
        uow_state=uow.state.value if uow else None,
        command=masked(work.command),
    )


def collector(schedule: Schedule, last_run: float, now_real: float) -> replies.Collector:
    """What waits to be offered again, soonest first, and what was given up."""
    queued = [uow for item in schedule.queues.items() if (uow := schedule.uows.get(item.uow_id)) is not None]
    waiting = {uow.uow_id: uow for uow in (*schedule.uows.failed(), *queued) if not uow.state.is_finished}
    rows = [_collector_row(schedule, uow, now_real) for uow in waiting.values()]
    rows.sort(key=lambda row: (row.release_in is None, row.release_in or 0.0, row.uow_id))
    return replies.Collector(
        last_run=iso_or_none(last_run),
        next_run_in=max(0.0, round(last_run + schedule.settings.gc_run_interval - now_real, 1)),
        queued=tuple(rows),
    )


def _release(schedule: Schedule, uow: UnitOfWork) -> float | None:
    return schedule.queues.release_time(uow.uow_id)


def _collector_row(schedule: Schedule, uow: UnitOfWork, now_real: float) -> replies.CollectorRow:
    release = _release(schedule, uow)
    life_ends = max(uow.created, schedule.counted_from) + schedule.settings.gc_life_support_hours * 3600.0
    return replies.CollectorRow(
        uow_id=uow.uow_id,
        process_name=uow.process_name,
        timeperiod=uow.timeperiod,
        state=uow.state.value,
        attempt=uow.attempt,
        exit_reason=uow.exit_reason,
        release_in=None if release is None else max(0.0, round(release - now_real, 1)),
        gives_up_in=None if uow.gave_up else max(0.0, round(life_ends - now_real, 1)),
        gave_up=uow.gave_up,
    )


def workers(supervisors: Sequence[SupervisorRecord], alive: frozenset[str]) -> replies.Workers:
    """Supervisors, each followed by its children."""
    rows = []
    for record in supervisors:
        up = record.supervisor_id in alive
        rows.append(
            replies.WorkerRow(
                record.box_id, record.host, "supervisor", record.pid, None, None, iso_or_none(record.started),
                record.rss_bytes, record.cpu_percent, up, version=record.version,
                detail=f"{record.running} of {record.slots} slots",
            ),
        )  # fmt: skip
        rows += [
            replies.WorkerRow(
                record.box_id, record.host, worker.kind, worker.pid, worker.process_name, worker.uow_id,
                iso_or_none(worker.since), worker.rss_bytes, worker.cpu_percent, up, detail=worker.detail,
            )
            for worker in record.workers
        ]  # fmt: skip
    return replies.Workers(workers=tuple(rows))


def boxes(schedule: Schedule, seen: Sequence[BoxSeen], switched: Sequence[BoxProcess]) -> replies.Boxes:
    """Boxes with the daemon processes that are known of there."""
    by_hand = {(row.box_id, row.process_name): row for row in switched}
    return replies.Boxes(boxes=tuple(_box(schedule, box, by_hand) for box in seen))


def _box(schedule: Schedule, box: BoxSeen, by_hand: dict[tuple[str, str], BoxProcess]) -> replies.BoxRow:
    record = box.record
    is_there = box.state != "stopped"
    return replies.BoxRow(
        box_id=record.box_id,
        host=record.host,
        up=box.state in {"up", "silent"},
        slots=record.slots,
        running=record.running if is_there else 0,
        processes=tuple(_box_processes(schedule, record, by_hand)) if is_there else (),
        state=box.state,
        version=record.version,
        pid=record.pid,
        since=iso_or_none(record.started),
        heartbeat_seconds=box.seconds,
        cpu_percent=record.cpu_percent if is_there else 0.0,
        rss_bytes=record.rss_bytes if is_there else 0,
        memory_percent=record.memory_percent if is_there else 0.0,
        cpu_past=tuple(past.cpu_percent for past in box.past),
        rss_past=tuple(past.rss_bytes for past in box.past),
    )


def _box_processes(
    schedule: Schedule, record: SupervisorRecord, by_hand: dict[tuple[str, str], BoxProcess]
) -> list[replies.BoxProcessRow]:
    rows = []
    running = {worker.process_name: worker for worker in record.workers if worker.kind == "daemon"}
    for spec in schedule.context.daemons:
        switched = by_hand.get((record.box_id, spec.process_name))
        worker = running.get(spec.process_name)
        rows.append(
            replies.BoxProcessRow(
                process_name=spec.process_name,
                is_on=spec.is_on if switched is None else switched.is_on,
                pid=worker.pid or None if worker else None,
                since=iso_or_none(worker.since) if worker and worker.pid else None,
                restarts=worker.restarts if worker else 0,
                state=_state(worker),
            )
        )
    return rows


def _state(worker: WorkerInfo | None) -> str:
    """``waiting``: it died or could not be started, and waits for its next start."""
    if worker is None:
        return "stopped"
    return "running" if worker.pid else "waiting"
