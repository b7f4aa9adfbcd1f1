"""Changes of processes, entries and boxes: what they would do, and taken back."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import BlockingType, DaemonSpec, Work
from synergy.core.engine import changes, freeruns, previews
from synergy.core.engine.changes import BoxSwitch, By
from synergy.core.engine.drafts import difference
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.taking_back import restored_words
from synergy.core.engine.undoing import Known, draft_undo
from synergy.core.engine.verbs import Acceptance, apply_undo
from synergy.core.errors import CannotUndo, IllegalState, InvalidArgument
from synergy.core.plan_records import EntryUndo, Inverse
from synergy.core.records import BoxProcess, EntryRecord
from tests.core.engine.contexts import context_of, entry, settings_of, spec
from tests.core.engine.world import World

FEED = DaemonSpec("Feed", Work(command=("feed",)))
OFTEN = ("Free", "often")


def world_of(at: str = "2013013023") -> World:
    context = context_of(
        spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN),
        spec("MainHourly", "Main", trigger_frequency="at 23:00"),
        entries=(entry("often", "every 1800"),),
    )
    world = World(replace(context, daemons=(FEED,)), settings_of())
    world.go_to(at)
    return world


def by(world: World) -> By:
    world.plans += 1
    return By("ann", f"c{world.plans}", "why")


def boxes(world: World) -> dict[tuple[str, str], BoxProcess]:
    return {(one.box_id, one.process_name): one for one in world.store.boxes}


def undo(world: World, plan_id: str) -> tuple[str, ...]:
    """Undo; returns what would be so again, in words."""
    plan = draft_undo(world.schedule, world.store.plans[plan_id], Known(boxes=boxes(world)))
    assert plan.undo is not None
    undo, accepted = plan.undo, Acceptance(by(world).plan_id, "bob")
    world.settle(lambda schedule: apply_undo(schedule, plan, undo, Known(), accepted))
    return undo.words


def switch(world: World, *, is_on: bool) -> None:
    world.settle(lambda schedule: changes.switch(schedule, world.lane("MainHourly"), by(world), is_on=is_on))


def test_a_switched_process_is_switched_back_and_forth() -> None:
    world = world_of()
    switch(world, is_on=False)
    assert undo(world, "c1") == ("MainHourly on, triggered at 23:00",)
    assert world.lane("MainHourly").is_on
    assert world.store.plans["c2"].undoes == "c1"

    assert undo(world, "c2") == ("MainHourly off, triggered at 23:00",)
    assert not world.lane("MainHourly").is_on
    world.restart()
    assert not world.lane("MainHourly").is_on
    line = world.store.audit[-1]
    assert (line.actor, line.verb, line.after) == ("bob", "undo", "MainHourly off, triggered at 23:00")


def test_an_earlier_trigger_fires_again() -> None:
    world = world_of()
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "every 60", by(world)))
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "every 90", by(world)))

    with pytest.raises(CannotUndo, match="MainHourly has been changed since"):
        undo(world, "c1")
    assert undo(world, "c2") == ("MainHourly on, triggered every 60",)
    assert lane.trigger_frequency == "every 60"
    undo(world, "c3")
    assert lane.trigger_frequency == "every 90"


def test_what_is_so_already_is_told_and_audited_and_leaves_the_last_change_to_undo() -> None:
    world = world_of()
    lane = world.lane("MainHourly")
    known = BoxProcess("box-1", "Feed", is_on=False)
    told: list[str] = []

    def act(schedule: Schedule) -> None:
        told.append(changes.switch(schedule, lane, by(world), is_on=True))
        told.append(changes.change_frequency(schedule, lane, "at 23:00", by(world)))
        for stored in (known, None):
            wish = BoxSwitch("box-1", "Feed", stored is None, stored, ("box-1",))
            told.append(changes.switch_on_box(schedule, wish, by(world)))

    world.settle(act)

    assert told == [
        "MainHourly is active already",
        "MainHourly is triggered at 23:00 already",
        "Feed on box-1 is off already",
        "Feed on box-1 is on already",
    ]
    assert lane.override is None
    assert world.store.boxes == []
    verbs = ["activate", "frequency", "box stop", "box start"]
    assert [line.verb for line in world.store.audit[-4:]] == verbs
    assert [world.store.plans[f"c{number}"].inverse for number in range(1, 5)] == [None] * 4
    assert list(previews.of_frequency(world.schedule, lane, "at 23:00")) == [told[1]]


def test_what_an_undo_has_made_so_again_can_be_told_again() -> None:
    world = world_of()
    switch(world, is_on=False)
    put(world, EntryRecord("Free", "late", "every 60", run="jobs:run", by_hand=True))
    remove(world)
    wish = BoxSwitch("box-1", "Feed", is_on=False, known=None, boxes=("box-1",))
    world.settle(lambda schedule: changes.switch_on_box(schedule, wish, by(world)))
    done = [undo(world, f"c{number}") for number in range(1, 5)]
    inverses = [plan.inverse for plan in world.store.plans.values() if plan.undoes is not None]

    assert len(inverses) == 4
    again = [tuple(restored_words(world.schedule, inverse)) for inverse in inverses if inverse is not None]
    assert again == done

    world.context = context_of(spec("MainDaily", "Main"))
    world.schedule = world.load()
    first = inverses[0]
    assert first is not None
    assert list(restored_words(world.schedule, first)) == []


def test_what_was_made_due_stays_due() -> None:
    world = world_of()
    world.settle(lambda schedule: changes.trigger(schedule, world.lane("MainHourly"), by(world)))
    with pytest.raises(CannotUndo, match=r"plan c1 \(trigger\) cannot be undone"):
        undo(world, "c1")
    switch(world, is_on=False)
    undo(world, "c2")
    override = world.lane("MainHourly").override
    assert override is not None
    assert override.due_before == "2013013023"


def test_a_process_that_is_gone_cannot_be_switched_back() -> None:
    world = world_of()
    switch(world, is_on=False)
    world.context = context_of(spec("MainDaily", "Main"))
    world.schedule = world.load()
    with pytest.raises(CannotUndo, match="MainHourly has been changed since"):
        undo(world, "c1")


def put(world: World, record: EntryRecord) -> None:
    """Create or change an entry, as the daemon does."""

    def act(schedule: Schedule) -> None:
        known = schedule.entries.get((record.process_name, record.entry_name))
        before = known.record if known else None
        after = freeruns.put_entry(schedule, record).record
        changes.account(schedule, by(world), "freerun set", "entry", Inverse(entries=(EntryUndo(before, after),)))

    world.settle(act)


def remove(world: World) -> None:
    def act(schedule: Schedule) -> None:
        lane = schedule.entries[OFTEN]
        inverse = Inverse(entries=(EntryUndo(lane.record, freeruns.remove_entry(schedule, lane)),))
        changes.account(schedule, by(world), "freerun rm", "entry", inverse)

    world.settle(act)


def test_a_new_entry_is_deleted_and_a_changed_one_is_as_it_was() -> None:
    world = world_of()
    put(world, EntryRecord("New", "one", "every 5", run="jobs:x", by_hand=True))
    put(world, replace(world.schedule.entries[OFTEN].record, trigger_frequency="every 7"))

    assert undo(world, "c1") == ("New::one deleted",)
    assert ("New", "one") not in world.schedule.entries
    assert undo(world, "c2") == ("Free::often on, triggered every 1800",)
    assert world.schedule.entries[OFTEN].record.trigger_frequency == "every 1800"
    assert undo(world, "c3") == ("New::one on, triggered every 5",)
    assert ("New", "one") in world.schedule.entries
    world.restart()
    assert ("New", "one") in world.schedule.entries


def test_a_deleted_entry_comes_back_unless_another_one_has_its_name() -> None:
    world = world_of()
    before = world.schedule.entries[OFTEN]
    remove(world)
    assert OFTEN not in world.schedule.entries
    undo(world, "c1")
    again = world.schedule.entries[OFTEN]
    assert again.record.trigger_frequency == "every 1800"
    assert (again.work, again.spec) == (before.work, before.spec)  # what its file says of it is in no record

    remove(world)
    put(world, EntryRecord(*OFTEN, "every 5", run="jobs:x", by_hand=True))
    with pytest.raises(CannotUndo, match="Free::often has been changed since"):
        undo(world, "c3")


def test_its_runs_do_not_keep_an_entry_from_being_as_it_was() -> None:
    world = world_of()
    put(world, replace(world.schedule.entries[OFTEN].record, trigger_frequency="every 7"))
    world.tick(60.0)
    undo(world, "c1")
    assert world.schedule.entries[OFTEN].record.trigger_frequency == "every 1800"
    put(world, replace(world.schedule.entries[OFTEN].record, trigger_frequency="every 9"))
    remove(world)
    with pytest.raises(CannotUndo, match="Free::often has been changed since"):
        undo(world, "c3")


def on_box(world: World, *, is_on: bool) -> None:
    wish = BoxSwitch("box-1", "Feed", is_on, boxes(world).get(("box-1", "Feed")), ("box-1",))
    world.settle(lambda schedule: changes.switch_on_box(schedule, wish, by(world)))


def test_a_daemon_process_on_a_box_is_switched_back() -> None:
    world = world_of()
    on_box(world, is_on=False)
    assert undo(world, "c1") == ("Feed on box-1 on",)
    assert boxes(world)["box-1", "Feed"].is_on
    assert undo(world, "c2") == ("Feed on box-1 off",)

    world.tick(1.0)
    on_box(world, is_on=True)
    world.tick(1.0)
    on_box(world, is_on=False)
    with pytest.raises(CannotUndo, match="Feed on box-1 has been changed since"):
        undo(world, "c4")


def test_what_was_switched_otherwise_meanwhile_makes_an_undo_stale() -> None:
    world = world_of()
    switch(world, is_on=False)
    switch(world, is_on=True)
    plan = draft_undo(world.schedule, world.store.plans["c2"], Known())
    assert plan.undo is not None
    other = replace(plan, undo=replace(plan.undo, words=()))
    assert difference(plan, other) == ["what it would restore has been changed"]
    assert difference(plan, plan) == []


def test_what_a_switch_would_do_is_told() -> None:
    world = world_of(at="2013013102")
    lane = world.lane("MainHourly")
    assert list(previews.of_switch(lane, is_on=True)) == ["MainHourly is on already"]
    assert list(previews.of_switch(lane, is_on=False)) == [
        "MainHourly would be inactive",
        "1 due period would wait",
        "1 unit of work under way would go on",
    ]
    switch(world, is_on=False)
    assert list(previews.of_switch(lane, is_on=True))[1] == "1 due period would be free to start"


def test_what_a_trigger_would_do_is_told() -> None:
    world = world_of(at="2013013102")
    hourly, daily = world.lane("MainHourly"), world.lane("MainDaily")
    assert list(previews.of_frequency(world.schedule, hourly, "every 3600")) == [
        "MainHourly would be triggered every 3600 instead of at 23:00",
        "its next firings: Thu 2013-01-31 03:00, 04:00, 05:00, 06:00, 07:00 (UTC)",
    ]
    with pytest.raises(InvalidArgument, match="begins with none of"):
        list(previews.of_frequency(world.schedule, hourly, "often"))
    assert list(previews.of_trigger(world.schedule, hourly)) == [
        "MainHourly: 4 more closed periods would be due",
        "unfinished ones: 4, from 2013013022 to 2013013101",
        "0 of them would still wait for others",
    ]
    assert list(previews.of_trigger(world.schedule, daily)) == ["MainDaily: 0 more closed periods would be due"]


def test_what_would_become_of_an_entry_is_told() -> None:
    world = world_of(at="2013013102")
    lines = list(previews.of_entry(world.schedule, "New::one", "at 06:30", is_on=True, is_new=True))
    assert lines[0] == "New::one would be made"
    assert lines[1].startswith("its next firings: Thu 2013-01-31 06:30, Fri 02-01 06:30")
    off = previews.of_entry(world.schedule, "New::one", "at 06:30", is_on=False, is_new=False)
    assert list(off) == ["New::one would be changed", "its trigger would not fire"]

    lane = world.schedule.entries[OFTEN]
    (uow_id,) = (name for name in world.queue if name.startswith("Free"))
    assert list(previews.of_removal(world.schedule, lane)) == [
        "Free::often would be deleted", f"{uow_id} would be canceled"
    ]  # fmt: skip
    world.claim(uow_id)
    world.settle()
    assert list(previews.of_removal(world.schedule, lane))[1] == f"{uow_id} would be stopped"
    with pytest.raises(IllegalState, match="Free::often is in progress already"):
        freeruns.check_free(world.schedule, lane)


def test_an_entry_that_has_not_run_is_only_deleted() -> None:
    world = world_of(at="2013013020")
    assert list(previews.of_removal(world.schedule, world.schedule.entries[OFTEN])) == ["Free::often would be deleted"]


def test_at_the_end_of_the_timetable_every_period_is_due() -> None:
    world = world_of(at="2013040400")
    told = list(previews.of_switch(world.lane("MainHourly"), is_on=False))
    assert told[1] == "54 due periods would wait"
