"""What is told of freerun entries that do not go on."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import Work
from synergy.core.directives import DirectiveKind
from synergy.core.engine import freeruns
from synergy.core.engine.schedule import EntryLane
from synergy.core.engine.why import Around, Code, Outlook, Told, conditions_of_entry, problems_of_entries
from tests.core.engine.contexts import context_of, entry, settings_of
from tests.core.engine.entry_scenes import failed, fired, resting
from tests.core.engine.why_scenes import AROUND, order, put
from tests.core.engine.world import REAL, World

NAME = "Free::often"
RUN = "Free::often@20130130203000.1"


def lane_of(world: World) -> EntryLane:
    return world.schedule.entries["Free", "often"]


def switch_off(world: World) -> None:
    record = replace(lane_of(world).record, is_on=False)
    world.settle(lambda schedule: freeruns.put_entry(schedule, record))


def drain(world: World) -> None:
    put(world, order(DirectiveKind.HOLD, reason="maintenance"))


def tolds(world: World, around: Around = AROUND) -> list[Told]:
    return conditions_of_entry(Outlook(world.schedule, around), lane_of(world))


def problems(world: World, around: Around = AROUND) -> list[Code]:
    return [told.code for told in problems_of_entries(Outlook(world.schedule, around))]


def test_an_entry_between_its_runs_waits_for_its_trigger() -> None:
    world = resting()
    [told] = tolds(world)

    assert (told.code, told.job) == (Code.NOT_DUE, NAME)
    assert told.what == "it runs when its trigger fires: every 1800 seconds, next in 30 m of schedule time"
    assert told.command == f"synergyctl freerun run {NAME}"
    assert problems(world) == []


def test_a_failed_run_is_a_problem_that_the_next_run_takes_the_place_of() -> None:
    world = failed()
    [told] = tolds(world)

    assert (told.code, told.uow_id, told.attempt) == (Code.FAILED, RUN, 1)
    assert told.what == (
        f"{RUN} failed (exit 1), and is not tried again: the next run takes its place, every 1800 seconds,"
        " next in 30 m of schedule time"
    )
    assert told.command == f"synergyctl freerun run {NAME}"
    assert problems(world) == [Code.FAILED]


def test_a_failure_of_which_no_reason_is_known_is_told_all_the_same() -> None:
    world = failed()
    uow = next(uow for uow in world.schedule.uows.values() if uow.entry_name)
    world.schedule.uows[uow.uow_id] = replace(uow, exit_reason=None)

    assert tolds(world)[0].what.startswith(f"{RUN} failed (unknown reason), ")


def test_what_keeps_a_failed_entry_from_its_next_run_stands_beside_it() -> None:
    off, drained = failed(), failed()
    switch_off(off)
    drain(drained)

    assert [told.code for told in tolds(off)] == [Code.FAILED, Code.INACTIVE_PROCESS]
    assert [told.code for told in tolds(drained)] == [Code.FAILED, Code.DRAINING]
    assert tolds(drained)[0].what.endswith("the next run takes its place, every 1800 seconds")


def test_an_entry_that_is_switched_off_is_told_so_and_is_no_problem() -> None:
    world = resting()
    switch_off(world)
    [told] = tolds(world)

    assert (told.code, told.what, told.command) == (
        Code.INACTIVE_PROCESS, f"{NAME} is switched off", f"synergyctl activate {NAME}"
    )  # fmt: skip
    assert problems(world) == []


def test_while_everything_is_held_it_is_told_by_whom_and_why() -> None:
    world = resting()
    drain(world)
    [told] = tolds(world)

    assert (told.code, told.since, told.actor, told.reason) == (Code.DRAINING, REAL, "ann", "maintenance")
    assert told.command == "synergyctl resume --yes"
    assert problems(world) == [Code.DRAINING]


def test_a_run_is_told_with_its_box() -> None:
    world = fired()
    world.claim(RUN)  # type: ignore[arg-type] # an id
    world.settle()
    [told] = tolds(world)

    assert told.code is Code.RUNNING
    assert told.what.startswith(f"{RUN} runs on ")


@pytest.mark.parametrize(
    ("around", "code", "what"),
    [
        (AROUND, Code.QUEUED_BEHIND, "no worker has taken it yet"),
        (Around(), Code.QUEUED_NO_WORKER, "no living box matches .*"),
        (AROUND._replace(broker_problem="refused"), Code.BROKER_DOWN, "the broker is down: refused"),
    ],
)
def test_a_requested_run_waits_for_a_worker(around: Around, code: Code, what: str) -> None:
    [told] = tolds(fired(), around)

    assert (told.code, told.what) == (code, f"{RUN} is queued: {what}")
    assert problems(fired(), around) == ([code] if code.is_problem else [])


def test_a_requested_run_waits_for_its_pool() -> None:
    often, other = (replace(entry(name, "every 1800"), work=Work(run="jobs:run", pool="db")) for name in ("often", "b"))
    world = World(replace(context_of(entries=(often, other)), pools={"db": 1}), settings_of())
    world.settle()
    world.tick(1800.0)
    world.claim("Free::b@20130130203000.1")  # type: ignore[arg-type] # an id
    world.settle()
    box = next(uow.box_id for uow in world.schedule.uows.values() if uow.box_id)
    [told] = tolds(world, Around(boxes=((box, 4),)))

    assert (told.code, told.what) == (Code.LIMIT_POOL, f"{RUN} is queued: pool db has no place left")


def test_what_the_store_refuses_is_told_and_so_is_a_store_that_is_down() -> None:
    world = resting()
    world.schedule.aside[NAME] = "too large"

    told = tolds(world, AROUND._replace(store_problem="the disk is full", store_since=REAL))

    assert [(one.code, one.about) for one in told] == [(Code.STORE_DOWN, "store"), (Code.SET_ASIDE, NAME)]
    assert told[0].what == "the store is down: the disk is full"
    assert told[1].what.startswith("it is set aside, the store refuses it (too large): ")
