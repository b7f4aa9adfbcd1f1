"""Operators' verbs: what is legal, what is refused, what is stale, and what housekeeping makes of it."""

from __future__ import annotations

import pytest

from synergy.core.context import MachineKind
from synergy.core.engine import changes
from synergy.core.engine.drafts import difference
from synergy.core.engine.plans import draft
from synergy.core.engine.verbs import Acceptance, apply_plan, check_current
from synergy.core.errors import IllegalState, InvalidArgument, NotFound, PlanStale
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Verb, Wish
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, entry, settings_of, spec
from tests.core.engine.world import World

JOB = "MainHourly@2013013020"


def world_of(*, at: str = "2013013023", concurrency: int = 1, **settings: object) -> World:
    world = World(
        context_of(
            spec("MainDaily", "Main"),
            spec("MainHourly", "Main", concurrency=concurrency),
            entries=(entry("often", "at 19:00"),),
        ),
        settings_of(**settings),
    )
    world.go_to(at)
    return world


@pytest.mark.parametrize(
    ("verb", "target", "reason"),
    [
        ("reprocess", "MainHourly@2013013022", "is embryo, it cannot be reprocessed; an embryo job has not run yet"),
        ("skip", JOB, "is processed, it cannot be skipped; reprocess it first"),
        ("cancel", JOB, "it has no active unit of work"),
        ("skip", f"{JOB}.1", "name it PROCESS@TIMEPERIOD"),
        ("cancel", f"{JOB}.1", "there is nothing to cancel"),
    ],
)
def test_a_single_illegal_target_is_refused(verb: Verb, target: str, reason: str) -> None:
    world = world_of()
    world.work(most=1)

    with pytest.raises(IllegalState, match=reason):
        draft(world.schedule, Wish(verb, (target,)))


def test_targets_that_cannot_be_read_or_found_are_refused() -> None:
    world = world_of()

    with pytest.raises(InvalidArgument, match="cannot be read"):
        draft(world.schedule, Wish("skip", ("what?",)))
    with pytest.raises(NotFound, match='"Nope" is unknown'):
        draft(world.schedule, Wish("skip", ("Nope@2013013020",)))
    with pytest.raises(NotFound, match='"Free::oftn" is unknown; did you mean "Free::often"'):
        draft(world.schedule, Wish("cancel", ("Free::oftn",)))
    for target in ("MainDaily@2013-01-30", "MainDaily@2013013000..2013-01-30"):
        with pytest.raises(InvalidArgument, match='"2013-01-30" is no daily timeperiod; write it as 2026112300'):
            draft(world.schedule, Wish("skip", (target,)))
    with pytest.raises(NotFound, match='"Nope" is unknown'):
        draft(world.schedule, Wish("skip", ("Nope@2013-01-30",)))


def test_of_several_targets_the_illegal_ones_are_listed_and_the_rest_planned() -> None:
    world = world_of()
    world.work(most=1)

    plan = draft(world.schedule, Wish("skip", (JOB, "MainHourly@2013013022", "what?")))

    assert [change.timeperiod for change in plan.changes] == ["2013013022"]
    assert [(refusal.target, refusal.code) for refusal in plan.refused] == [
        (JOB, "illegal_state"),
        ("what?", "invalid_argument"),
    ]


def test_a_range_may_be_narrowed_to_states() -> None:
    world = world_of()
    world.work(most=1)

    plan = draft(world.schedule, Wish("skip", ("MainHourly@2013013020..2013013023",), only=(JobState.IN_PROGRESS,)))

    assert [change.timeperiod for change in plan.changes] == ["2013013021"]
    assert draft(world.schedule, Wish("skip", (JOB,), only=(JobState.NOOP,))).changes == ()


def test_a_plan_names_the_edge_that_each_change_comes_by() -> None:
    world = world_of(at="2013013101", concurrency=4)
    world.work()

    plan = draft(world.schedule, Wish("reprocess", (JOB,)))

    assert [(str(change.process_name), change.because) for change in plan.changes] == [
        ("MainHourly", "target"),
        ("MainDaily", f"{JOB} is its child"),
    ]


