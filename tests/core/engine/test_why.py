"""Why a job does not go on: each code by a scene of its own, and what is told of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import MachineKind
from synergy.core.directives import DirectiveKind
from synergy.core.engine import changes
from synergy.core.engine.why import Around, Code, Outlook, absent, deciding_code
from synergy.core.errors import NotFound
from synergy.core.targets import parse_job
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.why_scenes import (
    DAY,
    HOUR,
    NEXT,
    REPORT,
    SCENES,
    Scene,
    failed,
    in_batch,
    order,
    pooled,
    put,
    running,
    small,
    switch_off,
    told_of,
    tolds,
    what,
)
from tests.core.engine.world import BY, REAL, World

NEXT_HOUR = "MainHourly@2013013021"


def test_every_code_has_a_scene() -> None:
    assert set(SCENES) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_each_code_is_reached_by_its_scene(code: Code) -> None:
    scene = SCENES[code]()
    told = told_of(scene, code)
    assert told.job == scene.job
    assert told.what
    if not code.is_note:
        assert tolds(scene)[0].code is code


def test_the_code_that_decides_is_the_first_of_those_told() -> None:
    for code in (Code.HELD, Code.BLOCKED_CHILDREN, Code.RUNNING, Code.DONE):
        scene = SCENES[code]()
        node = scene.world.schedule.timetable.node(parse_job(scene.job))
        assert deciding_code(Outlook(scene.world.schedule, scene.around), node) == code


WORDS: dict[Code, str] = {
    Code.STORE_DOWN: "the store is down: the disk is full",
    Code.CLOCK_BEFORE_START: "the period lies before the timetable, which starts with 2013013020"
    " (synergy_start_timeperiod)",
    Code.SET_ASIDE: "it is set aside, the store refuses it (too large): correct that and restart the daemon,"
    " or skip it",
    Code.GAVE_UP: f"{HOUR}.1 failed in attempt 1 (exit 1) and was given up",
    Code.FAILED: f"{HOUR}.1 failed in attempt 1 (exit 1)",
    Code.DRAINING: "the deployment is draining: nothing new starts",
    Code.HELD: "MainHourly@2013013020..2013013021 is held, for 9 m 58 s more",
    Code.INACTIVE_PROCESS: "MainHourly is inactive",
    Code.RETRY_WAIT: f"{HOUR}.1 failed in attempt 1 (exit 1); offered again in 15 m",
    Code.COLLECTOR_WAIT: f"{HOUR}.1 failed in attempt 1 (exit 1); the collector looks at it in 59 s",
    Code.BROKER_DOWN: "the broker is down: refused",
    Code.QUEUED_NO_WORKER: f"{HOUR}.1 is queued: no supervisor is alive",
    Code.LIMIT_POOL: f"{NEXT}.1 is queued: pool db (1 a box) is taken by {HOUR}.1",
    Code.QUEUED_BEHIND: f"{NEXT}.1 is queued: every slot on box is taken, and 0 more are queued",
    Code.STOPPING: f"unit of work {HOUR}.1 is being stopped",
    Code.RUNNING: f"{HOUR}.1 runs on box",
    Code.NOT_DUE: "the period is not over: due in 1 h 5 m of schedule time",
    Code.UPSTREAM_SKIPPED: f"{HOUR}, which it depends on, is skipped",
    Code.BLOCKED_CHILDREN: f"4 children not finished: {HOUR} (in progress), {NEXT} (embryo),"
    " MainHourly@2013013022 (embryo) and 1 more",
    Code.BLOCKED_DEPENDENCY: f"1 dependency not finished: {HOUR} (in progress)",
    Code.OWN_PAST: f"{HOUR} is before it and in progress (concurrency 1)",
    Code.LIMIT_BATCH: f"batch p1 runs no more than 1 at once: {HOUR} (in progress)",
    Code.LIMIT_PROCESS: f"all 2 slots of MainHourly are taken: {HOUR} (in progress), {NEXT} (in progress)",
    Code.SOURCE_WAIT: "its data source (flights) is being asked",
    Code.STARTING: "nothing keeps it: the scheduler starts it next",
    Code.DONE: "it is processed",
    Code.SEALED: "Main@2013013000..2013013023 is sealed: a change of it has to break the seal",
    Code.NO_COUNTERPART: "tree Main has no monthly process: nothing to depend on there",
}


@pytest.mark.parametrize("code", Code)
def test_each_code_is_told_in_words(code: Code) -> None:
    assert told_of(SCENES[code](), code).what == WORDS[code]


COMMANDS: dict[Code, str] = {
    Code.SET_ASIDE: "synergyd restart",
    Code.GAVE_UP: f"synergyctl reprocess {HOUR} --yes",
    Code.FAILED: f"synergyctl reprocess {HOUR} --yes",
    Code.DRAINING: "synergyctl resume --yes",
    Code.HELD: "synergyctl release d1 --yes",
    Code.INACTIVE_PROCESS: "synergyctl activate MainHourly",
    Code.RETRY_WAIT: "synergyctl gc flush MainHourly",
    Code.COLLECTOR_WAIT: "synergyctl gc refresh",
    Code.QUEUED_NO_WORKER: "synergyd supervisor start",
    Code.UPSTREAM_SKIPPED: f"synergyctl reprocess {HOUR} --yes",
}


@pytest.mark.parametrize("code", Code)
def test_what_a_command_can_change_names_it(code: Code) -> None:
    assert told_of(SCENES[code](), code).command == COMMANDS.get(code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (Code.HELD, "bad feed"),
        (Code.DRAINING, "maintenance"),
        (Code.SEALED, "signed off"),
        (Code.INACTIVE_PROCESS, None),
        (Code.LIMIT_BATCH, None),
    ],
)
def test_what_somebody_ordered_names_who_since_when_and_why(code: Code, reason: str | None) -> None:
    told = told_of(SCENES[code](), code)
    assert (told.actor, told.reason) == ("ann", reason)
    assert told.since is not None
    assert told.since >= REAL


@pytest.mark.parametrize("code", [Code.GAVE_UP, Code.FAILED, Code.RETRY_WAIT, Code.COLLECTOR_WAIT])
def test_what_failed_names_the_attempt_whose_log_tells_more(code: Code) -> None:
    told = told_of(SCENES[code](), code)
    assert (told.uow_id, told.attempt) == (f"{HOUR}.1", 1)
    assert told.since is not None


# What the words say beside the scenes


def test_a_process_that_its_definition_switches_off_names_nobody() -> None:
    world = World(context_of(spec("MainHourly", "Main", is_on=False)))
    world.go_to("2013013022")

    told = told_of(Scene(world), Code.INACTIVE_PROCESS)

    assert (told.what, told.actor) == ("MainHourly is inactive by its definition", None)
    assert what(world) == ["MainHourly is inactive by its definition (synergyctl activate MainHourly)"]


def test_a_frequency_that_was_changed_is_no_switch() -> None:
    world = World(context_of(spec("MainHourly", "Main", is_on=False)))
    lane = world.lane("MainHourly")
    world.settle(lambda schedule: changes.change_frequency(schedule, lane, "every 60", by=BY))
    world.go_to("2013013022")

    assert told_of(Scene(world), Code.INACTIVE_PROCESS).actor is None


def test_a_job_that_runs_or_is_finished_waits_for_nothing() -> None:
    assert what(running(small())) == []
    assert what(SCENES[Code.DONE]().world) == []


def test_a_second_attempt_is_told() -> None:
    world = failed()
    world.tick(1_000.0)
    running(world)

    assert told_of(Scene(world), Code.RUNNING).what == f"{HOUR}.1 runs on box, attempt 2"


def test_no_box_that_lives_is_one_of_those_that_the_work_may_run_on() -> None:
    scene = Scene(small(), around=Around(boxes=(("box", 1),)))
    lane = scene.world.lane("MainHourly")
    assert told_of(scene, Code.QUEUED_BEHIND).what == f"{HOUR}.1 is queued: no worker has taken it yet"

    lane.spec = replace(lane.spec, work=replace(lane.spec.work, present_on_boxes=("gpu-.*", "big")))

    told = told_of(scene, Code.QUEUED_NO_WORKER)
    assert told.what == f"{HOUR}.1 is queued: no living box matches gpu-.*, big; start the supervisor of one that does"


def test_what_a_free_slot_has_not_taken_for_long_waits_for_the_collector() -> None:
    world = small()
    world.tick(61.0)
    told = told_of(Scene(world), Code.COLLECTOR_WAIT)
    assert told.what == f"no worker took {HOUR}.1 although there is room; the collector offers it again after 1 h"
    assert told.command == f"synergyctl reprocess {HOUR} --yes"

    world.settle(lambda schedule: schedule.queues.add("MainHourly", world.related(HOUR).uow_id, REAL + 100.0))

    told = told_of(Scene(world), Code.RETRY_WAIT)
    assert told.what == f"no worker took {HOUR}.1; offered again in 38 s"
    assert told.since == world.related(HOUR).submitted


def test_a_slot_that_is_free_in_the_moment_of_the_question_makes_no_lost_work_of_a_queue() -> None:
    world = small("2013013101", concurrency=3)
    running(world)
    world.tick(61.0)
    scene = Scene(world, NEXT_HOUR, around=Around(boxes=(("box", 1),)))
    assert told_of(scene, Code.QUEUED_BEHIND).about == f"{NEXT_HOUR}.1"

    world.finish(world.related(HOUR))
    world.settle()
    assert told_of(scene, Code.QUEUED_BEHIND).what == f"{NEXT_HOUR}.1 is queued: no worker has taken it yet"

    world.tick(61.0)
    assert told_of(scene, Code.COLLECTOR_WAIT).about == f"{NEXT_HOUR}.1"


def test_what_workers_pass_over_is_lost_though_there_was_no_room_for_a_while() -> None:
    world = small(concurrency=3)
    boxes = Around(boxes=(("box", 2),))
    world.tick(61.0)
    world.go_to("2013013101")
    for job in (NEXT_HOUR, "MainHourly@2013013022"):
        running(world, job)
    world.finish(world.related(NEXT_HOUR))
    world.settle()

    assert told_of(Scene(world, around=boxes), Code.COLLECTOR_WAIT).about == f"{HOUR}.1"


def test_who_is_queued_behind_is_counted() -> None:
    world = small("2013013101", concurrency=3)
    running(world)
    around = Around(boxes=(("box", 1),))

    assert what(world, NEXT, around) == [f"{NEXT}.1 is queued: every slot on box is taken, and 1 more is queued"]


def test_a_pool_with_room_is_no_limit_and_who_fills_it_is_named() -> None:
    world = pooled()
    world.schedule.context.pools["db"] = 2
    assert what(world, NEXT) == [f"{NEXT}.1 is queued: no worker has taken it yet"]


def test_of_a_full_pool_the_first_few_are_named() -> None:
    world = pooled(9)
    for hour in range(21, 25):
        name = f"MainHourly@201301{30 + hour // 24}{hour % 24:02}"
        running(world, name)
    world.schedule.context.pools["db"] = 5

    told = told_of(Scene(world, "MainHourly@2013013101"), Code.LIMIT_POOL)

    names = ", ".join(f"MainHourly@20130130{hour}.1" for hour in (20, 21, 22))
    assert told.what.endswith(f"pool db (5 a box) is taken by {names} and 2 more")


def test_a_paused_batch_is_told_with_the_command_that_goes_on() -> None:
    world = in_batch(paused=True)

    told = told_of(Scene(world, NEXT), Code.LIMIT_BATCH)

    assert (told.what, told.command) == ("batch p1 is paused", "synergyctl batch resume p1 --yes")


def test_a_failed_job_in_a_sealed_period_says_so_and_a_waiting_one_does_not() -> None:
    world = failed()
    seal = order(
        DirectiveKind.SEAL, tree_name="Main", from_timeperiod="2013013000", to_timeperiod="2013013023"
    )  # fmt: skip
    put(world, seal)

    assert [told.code for told in tolds(Scene(world))] == [Code.RETRY_WAIT, Code.SEALED]
    assert [told.code for told in tolds(Scene(world, NEXT))] == [Code.NOT_DUE, Code.OWN_PAST]


def test_a_failed_job_in_a_sealed_period_is_reprocessed_with_its_seal_broken() -> None:
    world = SCENES[Code.GAVE_UP]().world
    seal = order(
        DirectiveKind.SEAL, tree_name="Main", from_timeperiod="2013013000", to_timeperiod="2013013023"
    )  # fmt: skip
    put(world, seal)

    command = told_of(Scene(world), Code.GAVE_UP).command

    assert command == f"synergyctl reprocess {HOUR} --break-seal --reason 'its cause is mended' --yes"


def test_a_job_that_was_forced_waits_for_its_inputs_no_more() -> None:
    world = small("2013013101")
    world.apply("force", "MainDaily@2013013100")
    world.work()

    codes = [told.code for told in tolds(Scene(world, "MainDaily@2013013100"))]

    assert Code.NOT_DUE in codes
    assert Code.BLOCKED_CHILDREN not in codes


def test_a_skipped_job_can_be_reprocessed() -> None:
    world = small()
    world.apply("skip", HOUR)
    told = told_of(Scene(world), Code.DONE)
    assert (told.what, told.command) == ("it is skipped", f"synergyctl reprocess {HOUR} --yes")


def test_a_trigger_that_has_not_fired_is_told_with_the_command_that_fires_it() -> None:
    context = context_of(spec("MainDaily", "Main", trigger_frequency="at 12:00"), spec("MainHourly", "Main"))
    world = World(context)
    world.go_to("2013013101")
    world.work()

    told = told_of(Scene(world, DAY), Code.NOT_DUE)

    assert told.what == "the trigger (at 12:00 (UTC)) has not fired since the period closed"
    assert told.command == "synergyctl trigger MainDaily"


def test_a_continuous_job_waits_for_its_next_firing() -> None:
    machine = spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS, trigger_frequency="every 600")
    world = World(context_of(machine))
    world.go_to("2013013020")
    world.work()
    assert what(world) == ["the trigger (every 600 seconds) has not fired since its last run"]

    machine = replace(machine, trigger_frequency="at 05:00")
    world = World(context_of(machine))
    world.settle()
    assert what(world)[0].endswith("has not fired since the period began")


def test_an_older_period_waits_for_the_slot_of_a_younger_one() -> None:
    world = small("2013013023")
    world.work(most=1)
    world.settle()
    running(world, NEXT)
    world.apply("reprocess", HOUR)

    assert what(world) == [f"the slot of MainHourly is taken: {NEXT} (in progress)"]


def test_a_continuous_period_lets_the_next_one_run_once_it_has_run() -> None:
    machine = spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS, trigger_frequency="every 600")
    world = World(context_of(machine))
    world.go_to("2013013021")
    running(world)
    assert what(world, NEXT) == [f"the slot of MainHourly is taken: {HOUR} (in progress)"]

    off = World(context_of(machine))
    switch_off(off, "MainHourly")
    off.go_to("2013013021")
    assert f"{HOUR} is before it and embryo (concurrency 1)" in what(off, NEXT)


def test_a_source_that_had_nothing_is_asked_at_the_next_firing() -> None:
    world = SCENES[Code.SOURCE_WAIT]().world
    world.answer()
    told = told_of(Scene(world), Code.SOURCE_WAIT)
    assert told.what == "its data source (flights) had nothing for it; asked again when the trigger fires"
    assert told.command == "synergyctl trigger MainHourly"


def test_a_hold_reaches_its_own_periods_alone() -> None:
    world = SCENES[Code.HELD]().world

    assert next(told.code for told in tolds(Scene(world, NEXT))) is Code.HELD
    assert Code.HELD not in [told.code for told in tolds(Scene(world, "MainHourly@2013013022"))]


def test_conditions_stand_in_the_order_in_which_they_decide() -> None:
    world = small("2013013020")
    switch_off(world, "ReportHourly")
    put(world, order(DirectiveKind.HOLD))

    codes = [told.code for told in tolds(Scene(world, REPORT))]

    assert codes == [Code.DRAINING, Code.INACTIVE_PROCESS, Code.NOT_DUE, Code.BLOCKED_DEPENDENCY]


# Periods without a job


def test_a_clock_before_the_start_has_no_job_yet() -> None:
    fresh = World(context_of(spec("MainHourly", "Main")), at="2013013018")

    told = absent(fresh.schedule, parse_job(HOUR))

    assert told is not None
    assert told.code is Code.CLOCK_BEFORE_START
    assert told.what == ("schedule time has not come to 2013013020 (synergy_start_timeperiod) yet: 2 h to the period")
    assert absent(small().schedule, parse_job(HOUR)) is None


def test_a_period_to_come_begins_later_and_one_after_the_end_never_does() -> None:
    world = small()
    told = absent(world.schedule, parse_job("MainHourly@2013013023"))
    assert told is not None
    assert told.what == "the period is still to come: it begins in 1 h of schedule time"
    assert absent(world.schedule, parse_job("MainHourly@2013020203")) is None
    with pytest.raises(NotFound):
        absent(world.schedule, parse_job("Nobody@2013020203"))


def test_a_period_whose_checkpoint_is_still_to_come_names_that() -> None:
    world = World(context_of(spec("MainHourly", "Main", time_grouping=3)))
    world.go_to("2013013101")
    told = absent(world.schedule, parse_job("MainHourly@2013013101"))
    assert told is not None
    assert told.what == ("the period is covered by 2013013103, and still to come: it begins in 2 h of schedule time")
