"""Work that a worker claimed ahead and gave back: the daemon is not told, and another one takes the same attempt."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.engine import reports
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

JOB = "MainHourly@2013013020"
FIRST = UowId(f"{JOB}.1")


@pytest.fixture
def world() -> World:
    """One job, whose unit of work s1 has claimed."""
    made = World(context_of(spec("MainHourly", "Main")), settings_of(synergy_end_timeperiod="2013013021"))
    made.go_to("2013020100")
    claimed(made, "s1")
    made.settle()
    return made


def claimed(world: World, supervisor_id: str, *, tell: bool = True) -> UnitOfWork:
    attempt = world.claim(FIRST, supervisor_id, tell=tell)
    assert attempt is not None
    return attempt


def give_back(world: World) -> None:
    [attempt] = world.running
    world.give_back(attempt)


@pytest.mark.parametrize("tell", [True, False])
def test_it_stays_with_who_runs_it_now_when_the_first_worker_is_lost(world: World, *, tell: bool) -> None:
    give_back(world)
    attempt = claimed(world, "s2", tell=tell)

    world.die("s1")

    assert world.store.uows[FIRST] == world.schedule.uows[FIRST] == attempt
    assert world.claim(FIRST, "s3") is None


def test_it_stays_with_who_claims_it_just_before_the_first_worker_is_found_lost(world: World) -> None:
    def be_quicker() -> None:
        world.before_commit = lambda: None
        claimed(world, "s2")

    world.before_commit = be_quicker

    world.die("s1", releases=True)

    [attempt] = world.running
    assert attempt.claimed_by == "s2"
    assert world.store.uows[FIRST] == world.schedule.uows[FIRST] == attempt
    assert world.claim(FIRST, "s3") is None


def test_it_is_not_cleared_away_with_what_else_its_first_worker_left(world: World) -> None:
    give_back(world)
    attempt = claimed(world, "s2", tell=False)

    world.settle(lambda schedule: reports.supervisor_lost(schedule, "s1"))

    assert world.store.uows[FIRST] == world.schedule.uows[FIRST] == attempt


@pytest.mark.parametrize("tell", [True, False])
def test_it_is_offered_again_when_its_second_worker_is_lost(world: World, *, tell: bool) -> None:
    give_back(world)
    claimed(world, "s2", tell=tell)

    world.die("s2")

    assert (world.store.uows[FIRST].state, world.store.uows[FIRST].attempt) == (UowState.REQUESTED, 2)
    assert FIRST in world.queue


def test_its_new_worker_is_known_and_ends_it_as_the_first_would_have(world: World) -> None:
    give_back(world)
    attempt = claimed(world, "s2")
    world.settle()
    assert world.schedule.uows[FIRST] == attempt

    world.finish(attempt)
    world.settle()

    assert world.state(JOB) is JobState.PROCESSED


def test_a_claim_that_is_told_late_does_not_take_a_cancel_back(world: World) -> None:
    give_back(world)
    attempt = claimed(world, "s2")
    late, world.mail = world.mail, []
    world.apply("cancel", JOB)

    world.mail = late
    world.settle()

    assert world.schedule.uows[FIRST] == replace(attempt, cancel_requested=True)
    world.stop_canceled()
    world.settle()
    assert world.state(JOB) is JobState.SKIPPED


def test_what_is_given_back_as_it_is_canceled_is_canceled_in_the_next_round(world: World) -> None:
    world.apply("cancel", JOB)
    give_back(world)
    assert world.claim(FIRST, "s2") is None

    world.settle(collect=True)

    assert world.store.uows[FIRST].state is UowState.CANCELED
    assert world.state(JOB) is JobState.SKIPPED
    rules.check_memory(world)


def test_what_nobody_has_claimed_since_is_offered_again_in_the_next_round(world: World) -> None:
    give_back(world)
    world.queue.clear()

    world.settle(collect=True)

    assert FIRST in world.queue
    assert world.schedule.uows[FIRST] == world.store.uows[FIRST]
    assert world.schedule.uows[FIRST].attempt == 1


def test_what_is_set_aside_is_left_as_it_lies(world: World) -> None:
    give_back(world)
    world.queue.clear()
    world.schedule.aside[JOB] = "unstorable"

    world.settle(collect=True)

    assert FIRST not in world.queue
