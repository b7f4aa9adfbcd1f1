"""What subscribers hear of plans and directives."""

from __future__ import annotations

import pytest

from synergy.core.control.events import DirectiveChanged, Event, JobChanged, PlanApplied
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

JOBS = "MainHourly@2013013020..2013013021"


@pytest.fixture
def world() -> World:
    world = World(context_of(spec("MainHourly", "Main", concurrency=4)), settings_of())
    world.go_to("2013013103")
    world.work()
    return world


def heard_by(world: World) -> list[Event]:
    """What is told from now on."""
    heard: list[Event] = []
    world.on_commit = lambda outbox: heard.extend(outbox.events)
    return heard


def test_an_applied_plan_is_told_with_what_was_asked_for(world: World) -> None:
    heard = heard_by(world)

    world.apply("skip", "MainHourly@2013013103")

    assert [event for event in heard if not isinstance(event, JobChanged)] == [
        PlanApplied("p1", "skip", "ann", ("MainHourly@2013013103",))
    ]


def test_a_hold_is_told_when_it_begins_and_when_it_ends(world: World) -> None:
    heard = heard_by(world)

    world.apply("hold", "MainHourly")
    world.apply("release", "MainHourly")

    assert [event for event in heard if isinstance(event, DirectiveChanged)] == [
        DirectiveChanged("p1", "hold", "MainHourly", "ann"),
        DirectiveChanged("p1", "hold", "MainHourly", "ann", is_lifted=True, outcome="released by ann"),
    ]


def test_a_batch_is_told_of_until_it_is_done(world: World) -> None:
    heard = heard_by(world)

    world.apply("reprocess", JOBS, max_parallel=1)
    world.apply("batch pause", "p1")
    world.apply("batch resume", "p1")
    world.work()

    assert [event for event in heard if isinstance(event, DirectiveChanged)] == [
        DirectiveChanged("p1", "batch", "2 jobs", "ann"),
        DirectiveChanged("p1", "batch", "2 jobs", "ann", is_paused=True),
        DirectiveChanged("p1", "batch", "2 jobs", "ann"),
        DirectiveChanged("p1", "batch", "2 jobs", "ann", is_lifted=True, outcome="done"),
    ]
    assert [event.verb for event in heard if isinstance(event, PlanApplied)] == [
        "reprocess", "batch pause", "batch resume"
    ]  # fmt: skip
