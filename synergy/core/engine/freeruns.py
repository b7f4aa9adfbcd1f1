"""Freerun entries: a trigger issues a unit of work, or offers the one that is there again (DOMAIN: section 4.4)."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.context import FreerunSpec, Work
from synergy.core.control.events import ProcessChanged
from synergy.core.engine.orders import drain_of
from synergy.core.engine.schedule import EntryLane, Schedule, is_active
from synergy.core.engine.steps import announce_uow, cancel_uow
from synergy.core.errors import IllegalState
from synergy.core.machines import freerun
from synergy.core.machines.freerun import FreerunEffect, FreerunEvent, FreerunStep
from synergy.core.records import Arguments, EntryRecord, UnitOfWork, UowType, derive_uow_id
from synergy.core.states import UowState
from synergy.core.triggers import parse_trigger

NEVER: Final = float("inf")
REPLACED: Final = "replaced by the next run"
"""Told behind the cause of the failure that a new run replaces."""


def fire_entries(schedule: Schedule) -> None:
    """Let every entry fire whose time has come. While the daemon drains they wait, or pass the firing over."""
    is_draining = drain_of(schedule) is not None
    for lane in schedule.entries.values():
        if schedule.now.schedule < lane.next_firing:
            continue
        if is_draining:
            if lane.spec is not None and lane.spec.misfire == "skip":
                lane.next_firing = lane.trigger.next_after(schedule.now.schedule)
        elif entry_name_of(lane) in schedule.aside:
            lane.next_firing = lane.trigger.next_after(schedule.now.schedule)
        else:
            lane.record = replace(lane.record, last_firing=schedule.now.schedule)
            lane.next_firing = lane.trigger.next_after(schedule.now.schedule)
            uow = _related(schedule, lane)
            _carry_out(schedule, lane, freerun.advance(uow.state if uow else None, FreerunEvent.TRIGGER), {})
            schedule.outbox.entries.append(lane.record)


def entry_name_of(lane: EntryLane) -> str:
    """What an operator calls the entry by."""
    return f"{lane.record.process_name}::{lane.record.entry_name}"


def next_entry_firing(schedule: Schedule) -> float:
    """The schedule time of the next firing of any entry."""
    if drain_of(schedule) is not None:
        return NEVER
    return min((lane.next_firing for lane in schedule.entries.values()), default=NEVER)


def run_entry(schedule: Schedule, lane: EntryLane, arguments: Arguments) -> UnitOfWork:
    """Run an entry now, by hand, with arguments over its own.

    Raises:
        IllegalState: it is requested or running.
    """
    issued = _carry_out(schedule, lane, check_free(schedule, lane), arguments)
    schedule.outbox.entries.append(lane.record)
    return issued


def check_free(schedule: Schedule, lane: EntryLane) -> FreerunStep:
    """What running the entry now would do.

    Raises:
        IllegalState: it is requested or running.
    """
    uow = _related(schedule, lane)
    try:
        return freerun.advance(uow.state if uow else None, FreerunEvent.RUN)
    except IllegalState as refusal:
        running = f"{uow.state.word} already ({uow.uow_id})" if uow else "running"
        raise IllegalState(f"{entry_name_of(lane)} is {running}", remedy=refusal.remedy) from refusal


def _related(schedule: Schedule, lane: EntryLane) -> UnitOfWork | None:
    uow_id = lane.record.related_unit_of_work
    return schedule.uows.get(uow_id) if uow_id else None


def _carry_out(schedule: Schedule, lane: EntryLane, step: FreerunStep, arguments: Arguments) -> UnitOfWork:
    """Make a step's effects so; returns the entry's unit of work of now."""
    uow = _related(schedule, lane)
    if uow is not None and FreerunEffect.CANCEL_UOW in step.effects:
        cancel_uow(schedule, uow, None, reason="; ".join(filter(None, (uow.exit_reason, REPLACED))))
    if uow is None or FreerunEffect.ISSUE_UOW in step.effects:
        return _issue(schedule, lane, arguments)
    if uow.state is UowState.REQUESTED:  # a running one is not offered beside itself
        schedule.outbox.publish.append(uow)
    return uow


def _issue(schedule: Schedule, lane: EntryLane, arguments: Arguments) -> UnitOfWork:
    """A new unit of work; the entry forgets the one before."""
    old, record = _related(schedule, lane), lane.record
    if old is not None and old.uow_id not in schedule.outbox.tentative:
        schedule.uows.discard(old.uow_id)
    timeperiod = timeperiods.real_time_period(schedule.now.schedule)
    run = _next_run(record, timeperiod)
    uow = UnitOfWork(
        uow_id=derive_uow_id(record.process_name, record.entry_name, timeperiod, run),
        process_name=record.process_name,
        entry_name=record.entry_name,
        timeperiod=timeperiod,
        run=run,
        start_timeperiod=timeperiod,
        end_timeperiod=timeperiod,
        uow_type=UowType.FREERUN,
        arguments={**record.arguments, **arguments},
        created=schedule.now.real,
        submitted=schedule.now.real,
    )
    lane.record = replace(record, related_unit_of_work=uow.uow_id)
    schedule.uows[uow.uow_id] = uow
    schedule.outbox.new_uows.append(uow)
    schedule.outbox.publish.append(uow)
    announce_uow(schedule, uow)
    return uow


def _next_run(record: EntryRecord, timeperiod: str) -> int:
    """The number of the last run, or one more if that was in the same second, or in one that the clock went back from.

    So no number comes twice with a second that comes twice (also before a restart).
    """
    last_timeperiod, _, last_run = (record.related_unit_of_work or "").rpartition("@")[2].rpartition(".")
    return int(last_run) + (timeperiod <= last_timeperiod) if last_run else 1


def entry_reported(schedule: Schedule, uow: UnitOfWork) -> None:
    """An entry's unit of work ended or failed; the entry waits for its next trigger."""
    lane = schedule.entries.get((uow.process_name, uow.entry_name or ""))
    if not is_active(uow) and (lane is None or lane.record.related_unit_of_work != uow.uow_id):
        schedule.uows.discard(uow.uow_id)
    schedule.outbox.events.append(ProcessChanged(uow.process_name, uow.entry_name))


