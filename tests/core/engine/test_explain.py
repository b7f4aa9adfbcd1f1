"""Why a job does not go on, in words."""

from __future__ import annotations

from synergy.core.context import BlockingType
from synergy.core.engine import changes
from synergy.core.engine.explain import waiting_for
from synergy.core.records import JobKey
from synergy.core.states import UowState
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

JOB = "MainHourly@2013013020"


def world_of(at: str = "2013013022", **daily: object) -> World:
    context = context_of(
        spec("MainDaily", "Main", **daily),
        spec("MainHourly", "Main"),
        spec("ReportHourly", "Report", blocking_type=BlockingType.DEPENDENCIES, concurrency=1),
        dependent_on={"Report": ("Main",)},
    )
    world = World(context, settings_of(gc_life_support_hours=1.0))
    world.go_to(at)
    return world


def why(world: World, name: str = JOB) -> list[str]:
    process_name, _, timeperiod = name.partition("@")
    return list(waiting_for(world.schedule, world.schedule.timetable.node(JobKey(process_name, timeperiod))))


def test_a_finished_job_waits_for_nothing() -> None:
    world = world_of()
    world.work(most=1)

    assert why(world) == []


def test_a_requested_unit_of_work_waits_for_a_worker_and_a_running_one_for_nothing() -> None:
    world = world_of()
    assert why(world) == [f"{JOB}.1 is queued: no worker has taken it yet"]

    world.claim(world.related(JOB).uow_id)
    world.settle()
    assert why(world) == []


def test_work_that_is_being_stopped_is_waited_for() -> None:
    world = world_of()
    world.claim(world.related(JOB).uow_id)
    world.settle()
    world.apply("reprocess", JOB)

    assert why(world) == [f"unit of work {JOB}.1 is being stopped"]


def test_a_failed_run_waits_in_its_queue_for_the_collector_or_for_an_operator() -> None:
    world = world_of()
    world.work(UowState.INVALID, most=1)
    assert why(world) == [f"{JOB}.1 failed (exit 1); offered again in 900 s"]

    world.schedule.queues.flush()
    assert why(world) == [f"{JOB}.1 failed (exit 1); the collector will offer it again"]

    world.tick(4_000.0)
    world.settle(collect=True)
    assert why(world) == [f"{JOB}.1 failed (exit 1) and was given up: reprocess or skip it"]


def test_a_period_that_is_not_over_is_due_later() -> None:
    assert why(world_of(), "MainHourly@2013013022")[0] == "the period is not over: due in 3900 s of schedule time"


def test_an_inactive_process_and_a_trigger_that_has_not_fired_are_told() -> None:
    world = world_of("2013013101", trigger_frequency="at 12:00")
    lane = world.lane("MainDaily")
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=False, actor="ann", reason=None))

    assert why(world, "MainDaily@2013013000") == [
        "MainDaily is inactive (synergyctl activate MainDaily)",
        "the trigger (at 12:00 (UTC)) has not fired since the period closed",
    ]


def test_unfinished_inputs_are_named_and_the_rest_counted() -> None:
    world = world_of("2013013101", blocking_type=BlockingType.CHILDREN)

    named = [
        f"MainHourly@20130130{hour} ({state})" for hour, state in ((20, "in progress"), (21, "embryo"), (22, "embryo"))
    ]
    assert why(world, "MainDaily@2013013000") == [
        f"4 children not finished: {', '.join(named)} and 1 more",
    ]
    assert why(world, "ReportHourly@2013013020") == ["1 dependency not finished: MainHourly@2013013020 (in progress)"]


def test_children_still_to_come_are_told() -> None:
    world = world_of("2013013101", blocking_type=BlockingType.CHILDREN)
    world.work()

    assert why(world, "MainDaily@2013013100")[-1].startswith("2 children not finished")
    world.apply("skip", "MainHourly@2013013100..2013013101")
    assert why(world, "MainDaily@2013013100")[-1] == "children still to come in MainHourly"


def test_a_job_that_has_run_waits_for_its_inputs_even_if_nothing_blocks_it() -> None:
    world = world_of("2013013101")
    world.work(most=2)

    assert why(world, "MainDaily@2013013000")[0].startswith("3 children not finished")


def test_in_a_strict_lane_the_earlier_period_is_named_and_in_a_wide_one_the_slots() -> None:
    world = world_of("2013013023")
    expected = ["MainHourly@2013013020 is before it and in progress (concurrency 1)"]
    assert why(world, "MainHourly@2013013021") == expected

    wide = World(context_of(spec("MainHourly", "Main", concurrency=2)))
    wide.go_to("2013013101")
    assert why(wide, "MainHourly@2013013022") == ["all 2 slots of MainHourly are taken"]


def test_a_free_lane_names_nobody() -> None:
    wide = World(context_of(spec("MainHourly", "Main", concurrency=9)))

    assert why(wide) == ["the period is not over: due in 3900 s of schedule time"]


def test_inputs_that_are_finished_are_not_told() -> None:
    world = world_of()
    lane = world.lane("ReportHourly")
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=False, actor="ann", reason=None))
    world.work()

    assert why(world, "ReportHourly@2013013020") == ["ReportHourly is inactive (synergyctl activate ReportHourly)"]
