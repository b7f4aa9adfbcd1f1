"""What workers report, and what compare-and-set brought to light: idempotent, whatever the order.

A report counts only for the attempt that is known as active; anything else is evidence and changes no job.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from synergy.core.collector import is_lost, lose
from synergy.core.engine import collecting, freeruns
from synergy.core.engine.aside import is_uow_aside
from synergy.core.engine.schedule import Schedule, Why, is_active
from synergy.core.engine.steps import announce_uow, cancel_uow, free_slot, happen, patched, tell_inputs
from synergy.core.machines.model import Event
from synergy.core.records import UnitOfWork, UowId, UowPatch
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node


def uow_claimed(schedule: Schedule, record: UnitOfWork) -> None:
    """A worker took the unit of work, and that is stored; it may have been given back by another one in silence."""
    known = schedule.uows.get(record.uow_id)
    if known is None or known.attempt != record.attempt or not _is_news_of_holder(known, record):
        return
    schedule.uows[record.uow_id] = taken = replace(
        record, cancel_requested=known.cancel_requested or record.cancel_requested
    )
    announce_uow(schedule, taken)


def _is_news_of_holder(known: UnitOfWork, record: UnitOfWork) -> bool:
    if known.state is UowState.IN_PROGRESS:
        return known.claimed_by != record.claimed_by
    return known.state is UowState.REQUESTED


def uow_finished(schedule: Schedule, record: UnitOfWork) -> None:
    """An attempt ended, and that was accepted and stored; the first report of it counts.

    Of what is set aside it stays unapplied, and is found at the next start.
    """
    if not is_uow_aside(schedule, record):
        _take_end(schedule, record)


def _take_end(schedule: Schedule, record: UnitOfWork) -> None:
    known = schedule.uows.get(record.uow_id)
    if known is None or known.attempt > record.attempt or not is_active(known) or not _is_news(known, record):
        if record.state.is_finished and not record.applied and (known is None or known.attempt <= record.attempt):
            _mark_applied(
                schedule, record
            )  # memory is left alone: the commit may still tell of a cancel that it missed
        return
    node = schedule.node_of(record)
    schedule.uows[record.uow_id] = record
    announce_uow(schedule, record)
    if record.state.is_finished:
        _mark_applied(schedule, record)
        schedule.uows[record.uow_id] = replace(record, applied=True)
    elif _is_unwanted(schedule, node, known, record):
        record = _end_unwanted(schedule, record)
    elif is_lost(record):
        _lose_each(schedule, [record])
        return
    if node is not None:
        _tell_job(schedule, node, record)
    elif record.entry_name is not None:
        freeruns.entry_reported(schedule, record)
    else:
        schedule.uows.discard(record.uow_id)  # its process was removed


def _tell_job(schedule: Schedule, node: Node, record: UnitOfWork) -> None:
    """The node's unit of work ended or failed; its job may have no further use for it."""
    if not _is_related(schedule, node, record.uow_id):
        schedule.uows.discard(record.uow_id)
        free_slot(schedule, node)
    elif record.state is UowState.INVALID:
        _failed(schedule, node, record)
    else:
        free_slot(schedule, node)
        canceled = record.state is UowState.CANCELED
        event, cause = (Event.CANCELED, "cancel") if canceled else (Event.UOW_FINISHED, "uow_finished")
        happen(schedule, node, event, Why(cause, because=_outcome(record)))


def _is_unwanted(schedule: Schedule, node: Node | None, known: UnitOfWork, record: UnitOfWork) -> bool:
    """Whether a cancel was requested for a unit of work that failed: it is not offered again."""
    if node is not None:
        return schedule.dying.get(node) == record.uow_id
    return known.cancel_requested or record.cancel_requested or schedule.work_of(record) is None


def _end_unwanted(schedule: Schedule, record: UnitOfWork) -> UnitOfWork:
    """A failed unit of work for which cancel was requested is canceled now."""
    patch = UowPatch(
        record.uow_id, UowState.INVALID, record.attempt,
        state=UowState.CANCELED, finished=schedule.now.real, applied=True,
    )  # fmt: skip
    schedule.outbox.patches.append(patch)
    schedule.uows[record.uow_id] = canceled = patched(record, patch)
    announce_uow(schedule, canceled)
    return canceled


def _is_news(known: UnitOfWork, record: UnitOfWork) -> bool:
    return record.state is not UowState.REQUESTED and (known.state, known.attempt) != (record.state, record.attempt)


def _outcome(record: UnitOfWork) -> str:
    reason = f" ({record.exit_reason})" if record.exit_reason else ""
    return f"{record.uow_id} {record.state.word}{reason}"


def _mark_applied(schedule: Schedule, record: UnitOfWork) -> None:
    schedule.outbox.patches.append(UowPatch(record.uow_id, record.state, record.attempt, applied=True))


def _failed(schedule: Schedule, node: Node, record: UnitOfWork) -> None:
    collecting.tell_failure(schedule, node, record, Why("uow_invalid", because=_outcome(record)))
    collecting.judge_one(schedule, record)


