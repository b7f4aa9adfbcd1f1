"""What a plan would cost: how long its jobs take by what the last runs took, and whose deadline that endangers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from statistics import median
from typing import Final

from msgspec import Struct

from synergy.core.context import ManagedSpec
from synergy.core.control import replies
from synergy.core.engine.drafts import Draft
from synergy.core.engine.orders import room_of_batch
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


async def cost_of(schedule: Schedule, store: LeaderStore, draft: Draft, slots: Mapping[str, int]) -> Cost:
    """Count the plan's jobs per tree and level, and weigh those that would run; ``slots``: of each living box."""
    counts: dict[int, int] = {}
    for node in draft.nodes:
        counts[node.process] = counts.get(node.process, 0) + 1
    runs = draft.wish.verb in {"reprocess", "force"}
    medians = {number: await median_of(schedule, store, number) for number in counts} if runs else {}
    levels = tuple(
        _level(
            schedule.timetable.specs[number],
            counts[number],
            medians.get(number),
            _most_at_once(schedule, number, draft.wish.max_parallel, slots),
        )
        for number in sorted(counts)
    )
    known = [level.seconds for level in levels if level.seconds is not None]
    total = sum(known) if known else None
    return Cost(levels, total, _at_risk(schedule, draft, counts, total) if total is not None else ())


async def median_of(schedule: Schedule, store: LeaderStore, number: int) -> float | None:
    """Seconds of real time that a run takes; None when there was none."""
    query = UowQuery(frozenset({UowState.PROCESSED}), schedule.timetable.specs[number].process_name, limit=RUNS)
    found = await store.find_uows(query)
    lasted = [uow.finished - uow.started for uow in found if uow.finished is not None and uow.started is not None]
    return median(lasted) if lasted else None


def _level(spec: ManagedSpec, jobs: int, lasts: float | None, most: int) -> replies.Level:
    at_once = min(jobs, most)
    seconds = None if lasts is None else lasts * -(-jobs // at_once)
    return replies.Level(spec.tree_name, spec.process_name, spec.time_qualifier.value, jobs, lasts, seconds, at_once)


def _most_at_once(schedule: Schedule, number: int, max_parallel: int | None, slots: Mapping[str, int]) -> int:
    """How many of the process's jobs can run beside each other.

    A batch's limit is for all its jobs together. It holds for the sum, too: there levels run one after another.
    """
    spec = schedule.timetable.specs[number]
    most = spec.concurrency if max_parallel is None else min(max_parallel, room_of_batch(spec.concurrency))
    places = _places(schedule, spec, slots)
    return most if not places else min(most, places)


def _places(schedule: Schedule, spec: ManagedSpec, slots: Mapping[str, int]) -> int:
    """How many the living boxes can run that the process may run on, none of them more than its pool lets it."""
    pool, patterns = spec.work.pool, spec.work.present_on_boxes
    here = [most for box_id, most in slots.items() if any(re.fullmatch(pattern, box_id) for pattern in patterns)]
    if pool is None:
        return sum(here)
    size = schedule.context.pools.get(pool, 1)
    return sum(min(most, size) for most in here)


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
