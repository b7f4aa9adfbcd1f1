"""Schedules drawn at random, whether or not a history leads to them: what is told of one has to be right for any."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec.structs import replace

from synergy.core.context import ManagedSpec, ProcessContext, Work
from synergy.core.directives import Directive, DirectiveId, DirectiveKind
from synergy.core.engine.orders import put_directive
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.records import Job, UnitOfWork, derive_uow_id
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node
from tests.core.engine.contexts import context_of, random_spec, settings_of
from tests.core.engine.world import REAL, World

_TREES: Final = ("Main", "Report", "Mail")
_Fate = JobState | UowState | None
_DONE: Final = (JobState.PROCESSED, JobState.SKIPPED, JobState.NOOP)
_UOWS: Final = (UowState.IN_PROGRESS, UowState.INVALID, UowState.PROCESSED)
_FATES: Final[tuple[_Fate, ...]] = (*[None] * 8, *[UowState.REQUESTED] * 4, *_DONE, *_UOWS, JobState.EMBRYO)
_BUSY: Final = {UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID}


def random_schedule(random: Random) -> Schedule:
    """Three trees over a day; neighbours mostly have the same fate."""
    world = World(_random_context(random), settings_of(), at="2013013120")
    schedule = world.schedule
    for lane in schedule.lanes:
        lane.is_on = random.random() < 0.7
        lane.due_before = random.randint(lane.column.first, lane.column.end)
        fate: _Fate = None
        for ordinal in list(lane.column.unfinished()):
            if random.random() < 0.2:
                fate = random.choice(_FATES)
            if fate is not None:
                _touch(random, schedule, Node(lane.number, ordinal), fate)
            _point_out(random, schedule, lane, ordinal)
    for number in range(random.choice((0, 1, 2))):
        put_directive(schedule, _random_hold(random, schedule, f"h{number}"))
    for number in range(random.choice((0, 0, 2))):
        batch = Directive(DirectiveId(f"b{number}"), DirectiveKind.BATCH, "ann", REAL, max_parallel=1)
        put_directive(schedule, replace(batch, is_paused=random.random() < 0.5))
    return schedule


def _random_context(random: Random) -> ProcessContext:
    specs: list[ManagedSpec] = []
    for tree in _TREES:
        levels = random.choice((("Hourly",), ("Daily", "Hourly"), ("Monthly", "Daily", "Hourly")))
        specs += [random_spec(random, tree, level, simple=False) for level in levels]
    works = (Work(run="jobs:run"), Work(run="jobs:run"), Work(run="jobs:run", pool="db"))
    specs = [replace(one, work=random.choice(works)) for one in specs]
    dependent_on = {"Report": ("Main",), "Mail": ("Report", "Main")[: random.choice((1, 2))]}
    return replace(context_of(*specs, dependent_on=dependent_on), pools={"db": 1})


def _touch(random: Random, schedule: Schedule, node: Node, fate: JobState | UowState) -> None:
    """Give the job a record; ``fate`` is its own state or that of its unit of work."""
    lane, key = schedule.lanes[node.process], schedule.timetable.key(node)
    job = Job(
        key.process_name, key.timeperiod, run=1, reopened=random.random() < 0.2, batch=random.choice((None, "b0"))
    )
    if isinstance(fate, JobState):
        lane.column.put(node.ordinal, fate)
        if fate != JobState.EMBRYO:
            return
    else:
        uow = UnitOfWork(
            derive_uow_id(job.process_name, None, job.timeperiod, 1), job.process_name, job.timeperiod, 1,
            job.timeperiod, job.timeperiod, state=fate, created=REAL - random.choice((1.0, 1.0, 80.0, 90.0)),
            started=random.choice((None, REAL, REAL - 70.0)), box_id="box", gave_up=random.random() < 0.3,
        )  # fmt: skip
        schedule.uows[uow.uow_id] = uow
        job = replace(job, related_unit_of_work=uow.uow_id, accepted_by_hand=random.random() < 0.1)
        lane.column.put(node.ordinal, JobState.IN_PROGRESS)
        if uow.state in _BUSY:
            lane.holding.add(node.ordinal)
            if uow.state is UowState.INVALID:
                lane.invalid.add(node.ordinal)
            if random.random() < 0.2:
                schedule.queues.add(job.process_name, uow.uow_id, REAL + 60.0)
    if job.reopened:
        lane.reopened.add(node.ordinal)
    schedule.jobs[node] = job


def _point_out(random: Random, schedule: Schedule, lane: Lane, ordinal: int) -> None:
    """Something that is so of this job alone."""
    if random.random() > 0.1 or lane.column.is_finished(ordinal):
        return
    node = Node(lane.number, ordinal)
    which = random.randrange(5)
    if which == 0:
        schedule.aside[str(schedule.timetable.key(node))] = "too large"
    elif which == 1:
        schedule.dying[node] = derive_uow_id(lane.spec.process_name, None, schedule.timetable.timeperiod(node), 1)
    else:
        random.choice((lane.asked, lane.without_data, lane.owed)).add(ordinal)


def _random_hold(random: Random, schedule: Schedule, name: str) -> Directive:
    lane = random.choice([lane for lane in schedule.lanes if lane.column.states])
    ends = sorted(random.choices(range(lane.column.first, lane.column.end), k=2))
    first, last = (schedule.timetable.timeperiod(Node(lane.number, ordinal)) for ordinal in ends)
    of_some = Directive(
        DirectiveId(name), DirectiveKind.HOLD, "ann", REAL, process_name=lane.spec.process_name,
        from_timeperiod=first, to_timeperiod=last,
    )  # fmt: skip
    return random.choice((of_some, of_some, Directive(DirectiveId(name), DirectiveKind.HOLD, "ann", REAL)))
