"""A supervisor that dies in silence: what it took or ended, and never told, is known to the store alone."""

from __future__ import annotations

import pytest

from synergy.core.engine import reports
from synergy.core.records import LEASE_LOST, UnitOfWork
from synergy.core.states import JobState, UowState
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

FIRST = "MainHourly@2013013020"


@pytest.fixture
def world() -> World:
    """One process whose first job is requested."""
    made = World(context_of(spec("MainHourly", "Main")), settings_of(synergy_end_timeperiod="2013013021"))
    made.go_to("2013020100")
    assert made.related(FIRST).state is UowState.REQUESTED
    return made


def taken_in_silence(world: World) -> UnitOfWork:
    """The supervisor ``old`` of the box takes the unit of work, and nobody is told."""
    attempt = world.claim(world.related(FIRST).uow_id, "old", tell=False)
    assert attempt is not None
    return attempt


def clear(world: World) -> None:
    """The supervisor ``new`` of the box has killed what ``old`` left."""
    world.running.clear()
    held = [uow for uow in world.store.uows.values() if uow.claimed_by == "old"]
    world.settle(lambda schedule: reports.supervisor_lost(schedule, "old", held))


def test_a_claim_that_was_never_told_is_offered_again_at_once(world: World) -> None:
    taken_in_silence(world)

    clear(world)

    again = world.related(FIRST)
    assert (again.state, again.attempt, again.losses) == (UowState.REQUESTED, 2, 1)
    assert again.uow_id in world.queue


def test_an_end_that_was_never_told_counts(world: World) -> None:
    attempt = taken_in_silence(world)
    world.finish(attempt)
    world.mail.clear()

    clear(world)

    assert world.state(FIRST) is JobState.PROCESSED
    assert (world.related(FIRST).attempt, world.related(FIRST).applied) == (1, True)


def test_a_failure_that_was_never_told_is_retried_by_the_rules(world: World) -> None:
    attempt = taken_in_silence(world)
    world.finish(attempt, UowState.INVALID)
    world.mail.clear()

    clear(world)

    assert world.related(FIRST).state is UowState.INVALID
    assert attempt.uow_id in world.schedule.queues


def test_what_the_new_supervisor_has_taken_since_stays_its_own(world: World) -> None:
    taken_in_silence(world)
    clear(world)
    world.claim(world.related(FIRST).uow_id, "new")

    clear(world)

    assert (world.related(FIRST).state, world.related(FIRST).claimed_by) == (UowState.IN_PROGRESS, "new")


def test_work_that_its_supervisor_ended_at_its_fence_is_offered_again_at_once(world: World) -> None:
    attempt = world.claim(world.related(FIRST).uow_id, "old")
    assert attempt is not None
    world.finish(attempt, UowState.INVALID, LEASE_LOST)
    world.settle()

    again = world.related(FIRST)
    assert (again.state, again.attempt, again.losses) == (UowState.REQUESTED, 2, 1)
    assert again.uow_id in world.queue


def test_work_that_meets_three_fences_in_a_row_takes_the_queue(world: World) -> None:
    for _ in range(3):
        attempt = world.claim(world.related(FIRST).uow_id, "old")
        assert attempt is not None
        world.finish(attempt, UowState.INVALID, LEASE_LOST)
        world.settle()

    last = world.related(FIRST)
    assert (last.state, last.attempt, last.losses) == (UowState.INVALID, 3, 3)
    assert last.uow_id in world.schedule.queues
