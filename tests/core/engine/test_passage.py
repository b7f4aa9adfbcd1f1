"""Time that passes: periods that close, triggers that fire, parents whose children were all skipped."""

from __future__ import annotations

import pytest

from synergy.core import timeperiods
from synergy.core.context import BlockingType, MachineKind
from synergy.core.control.events import TimetableGrew
from synergy.core.engine import changes, passage
from synergy.core.engine.passage import last_firing
from synergy.core.errors import InvalidArgument
from synergy.core.settings_reading import parse_instant
from synergy.core.states import JobState
from synergy.core.triggers import parse_trigger
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import BY, World


def offered(world: World) -> list[str]:
    return sorted(world.queue)


@pytest.mark.parametrize(
    ("trigger", "at", "fired"),
    [
        ("cron */5 * * * *", "2013-01-01T00:07:00Z", "2013-01-01T00:05:00Z"),
        ("at 06:30", "2013-01-01T06:29:00Z", "2012-12-31T06:30:00Z"),
        ("at 06:30", "2013-01-01T06:30:00Z", "2013-01-01T06:30:00Z"),
        ("cron 0 0 1 1 *", "2013-12-31T00:00:00Z", "2013-01-01T00:00:00Z"),
        ("cron 0 0 29 2 *", "2015-12-31T00:00:00Z", "2012-02-29T00:00:00Z"),
    ],
)
def test_the_last_firing_is_found_however_rare_they_are(trigger: str, at: str, fired: str) -> None:
    assert last_firing(parse_trigger(trigger), parse_instant(at)) == parse_instant(fired)


def test_a_trigger_that_has_not_fired_for_nine_years_has_no_last_firing() -> None:
    assert last_firing(parse_trigger("every 1000000000"), 1_999_999_999.0) is None


def test_a_process_whose_trigger_fired_longer_ago_than_is_looked_back_waits_for_its_next_firing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passage, "_LOOK_BACK_SECONDS", (60.0,))
    world = World(context_of(spec("MainHourly", "Main", trigger_frequency="at 21:30")))
    world.go_to("2013013022")
    assert offered(world) == []

    monkeypatch.undo()
    world.go_to("2013013122")

    assert offered(world) == ["MainHourly@2013013020.1"]


def test_a_period_is_due_when_it_is_closed_and_the_lag_has_passed() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    world.tick(1.0, 3_600.0 + 299.0)
    assert offered(world) == []

    world.tick(1.0)

    assert offered(world) == ["MainHourly@2013013020.1"]


def test_an_at_process_starts_what_was_closed_at_its_firing() -> None:
    world = World(context_of(spec("MainHourly", "Main", trigger_frequency="at 22:30", concurrency=9)))
    world.go_to("2013013022")
    assert offered(world) == []

    world.go_to("2013013100")
    expected = ["MainHourly@2013013020.1", "MainHourly@2013013021.1"]
    assert offered(world) == expected

    world.queue.clear()
    world.restart()
    assert offered(world) == expected


def test_between_two_boundaries_nothing_is_looked_at() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    world.tick(1.0)
    before = world.schedule.next_boundary

    world.tick(60.0)

    assert world.schedule.next_boundary == before == world.now.schedule + 3_600.0 - 61.0


def test_a_timetable_without_processes_waits_for_nothing() -> None:
    assert World(context_of()).schedule.next_boundary == float("inf")


def test_past_its_end_a_timetable_that_is_due_has_no_boundary_left() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    world.go_to("2013020300")

    assert world.schedule.next_boundary == float("inf")


def test_new_periods_are_announced() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    seen: list[object] = []
    world.on_commit = lambda outbox: seen.extend(outbox.events)
    world.go_to("2013013022")

    assert TimetableGrew("MainHourly", "2013013022") in seen


def skipped_children(world: World) -> None:
    for day in ("30", "31"):
        world.apply("skip", f"MainHourly@201301{day}00..201301{day}23")


def day_and_hours(**fields: object) -> World:
    daily = spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN, **fields)
    world = World(context_of(daily, spec("MainHourly", "Main", is_on=False)))
    world.go_to("2013013123")
    return world


