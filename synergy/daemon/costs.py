"""What a plan would cost: how long its jobs take by what the last runs took, and whose deadline that endangers."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Final

from msgspec import Struct

from synergy.core.control import replies
from synergy.core.engine.drafts import Draft
from synergy.core.engine.schedule import Schedule
from synergy.core.ports import LeaderStore, UowQuery
from synergy.core.states import JobState, UowState

RUNS: Final = 25
"""How many of a process's last runs the median is of."""


class Cost(Struct, frozen=True):
    """Per process, the sum (levels run after one another), and the jobs whose deadline would pass."""

    levels: tuple[replies.Level, ...] = ()
    seconds: float | None = None
    at_risk: tuple[str, ...] = ()


async def cost_of(schedule: Schedule, store: LeaderStore, draft: Draft) -> Cost:
    """Count the plan's jobs per tree and level, and weigh those that would run."""
    counts: dict[int, int] = {}
    for node in draft.nodes:
        counts[node.process] = counts.get(node.process, 0) + 1
    runs = draft.wish.verb in {"reprocess", "force"}
    medians = {number: await median_of(schedule, store, number) for number in counts} if runs else {}
    levels = tuple(_level(schedule, number, counts[number], medians.get(number)) for number in sorted(counts))
    known = [level.seconds for level in levels if level.seconds is not None]
    total = sum(known) if known else None
    return Cost(levels, total, _at_risk(schedule, draft, counts, total) if total is not None else ())


async def median_of(schedule: Schedule, store: LeaderStore, number: int) -> float | None:
    """Seconds of real time that a run takes; None when there was none."""
    query = UowQuery(frozenset({UowState.PROCESSED}), schedule.timetable.specs[number].process_name, limit=RUNS)
    found = await store.find_uows(query)
    lasted = [uow.finished - uow.started for uow in found if uow.finished is not None and uow.started is not None]
    return median(lasted) if lasted else None


def _level(schedule: Schedule, number: int, jobs: int, lasts: float | None) -> replies.Level:
    spec = schedule.timetable.specs[number]
    seconds = None if lasts is None else lasts * -(-jobs // spec.concurrency)
    at_once = min(jobs, spec.concurrency)
    return replies.Level(spec.tree_name, spec.process_name, spec.time_qualifier.value, jobs, lasts, seconds, at_once)


def _at_risk(schedule: Schedule, draft: Draft, counts: Mapping[int, int], seconds: float) -> tuple[str, ...]:
    """Jobs that would have met their deadline, but not after so long; past deadlines are missed already."""
    deadlines = {number: schedule.timetable.specs[number].work.deadline for number in counts}
    found = []
    for node, change in zip(draft.nodes, draft.changes, strict=True):
        deadline = deadlines[node.process]
        if deadline is None or (change.new_state is not JobState.EMBRYO and draft.wish.verb != "force"):
            continue
        left = schedule.timetable.period_end(node) + deadline - schedule.now.schedule
        if 0.0 < left < seconds:
            found.append(str(schedule.timetable.key(node)))
    return tuple(found)
