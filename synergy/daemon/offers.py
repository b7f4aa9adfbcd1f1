"""Units of work, cancels and definitions as messages: which queue they go to, and what is in them."""

from __future__ import annotations

from collections.abc import Iterable

from synergy.core.context import ProcessContext, digest_of
from synergy.core.control.events import Event, JobChanged
from synergy.core.engine.outbox import Cancel
from synergy.core.engine.schedule import Schedule
from synergy.core.messages import (
    BY_HAND,
    Q_JOB_STATUS,
    CancelUow,
    JobFinished,
    ReloadDefinitions,
    SwitchProcess,
    UowMessage,
    box_queue,
    encode,
    process_queue,
)
from synergy.core.ports import Message
from synergy.core.records import BoxProcess, UnitOfWork
from synergy.core.states import JobState


def offer(schedule: Schedule, uow: UnitOfWork) -> Message:
    """A unit of work for its process's queue.

    A freerun entry that was made or changed by hand brings along what to run: no definition tells the workers.
    """
    lane = schedule.entries.get((uow.process_name, uow.entry_name)) if uow.entry_name else None
    changed = lane is not None and (lane.spec is None or lane.work != lane.spec.work)
    work = lane.work if lane is not None and changed else None
    known = lane is None or any(spec.process_name == uow.process_name for spec in schedule.context.freerun)
    queue = process_queue(uow.process_name if known else BY_HAND)
    return Message(queue, encode(UowMessage(uow.process_name, uow.uow_id, uow.entry_name, work)))


def finished_jobs(events: Iterable[Event]) -> list[Message]:
    """Announcements of the jobs that these events say are finished."""
    ends = [event for event in events if isinstance(event, JobChanged) and event.state != event.old_state]
    return [
        Message(Q_JOB_STATUS, encode(JobFinished(event.process_name, event.timeperiod, JobState(event.state))))
        for event in ends
        if JobState(event.state).is_finished
    ]


def cancel(wanted: Cancel) -> Message:
    """A cancel for the box that runs the unit of work."""
    return Message(box_queue(wanted.box_id), encode(CancelUow(wanted.uow_id)))


def switch(wanted: BoxProcess) -> Message:
    """A daemon process was switched, for the box where it runs; what is stored counts, this only hurries it."""
    return Message(box_queue(wanted.box_id), encode(SwitchProcess(wanted.process_name, wanted.is_on)))


def definitions(context: ProcessContext, box_id: str) -> Message:
    """What the daemon works by, for a box whose supervisor may have been started with other definitions."""
    return Message(box_queue(box_id), encode(ReloadDefinitions(digest_of(context))))
