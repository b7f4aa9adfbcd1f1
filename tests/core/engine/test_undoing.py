"""Undo: the same records as before, unless something has gone on since."""

from __future__ import annotations

import pytest

from synergy.core.context import BlockingType
from synergy.core.engine.plans import draft
from synergy.core.engine.undoing import Known, draft_undo, keys_of, uows_of
from synergy.core.engine.verbs import check_undo
from synergy.core.errors import CannotUndo, PlanStale
from synergy.core.plan_records import PlanRecord
from synergy.core.records import Job, JobKey
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Scope, Wish
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

DAY = "MainDaily@2013013000"
HOUR = "MainHourly@2013013020"


def world_of(*, at: str = "2013020203", work: bool = True, concurrency: int = 4) -> World:
    world = World(
        context_of(
            spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN),
            spec("MainHourly", "Main", concurrency=concurrency),
            spec("ReportDaily", "Report", blocking_type=BlockingType.CHILDREN),
            dependent_on={"Report": ("Main",)},
        ),
        settings_of(),
    )
    world.go_to(at)
    if work:
        world.work()
    return world


def undo(world: World, plan_id: str = "p1") -> tuple[str, ...]:
    """Undo a plan; returns what was overtaken."""
    plan = world.undo(plan_id)
    assert plan.undo is not None
    return plan.undo.overtaken


def held_world() -> World:
    """Nothing starts by itself, so that nothing overtakes."""
    world = world_of(at="2013013020", work=False)
    world.apply("hold", "Main")
    world.apply("hold", "Report")
    world.go_to("2013013103")
    return world


def records(world: World) -> dict[JobKey, Job]:
    return dict(world.store.jobs)


def test_a_skipped_day_is_as_it_was_before() -> None:
    world = held_world()
    before = records(world)
    world.apply("skip", DAY)
    assert world.state(DAY) is JobState.SKIPPED
    assert world.state("ReportDaily@2013013000") is JobState.SKIPPED

    assert undo(world, "p3") == ()

    assert records(world) == before
    assert world.store.plans["p3"].undone_by == "p4"
    assert world.store.plans["p4"].undoes == "p3"
    entry = world.store.history[-1]
    assert (entry.cause, entry.actor, entry.because, entry.plan_id) == ("undo", "bob", "p3", "p4")
    rules.check_memory(world)
    rules.check_columns(world)
    with pytest.raises(CannotUndo, match=r"was undone by p4 already; .*undo p4"):
        undo(world, "p3")

    assert undo(world, "p4") == ()  # and it can be had again
    assert world.state(DAY) is JobState.SKIPPED
    assert undo(world, "p5") == ()
    for name in ("p1", "p2"):
        world.apply("release", name)
    world.work()
    assert world.state(DAY) is JobState.PROCESSED


def test_what_ran_meanwhile_is_named_and_left() -> None:
    world = world_of(concurrency=1)
    world.apply("hold", "Main@2013013021..")
    world.apply("reprocess", "MainHourly@2013013020..2013013023", scope=Scope(alone=True))
    world.work(most=1)

    overtaken = undo(world, "p2")

    assert overtaken == (f"{HOUR} has changed since and is processed", f"{DAY} has changed since and is embryo")
    assert world.state("MainHourly@2013013021") is JobState.PROCESSED
    rules.check_tidy(world)
    rules.check_memory(world)


def test_reprocessed_jobs_that_have_not_run_are_finished_again() -> None:
    world = world_of()
    world.apply("hold", "Main")
    world.apply("hold", "Report")
    before = records(world)
    world.apply("reprocess", HOUR)
    assert world.state(DAY) is JobState.EMBRYO

    assert undo(world, "p3") == ()

    assert records(world) == before
    rules.check_memory(world)
    world.restart()
    assert world.state(DAY) is JobState.PROCESSED


def test_what_finished_over_a_restored_job_is_reprocessed() -> None:
    world = held_world()
    world.apply("skip", "MainHourly@2013013020..2013013023", scope=Scope(alone=True))
    assert world.state(DAY) is JobState.SKIPPED  # with them, by housekeeping's rule
    world.apply("reprocess", DAY)
    world.apply("mark", DAY, to="noop")
    assert world.state(DAY) is JobState.NOOP

    overtaken = undo(world, "p3")

    assert overtaken == (f"{DAY} has changed since and is noop",)
    assert world.state(HOUR) is JobState.EMBRYO
    assert world.state(DAY) is JobState.NOOP  # accepted by hand
    rules.check_tidy(world)


