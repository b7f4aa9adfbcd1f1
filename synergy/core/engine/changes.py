"""What an operator changes of a process at run time: on or off, also on one box; its trigger; periods made due."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TypedDict, Unpack

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.control.events import ProcessChanged
from synergy.core.counting import counted
from synergy.core.engine import collecting, passage
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.errors import IllegalState, NotFound
from synergy.core.records import AuditEntry, BoxProcess, ProcessOverride
from synergy.core.suggestions import did_you_mean
from synergy.core.triggers import parse_trigger


def switch(schedule: Schedule, lane: Lane, *, is_on: bool, actor: str, reason: str | None) -> str:
    """Activate or deactivate a process: deactivated, nothing new starts, running work ends. Returns what was done."""
    was_on, lane.is_on = lane.is_on, is_on
    lane.owed.clear()
    if is_on:
        for node in passage.waiting_nodes(schedule, lane):
            lane.look_again(node.ordinal)
    _override(schedule, lane, replace(_known(lane), is_on=is_on, file_is_on=lane.spec.is_on), actor)
    note(
        schedule, actor, "activate" if is_on else "deactivate", lane.spec.process_name,
        reason=reason, before=_on_off(was_on), after=_on_off(is_on),
    )  # fmt: skip
    return f"{lane.spec.process_name} is {'active' if is_on else 'inactive'}"


def change_frequency(schedule: Schedule, lane: Lane, frequency: str, *, actor: str, reason: str | None) -> str:
    """Change a process's trigger.

    Raises:
        InvalidArgument: the trigger cannot be read; nothing was changed.
    """
    trigger, was = parse_trigger(frequency), _frequency(lane)
    lane.trigger = trigger
    lane.due_before = lane.column.first  # only what the new trigger makes due is due
    lane.next_firing = 0.0
    schedule.next_boundary = min(schedule.next_boundary, passage.move_horizons(schedule, lane))
    changed = replace(_known(lane), trigger_frequency=frequency, file_trigger_frequency=lane.spec.trigger_frequency)
    _override(schedule, lane, changed, actor)
    note(schedule, actor, "frequency", lane.spec.process_name, reason=reason, before=was, after=frequency)
    return f"{lane.spec.process_name} is triggered {frequency}"


def trigger(schedule: Schedule, lane: Lane, *, actor: str, reason: str | None = None) -> str:
    """Make all closed periods due now; blocking still holds."""
    qualifier = lane.spec.time_qualifier
    live = timeperiods.ordinal_at(qualifier, schedule.now.schedule)
    closed = min(live, lane.column.end)
    waiting = max(0, closed - max(lane.due_before, lane.column.first))
    was = _due(lane.due_before, lane)
    lane.triggered_before = max(lane.triggered_before, closed)
    changed = replace(_known(lane), due_before=timeperiods.timeperiod_of(qualifier, lane.triggered_before))
    _override(schedule, lane, changed, actor)
    passage.move_horizons(schedule, lane)
    if not lane.is_discrete:
        passage.tick(schedule, lane)
    after = _due(lane.triggered_before, lane)
    note(schedule, actor, "trigger", lane.spec.process_name, reason=reason, before=was, after=after)
    return f"{lane.spec.process_name}: {waiting} more closed periods are due now"


def switch_on_box(  # noqa: PLR0913 - who, what, where and why
    schedule: Schedule,
    box_id: str,
    process_name: str,
    *,
    is_on: bool,
    was_on: bool,
    boxes: Collection[str],
    actor: str,
    reason: str | None,
) -> str:
    """Start or stop a daemon process on one box; ``boxes``: those that a supervisor has been seen on.

    Raises:
        NotFound: there is no such box or daemon process. IllegalState: it is not present on that box.
    """
    spec = next((spec for spec in schedule.context.daemons if spec.process_name == process_name), None)
    if spec is None:
        known = [spec.process_name for spec in schedule.context.daemons]
        raise NotFound(f'daemon process "{process_name}" is unknown', remedy=did_you_mean(process_name, known))
    if box_id not in boxes:
        raise NotFound(f'box "{box_id}" is unknown', remedy=did_you_mean(box_id, boxes))
    if not any(re.fullmatch(pattern, box_id) for pattern in spec.work.present_on_boxes):
        patterns = ", ".join(spec.work.present_on_boxes)
        raise IllegalState(f"{process_name} is not present on {box_id}", remedy=f"present_on_boxes: {patterns}")
    schedule.outbox.box_processes.append(BoxProcess(box_id, process_name, is_on=is_on, since=schedule.now.real))
    verb = "box start" if is_on else "box stop"
    note(
        schedule, actor, verb, f"{process_name} on {box_id}",
        reason=reason, before=_on_off(was_on), after=_on_off(is_on),
    )  # fmt: skip
    return f"{process_name} shall {'run' if is_on else 'be stopped'} on {box_id}"


def flush(schedule: Schedule, process_name: str | None, *, actor: str) -> str:
    """Offer what waits in one reprocessing queue, or in all, again at once."""
    count = collecting.flush(schedule, process_name)
    done = f"{counted(count, 'unit of work', 'units of work')} offered again"
    note(schedule, actor, "gc flush", process_name or "all", after=done)
    return done


class Told(TypedDict, total=False):
    """What an audit entry may say besides who, what and where; see AuditEntry."""

    reason: str | None
    detail: str | None
    before: str | None
    after: str | None


def note(schedule: Schedule, actor: str, verb: str, target: str, **told: Unpack[Told]) -> None:
    """Leave an audit entry; ``told``: its further fields."""
    schedule.outbox.audit.append(AuditEntry(schedule.now.real, actor, verb, target, **told))


def _known(lane: Lane) -> ProcessOverride:
    return lane.override or ProcessOverride(lane.spec.process_name)


def _override(schedule: Schedule, lane: Lane, changed: ProcessOverride, actor: str) -> None:
    lane.override = replace(changed, actor=actor, at=schedule.now.real)
    schedule.outbox.overrides.append(lane.override)
    schedule.outbox.events.append(ProcessChanged(lane.spec.process_name))
    schedule.dirty.add(lane.number)


def _on_off(is_on: bool) -> str:  # noqa: FBT001 - a value to tell, not a switch
    return "on" if is_on else "off"


def _frequency(lane: Lane) -> str:
    """The trigger as it was written."""
    by_hand = lane.override.trigger_frequency if lane.override else None
    return by_hand or lane.spec.trigger_frequency


def _due(ordinal: int, lane: Lane) -> str:
    return f"due before {timeperiods.timeperiod_of(lane.spec.time_qualifier, ordinal)}"
