"""What a change of a process, an entry or a box would do, in words; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from synergy.core.counting import counted
from synergy.core.engine import collecting
from synergy.core.engine.changes import becoming_due, on_off
from synergy.core.engine.facts import gate_of
from synergy.core.engine.schedule import EntryLane, Lane, Schedule, is_active
from synergy.core.firing_words import in_words
from synergy.core.machines.model import Gate
from synergy.core.records import UowId
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node
from synergy.core.triggers import firings, parse_trigger

FIRINGS: Final = 5
NAMED: Final = 10
"""So many processes are named."""


def of_switch(lane: Lane, *, is_on: bool) -> Iterator[str]:
    """Of activating or deactivating a process."""
    name = lane.spec.process_name
    if is_on is lane.is_on:
        yield f"{name} is {on_off(is_on)} already"
        return
    yield f"{name} would be {'active' if is_on else 'inactive'}"
    due = sum(1 for _ in _due_ones(lane, lane.due_before))
    yield f"{counted(due, 'due period')} would {'be free to start' if is_on else 'wait'}"
    if not is_on and lane.holding:
        yield f"{counted(len(lane.holding), 'unit of work', 'units of work')} under way would go on"


def of_frequency(schedule: Schedule, lane: Lane, frequency: str) -> Iterator[str]:
    """Of changing a process's trigger.

    Raises:
        InvalidArgument: it cannot be read.
    """
    if frequency == lane.trigger_frequency:
        yield f"{lane.spec.process_name} is triggered {frequency} already"
        return
    yield f"{lane.spec.process_name} would be triggered {frequency} instead of {lane.trigger_frequency}"
    yield f"its next firings: {_firings(frequency, schedule.now.schedule)}"


def of_trigger(schedule: Schedule, lane: Lane) -> Iterator[str]:
    """Of making all closed periods due."""
    closed, waiting = becoming_due(schedule, lane)
    name = lane.spec.process_name
    yield f"{name}: {counted(waiting, 'more closed period')} would be due"
    nodes = [Node(lane.number, ordinal) for ordinal in _due_ones(lane, closed) if ordinal >= lane.due_before]
    if not nodes:
        return
    first, last = (schedule.timetable.timeperiod(node) for node in (nodes[0], nodes[-1]))
    yield f"unfinished ones: {len(nodes):,}, from {first} to {last}"
    blocked = sum(gate_of(schedule, node, schedule.job(node)) is not Gate.OPEN for node in nodes)
    yield f"{blocked:,} of them would still wait for others"


def of_entry(schedule: Schedule, name: str, frequency: str, *, is_on: bool, is_new: bool) -> Iterator[str]:
    """Of creating or changing an entry."""
    yield f"{name} would be {'made' if is_new else 'changed'}"
    yield f"its next firings: {_firings(frequency, schedule.now.schedule)}" if is_on else "its trigger would not fire"


def of_removal(schedule: Schedule, lane: EntryLane) -> Iterator[str]:
    """Of deleting an entry."""
    yield f"{lane.record.process_name}::{lane.record.entry_name} would be deleted"
    uow = schedule.uows.get(UowId(lane.record.related_unit_of_work or ""))
    if uow is not None and is_active(uow):
        yield f"{uow.uow_id} would be {'stopped' if uow.state is UowState.IN_PROGRESS else 'canceled'}"


def of_flush(schedule: Schedule, process_name: str | None) -> Iterator[str]:
    """Of offering what waits in reprocessing queues again."""
    offered, waiting = collecting.flushed(schedule, process_name)
    yield f"{counted(sum(offered.values()), 'unit of work', 'units of work')} would be offered again"
    yield from (f"{name}: {count:,}" for name, count in islice(offered.items(), NAMED))
    if len(offered) > NAMED:
        yield f"and those of {counted(len(offered) - NAMED, 'more process', 'more processes')}"
    if waiting:
        yield f"{counted(waiting, 'unit of work', 'units of work')} would go on waiting: inactive, held or set aside"


def of_collecting(schedule: Schedule) -> Iterator[str]:
    """Of running the collector now."""
    judged = [schedule.uows[uow_id] for uow_id in collecting.to_judge(schedule)]
    failed = sum(uow.state is UowState.INVALID for uow in judged)
    yield f"{counted(len(judged), 'unit of work', 'units of work')} would be judged"
    yield f"{failed:,} failed, {len(judged) - failed:,} have waited for a worker for long"


def _due_ones(lane: Lane, before: int) -> Iterator[int]:
    for ordinal in lane.column.unfinished():
        if ordinal >= before:
            return
        if lane.column.get(ordinal) is JobState.EMBRYO:
            yield ordinal


def _firings(frequency: str, at: float) -> str:
    """The next ones after this schedule time."""
    found = firings(parse_trigger(frequency), at, FIRINGS)
    return f"{in_words(datetime.fromtimestamp(each, UTC) for each in found)} (UTC)"