def test_canceling_a_unit_of_work_is_canceling_its_job() -> None:
    world = world_of()
    world.claim(next(iter(world.queue)))
    world.settle()

    plan = world.apply("cancel", f"{JOB}.1")

    assert [change.new_state for change in plan.changes] == [JobState.SKIPPED]
    assert plan.kills == plan.cancels == (f"{JOB}.1",)


def test_what_ended_before_its_cancel_was_applied_is_left_alone() -> None:
    world = world_of()
    plan = draft(world.schedule, Wish("cancel", (JOB,)))
    world.work(most=1)

    world.settle(lambda schedule: apply_plan(schedule, plan, {}, Acceptance("p1", "ann")))

    assert world.state(JOB) is JobState.PROCESSED


def test_a_live_job_that_is_canceled_runs_again_at_its_next_tick() -> None:
    world = World(context_of(spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS)))
    world.tick(60.0)

    plan = world.apply("cancel", JOB)
    assert plan.changes[0].new_state is JobState.IN_PROGRESS
    assert world.state(JOB) is JobState.IN_PROGRESS
    world.tick(60.0)

    assert world.job(JOB).related_unit_of_work == f"{JOB}.2"


def test_a_job_whose_period_ended_within_the_lag_is_skipped_by_a_cancel() -> None:
    world = World(context_of(spec("MainHourly", "Main", state_machine=MachineKind.CONTINUOUS)))
    world.tick(60.0)
    world.tick(1.0, 3_600.0)

    plan = world.apply("cancel", JOB)

    assert plan.changes[0].new_state is JobState.SKIPPED
    assert world.state(JOB) is JobState.SKIPPED


def test_a_plan_that_would_do_something_else_now_is_stale_and_says_what() -> None:
    world = world_of(at="2013013100", concurrency=9)
    plan = draft(world.schedule, Wish("skip", ("MainHourly@2013013020..2013013022",)))
    world.work(most=3)

    with pytest.raises(PlanStale, match=r"stale: .* is processed, it cannot be skipped; make a new plan"):
        check_current(world.schedule, plan)
    wider = draft(world.schedule, Wish("reprocess", ("MainHourly@2013013020..2013013022",)))
    world.apply("reprocess", "MainHourly@2013013020")
    with pytest.raises(PlanStale, match="2013013020 was processed and is in progress"):
        check_current(world.schedule, wider)


def test_what_moved_between_two_drafts_is_told_job_by_job() -> None:
    world = world_of(concurrency=2)
    world.work(most=1)  # 20 is processed, 21 is in progress
    target = ("MainHourly@2013013020..2013013023",)
    reprocess, skip = draft(world.schedule, Wish("reprocess", target)), draft(world.schedule, Wish("skip", target))
    world.work()
    world.go_to("2013013101")

    assert difference(reprocess, draft(world.schedule, Wish("reprocess", target))) == [
        "MainDaily@2013013000 would change too (in progress → embryo)",
        "MainHourly@2013013021 was in progress and is processed",
        "MainHourly@2013013022 would change too (in progress → embryo)",
        "MainHourly@2013013023 would change too (in progress → embryo)",
    ]
    assert difference(skip, draft(world.schedule, Wish("skip", target))) == [
        "MainHourly@2013013021 would not change any more",
        "MainHourly@2013013022 was embryo and is in progress",
        "MainHourly@2013013023 was embryo and is in progress",
    ]


def test_of_many_differences_some_are_told_and_the_rest_counted() -> None:
    world = world_of(at="2013013108", concurrency=9)
    plan = draft(world.schedule, Wish("reprocess", ("MainHourly@2013013020..2013013106",)))
    world.work()

    with pytest.raises(PlanStale, match=r"; and 7 more; make a new plan"):
        check_current(world.schedule, plan)


def test_a_plan_for_entries_alone_never_grows_stale() -> None:
    world = world_of()
    world.settle(lambda schedule: changes.note(schedule, "ann", "look", "around"))
    plan = draft(world.schedule, Wish("reprocess", ()))

    check_current(world.schedule, plan)
    world.settle(lambda schedule: apply_plan(schedule, plan, {}, Acceptance("p1", "ann", "nothing")))

    assert world.store.plans["p1"].changes == ()