def test_a_job_that_ran_over_a_restored_one_is_reprocessed_with_it() -> None:
    world = world_of(at="2013013020", work=False)
    world.apply("hold", "MainHourly")
    world.go_to("2013013103")
    world.apply("skip", "MainHourly@2013013020..2013013023", scope=Scope(alone=True))
    world.apply("reprocess", DAY)
    world.work()
    assert world.state(DAY) is JobState.PROCESSED

    record = world.store.plans["p2"]
    plan = draft_undo(world.schedule, record, world.known(record))
    because = {change.process_name: change.because for change in plan.changes}
    assert because["MainDaily"] == "it is built on a restored job"
    undo(world, "p2")
    assert world.state(DAY) is JobState.EMBRYO
    rules.check_tidy(world)


def test_stopped_work_is_not_brought_back_but_its_job_runs_again() -> None:
    world = world_of(at="2013013023", work=False)
    claimed = world.claim(world.related(HOUR).uow_id)
    assert claimed is not None
    world.settle()
    world.apply("skip", HOUR)
    world.stop_canceled()
    world.settle()
    plan = draft_undo(world.schedule, world.store.plans["p1"], world.known(world.store.plans["p1"]))
    assert plan.undo is not None
    assert plan.undo.lost == (f"{HOUR}.1 was stopped",)

    undo(world)

    world.work()
    assert world.state(HOUR) is JobState.PROCESSED
    assert world.job(HOUR).run == 2
    rules.check_memory(world)


def test_a_cancel_alone_cannot_be_undone() -> None:
    world = world_of(at="2013013023", work=False)
    world.claim(world.related(HOUR).uow_id)
    world.settle()
    world.apply("cancel", HOUR)

    with pytest.raises(CannotUndo, match=f"nothing of plan p1 can be undone: {HOUR}.1 was stopped"):
        undo(world)


def test_a_refused_undo_of_many_jobs_names_few_and_counts_the_others() -> None:
    world = world_of()
    world.apply("reprocess", "MainHourly@2013013020..2013013106")
    world.work()

    with pytest.raises(CannotUndo) as caught:
        undo(world)
    told = caught.value.message.partition(": ")[2].split("; ")
    inverse = world.store.plans["p1"].inverse
    assert inverse is not None
    changed = len(inverse.jobs)
    assert changed >= 11
    assert all("has changed since" in each for each in told[:2])
    assert told[2:] == [f"and {changed - 2} more of the same plan"]
    assert caught.value.remedy == "change it anew"


def test_a_forced_start_is_overtaken_by_itself() -> None:
    world = world_of(at="2013013023", work=False)
    world.apply("force", DAY)
    with pytest.raises(CannotUndo, match="has been started"):
        undo(world)


def test_a_hold_and_its_release_are_undone() -> None:
    world = world_of(at="2013013023", work=False)
    world.apply("hold", "Main")
    undo(world)
    assert world.schedule.orders.directives == {}
    assert world.store.directives["p1"].outcome == "undone by bob"

    world.apply("hold", "Main")
    world.apply("release", "Main")
    undo(world, "p4")
    assert [one.reach for one in world.schedule.orders.directives.values()] == ["Main"]
    world.restart()
    assert [one.reach for one in world.schedule.orders.directives.values()] == ["Main"]


def test_a_hold_that_was_released_meanwhile_is_overtaken() -> None:
    world = world_of(at="2013013023", work=False)
    world.apply("hold", "Main", "Report")
    world.apply("release", "Main")

    assert undo(world) == ("hold p1 (Main) has changed since",)
    assert world.schedule.orders.directives == {}


def test_a_batch_ends_with_its_undo() -> None:
    world = world_of(concurrency=1)
    world.apply("hold", "Main@2013013021..")
    world.apply("hold", "MainDaily")
    before = records(world)
    world.apply("reprocess", "MainHourly@2013013021..2013013023", max_parallel=1)
    undo(world, "p3")
    assert records(world) == before
    assert world.schedule.orders.batches == {}
    assert world.state("MainHourly@2013013023") is JobState.PROCESSED


def test_what_moves_between_plan_and_undo_makes_it_stale() -> None:
    world = held_world()
    world.apply("skip", DAY)
    record = world.store.plans["p3"]
    plan = draft_undo(world.schedule, record, world.known(record))
    world.apply("reprocess", DAY)

    assert plan.undo is not None
    with pytest.raises(PlanStale, match=f"{DAY} would not change any more"):
        check_undo(world.schedule, plan, plan.undo, world.known(record))
    world.apply("reprocess", "MainHourly@2013013020..2013013023", "ReportDaily@2013013000")
    with pytest.raises(PlanStale, match="nothing of plan p3 can be undone"):
        check_undo(world.schedule, plan, plan.undo, world.known(record))