def test_a_parent_whose_children_are_all_skipped_is_skipped_once_it_has_a_younger_sibling() -> None:
    world = day_and_hours(is_on=False)
    skipped_children(world)
    assert world.state("MainDaily@2013013000") is JobState.SKIPPED
    assert world.state("MainDaily@2013013100") is JobState.EMBRYO

    world.go_to("2013020105")

    assert world.state("MainDaily@2013013100") is JobState.SKIPPED
    assert world.store.history[-1].cause == "housekeeping"


def test_a_parent_whose_sibling_appears_in_a_jump_over_days_is_skipped_too() -> None:
    world = day_and_hours(is_on=False)
    skipped_children(world)

    world.go_to("2013030100")

    assert world.state("MainDaily@2013013100") is JobState.SKIPPED


def test_a_parent_whose_sibling_appears_while_the_daemon_is_down_is_skipped_at_its_start() -> None:
    world = day_and_hours(is_on=False)
    skipped_children(world)
    world.now = world.now._replace(schedule=world.now.schedule + 86_400.0)

    world.restart()

    assert world.state("MainDaily@2013013100") is JobState.SKIPPED


def test_a_parent_that_an_operator_reopened_is_not_skipped_by_housekeeping() -> None:
    world = day_and_hours()
    skipped_children(world)
    world.apply("reprocess", "MainDaily@2013013000")

    assert world.state("MainDaily@2013013000") is not JobState.SKIPPED


def test_the_last_period_before_the_end_has_no_sibling_and_runs_instead() -> None:
    world = day_and_hours()
    world.go_to("2013020500")
    world.apply("skip", "MainHourly@2013013020..2013020223")
    world.work()

    assert world.state("MainDaily@2013020100") is JobState.SKIPPED
    assert world.state("MainDaily@2013020200") is JobState.PROCESSED


def test_trigger_makes_closed_periods_due_without_the_lag_and_a_restart_does_not_forget_it() -> None:
    world = World(context_of(spec("MainHourly", "Main", trigger_frequency="at 12:00", concurrency=2)))
    world.go_to("2013013022")
    lane = world.lane("MainHourly")

    world.settle(lambda schedule: changes.trigger(schedule, lane, by=BY))
    expected = ["MainHourly@2013013020.1", "MainHourly@2013013021.1"]
    assert offered(world) == expected
    world.work()
    world.apply("reprocess", "MainHourly@2013013021")
    world.restart()
    world.work()

    assert world.state("MainHourly@2013013021") is JobState.PROCESSED


def test_trigger_says_how_many_more_are_due_and_overrides_no_blocking() -> None:
    world = World(
        context_of(
            spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN, trigger_frequency="at 12:00"),
            spec("MainHourly", "Main"),
        )
    )
    world.go_to("2013013101")
    lane = world.lane("MainDaily")

    assert changes.trigger(world.schedule, lane, by=BY) == "MainDaily: 1 more closed period is due now"
    assert changes.trigger(world.schedule, lane, by=BY) == "MainDaily: 0 more closed periods are due now"
    world.settle()

    assert world.state("MainDaily@2013013000") is JobState.EMBRYO


def test_trigger_gives_each_open_period_of_a_continuous_process_one_more_run() -> None:
    context = context_of(
        spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS, trigger_frequency="every 3600", concurrency=3)
    )
    world = World(context)
    world.tick(60.0)
    world.work()
    lane = world.lane("MainHourly")

    world.settle(lambda schedule: changes.trigger(schedule, lane, by=BY))

    assert offered(world) == ["MainHourly@2013013020.2"]


def test_a_new_trigger_counts_from_its_last_firing_and_gives_no_run_of_its_own() -> None:
    context = context_of(spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS))
    world = World(context)
    world.tick(60.0)
    world.work()
    lane = world.lane("MainHourly")

    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "at 20:00", by=BY))

    assert offered(world) == []
    rules.check_memory(world)


