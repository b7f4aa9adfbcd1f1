"""What workers report, and what compare-and-set brought to light: idempotent, whatever the order.

A report counts only for the attempt that is known as active; anything else is evidence and changes no job.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from synergy.core.collector import lose
from synergy.core.engine import collecting, freeruns
from synergy.core.engine.outbox import Cancel
from synergy.core.engine.schedule import Schedule, Why, is_active
from synergy.core.engine.steps import announce_job, announce_uow, free_slot, happen, note_failure, patched
from synergy.core.machines.model import Event
from synergy.core.records import UnitOfWork, UowId, UowPatch
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node


def uow_claimed(schedule: Schedule, record: UnitOfWork) -> None:
    """A worker took the unit of work, and that is stored."""
    known = schedule.uows.get(record.uow_id)
    if known is None or known.attempt != record.attempt or known.state is not UowState.REQUESTED:
        return
    schedule.uows[record.uow_id] = record
    announce_uow(schedule, record)


def uow_finished(schedule: Schedule, record: UnitOfWork) -> None:
    """An attempt ended, and that was accepted and stored; the first report of it counts."""
    known = schedule.uows.get(record.uow_id)
    if known is None or known.attempt > record.attempt or not is_active(known) or not _is_news(known, record):
        if record.state.is_finished and not record.applied and (known is None or known.attempt <= record.attempt):
            _mark_applied(schedule, record)
        return
    schedule.uows[record.uow_id] = record
    announce_uow(schedule, record)
    if record.state.is_finished:
        _mark_applied(schedule, record)
    node = schedule.node_of(record)
    if record.entry_name is not None:
        freeruns.entry_finished(schedule, record)
    elif node is None:
        schedule.uows.pop(record.uow_id, None)
    elif schedule.dying.get(node) == record.uow_id:
        _died(schedule, node, record)
    elif record.state is UowState.INVALID:
        _failed(schedule, node, record)
    else:
        free_slot(schedule, node)
        event = Event.CANCELED if record.state is UowState.CANCELED else Event.UOW_FINISHED
        happen(schedule, node, event, Why("uow_finished", because=_outcome(record)))


def _is_news(known: UnitOfWork, record: UnitOfWork) -> bool:
    return record.state is not UowState.REQUESTED and (known.state, known.attempt) != (record.state, record.attempt)


def _outcome(record: UnitOfWork) -> str:
    reason = f" ({record.exit_reason})" if record.exit_reason else ""
    return f"{record.uow_id} {record.state.word}{reason}"


def _mark_applied(schedule: Schedule, record: UnitOfWork) -> None:
    schedule.outbox.patches.append(UowPatch(record.uow_id, record.state, record.attempt, applied=True))
    if record.uow_id in schedule.uows:
        schedule.uows[record.uow_id] = replace(record, applied=True)


def _died(schedule: Schedule, node: Node, record: UnitOfWork) -> None:
    """A canceled unit of work is gone, however it ended."""
    if record.state is UowState.INVALID:
        schedule.outbox.patches.append(
            UowPatch(
                record.uow_id, UowState.INVALID, record.attempt,
                state=UowState.CANCELED, finished=schedule.now.real, applied=True,
            ),
        )  # fmt: skip
    job = schedule.jobs.get(node)
    if job is None or job.related_unit_of_work != record.uow_id:
        schedule.uows.pop(record.uow_id, None)
        free_slot(schedule, node)
        return
    canceled = replace(schedule.uows[record.uow_id], state=UowState.CANCELED, applied=True)
    if not record.state.is_finished or record.state is UowState.CANCELED:
        schedule.uows[record.uow_id] = canceled
        free_slot(schedule, node)
        happen(schedule, node, Event.CANCELED, Why("cancel", because=_outcome(record)))
        return
    free_slot(schedule, node)
    happen(schedule, node, Event.UOW_FINISHED, Why("uow_finished", because=_outcome(record)))


def _failed(schedule: Schedule, node: Node, record: UnitOfWork) -> None:
    note_failure(schedule, node, record)
    old = schedule.job(node)
    happen(schedule, node, Event.UOW_INVALID, Why("uow_invalid", because=_outcome(record)))
    announce_job(schedule, node, old.state, schedule.job(node), Why("uow_invalid", because=_outcome(record)))
    collecting.judge_one(schedule, record)


def supervisor_lost(schedule: Schedule, supervisor_id: str) -> list[UowId]:
    """The lease of a supervisor ran out: what it held is offered again (or is gone, when cancel was requested)."""
    return _lose(schedule, [uow for uow in schedule.active_uows() if uow.claimed_by == supervisor_id])


def box_cleared(schedule: Schedule, box_id: str, supervisor_id: str) -> list[UowId]:
    """A new supervisor has killed what earlier ones of its box left: what they held is offered again."""
    return _lose(
        schedule,
        [uow for uow in schedule.active_uows() if uow.box_id == box_id and uow.claimed_by != supervisor_id],
    )


def _lose(schedule: Schedule, held: Iterable[UnitOfWork]) -> list[UowId]:
    lost = [uow for uow in held if uow.state is UowState.IN_PROGRESS]
    for uow in lost:
        patch = lose(uow, schedule.now.real, schedule.work_of(uow))
        schedule.outbox.patches.append(patch)
        record = patched(uow, patch)
        if record.state is not UowState.REQUESTED:
            uow_finished(schedule, record)
            continue
        schedule.uows[uow.uow_id] = record
        schedule.outbox.publish.append(record)
        announce_uow(schedule, record)
    return [uow.uow_id for uow in lost]


def missed(schedule: Schedule, record: UnitOfWork) -> None:
    """A compare-and-set of ours found the record changed by its worker: take the record as it stands."""
    known = schedule.uows.get(record.uow_id)
    if known is None:
        if record.state.is_finished and not record.applied:
            _mark_applied(schedule, record)
        return
    node = schedule.node_of(record)
    if record.state is UowState.IN_PROGRESS:
        wanted_gone = known.state is UowState.CANCELED or known.cancel_requested
        schedule.uows[record.uow_id] = record
        if wanted_gone and not record.cancel_requested:
            schedule.uows[record.uow_id] = replace(record, cancel_requested=True)
            schedule.outbox.patches.append(
                UowPatch(record.uow_id, UowState.IN_PROGRESS, record.attempt, cancel_requested=True),
            )
            schedule.outbox.cancels.append(Cancel(record.uow_id, record.box_id or ""))
        return
    if not is_active(known) and node is not None and schedule.dying.get(node) == record.uow_id:
        schedule.uows[record.uow_id] = replace(record, state=UowState.IN_PROGRESS)
        uow_finished(schedule, record)
        return
    if is_active(known) and (record.state.is_finished or record.state is UowState.INVALID):
        schedule.uows[record.uow_id] = replace(record, state=UowState.IN_PROGRESS)
        uow_finished(schedule, record)


def confirmed(schedule: Schedule, tentative: Iterable[UowId]) -> None:
    """The commit canceled these requested units of work: nothing of them lives."""
    for uow_id in tentative:
        uow = schedule.uows.get(uow_id)
        if uow is None or uow.state is not UowState.CANCELED:
            continue
        node = schedule.node_of(uow)
        if uow.entry_name is not None:
            freeruns.entry_finished(schedule, uow)
            continue
        schedule.uows.pop(uow_id, None)
        if node is None:
            continue
        job = schedule.jobs.get(node)
        if job is not None and job.related_unit_of_work == uow_id:
            schedule.uows[uow_id] = uow
            free_slot(schedule, node)
            happen(schedule, node, Event.CANCELED, Why("cancel", because=_outcome(uow)))
        else:
            free_slot(schedule, node)
