"""One process in full."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from synergy.core.context import Work
from synergy.core.control.replies import Durations, ProcessDetail
from synergy.core.engine import changes
from synergy.core.engine.changes import By
from synergy.core.records import UnitOfWork
from synergy.core.states import UowState
from synergy.daemon.views.jobs import known_lane
from synergy.daemon.views.processes import detail_of
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

NAME = "MainHourly"


def world_of() -> World:
    made = replace(spec(NAME, "Main"), concurrency=3, work=Work(command=("true",), present_on_boxes=("big-.*",)))
    world = World(context_of(made), settings_of())
    world.settle()
    return world


def shown(world: World, runs: Sequence[UnitOfWork] = ()) -> ProcessDetail:
    lane = known_lane(world.schedule, NAME)
    failure = world.schedule.failures.get(lane.number)
    return detail_of(world.schedule, lane, runs, [world.store.uows[failure.uow_id]] if failure else [])


def test_every_field_of_the_definition_is_told_with_whether_it_was_set() -> None:
    told = {each.name: each for each in shown(world_of()).settings}
    assert (told["concurrency"].value, told["concurrency"].is_default) == ("3", False)
    assert (told["time_grouping"].value, told["time_grouping"].is_default) == ("1", True)
    assert (told["command"].value, told["present_on_boxes"].value) == ('["true"]', '["big-.*"]')
    assert (told["env"].value, told["env"].is_default) == ("{}", True)
    assert told["max_attempts"].value == "null"
    assert "work" not in told


def test_what_an_operator_set_instead_is_told_with_who_did() -> None:
    world = world_of()
    lane = known_lane(world.schedule, NAME)
    changes.change_frequency(world.schedule, lane, "every 5", By("olga", "p1"))
    detail = shown(world)
    [setting] = [each for each in detail.settings if each.by_hand is not None]
    assert (setting.name, setting.by_hand) == ("trigger_frequency", '"every 5"')
    assert (detail.changed_by, detail.process.trigger_frequency) == ("olga", "every 5")


def test_durations_are_of_the_last_runs_and_the_last_failure_is_named() -> None:
    world = world_of()
    world.go_to("2013013022")
    world.work(UowState.INVALID, most=1)
    assert shown(world).durations is None
    [failed] = [uow for uow in world.store.uows.values() if uow.state is UowState.INVALID]
    runs = [replace(failed, started=100.0, finished=100.0 + seconds) for seconds in range(1, 101)]
    detail = shown(world, [*runs, replace(failed, started=None)])
    assert detail.durations == Durations(100, 50.5, 95.0, 100.0)
    assert shown(world, runs[:1]).durations == Durations(1, 1.0, 1.0, 1.0)
    assert (detail.last_failure, detail.last_failure_reason) == (failed.uow_id, "exit 1")


def test_what_holds_a_slot_is_either_queued_or_running_or_invalid() -> None:
    world = world_of()
    world.go_to("2013013100")
    row = shown(world).process
    assert (row.queued, row.in_progress, row.invalid) == (3, 0, 0)

    failing, *_ = [world.claim(uow_id) for uow_id in sorted(world.queue)]
    world.settle()
    row = shown(world).process
    assert (row.queued, row.in_progress, row.invalid) == (0, 3, 0)

    assert failing is not None
    world.finish(failing, UowState.INVALID)
    world.settle()
    row = shown(world).process
    assert (row.queued, row.in_progress, row.invalid, row.reprocessing_queue) == (0, 2, 1, 1)
