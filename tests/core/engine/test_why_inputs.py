"""Why a job waits for its inputs: children and dependencies, also within a cascade."""

from __future__ import annotations

from synergy.core.context import BlockingType
from synergy.core.engine.why import Code
from synergy.core.states import JobState
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.why_scenes import (
    DAY,
    HOUR,
    Scene,
    small,
    tolds,
    what,
)
from tests.core.engine.world import World


def test_children_still_to_come_are_told() -> None:
    world = small("2013013101")
    world.work()
    world.apply("skip", "MainHourly@2013013100..2013013101")

    assert what(world, "MainDaily@2013013100")[-1] == "children still to come in MainHourly"


def test_a_job_that_has_run_waits_for_its_inputs_even_if_nothing_blocks_it() -> None:
    world = World(context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main")))
    world.go_to("2013013101")
    world.work(most=2)

    assert what(world, DAY)[0].startswith("3 children not finished")


def test_a_job_that_nothing_blocks_names_no_children_before_its_run() -> None:
    world = World(context_of(spec("MainDaily", "Main", is_on=False), spec("MainHourly", "Main")))
    world.go_to("2013013101")

    assert [told.code for told in tolds(Scene(world, DAY))] == [Code.INACTIVE_PROCESS]


def test_within_a_cascade_a_job_waits_for_those_inputs_alone_that_are_run_again() -> None:
    world = World(
        context_of(
            spec("MainDaily", "Main"),
            spec("MainHourly", "Main", concurrency=2),
            spec("ReportDaily", "Report", blocking_type=BlockingType.DEPENDENCIES),
            dependent_on={"Report": ("Main",)},
        ),
    )
    world.go_to("2013013101")
    world.work(most=2)
    world.apply("reprocess", HOUR)
    world.schedule.lanes[0].is_on = world.schedule.lanes[1].is_on = False

    assert world.state(DAY) is JobState.EMBRYO
    assert f"1 child not finished: {HOUR} (embryo)" in what(world, DAY)
    assert what(world, "ReportDaily@2013013000")[0] == f"1 dependency not finished: {DAY} (embryo)"


def test_a_dependant_that_will_be_skipped_waits_for_its_own_children_first() -> None:
    world = World(
        context_of(
            spec("MainDaily", "Main"),
            spec("ReportDaily", "Report", blocking_type=BlockingType.DEPENDENCIES),
            spec("ReportHourly", "Report"),
            dependent_on={"Report": ("Main",)},
        ),
    )
    world.go_to("2013013101")
    world.apply("cancel", DAY)

    codes = [told.code for told in tolds(Scene(world, "ReportDaily@2013013000"))]

    assert codes[:2] == [Code.UPSTREAM_SKIPPED, Code.BLOCKED_CHILDREN]
