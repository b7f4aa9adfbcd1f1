"""Freerun entries: fired, run by hand, changed, removed, and across restarts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import FreerunSpec
from synergy.core.engine import freeruns
from synergy.core.engine.freeruns import NEVER
from synergy.core.engine.schedule import EntryLane
from synergy.core.errors import IllegalState, NotFound
from synergy.core.records import EntryRecord, UnitOfWork
from synergy.core.states import UowState
from tests.core.engine.contexts import context_of, entry, settings_of
from tests.core.engine.world import World

OFTEN = ("Free", "often")


def world_of(*entries: FreerunSpec, **settings: object) -> World:
    world = World(context_of(entries=entries or (entry("often", "every 1800"),)), settings_of(**settings))
    world.settle()
    return world


def lane_of(world: World, name: str = "often") -> EntryLane:
    return world.schedule.entries["Free", name]


def units(world: World) -> list[UnitOfWork]:
    return [uow for uow in world.store.uows.values() if uow.entry_name is not None]


def run_by_hand(world: World) -> None:
    world.settle(lambda schedule: freeruns.run_entry(schedule, lane_of(world), {"by": "hand"}))


def test_a_firing_issues_a_unit_of_work_of_its_own_second() -> None:
    world = world_of()
    assert freeruns.next_entry_firing(world.schedule) == world.now.schedule + 1800
    world.tick(1800.0)

    [uow] = units(world)
    assert (uow.uow_id, uow.state) == ("Free::often@20130130203000.1", UowState.REQUESTED)
    assert world.store.entries[OFTEN].last_firing == world.now.schedule


def test_without_entries_nothing_ever_fires() -> None:
    assert freeruns.next_entry_firing(World(context_of()).schedule) == NEVER


def test_a_firing_offers_what_waits_again_and_leaves_what_runs_alone() -> None:
    world = world_of()
    world.tick(1800.0)
    world.queue.clear()  # the broker lost it

    world.tick(1800.0)
    assert sorted(world.queue) == [units(world)[0].uow_id]
    world.claim(units(world)[0].uow_id)
    world.settle()
    world.tick(1800.0)

    assert len(units(world)) == 1
    assert not world.queue


def test_a_firing_replaces_a_failed_run_and_keeps_the_cause_of_its_failure() -> None:
    world = world_of()
    world.tick(1800.0)
    world.work(UowState.INVALID)
    assert units(world)[0].state is UowState.INVALID

    world.tick(1800.0)

    assert [(uow.state, uow.exit_reason) for uow in units(world)] == [
        (UowState.CANCELED, "exit 1; replaced by the next run"),
        (UowState.REQUESTED, None),
    ]
    assert list(world.schedule.uows) == [units(world)[1].uow_id]


def test_a_run_by_hand_takes_arguments_and_is_refused_beside_another() -> None:
    world = world_of()

    run_by_hand(world)
    with pytest.raises(IllegalState, match=r"is requested already \(Free::often@20130130200000\.1\); wait for it"):
        run_by_hand(world)

    assert units(world)[0].arguments == {"by": "hand"}


def test_two_runs_within_one_second_have_ids_of_their_own_also_across_a_restart() -> None:
    world = world_of()
    for _ in range(3):
        run_by_hand(world)
        world.work()
        world.restart()

    assert [uow.run for uow in units(world)] == [1, 2, 3]


def test_a_canceled_run_is_over_and_the_entry_waits_for_its_next_firing() -> None:
    world = world_of()
    run_by_hand(world)
    world.apply("cancel", "Free::often")
    run_by_hand(world)
    attempt = world.claim(units(world)[1].uow_id)
    assert attempt is not None
    world.settle()

    plan = world.apply("cancel", str(attempt.uow_id))
    assert plan.kills == (attempt.uow_id,)
    assert [uow.state for uow in units(world)] == [UowState.CANCELED, UowState.IN_PROGRESS]
    world.finish(attempt, UowState.INVALID, "exit 143")  # what it was doing fails as it is killed
    world.settle()

    assert units(world)[1].state is UowState.CANCELED
    world.tick(1800.0)
    assert units(world)[2].state is UowState.REQUESTED


def test_nothing_to_cancel_is_told() -> None:
    world = world_of()

    with pytest.raises(IllegalState, match="Free::often has no active unit of work"):
        world.apply("cancel", "Free::often")
    with pytest.raises(IllegalState, match="has no active unit of work"):
        world.apply("cancel", "Free::often@20130130200000.1")
    with pytest.raises(NotFound, match='"Free::never" is unknown'):
        world.apply("cancel", "Free::never")
    with pytest.raises(IllegalState, match="skip needs a job"):
        world.apply("skip", "Free::often")


@pytest.mark.parametrize(("name", "runs"), [("often", 1), ("rarely", 0)])
def test_firings_missed_while_the_daemon_was_down_run_once_or_not_at_all(name: str, runs: int) -> None:
    world = world_of(entry(name, "every 1800"))
    world.tick(1800.0)
    world.work()
    world.now = world.now._replace(schedule=world.now.schedule + 10_000)

    world.restart()

    assert len(units(world)) == 1 + runs


def test_the_first_firing_of_all_is_made_good_too_when_it_was_missed() -> None:
    world = world_of(entry("often", "at 21:00"))
    world.now = world.now._replace(schedule=world.now.schedule + 7_200)

    world.restart()

    assert len(units(world)) == 1


def test_what_a_changed_trigger_of_the_file_would_have_fired_was_not_missed() -> None:
    world = world_of(entry("often", "at 06:00"))
    world.context = context_of(entries=(entry("often", "at 21:00"),))
    world.now = world.now._replace(schedule=world.now.schedule + 7_200)

    world.restart()

    assert units(world) == []


def test_an_entry_that_is_switched_on_makes_nothing_good() -> None:
    world = world_of()
    world.tick(1800.0)
    world.work()
    off = replace(lane_of(world).record, is_on=False)
    world.settle(lambda schedule: freeruns.put_entry(schedule, off))
    world.tick(1.0, 10_000.0)
    assert lane_of(world).next_firing == NEVER
    world.settle(lambda schedule: freeruns.put_entry(schedule, replace(off, is_on=True)))

    world.restart()

    assert len(units(world)) == 1


def test_an_entry_made_by_hand_runs_what_it_names_and_survives_a_restart() -> None:
    world = world_of()
    made = EntryRecord("Mine", "mail", "at 21:00", command=("mail", "-v"), by_hand=True)
    world.settle(lambda schedule: freeruns.put_entry(schedule, made))
    world.restart()

    assert world.schedule.entries["Mine", "mail"].work.command == ("mail", "-v")
    assert world.schedule.knows("Mine")
    assert not world.schedule.knows("Yours")


def test_a_change_by_hand_stands_until_the_file_changes() -> None:
    world = world_of()
    changed = replace(lane_of(world).record, trigger_frequency="every 7", run="jobs:other")
    world.settle(lambda schedule: freeruns.put_entry(schedule, changed))
    world.restart()
    assert lane_of(world).record.trigger_frequency == "every 7"
    assert lane_of(world).work.run == "jobs:other"

    world.context = context_of(entries=(entry("often", "every 900"),))
    world.restart()

    assert lane_of(world).record.trigger_frequency == "every 900"
    assert (world.store.audit[-1].verb, world.store.audit[-1].target) == ("freerun set", "Free::often")


def test_a_change_of_the_file_that_no_operator_can_make_leaves_an_operators_change_alone() -> None:
    world = world_of()
    world.settle(lambda schedule: freeruns.put_entry(schedule, replace(lane_of(world).record, is_on=False)))
    [defined] = world.context.freerun
    world.context = context_of(entries=(replace(defined, work=replace(defined.work, time_limit=5.0)),))

    world.restart()

    assert not lane_of(world).record.is_on
    assert lane_of(world).work.time_limit == 5.0


def test_a_removed_entry_stays_removed_and_its_work_is_stopped() -> None:
    world = world_of()
    run_by_hand(world)
    attempt = world.claim(units(world)[0].uow_id)
    assert attempt is not None
    world.settle(lambda schedule: freeruns.remove_entry(schedule, lane_of(world)))
    world.restart()

    assert not world.schedule.entries
    assert world.store.uows[attempt.uow_id].cancel_requested
    world.stop_canceled()
    world.settle()
    assert units(world)[0].state is UowState.CANCELED
    assert not world.schedule.uows


def test_removing_a_resting_entry_cancels_nothing() -> None:
    world = world_of()

    world.settle(lambda schedule: freeruns.remove_entry(schedule, lane_of(world)))

    assert world.store.entries[OFTEN].deleted


def test_a_failed_run_whose_worker_is_lost_waits_for_the_next_firing() -> None:
    world = world_of()
    run_by_hand(world)
    world.claim(units(world)[0].uow_id)
    world.settle()

    world.die("s1")

    assert units(world)[0].state is UowState.INVALID


def test_an_entry_that_is_off_keeps_what_waits() -> None:
    world = world_of(gc_life_support_hours=1.0)
    run_by_hand(world)
    world.settle(lambda schedule: freeruns.put_entry(schedule, replace(lane_of(world).record, is_on=False)))

    world.tick(4_000.0, 1.0)
    world.settle(collect=True)

    assert units(world)[0].state is UowState.REQUESTED


def test_past_its_life_support_a_waiting_run_is_canceled() -> None:
    world = world_of(entry("rarely", "at 19:00"), gc_life_support_hours=1.0)
    world.settle(lambda schedule: freeruns.run_entry(schedule, lane_of(world, "rarely"), {}))

    world.tick(4_000.0)
    world.settle(collect=True)

    [uow] = units(world)
    assert uow.state is UowState.CANCELED
    assert uow.exit_reason == "its 1 hours of life support are over"


def test_a_second_that_comes_again_after_the_clock_was_set_back_gives_no_id_twice() -> None:
    world = world_of(entry("often", "cron 15 * * * *"))
    for begin in ("2013013022", "2013013021", "2013013022"):
        world.go_to(begin)
        world.restart()
        world.work()
        world.tick(900.0)
        world.work()

    assert [uow.uow_id.rpartition("@")[2] for uow in units(world)] == [
        "20130130220000.1", "20130130221500.1", "20130130211500.2", "20130130221500.2",
    ]  # fmt: skip
    assert all(uow.state is UowState.PROCESSED for uow in units(world))


@pytest.mark.parametrize("restarts", [False, True])
def test_an_entry_that_is_deleted_and_made_again_in_the_same_second_gives_no_id_twice(*, restarts: bool) -> None:
    world = world_of()
    made = EntryRecord("Free", "mine", "every 3600", run="reports:run", by_hand=True)
    for _ in range(2):
        world.settle(lambda schedule: freeruns.put_entry(schedule, made))
        world.settle(lambda schedule: freeruns.run_entry(schedule, lane_of(world, "mine"), {}))
        world.work()
        world.settle(lambda schedule: freeruns.remove_entry(schedule, lane_of(world, "mine")))
        if restarts:
            world.restart()

    assert [uow.run for uow in units(world)] == [1, 2]
