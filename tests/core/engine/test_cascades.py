"""Plans over random timetables: a draft changes nothing, a plan does what it says, and a cascade runs each job once."""

from __future__ import annotations

from random import Random

import pytest

from synergy.core.engine.plans import draft
from synergy.core.records import JobKey
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Verb, Wish
from tests.core.engine import rules
from tests.core.engine.contexts import random_context
from tests.core.engine.world import World

SEEDS = range(1, 25)


def finished_world(random: Random) -> World:
    """A world in which every job is processed."""
    world = World(random_context(random, simple=True))
    world.go_to("2013040400")
    world.work()
    rules.check_complete(world)
    return world


def a_range(random: Random, world: World, process_name: str) -> str:
    lane = world.lane(process_name)
    ordinals = range(lane.column.first, lane.column.end)
    low = random.choice(ordinals)
    high = min(low + random.randrange(6), ordinals[-1])
    names = [world.schedule.timetable.timeperiod(Node(lane.number, ordinal)) for ordinal in (low, high)]
    return f"{process_name}@{names[0]}..{names[1]}"


def work_at_random(random: Random, world: World) -> None:
    """Some work begins, some ends, in any order."""
    for uow_id in random.sample(sorted(world.queue), min(len(world.queue), 2)):
        world.claim(uow_id)
    for attempt in random.sample(world.running, min(len(world.running), 1)):
        world.finish(attempt)
    world.settle()


def states(world: World) -> dict[JobKey, JobState]:
    timetable = world.schedule.timetable
    nodes = [Node(number, at) for number, one in enumerate(timetable.columns) for at in range(one.first, one.end)]
    return {timetable.key(node): world.schedule.state(node) for node in nodes}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cascade_runs_each_of_its_jobs_exactly_once_and_no_other(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a test's seed
    world = finished_world(random)
    targets = [a_range(random, world, random.choice(world.context.managed).process_name) for _ in range(2)]
    world.runs.clear()

    plan = world.apply("reprocess", *targets)
    if random.random() < 0.5:
        world.restart()
    while world.queue or world.running:
        work_at_random(random, world)

    assert dict(world.runs) == {JobKey(change.process_name, change.timeperiod): 1 for change in plan.changes}
    rules.check_complete(world)


def is_legal(verb: Verb, state: JobState) -> bool:
    return state is not JobState.EMBRYO if verb == "reprocess" else not state.is_finished


@pytest.mark.parametrize("seed", SEEDS)
def test_a_draft_changes_nothing_and_a_plan_does_exactly_what_it_says(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a test's seed
    world = World(random_context(random, simple=True))
    world.go_to("2013013112")
    world.work(random.choice((UowState.PROCESSED, UowState.INVALID)), most=random.randrange(1, 60))
    for uow_id in sorted(world.queue)[:3]:
        world.claim(uow_id)
    world.settle()
    verb: Verb = random.choice(("reprocess", "skip"))
    before, stored = states(world), dict(world.store.jobs)
    legal = [key for key, state in before.items() if is_legal(verb, state)]

    plan = draft(world.schedule, Wish(verb, tuple(str(key) for key in random.sample(legal, min(2, len(legal))))))
    assert states(world) == before
    assert world.schedule.outbox.is_empty()
    rules.check_memory(world)
    world.act(world.schedule, plan, "p1")

    after = states(world)
    changed = {key for key, state in after.items() if state is not before[key]}
    expected = {JobKey(change.process_name, change.timeperiod) for change in plan.changes}
    consequences = {"housekeeping", "input_finished"}  # a skipped job's parent goes on by its own rules
    extra = [one for one in world.schedule.outbox.history if JobKey(one.process_name, one.timeperiod) not in expected]
    assert expected <= changed
    assert changed - expected == {
        JobKey(one.process_name, one.timeperiod) for one in extra if one.cause in consequences
    }
    assert verb == "skip" or changed == expected
    assert all(after[JobKey(one.process_name, one.timeperiod)] is one.new_state for one in plan.changes)
    assert world.store.jobs == stored
    world.settle()
    assert world.store.plans["p1"].changes == plan.changes
