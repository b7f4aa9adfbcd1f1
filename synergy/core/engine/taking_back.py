"""Taking back changes of processes, entries and boxes: as they were before, unless they were changed again since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from synergy.core.control.events import ProcessChanged
from synergy.core.engine import changes, freeruns
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.plan_records import BoxUndo, EntryUndo, Inverse, OverrideUndo, SettingUndo
from synergy.core.records import BoxProcess, EntryRecord, ProcessOverride

BoxKey = tuple[str, str]


def settings_of(inverse: Inverse) -> tuple[SettingUndo, ...]:
    """All of an inverse that is about processes, entries and boxes."""
    return (*inverse.overrides, *inverse.entries, *inverse.box_processes)


def restorable(
    schedule: Schedule, inverse: Inverse, boxes: Mapping[BoxKey, BoxProcess], overtaken: list[str]
) -> tuple[SettingUndo, ...]:
    """Those that stand as the change left them; the others are told."""
    found = []
    for one in settings_of(inverse):
        if _stands(schedule, one, boxes):
            found.append(one)
        else:
            overtaken.append(f"{name_of(one)} has been changed since")
    return tuple(found)


def name_of(one: SettingUndo) -> str:
    """What it is about, as an operator calls it."""
    match one:
        case OverrideUndo(after=after):
            return after.process_name
        case EntryUndo(after=after):
            return f"{after.process_name}::{after.entry_name}"
        case _:
            return f"{one.after.process_name} on {one.after.box_id}"


def words(schedule: Schedule, one: SettingUndo) -> Iterator[str]:
    """What it would be again."""
    match one:
        case OverrideUndo(before=before):
            is_on, frequency = _earlier(schedule.lanes[schedule.timetable.index[one.after.process_name]], before)
            yield f"{name_of(one)} {changes.on_off(is_on)}, triggered {frequency}"
        case EntryUndo(before=entry):
            told = f"{changes.on_off(entry.is_on)}, triggered {entry.trigger_frequency}" if entry else "deleted"
            yield f"{name_of(one)} {told}"
        case _:
            yield f"{name_of(one)} {changes.on_off(_was_on(one))}"


def restored_words(schedule: Schedule, inverse: Inverse) -> Iterator[str]:
    """What an undo, by its own inverse, has made so again; of what is gone since, nothing."""
    for one in settings_of(inverse):
        match one:
            case OverrideUndo(after=override):
                if override.process_name in schedule.timetable.index:
                    yield from words(schedule, OverrideUndo(override, override))
            case EntryUndo(after=entry):
                yield from words(schedule, EntryUndo(None if entry.deleted else entry, entry))
            case _:
                yield from words(schedule, BoxUndo(one.after, one.after))


def restore(schedule: Schedule, one: SettingUndo, actor: str) -> SettingUndo:
    """Make it so again; returns by what that can be taken back in turn."""
    match one:
        case OverrideUndo(before=before, after=after):
            return OverrideUndo(after, _restore_override(schedule, before, after, actor))
        case EntryUndo(before=before, after=after):
            return EntryUndo(None if after.deleted else after, _restore_entry(schedule, before, after))
        case _:
            name = (one.after.box_id, one.after.process_name)
            now = BoxProcess(*name, is_on=_was_on(one), since=schedule.now.real)
            schedule.outbox.box_processes.append(now)
            return BoxUndo(one.after, now)


def _was_on(one: BoxUndo) -> bool:
    return one.before is None or one.before.is_on


def inverse_with(inverse: Inverse, undone: tuple[SettingUndo, ...]) -> Inverse:
    """The inverse of an undo, with what it has restored of processes, entries and boxes."""
    return replace(
        inverse,
        overrides=tuple(one for one in undone if isinstance(one, OverrideUndo)),
        entries=tuple(one for one in undone if isinstance(one, EntryUndo)),
        box_processes=tuple(one for one in undone if isinstance(one, BoxUndo)),
    )


def _stands(schedule: Schedule, one: SettingUndo, boxes: Mapping[BoxKey, BoxProcess]) -> bool:
    match one:
        case OverrideUndo(after=after):
            lane = schedule.lane(after.process_name)
            return lane is not None and lane.override == after
        case EntryUndo(after=after):
            entry = schedule.entries.get((after.process_name, after.entry_name))
            if entry is None:
                return after.deleted
            return not after.deleted and _as_changed(entry.record) == _as_changed(after)
        case _:
            known = boxes.get((one.after.box_id, one.after.process_name))
            return known is not None and (known.is_on, known.since) == (one.after.is_on, one.after.since)


def _as_changed(record: EntryRecord) -> EntryRecord:
    """The record without what its runs change."""
    return replace(record, last_firing=None, waits_since=None, related_unit_of_work=None)


def _earlier(lane: Lane, before: ProcessOverride | None) -> tuple[bool, str]:
    """Whether the process was on, and its trigger."""
    known = before or ProcessOverride(lane.spec.process_name)
    return (
        lane.spec.is_on if known.is_on is None else known.is_on,
        lane.spec.trigger_frequency if known.trigger_frequency is None else known.trigger_frequency,
    )


def _restore_override(
    schedule: Schedule, before: ProcessOverride | None, after: ProcessOverride, actor: str
) -> ProcessOverride:
    lane = schedule.lanes[schedule.timetable.index[after.process_name]]
    is_on, frequency = _earlier(lane, before)
    if is_on is not lane.is_on:
        changes.turn(schedule, lane, is_on=is_on)
    if frequency != lane.trigger_frequency:
        changes.retime(schedule, lane, frequency)
    # what has been made due stays due
    known = replace(before or ProcessOverride(after.process_name), time_qualifier=after.time_qualifier)
    return changes.override(schedule, lane, replace(known, due_before=after.due_before), actor)


def _restore_entry(schedule: Schedule, before: EntryRecord | None, after: EntryRecord) -> EntryRecord:
    key = (after.process_name, after.entry_name)
    if before is None:
        freeruns.remove_entry(schedule, schedule.entries[key])
        return replace(after, deleted=True, is_on=False)
    known = schedule.entries.get(key)
    runs = known.record if known is not None else after
    again = replace(before, last_firing=runs.last_firing, related_unit_of_work=runs.related_unit_of_work, deleted=False)
    schedule.outbox.events.append(ProcessChanged(*key))
    return freeruns.put_entry(schedule, again).record
