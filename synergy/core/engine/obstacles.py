"""What keeps the jobs of a plan from running once it is carried out, by an operator's own order, or is overruled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from synergy.core.counting import counted
from synergy.core.engine.drafts import Draft
from synergy.core.engine.orders import hold_of
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.why import Around, Outlook, waiting_for
from synergy.core.states import JobState

_MOST_FORCED: Final = 8
"""For so many jobs it is told what they are forced past: each is a question of its own."""


def obstacles_of(schedule: Schedule, draft: Draft) -> tuple[str, ...]:
    """Of the jobs that would have to run again, how many would not for now, and because of what; a line for each cause.

    Only what an operator has to lift is told: holds, the drain among them, and processes that are off. Jobs that are
    forced wait for nothing: of each is told what it would wait for, as its history will.
    """
    if draft.wish.verb == "force":
        return tuple(_ignored(schedule, draft))
    nodes = [
        node for node, change in zip(draft.nodes, draft.changes, strict=True) if change.new_state is JobState.EMBRYO
    ]
    found = Counter[str]()
    for node in nodes:
        lane = schedule.lanes[node.process]
        hold = hold_of(lane, node.ordinal)
        if hold is not None:
            found[f"{hold.reach} is held by {hold.actor} ({hold.directive_id})"] += 1
        elif not lane.is_on:
            found[f"{lane.spec.process_name} is off"] += 1
    return tuple(f"{counted(number, 'job')} would wait: {cause}" for cause, number in found.items())


def _ignored(schedule: Schedule, draft: Draft) -> Iterator[str]:
    """What the first jobs are forced past, in the words of their history."""
    outlook = Outlook(schedule, Around())
    for node in draft.nodes[:_MOST_FORCED]:
        yield f"{schedule.timetable.key(node)} would ignore: {'; '.join(waiting_for(outlook, node))}"
    more = len(draft.nodes) - _MOST_FORCED
    if more > 0:
        yield f"what {counted(more, 'more job')} would ignore is told by: synergyctl why JOB"
