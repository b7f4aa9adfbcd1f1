"""What a plan says of orders that would keep its jobs from running."""

from __future__ import annotations

from synergy.core.engine.obstacles import obstacles_of
from synergy.core.engine.plans import draft
from synergy.core.wishes import Scope, Wish
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

HOURS = "MainHourly@2013013020..2013013022"
RERUN = Wish("reprocess", (HOURS,), scope=Scope(alone=True))


def world_of() -> World:
    world = World(
        context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main", concurrency=4)),
        settings_of(),
    )
    world.go_to("2013013101")
    world.work()
    return world


def obstacles(world: World, wish: Wish = RERUN) -> tuple[str, ...]:
    return obstacles_of(world.schedule, draft(world.schedule, wish))


def test_nothing_is_told_where_nothing_is_ordered() -> None:
    assert obstacles(world_of()) == ()


def test_held_jobs_a_process_that_is_off_and_a_drain_are_told() -> None:
    world = world_of()
    world.apply("hold", "MainHourly@2013013020..2013013021")
    [hold] = world.schedule.orders.directives
    assert obstacles(world) == (f"2 jobs would wait: MainHourly@2013013020..2013013021 is held by ann ({hold})",)

    world.schedule.lanes[world.schedule.timetable.index["MainHourly"]].is_on = False
    assert obstacles(world)[1:] == ("1 job would wait: MainHourly is off",)

    world.apply("drain")
    assert obstacles(world)[1:] == ("1 job would wait: everything is held by ann (p2)",)


def test_a_verb_after_which_nothing_runs_meets_none() -> None:
    world = world_of()
    world.apply("drain")
    assert obstacles(world, Wish("mark", (HOURS,), to="noop")) == ()


def test_a_forced_job_is_told_to_ignore_what_its_history_says_it_ignored() -> None:
    world = World(context_of(spec("MainHourly", "Main", is_on=False)), settings_of())
    world.go_to("2013013101")
    job = "MainHourly@2013013021"
    [told] = obstacles(world, Wish("force", (job,)))

    world.apply("force", job)
    entry = world.store.history[-1]
    assert entry.cause == "force"
    assert told == f"{job} would {(entry.because or '').replace('ignored', 'ignore')}"
    assert "MainHourly@2013013020 is before it" in told


def test_of_many_forced_jobs_the_first_are_told_what_they_would_ignore() -> None:
    world = world_of()
    world.apply("hold", "MainHourly")
    world.go_to("2013013107")
    world.apply("reprocess", HOURS)

    told = obstacles(world, Wish("force", ("MainHourly@2013013020..2013013106",)))
    assert len(told) == 8 + 1
    assert told[0] == "MainHourly@2013013020 would ignore: MainHourly is held"
    assert told[-1] == "what 2 more jobs would ignore is told by: synergyctl why JOB"


def test_a_forced_job_that_nothing_keeps_ignores_nothing() -> None:
    world = world_of()
    world.apply("hold", "MainHourly@2013013100..2013013101")
    world.go_to("2013013103")
    world.apply("release", "p1")

    told = obstacles(world, Wish("force", ("MainHourly@2013013100", "MainHourly@2013013102")))
    assert len(told) == 1
    assert told[0].startswith("MainHourly@2013013102 would ignore: the period is not over")
