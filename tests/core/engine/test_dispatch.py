"""Which jobs start, and that none is forgotten."""

from __future__ import annotations

import pytest

from synergy.core.context import BlockingType, MachineKind
from synergy.core.engine import changes, dispatch
from synergy.core.records import JobKey
from synergy.core.states import JobState, UowState
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import BY, World


def hours(world: World, process_name: str = "MainHourly") -> list[str]:
    """What is offered of a process, by the hour."""
    return sorted(world.store.uows[uow_id].timeperiod[6:] for uow_id in world.queue if uow_id.startswith(process_name))


def switch(world: World, process_name: str, *, is_on: bool) -> None:
    lane = world.lane(process_name)
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=is_on, by=BY))


def test_a_strict_lane_starts_a_period_only_after_all_earlier_ones_finished() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    world.go_to("2013013102")

    assert hours(world) == ["3020"]
    world.work(most=1)
    assert hours(world) == ["3021"]


def test_a_wide_lane_starts_the_oldest_eligible_ones_and_no_more_than_its_concurrency() -> None:
    world = World(context_of(spec("MainHourly", "Main", concurrency=3)))
    world.go_to("2013013102")

    assert hours(world) == ["3020", "3021", "3022"]


def test_a_strict_lane_finishes_a_reopened_period_before_it_goes_on() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    world.go_to("2013013102")
    world.work(most=2)

    world.apply("reprocess", "MainHourly@2013013020")
    world.work(most=1)

    assert hours(world) == ["3020"]


def test_a_second_run_waits_for_a_slot_as_a_first_one_does() -> None:
    context = context_of(spec("MainDaily", "Main", concurrency=2), spec("MainHourly", "Main", concurrency=50))
    world = World(context)
    switch(world, "MainHourly", is_on=False)
    world.go_to("2013020203")
    world.work()  # each day has run once, and waits for its hours
    world.apply("reprocess", "MainDaily@2013013100..2013020100")
    running = [world.claim(uow_id) for uow_id in sorted(world.queue)]  # the slots are taken
    switch(world, "MainHourly", is_on=True)

    for uow_id in sorted(world.queue):
        attempt = world.claim(uow_id)
        assert attempt is not None
        world.finish(attempt)
    world.settle()  # the first day could run once more now
    rules.check_units(world)
    assert hours(world, "MainDaily") == []

    for attempt in running:
        assert attempt is not None
        world.finish(attempt)
    world.settle()
    assert hours(world, "MainDaily")[:1] == ["3000"]
    world.work()
    assert world.runs[JobKey("MainDaily", "2013013000")] == 2


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_job_whose_last_input_finished_while_its_lane_was_off_goes_on_once_it_is_on(concurrency: int) -> None:
    world = World(
        context_of(spec("MainDaily", "Main", concurrency=concurrency), spec("MainHourly", "Main", concurrency=30))
    )
    switch(world, "MainHourly", is_on=False)
    world.go_to("2013013101")
    world.work()
    assert world.state("MainDaily@2013013000") is JobState.IN_PROGRESS
    switch(world, "MainDaily", is_on=False)
    switch(world, "MainHourly", is_on=True)
    world.work()
    assert world.state("MainDaily@2013013000") is JobState.IN_PROGRESS

    switch(world, "MainDaily", is_on=True)
    world.work()

    assert world.state("MainDaily@2013013000") is JobState.PROCESSED


def test_a_blocked_period_that_was_woken_while_its_lane_was_off_starts_once_it_is_on() -> None:
    children = BlockingType.CHILDREN
    world = World(
        context_of(
            spec("MainDaily", "Main", concurrency=3, blocking_type=children), spec("MainHourly", "Main", concurrency=30)
        ),
    )
    world.go_to("2013020100")
    switch(world, "MainDaily", is_on=False)
    world.work()
    assert world.state("MainDaily@2013013000") is JobState.EMBRYO

    switch(world, "MainDaily", is_on=True)

    assert hours(world, "MainDaily") == ["3000"]


def test_a_frontier_that_stopped_at_its_limit_goes_on_in_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "LOOKS_PER_BATCH", 3)
    blocked = spec("ReportHourly", "Report", concurrency=2, blocking_type=BlockingType.DEPENDENCIES)
    world = World(
        context_of(spec("MainHourly", "Main", concurrency=20), blocked, dependent_on={"Report": ("Main",)}),
    )
    switch(world, "ReportHourly", is_on=False)
    world.go_to("2013020100")
    last = next(uow_id for uow_id in world.queue if uow_id.endswith("2013013115.1"))
    attempt = world.claim(last)
    assert attempt is not None
    world.finish(attempt)
    world.settle()

    switch(world, "ReportHourly", is_on=True)

    assert hours(world, "ReportHourly") == ["3115"]


def test_a_reopened_period_that_a_new_trigger_does_not_let_start_yet_is_not_forgotten() -> None:
    world = World(context_of(spec("MainHourly", "Main", concurrency=4)))
    world.go_to("2013013102")
    world.work()
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "at 05:00", by=BY))
    world.apply("reprocess", "MainHourly@2013013023")
    world.restart()
    assert hours(world) == []

    world.go_to("2013013105")

    assert hours(world)[:1] == ["3023"]


def test_a_continuous_period_with_a_finished_run_lets_the_next_one_start() -> None:
    world = World(context_of(spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS)))
    world.tick(60.0)
    world.work()
    assert world.state("MainHourly@2013013020") is JobState.IN_PROGRESS

    world.tick(1.0, 3_600.0)
    world.work()

    assert world.state("MainHourly@2013013021") is JobState.IN_PROGRESS
    rules.check_memory(world)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_each_open_period_of_a_continuous_process_gets_one_run_for_each_firing(concurrency: int) -> None:
    context = context_of(
        spec(
            "MainDaily",
            "Main",
            state_machine=MachineKind.CONTINUOUS,
            concurrency=concurrency,
            trigger_frequency="every 3600",
        ),
        spec("MainHourly", "Main", is_on=False),
    )
    world = World(context, settings_of())
    world.go_to("2013020100")  # three days, none of which can be finished: their hours are off
    world.work()
    world.runs.clear()

    world.go_to("2013020101")
    world.work()

    days = [key.timeperiod for key in world.runs]
    assert sorted(days) == ["2013013000", "2013013100", "2013020100"]
    assert set(world.runs.values()) == {1}


def test_a_process_that_is_off_starts_nothing_and_goes_on_where_it_was() -> None:
    world = World(context_of(spec("MainHourly", "Main", concurrency=2, is_on=False)))
    world.go_to("2013013102")
    assert hours(world) == []

    switch(world, "MainHourly", is_on=True)

    assert hours(world) == ["3020", "3021"]


def test_more_work_in_progress_than_a_lowered_concurrency_allows_ends_before_more_starts() -> None:
    world = World(context_of(spec("MainHourly", "Main", concurrency=4)))
    world.go_to("2013013103")
    attempts = [world.claim(uow_id) for uow_id in sorted(world.queue)]
    world.context = context_of(spec("MainHourly", "Main", concurrency=2))
    world.restart()

    for attempt in attempts[:2]:
        assert attempt is not None
        world.finish(attempt, UowState.PROCESSED)
    world.settle()

    assert hours(world) == []
    world.work()
    for attempt in attempts[2:]:
        assert attempt is not None
        world.finish(attempt)
    world.settle()
    assert hours(world) == ["3100", "3101"]