def test_skipping_a_live_job_leaves_it_skipped_over_children_still_to_come() -> None:
    world = world_of(at="2013013122")
    world.apply("skip", "MainDaily@2013013100")
    world.go_to("2013020101")

    assert world.state("MainHourly@2013013123") is JobState.EMBRYO
    assert world.job("MainDaily@2013013100").accepted_by_hand
    rules.check_tidy(world)
    world.restart()
    assert world.state("MainDaily@2013013100") is JobState.SKIPPED


def test_a_canceled_job_over_unfinished_children_is_left_alone_until_it_is_reprocessed() -> None:
    world = world_of(at="2013013101")
    world.apply("cancel", "MainDaily@2013013000")
    assert world.job("MainDaily@2013013000").accepted_by_hand
    rules.check_tidy(world)

    world.apply("reprocess", "MainDaily@2013013000")

    assert not world.job("MainDaily@2013013000").accepted_by_hand


def test_a_canceled_job_over_finished_children_is_an_ordinary_skipped_one() -> None:
    world = world_of()
    world.apply("cancel", JOB)

    assert world.state(JOB) is JobState.SKIPPED
    assert not world.job(JOB).accepted_by_hand


def test_a_job_that_the_collector_gave_up_and_skipped_is_left_alone() -> None:
    world = world_of(at="2013013101", gc_life_support_hours=1.0, gc_on_give_up="skip")
    world.tick(4_000.0)
    world.settle(collect=True)

    assert world.job("MainDaily@2013013000").accepted_by_hand
    assert world.related("MainDaily@2013013000").exit_reason == "gave up: its 1 hours of life support are over"
    rules.check_tidy(world)


def test_what_work_failed_with_stays_told_when_its_job_is_reprocessed() -> None:
    world = world_of(concurrency=4)
    uow = world.related(JOB)
    attempt = world.claim(uow.uow_id)
    assert attempt is not None
    world.finish(attempt, UowState.INVALID, "raised ValueError: no price")
    world.settle()

    world.apply("reprocess", JOB)

    failed = world.store.uows[uow.uow_id]
    assert (failed.state, failed.exit_reason) == (UowState.CANCELED, "raised ValueError: no price; canceled")
    assert world.related(JOB).uow_id != uow.uow_id


def test_a_reopened_job_waits_for_its_inputs_of_the_cascade_also_across_a_restart() -> None:
    world = world_of(at="2013013101", concurrency=4)
    world.work()
    world.apply("reprocess", JOB)
    attempt = world.claim(next(iter(world.queue)))
    assert attempt is not None
    world.settle()

    world.restart()

    assert [uow_id for uow_id in world.queue if uow_id.startswith("MainDaily")] == []
    world.finish(attempt)
    world.settle()
    world.work()
    assert world.runs[world.job("MainDaily@2013013000").key] == 2 + 1  # before its hours, after them, in the cascade


def test_an_embryo_job_within_a_cascade_only_takes_its_turn() -> None:
    world = world_of()
    world.work(most=1)

    plan = world.apply("reprocess", JOB)

    assert [change.process_name for change in plan.changes] == ["MainHourly"]
    assert world.job("MainDaily@2013013000").reopened


def test_a_reprocess_forgets_a_finished_run_but_never_its_number() -> None:
    world = world_of()
    world.work()
    world.apply("reprocess", JOB)

    assert world.job(JOB).run == 2
    assert world.job(JOB).number_of_failures == 0
    assert sorted(world.schedule.uows) == [f"{JOB}.2"]


def test_a_job_that_waits_for_its_inputs_gives_its_finished_run_up_when_reprocessed() -> None:
    world = world_of(at="2013013101")
    world.work(UowState.NOOP, most=2)
    assert world.state("MainDaily@2013013000") is JobState.IN_PROGRESS

    world.apply("reprocess", "MainDaily@2013013000")

    assert "MainDaily@2013013000.1" not in world.schedule.uows
    assert world.job("MainDaily@2013013000").run == 2


def test_who_canceled_running_work_and_why_is_written_down_at_once() -> None:
    world = world_of()
    world.claim(next(iter(world.queue)))
    world.settle()

    world.apply("cancel", JOB)

    last = world.store.history[-1]
    assert (last.old_state, last.new_state) == (JobState.IN_PROGRESS, JobState.IN_PROGRESS)
    assert (last.cause, last.actor, last.plan_id, last.uow_id) == ("cancel", "ann", "p1", f"{JOB}.1")
