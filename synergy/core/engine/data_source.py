"""What a recomputing process's data source holds: asked at its ticks, answered in a later batch (DOMAIN: section 4.3).

A tick that needs boundaries leaves an ``AskBoundaries`` in the outbox and changes nothing. The shell asks the
``DataSource`` port and hands the answer in here, which lets the tick happen with it. Nothing of that is stored: after a
restart what is due is asked anew.
"""

from __future__ import annotations

from itertools import takewhile

from synergy.core.engine.schedule import Schedule, Why
from synergy.core.engine.steps import happen
from synergy.core.machines.model import Event
from synergy.core.ports import Boundaries
from synergy.core.records import JobKey
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Node


def boundaries_read(schedule: Schedule, key: JobKey, boundaries: Boundaries | None) -> None:
    """The source answered (None: it holds nothing of the period). An answer that nobody waits for changes nothing."""
    node = schedule.timetable.node(key)
    lane = schedule.lanes[node.process]
    if node.ordinal not in lane.asked:
        return
    lane.asked.remove(node.ordinal)
    schedule.dirty.add(lane.number)
    if lane.is_strict and schedule.state(node) is JobState.EMBRYO and _is_overtaking(schedule, node):
        return  # it is asked again in its turn
    schedule.boundaries[node] = boundaries
    happen(schedule, node, Event.TICK, Why("boundaries_read"))
    del schedule.boundaries[node]
    if boundaries is None:
        _wait_for_next_firing(schedule, key)


def source_failed(schedule: Schedule, key: JobKey) -> None:
    """The source could not be asked: that is no lack of data, and the next firing asks again."""
    node = schedule.timetable.node(key)
    schedule.lanes[node.process].asked.discard(node.ordinal)
    _wait_for_next_firing(schedule, key)
    schedule.dirty.add(node.process)


def _is_overtaking(schedule: Schedule, node: Node) -> bool:
    """Whether an earlier period was reopened meanwhile, and has no run yet."""
    unfinished = schedule.lanes[node.process].column.unfinished()
    earlier = takewhile(lambda ordinal: ordinal < node.ordinal, unfinished)
    return any(schedule.state(Node(node.process, ordinal)) is JobState.EMBRYO for ordinal in earlier)


def _wait_for_next_firing(schedule: Schedule, key: JobKey) -> None:
    node = schedule.timetable.node(key)
    lane = schedule.lanes[node.process]
    lane.owed.discard(node.ordinal)
    if not schedule.state(node).is_finished:
        lane.without_data.add(node.ordinal)
