"""Housekeeping at a start: what changed definitions leave finished over unfinished is reprocessed."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.context import BlockingType
from synergy.core.records import Job, JobKey
from synergy.core.states import JobState
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

MONTH = spec("MainMonthly", "Main", is_on=False)
DAY = spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN)
REPORT = spec("ReportDaily", "Report")


def finished_days() -> World:
    """Two days and a report of each, all of them processed; their month is not, and the hours are defined later."""
    context = context_of(MONTH, DAY, REPORT, dependent_on={"Report": ("Main",)})
    world = World(context, settings_of(synergy_end_timeperiod="2013020100"))
    world.go_to("2013020200")
    world.work()
    return world


def test_a_finished_day_over_new_hours_runs_again_after_them_and_its_dependant_after_it() -> None:
    world = finished_days()
    world.context = context_of(MONTH, DAY, spec("MainHourly", "Main"), REPORT, dependent_on={"Report": ("Main",)})
    world.runs.clear()

    world.restart()

    touched = {name: world.state(name) for name in ("MainDaily@2013013000", "ReportDaily@2013013100")}
    assert set(touched.values()) == {JobState.EMBRYO}
    world.work()
    assert sorted(set(world.runs.values())) == [1]
    assert {world.state(name) for name in touched} == {JobState.PROCESSED}


def test_a_finished_day_over_new_hours_that_are_still_to_come_runs_again_too() -> None:
    world = World(context_of(MONTH, DAY))
    world.go_to("2013013105")
    world.apply("skip", "MainDaily@2013013100")
    world.context = context_of(MONTH, DAY, spec("MainHourly", "Main", is_on=False))
    for hour in (*range(20, 24), *range(24, 30)):
        name = f"201301{30 + hour // 24}{hour % 24:02}"
        world.store.jobs[JobKey("MainHourly", name)] = Job("MainHourly", name, JobState.NOOP)

    world.restart()

    assert world.state("MainDaily@2013013100") is JobState.EMBRYO


def test_a_day_that_an_operator_accepted_by_hand_is_left_alone() -> None:
    world = finished_days()
    job = world.job("MainDaily@2013013000")
    world.store.jobs[job.key] = replace(job, accepted_by_hand=True)
    world.context = context_of(MONTH, DAY, spec("MainHourly", "Main"), REPORT, dependent_on={"Report": ("Main",)})

    world.restart()

    assert world.state("MainDaily@2013013000") is JobState.PROCESSED
    assert world.state("MainDaily@2013013100") is not JobState.PROCESSED
