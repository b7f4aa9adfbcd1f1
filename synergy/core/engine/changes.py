"""What an operator changes of a process at run time: on or off, also on one box; its trigger; periods made due.

What is so already is only audited: an undo of the last change takes back one that changed something.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple, TypedDict, Unpack

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.control.events import PlanApplied, ProcessChanged
from synergy.core.counting import counted
from synergy.core.engine import collecting, passage
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.errors import IllegalState, NotFound
from synergy.core.plan_records import BoxUndo, Inverse, OverrideUndo, PlanRecord
from synergy.core.records import AuditEntry, BoxProcess, ProcessOverride
from synergy.core.suggestions import did_you_mean
from synergy.core.triggers import parse_trigger


class By(NamedTuple):
    """Who makes a change, under which plan's id; ``key``: the caller's own name for it."""

    actor: str
    plan_id: str
    reason: str | None = None
    key: str | None = None


def switch(schedule: Schedule, lane: Lane, by: By, *, is_on: bool) -> str:
    """Activate or deactivate a process: deactivated, nothing new starts, running work ends. Returns what was done."""
    before, was_on = lane.override, lane.is_on
    verb, told = "activate" if is_on else "deactivate", "active" if is_on else "inactive"
    if is_on is was_on:
        account(schedule, by, verb, lane.spec.process_name, None, before=on_off(was_on), after=on_off(is_on))
        return f"{lane.spec.process_name} is {told} already"
    turn(schedule, lane, is_on=is_on)
    after = override(schedule, lane, replace(_known(lane), is_on=is_on, file_is_on=lane.spec.is_on), by.actor)
    inverse = Inverse(overrides=(OverrideUndo(before, after),))
    account(schedule, by, verb, lane.spec.process_name, inverse, before=on_off(was_on), after=on_off(is_on))
    return f"{lane.spec.process_name} is {told}"


def turn(schedule: Schedule, lane: Lane, *, is_on: bool) -> None:
    """Let a process start jobs, or not."""
    lane.is_on = is_on
    lane.owed.clear()
    if is_on:
        for node in passage.waiting_nodes(schedule, lane):
            lane.look_again(node.ordinal)


def change_frequency(schedule: Schedule, lane: Lane, frequency: str, by: By) -> str:
    """Change a process's trigger.

    Raises:
        InvalidArgument: the trigger cannot be read; nothing was changed.
    """
    before, was = lane.override, lane.trigger_frequency
    if frequency == was:
        account(schedule, by, "frequency", lane.spec.process_name, None, before=was, after=frequency)
        return f"{lane.spec.process_name} is triggered {frequency} already"
    retime(schedule, lane, frequency)
    changed = replace(_known(lane), trigger_frequency=frequency, file_trigger_frequency=lane.spec.trigger_frequency)
    inverse = Inverse(overrides=(OverrideUndo(before, override(schedule, lane, changed, by.actor)),))
    account(schedule, by, "frequency", lane.spec.process_name, inverse, before=was, after=frequency)
    return f"{lane.spec.process_name} is triggered {frequency}"


def retime(schedule: Schedule, lane: Lane, frequency: str) -> None:
    """Give a process another trigger.

    Raises:
        InvalidArgument: the trigger cannot be read; nothing was changed.
    """
    lane.trigger = parse_trigger(frequency)
    lane.due_before = lane.column.first  # only what the new trigger makes due is due
    lane.next_firing = 0.0
    schedule.next_boundary = min(schedule.next_boundary, passage.move_horizons(schedule, lane))


def trigger(schedule: Schedule, lane: Lane, by: By) -> str:
    """Make all closed periods due now; blocking still holds. What starts by it is not taken back by an undo."""
    closed, waiting = becoming_due(schedule, lane)
    was = _due(lane.due_before, lane)
    lane.triggered_before = max(lane.triggered_before, closed)
    due_before = timeperiods.timeperiod_of(lane.spec.time_qualifier, lane.triggered_before)
    override(schedule, lane, replace(_known(lane), due_before=due_before), by.actor)
    passage.move_horizons(schedule, lane)
    if not lane.is_discrete:
        passage.tick(schedule, lane)
    account(schedule, by, "trigger", lane.spec.process_name, None, before=was, after=_due(lane.triggered_before, lane))
    verb = "is" if waiting == 1 else "are"
    return f"{lane.spec.process_name}: {counted(waiting, 'more closed period')} {verb} due now"


def becoming_due(schedule: Schedule, lane: Lane) -> tuple[int, int]:
    """Below which ordinal a trigger makes everything due, and how many periods more than now that is."""
    closed = min(timeperiods.ordinal_at(lane.spec.time_qualifier, schedule.now.schedule), lane.column.end)
    return closed, max(0, closed - max(lane.due_before, lane.column.first))


class BoxSwitch(NamedTuple):
    """A daemon process on a box; ``known``: how it was switched by hand before, ``boxes``: those seen so far."""

    box_id: str
    process_name: str
    is_on: bool
    known: BoxProcess | None
    boxes: Collection[str]


def switch_on_box(schedule: Schedule, wish: BoxSwitch, by: By) -> str:
    """Start or stop a daemon process on one box.

    Raises:
        NotFound: there is no such box or daemon process. IllegalState: it is not present on that box.
    """
    was_on = check_on_box(schedule, wish)
    is_on, known = wish.is_on, wish.known
    verb, what = "box start" if is_on else "box stop", f"{wish.process_name} on {wish.box_id}"
    if is_on is was_on:
        account(schedule, by, verb, what, None, before=on_off(was_on), after=on_off(is_on))
        return f"{what} is {on_off(is_on)} already"
    after = BoxProcess(wish.box_id, wish.process_name, is_on=is_on, since=schedule.now.real)
    schedule.outbox.box_processes.append(after)
    inverse = Inverse(box_processes=(BoxUndo(known, after),))
    account(schedule, by, verb, what, inverse, before=on_off(was_on), after=on_off(is_on))
    return f"{wish.process_name} shall {'run' if is_on else 'be stopped'} on {wish.box_id}"


def check_on_box(schedule: Schedule, wish: BoxSwitch) -> bool:
    """Make sure that there is such a daemon process on such a box, see switch_on_box; returns whether it is on."""
    name, box_id = wish.process_name, wish.box_id
    spec = next((spec for spec in schedule.context.daemons if spec.process_name == name), None)
    if spec is None:
        known = [spec.process_name for spec in schedule.context.daemons]
        raise NotFound(f'daemon process "{name}" is unknown', remedy=did_you_mean(name, known))
    if box_id not in wish.boxes:
        raise NotFound(f'box "{box_id}" is unknown', remedy=did_you_mean(box_id, wish.boxes))
    if not any(re.fullmatch(pattern, box_id) for pattern in spec.work.present_on_boxes):
        patterns = ", ".join(spec.work.present_on_boxes)
        raise IllegalState(f"{name} is not present on {box_id}", remedy=f"present_on_boxes: {patterns}")
    return spec.is_on if wish.known is None else wish.known.is_on


def flush(schedule: Schedule, process_name: str | None, by: By) -> str:
    """Offer what waits in one reprocessing queue, or in all, again at once."""
    count = collecting.flush(schedule, process_name)
    done = f"{counted(count, 'unit of work', 'units of work')} offered again"
    account(schedule, by, "gc flush", process_name or "all", None, after=done)
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


def account(schedule: Schedule, by: By, verb: str, target: str, inverse: Inverse | None, **told: Unpack[Told]) -> None:
    """Leave an audit entry, and a record by which the change is known and can be undone (None: it cannot be)."""
    schedule.outbox.audit.append(
        AuditEntry(
            schedule.now.real,
            by.actor,
            verb,
            target,
            by.reason,
            by.plan_id,
            told.get("detail"),
            before=told.get("before"),
            after=told.get("after"),
        )
    )
    schedule.outbox.events.append(PlanApplied(by.plan_id, verb, by.actor, (target,)))
    schedule.outbox.plans.append(
        PlanRecord(
            by.plan_id, verb, by.actor, schedule.now.real, (), reason=by.reason,
            done=True, targets=(target,), key=by.key, inverse=inverse,
        )
    )  # fmt: skip


def _known(lane: Lane) -> ProcessOverride:
    return lane.override or ProcessOverride(lane.spec.process_name)


def override(schedule: Schedule, lane: Lane, changed: ProcessOverride, actor: str) -> ProcessOverride:
    """Store what was changed of a process; returns the record."""
    lane.override = stored = replace(changed, actor=actor, at=schedule.now.real)
    schedule.outbox.overrides.append(stored)
    schedule.outbox.events.append(ProcessChanged(lane.spec.process_name))
    schedule.dirty.add(lane.number)
    return stored


def on_off(is_on: bool) -> str:  # noqa: FBT001 - a value to tell, not a switch
    """``on`` or ``off``."""
    return "on" if is_on else "off"


def _due(ordinal: int, lane: Lane) -> str:
    return f"due before {timeperiods.timeperiod_of(lane.spec.time_qualifier, ordinal)}"