def supervisor_lost(schedule: Schedule, supervisor_id: str, held: Iterable[UnitOfWork] = ()) -> list[UowId]:
    """A supervisor is gone: what it held is offered again (or is gone too, when cancel was requested).

    ``held``: what the store says it holds, or has ended; it may have died before it could tell of that.
    """
    untold(schedule, held)
    return _lose(schedule, [uow for uow in schedule.active_uows() if uow.claimed_by == supervisor_id])


def untold(schedule: Schedule, records: Iterable[UnitOfWork]) -> None:
    """Claims and ends that were stored by workers which may never have announced them; what is known is passed over.

    That work was given back is never announced: whoever claims it next tells of that, but nobody may come.
    """
    for record in records:
        if record.state is UowState.IN_PROGRESS:
            uow_claimed(schedule, record)
        elif record.state is UowState.REQUESTED:
            _given_back(schedule, record)
        else:
            uow_finished(schedule, record)


def _given_back(schedule: Schedule, record: UnitOfWork) -> None:
    known = schedule.uows.get(record.uow_id)
    if known is None or (known.state, known.attempt) != (UowState.IN_PROGRESS, record.attempt):
        return
    if not is_uow_aside(schedule, record):
        missed(schedule, record)


def _lose(schedule: Schedule, held: Iterable[UnitOfWork]) -> list[UowId]:
    lost = [uow for uow in held if uow.state is UowState.IN_PROGRESS]
    _lose_each(schedule, lost)
    return [uow.uow_id for uow in lost]


def _lose_each(schedule: Schedule, lost: Iterable[UnitOfWork]) -> None:
    for uow in lost:
        if is_uow_aside(schedule, uow):
            continue
        patch = lose(uow, schedule.now.real, schedule.work_of(uow))
        schedule.outbox.patches.append(patch)
        schedule.uows[uow.uow_id] = record = patched(uow, patch)
        announce_uow(schedule, record)
        if record.state is UowState.REQUESTED:
            schedule.outbox.publish.append(record)
        else:  # its end may have been stored a moment ago: the commit tells
            schedule.outbox.tentative.append(uow.uow_id)


def missed(schedule: Schedule, record: UnitOfWork) -> None:
    """A compare-and-set of ours found the record changed by its worker: take the record as it stands.

    What was wanted of it is wanted still: a cancel is asked for again, an offer is made again, and while it is open it
    is told which inputs have finished.
    """
    _take_as_it_stands(schedule, record)
    node = schedule.node_of(record)
    if node is not None and _is_related(schedule, node, record.uow_id):
        tell_inputs(schedule, node)


def _take_as_it_stands(schedule: Schedule, record: UnitOfWork) -> None:
    known = schedule.uows.get(record.uow_id)
    if known is None:
        if record.state.is_finished and not record.applied:
            _mark_applied(schedule, record)
        return
    if _is_told(known, record):
        return
    node = schedule.node_of(record)
    unwanted = known.state is UowState.CANCELED or known.cancel_requested
    if record.state.is_finished or record.state is UowState.INVALID:
        if is_active(known) or unwanted:
            ending = replace(record, state=UowState.IN_PROGRESS, cancel_requested=unwanted or record.cancel_requested)
            schedule.uows[record.uow_id] = ending
            uow_finished(schedule, record)
        return
    schedule.uows[record.uow_id] = record
    announce_uow(schedule, record)
    if unwanted:
        cancel_uow(schedule, record, node, applied=not _is_related(schedule, node, record.uow_id))
    elif record.state is UowState.REQUESTED:
        schedule.outbox.publish.append(record)


def _is_told(known: UnitOfWork, record: UnitOfWork) -> bool:
    """Whether it failed, and that came to be known in the very batch whose patch missed it."""
    end = (UowState.INVALID, record.attempt, record.claimed_by, record.finished)
    return record.state is UowState.INVALID and (known.state, known.attempt, known.claimed_by, known.finished) == end


def _is_related(schedule: Schedule, node: Node | None, uow_id: UowId) -> bool:
    """Whether it is the last run of an unfinished job."""
    job = schedule.jobs.get(node) if node is not None else None
    return job is not None and job.related_unit_of_work == uow_id


def confirmed(schedule: Schedule, tentative: Iterable[UowId]) -> None:
    """The commit ended these as we wished (canceled, or invalid): nothing of them lives, and no worker was quicker."""
    for uow_id in tentative:
        uow = schedule.uows.get(uow_id)
        if uow is None or uow.state not in {UowState.CANCELED, UowState.INVALID}:
            continue
        if uow.state is UowState.CANCELED and not uow.applied:
            _mark_applied(schedule, uow)
            schedule.uows[uow_id] = uow = replace(uow, applied=True)
        node = schedule.node_of(uow)
        if node is not None:
            _tell_job(schedule, node, uow)
        elif uow.entry_name is not None:
            freeruns.entry_reported(schedule, uow)
        else:
            schedule.uows.discard(uow_id)