def digest(spec: FreerunSpec) -> str:
    """What tells whether the file's entry changed since an operator changed it: all that an operator can change."""
    told = (
        spec.trigger_frequency, spec.work.run, spec.work.command, spec.arguments, spec.description, spec.is_on,
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:16]


def make_entry_lane(schedule: Schedule, record: EntryRecord, spec: FreerunSpec | None) -> EntryLane:
    """The lane of an entry; firings missed while the daemon was down run once, or not at all (``misfire``)."""
    trigger = parse_trigger(record.trigger_frequency)
    work = spec.work if spec is not None else Work()
    if record.run is not None or record.command:
        work = replace(work, run=record.run, command=record.command)
    at = schedule.now.schedule
    next_firing = trigger.next_after(at)
    known_since = [since for since in (record.last_firing, record.waits_since) if since is not None]
    missed = bool(known_since) and trigger.next_after(max(known_since)) <= at
    if missed and (spec is None or spec.misfire == "once"):
        next_firing = at
    return EntryLane(record, work, trigger, next_firing if record.is_on else NEVER, spec)


def put_entry(schedule: Schedule, record: EntryRecord) -> EntryLane:
    """Create or change an entry; its running unit of work goes on."""
    key = (record.process_name, record.entry_name)
    known = schedule.entries.get(key)
    if (gone := schedule.deleted.pop(key, None)) is not None:  # the ids of its runs do not come again
        record = replace(record, related_unit_of_work=gone.related_unit_of_work)
    record = wait_anew(schedule, record, known.record if known else None)
    lane = make_entry_lane(schedule, record, known.spec if known else _spec_of(schedule, record))
    schedule.entries[key] = lane
    schedule.aside.pop(entry_name_of(lane), None)  # an operator decides: it is tried again
    schedule.outbox.entries.append(record)
    schedule.outbox.events.append(ProcessChanged(record.process_name, record.entry_name))
    return lane


def _spec_of(schedule: Schedule, record: EntryRecord) -> FreerunSpec | None:
    """What the file says of an entry that was deleted and is brought back; None when the entry was made by hand."""
    if record.by_hand:
        return None
    key = (record.process_name, record.entry_name)
    return next((spec for spec in schedule.context.freerun if (spec.process_name, spec.entry_name) == key), None)


def wait_anew(schedule: Schedule, record: EntryRecord, known: EntryRecord | None) -> EntryRecord:
    """What fired while the entry was off, or would have by its new trigger, is not made good by a later start."""
    if known is None or (record.is_on and (not known.is_on or record.trigger_frequency != known.trigger_frequency)):
        return replace(record, waits_since=schedule.now.schedule)
    return replace(record, waits_since=known.waits_since)


def remove_entry(schedule: Schedule, lane: EntryLane) -> EntryRecord:
    """Delete an entry; its active unit of work is canceled. Returns the record of what was deleted."""
    record = replace(lane.record, deleted=True, is_on=False)
    uow = _related(schedule, lane)
    if uow is not None and is_active(uow):
        cancel_uow(schedule, uow, None)
    key = (record.process_name, record.entry_name)
    schedule.entries.pop(key)
    schedule.deleted[key] = record
    schedule.outbox.entries.append(record)
    schedule.outbox.events.append(ProcessChanged(record.process_name, record.entry_name))
    return record