def test_a_plan_of_other_definitions_names_what_is_gone() -> None:
    world = held_world()
    world.apply("skip", "ReportDaily@2013013000")
    world.context = context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main"))
    world.schedule = world.load()

    with pytest.raises(CannotUndo, match="ReportDaily@2013013000 is not in the timetable any more"):
        undo(world, "p3")


def test_an_old_plan_without_an_inverse_cannot_be_undone() -> None:
    world = held_world()
    record = PlanRecord("p9", "skip", "ann", 0.0, ())
    assert keys_of(world.schedule, record) == []
    assert uows_of(record) == []
    with pytest.raises(CannotUndo, match=r"plan p9 \(skip\) cannot be undone"):
        draft_undo(world.schedule, record, Known())


def test_a_queued_job_that_was_skipped_is_offered_anew() -> None:
    world = world_of(at="2013013023", work=False)
    assert world.related(HOUR).state is UowState.REQUESTED
    before = world.job(HOUR)
    world.apply("skip", HOUR)
    undo(world)
    assert world.job(HOUR).run == before.run + 1
    world.work()
    assert world.state(HOUR) is JobState.PROCESSED


def test_a_day_is_not_finished_again_over_an_hour_that_is_reprocessed_since() -> None:
    world = world_of()
    world.apply("hold", "Main")
    world.apply("reprocess", DAY, scope=Scope(alone=True))
    world.apply("reprocess", HOUR, scope=Scope(alone=True))

    with pytest.raises(CannotUndo, match=f"{DAY} is built on {HOUR}, which is not finished"):
        undo(world, "p2")


def test_a_day_is_not_finished_again_on_an_hour_that_has_run_since() -> None:
    world = world_of()
    world.apply("hold", "Main@2013013021..")
    world.apply("hold", "MainDaily")
    world.apply("reprocess", "MainHourly@2013013020..2013013021")
    world.work()

    assert undo(world, "p3")[:2] == (
        f"{HOUR} has changed since and is processed",
        f"{DAY} is built on {HOUR}, which has gone on since",
    )
    assert world.state(DAY) is JobState.EMBRYO
    assert world.state("MainHourly@2013013021") is JobState.PROCESSED


def test_work_that_is_still_being_stopped_does_not_end_the_job_that_undo_brings_back() -> None:
    world = world_of(at="2013013023", work=False)
    world.claim(world.related(HOUR).uow_id)
    world.settle()
    world.apply("skip", HOUR)

    undo(world)
    assert world.state(HOUR) is JobState.EMBRYO
    assert HOUR not in {str(world.store.uows[uow_id].key) for uow_id in world.queue}
    rules.check_memory(world)

    world.stop_canceled()
    world.settle()
    world.work()
    assert world.state(HOUR) is JobState.PROCESSED
    assert world.job(HOUR).run == 2


def test_a_paused_batch_goes_on_after_the_undo_of_its_pause_and_a_canceled_one_too() -> None:
    world = world_of(concurrency=1)
    world.apply("hold", "Main@2013013021..")
    world.apply("reprocess", "MainHourly@2013013021..2013013023", max_parallel=1)
    members = set(world.schedule.orders.batches["p2"].members)
    world.apply("batch pause", "p2")
    undo(world, "p3")
    assert not world.schedule.orders.batches["p2"].directive.is_paused

    world.apply("batch cancel", "p2")
    assert world.schedule.orders.batches == {}
    undo(world, "p5")
    assert world.schedule.orders.batches["p2"].members == members
    rules.check_memory(world)
    world.apply("release", "p1")
    world.work()
    assert world.store.directives["p2"].outcome == "done"


def test_the_undo_of_a_batch_that_was_paused_since_tells_so() -> None:
    world = world_of(concurrency=1)
    world.apply("hold", "Main@2013013021..")
    world.apply("reprocess", "MainHourly@2013013021", max_parallel=1)
    world.apply("batch pause", "p2")

    assert undo(world, "p2") == ("batch p2 (3 jobs) has changed since",)


def test_what_others_ordered_in_the_same_commit_is_not_undone() -> None:
    world = world_of(at="2013013023", work=False)
    plans = [draft(world.schedule, Wish("hold", (name,))) for name in ("Main", "Report")]
    world.settle(*(lambda schedule, plan=plan, name=name: world.act(schedule, plan, name)
                   for plan, name in zip(plans, ("p8", "p9"), strict=True)))  # fmt: skip

    undo(world, "p9")

    assert [one.reach for one in world.schedule.orders.directives.values()] == ["Main"]