def test_a_trigger_that_cannot_be_read_changes_nothing() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    lane = world.lane("MainHourly")

    with pytest.raises(InvalidArgument, match="begins with none of every, at, cron"):
        changes.change_frequency(world.schedule, lane, "sometimes", by=BY)

    assert world.schedule.outbox.overrides == []
    assert lane.trigger == parse_trigger("every 60")


def test_a_trigger_is_told_as_it_was_spelled_last() -> None:
    world = World(context_of(spec("MainHourly", "Main", trigger_frequency="every  60")))
    assert world.lane("MainHourly").trigger_frequency == "every  60"

    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "at 6:30", by=BY))
    world.restart()

    assert world.lane("MainHourly").trigger_frequency == "at 6:30"


def test_an_override_stands_until_the_files_value_changes() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "at 20:00", by=BY))
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=False, by=BY))
    world.restart()
    assert (world.lane("MainHourly").trigger, world.lane("MainHourly").is_on) == (parse_trigger("at 20:00"), False)

    world.context = context_of(spec("MainHourly", "Main", trigger_frequency="every 5"))
    world.restart()

    assert (world.lane("MainHourly").trigger, world.lane("MainHourly").is_on) == (parse_trigger("every 5"), False)


def test_a_files_value_that_won_once_is_not_overridden_again_and_its_win_is_audited() -> None:
    before, after = (context_of(spec("MainHourly", "Main", trigger_frequency=text)) for text in ("every 60", "every 5"))
    world = World(before)
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "at 20:00", by=BY))
    world.context = after
    world.restart()
    last = world.store.audit[-1]
    assert (last.actor, last.verb, last.target, last.after) == ("scheduler", "frequency", "MainHourly", "every 5")

    world.context = before
    world.restart()

    assert world.lane("MainHourly").trigger == parse_trigger("every 60")
    assert world.store.audit[-1] is last


@pytest.mark.parametrize("is_on", [True, False])
def test_a_switch_in_the_file_wins_over_an_operators(*, is_on: bool) -> None:
    world = World(context_of(spec("MainHourly", "Main", is_on=is_on)))
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=not is_on, by=BY))
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=is_on, by=BY))

    world.context = context_of(spec("MainHourly", "Main", is_on=not is_on))
    world.restart()

    assert world.lane("MainHourly").is_on is not is_on
    assert world.store.audit[-1].verb == ("deactivate" if is_on else "activate")
    assert world.store.overrides["MainHourly"].is_on is None


def test_a_blocked_continuous_period_is_skipped_once_it_is_closed() -> None:
    context = context_of(
        spec("MainHourly", "Main"),
        spec(
            "ReportHourly", "Report",
            state_machine=MachineKind.CONTINUOUS, blocking_type=BlockingType.DEPENDENCIES, concurrency=4,
        ),
        dependent_on={"Report": ("Main",)},
    )  # fmt: skip
    world = World(context)
    world.tick(60.0)
    world.apply("skip", "MainHourly@2013013020")  # and its dependant with it
    world.apply("reprocess", "ReportHourly@2013013020")
    assert world.state("ReportHourly@2013013020") is JobState.EMBRYO

    world.go_to("2013013022")

    assert world.state("ReportHourly@2013013020") is JobState.SKIPPED
    last = [entry for entry in world.store.history if entry.timeperiod == "2013013020"][-1]
    assert (last.cause, last.because) == ("dependency_skipped", "MainHourly@2013013020")


def test_a_start_in_the_future_waits_for_it() -> None:
    world = World(context_of(spec("MainHourly", "Main")), settings_of(), at="2013013010")
    assert world.schedule.timetable.bounds(0) == "none yet"

    world.go_to("2013013022")

    assert offered(world) == ["MainHourly@2013013020.1"]


def test_time_that_jumps_back_changes_nothing() -> None:
    world = World(context_of(spec("MainHourly", "Main")))
    world.go_to("2013013022")
    closed = world.lane("MainHourly").closed_before

    world.schedule.next_boundary = 0.0
    world.tick(1.0, -7_200.0)

    assert world.lane("MainHourly").closed_before == closed
    assert timeperiods.timeperiod_of(timeperiods.Qualifier.HOURLY, closed) == "2013013021"
