"""How far a verb reaches, and the verbs that go past the rules: force, mark, cursor."""

from __future__ import annotations

import re

import pytest

from synergy.core.context import BlockingType
from synergy.core.engine.drafts import Draft
from synergy.core.engine.plans import draft
from synergy.core.engine.verbs import check_current
from synergy.core.errors import IllegalState, InvalidArgument, NotFound, PlanStale
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Scope, Verb, Wish
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

HOUR = "MainHourly@2013013020"
DAY = "MainDaily@2013013000"


def world_of(*, at: str = "2013020203", concurrency: int = 4, work: bool = True) -> World:
    world = World(
        context_of(
            spec("MainMonthly", "Main"),
            spec("MainDaily", "Main", concurrency=concurrency, blocking_type=BlockingType.CHILDREN),
            spec("MainHourly", "Main", concurrency=concurrency),
            spec("ReportDaily", "Report", concurrency=concurrency),
            dependent_on={"Report": ("Main",)},
        ),
        settings_of(),
    )
    world.go_to(at)
    if work:
        world.work()
    return world


def names(plan: Draft) -> set[str]:
    return {f"{change.process_name}@{change.timeperiod}" for change in plan.changes}


WHOLE = {HOUR, DAY, "ReportDaily@2013013000", "MainMonthly@2013010000"}


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (Scope(), WHOLE),
        (Scope(alone=True), {HOUR}),
        (Scope(ancestors=True), {HOUR, DAY, "MainMonthly@2013010000"}),
        (Scope(dependents=True), {HOUR}),
        (Scope(ancestors=True, dependents=True), WHOLE),
        (Scope(depth=1), {HOUR, DAY}),
        (Scope(exclude=("Report",)), WHOLE - {"ReportDaily@2013013000"}),
        (Scope(exclude=("*Monthly",)), WHOLE - {"MainMonthly@2013010000"}),
        (Scope(exclude=("M*Mo*h*y", "R*t*y*t")), WHOLE - {"MainMonthly@2013010000"}),
        (Scope(exclude=("MainMo*Monthly", "*" * 60 + "x")), WHOLE),  # no part is matched twice, no stars for ever
        (Scope(exclude=(DAY,)), {HOUR}),
    ],
)
def test_a_scope_narrows_what_is_reprocessed(scope: Scope, reached: set[str]) -> None:
    world = world_of()

    plan = draft(world.schedule, Wish("reprocess", (HOUR,), scope=scope))

    assert names(plan) == reached
    assert Scope().is_narrow is False
    assert scope.is_narrow is (scope != Scope())


def test_what_a_narrow_scope_leaves_out_is_accepted_as_it_is() -> None:
    world = world_of()
    world.apply("reprocess", HOUR, scope=Scope(alone=True))

    assert world.state(DAY) is JobState.PROCESSED
    assert world.job(DAY).accepted_by_hand
    rules.check_tidy(world)
    world.restart()
    assert world.state(DAY) is JobState.PROCESSED

    world.work()  # its input finishes again: it is as all others from now on
    assert world.state(HOUR) is JobState.PROCESSED
    assert not world.job(DAY).accepted_by_hand
    assert world.job(DAY).run == 1


def test_a_plan_is_stale_when_what_it_would_keep_has_gone_on() -> None:
    world = world_of()
    plan = draft(world.schedule, Wish("reprocess", (HOUR,), scope=Scope(alone=True)))
    assert plan.kept
    world.apply("reprocess", DAY)

    with pytest.raises(PlanStale, match="other finished jobs would be left as they are"):
        check_current(world.schedule, plan)


def test_a_kept_job_over_more_unfinished_inputs_is_reprocessed_when_one_finishes() -> None:
    world = world_of()
    two = (HOUR, "MainHourly@2013013021")
    world.apply("reprocess", *two, scope=Scope(alone=True))
    world.work(most=1)

    assert world.state(DAY) is JobState.EMBRYO  # the other hour is not finished
    assert world.state("MainMonthly@2013010000") is JobState.EMBRYO  # and this is built on it
    world.work()
    assert {world.state(name) for name in WHOLE} == {JobState.PROCESSED}
    rules.check_tidy(world)


def test_a_skip_can_stay_at_its_target() -> None:
    world = world_of(work=False)

    everything = names(draft(world.schedule, Wish("skip", (DAY,))))
    assert HOUR in everything
    assert "ReportDaily@2013013000" in everything
    assert names(draft(world.schedule, Wish("skip", (DAY,), scope=Scope(alone=True)))) == {DAY}
    assert names(draft(world.schedule, Wish("skip", (DAY,), scope=Scope(depth=0)))) == {DAY}
    assert names(draft(world.schedule, Wish("skip", (DAY,), scope=Scope(exclude=("MainDaily",))))) == set()


@pytest.mark.parametrize(
    ("wish", "message", "remedy"),
    [
        (Wish("reprocess", (DAY,), tree="Mian"), 'tree "Mian" is unknown', 'did you mean "Main"?'),
        (Wish("skip", (DAY,), scope=Scope(exclude=("Reprot",))), "to leave out", 'did you mean "Report"?'),
        (Wish("skip", (DAY,), scope=Scope(exclude=("MainDialy@2013013000",))), '"MainDialy"', '"MainDaily"'),
    ],
)
def test_a_misspelt_name_in_a_scope_is_refused(wish: Wish, message: str, remedy: str) -> None:
    with pytest.raises(NotFound, match=re.escape(message)) as raised:
        draft(world_of().schedule, wish)
    assert remedy in raised.value.remedy


def test_skipping_all_children_skips_the_parent_in_the_same_plan() -> None:
    world = world_of(work=False)
    hours = "MainHourly@2013013020..2013013023"

    plan = world.apply("skip", hours)

    day = next(change for change in plan.changes if change.process_name == "MainDaily")
    assert day.because == "4 children are skipped"
    assert "ReportDaily@2013013000" in names(plan)  # which depends on it
    assert world.state(DAY) is JobState.SKIPPED
    assert all(entry.plan_id == "p1" for entry in world.store.history if entry.new_state is JobState.SKIPPED)


def test_a_tree_narrows_the_targets() -> None:
    world = world_of()
    wish = Wish("reprocess", (HOUR, "ReportDaily@2013013000"), tree="Report")

    assert names(draft(world.schedule, wish)) == {"ReportDaily@2013013000"}


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (Wish("cancel", (HOUR,), scope=Scope(alone=True)), "cancel has no scope"),
        (Wish("skip", (HOUR,), max_parallel=2), "skip has no max-parallel"),
        (Wish("reprocess", (HOUR,), max_parallel=0), "max-parallel 0 is out of range"),
        (Wish("reprocess", (HOUR,), max_parallel=2**63), f"max-parallel {2**63} is out of range; use 1 to 100000"),
        (Wish("reprocess", (HOUR,), scope=Scope(depth=-1)), "depth -1 is out of range"),
        (Wish("mark", (HOUR,), to="done"), 'cannot be marked as "done"'),
        (Wish("mark", (HOUR,)), 'cannot be marked as ""'),
        (Wish("cursor", ("MainHourly", "MainDaily"), to="2013013020"), "moves one process"),
    ],
)
def test_options_that_make_no_sense_are_refused(wish: Wish, problem: str) -> None:
    with pytest.raises(InvalidArgument, match=problem):
        draft(world_of().schedule, wish)


def test_a_forced_job_starts_past_everything_and_what_was_ignored_is_written_down() -> None:
    world = world_of(at="2013013022", work=False)
    world.schedule.lanes[1].is_on = False

    plan = world.apply("force", DAY)

    assert [change.new_state for change in plan.changes] == [JobState.IN_PROGRESS]
    entry = world.store.history[-1]
    assert (entry.cause, entry.actor) == ("force", "ann")
    assert entry.because is not None
    assert entry.because.startswith("ignored: MainDaily is inactive")
    assert "not over" in entry.because
    assert world.related(DAY).state is UowState.REQUESTED
    assert world.job(DAY).accepted_by_hand

    with pytest.raises(IllegalState, match="cannot be forced"):
        draft(world.schedule, Wish("force", (DAY,)))


def test_a_forced_job_finishes_over_unfinished_inputs_once_it_is_closed() -> None:
    world = world_of(at="2013013101", concurrency=1, work=False)
    world.apply("force", DAY)
    (uow_id,) = (uow_id for uow_id in world.queue if uow_id.startswith("MainDaily"))
    attempt = world.claim(uow_id)
    assert attempt is not None
    world.finish(attempt)
    world.settle()

    assert world.state(DAY) is JobState.PROCESSED
    assert world.state("MainHourly@2013013023") is JobState.EMBRYO
    rules.check_tidy(world)


def test_what_is_finished_cannot_be_forced() -> None:
    with pytest.raises(IllegalState, match="is processed, it cannot be forced"):
        draft(world_of().schedule, Wish("force", (HOUR,)))


@pytest.mark.parametrize(("to", "state"), [("processed", JobState.PROCESSED), ("STATE_NOOP", JobState.NOOP)])
def test_a_marked_job_is_finished_and_what_is_built_on_it_goes_on(to: str, state: JobState) -> None:
    world = world_of(at="2013013101", work=False)
    world.claim(world.related(HOUR).uow_id)
    world.settle()

    plan = world.apply("mark", "MainHourly@2013013020..2013013023", to=to)

    assert {change.new_state for change in plan.changes} == {state}
    assert plan.kills == (f"{HOUR}.1",)
    assert world.state(HOUR) is state
    assert world.job(HOUR).accepted_by_hand
    assert world.related(HOUR).cancel_requested
    world.stop_canceled()
    world.work()
    assert world.state(DAY) is JobState.PROCESSED
    rules.check_memory(world)


def test_a_mark_stands_though_an_input_finishes_while_what_ran_still_ends() -> None:
    world, report = world_of(at="2013013101", work=False), "ReportDaily@2013013000"
    attempt = world.claim(world.related(report).uow_id)
    assert attempt is not None
    world.settle()
    world.apply("mark", report, to="noop")

    world.work()  # its input finishes: it is as all others from now on, but its box has not stopped its work yet
    world.restart()

    assert world.state(DAY) is JobState.PROCESSED
    assert world.state(report) is JobState.NOOP
    assert not world.job(report).accepted_by_hand
    assert (world.related(report).state, world.related(report).cancel_requested) == (UowState.IN_PROGRESS, True)
    world.apply("reprocess", report)
    assert world.work() == 0  # nothing runs beside it
    world.finish(attempt, UowState.CANCELED)
    world.settle()
    assert world.related(report).uow_id == f"{report}.2"
    rules.check_memory(world)


def test_a_finished_job_is_marked_otherwise() -> None:
    world = world_of()

    world.apply("mark", HOUR, to="noop")

    assert world.state(HOUR) is JobState.NOOP
    with pytest.raises(IllegalState, match="it is in that state already"):
        draft(world.schedule, Wish("mark", (HOUR,), to="noop"))


def test_moving_a_cursor_forward_skips_and_back_reprocesses() -> None:
    world = world_of(at="2013013103", work=False)
    forward = draft(world.schedule, Wish("cursor", ("MainHourly",), to="2013013022"))
    assert forward.wish.verb == "skip"
    assert names(forward) == {HOUR, "MainHourly@2013013021"}

    world.work()
    back = draft(world.schedule, Wish("cursor", ("MainHourly",), to="2013013101"))
    assert back.wish.verb == "reprocess"
    assert {name for name in names(back) if "Hourly" in name} == {"MainHourly@2013013101"}

    with pytest.raises(IllegalState, match="is at 2013013102 already"):
        draft(world.schedule, Wish("cursor", ("MainHourly",), to="2013013102"))
    with pytest.raises(NotFound, match='"Nope" is unknown'):
        draft(world.schedule, Wish("cursor", ("Nope",), to="2013013103"))
    for beyond in ("2013013019", "2013013105"):
        with pytest.raises(NotFound, match=f"MainHourly@{beyond} is not in the timetable; its periods are 2013013020"):
            draft(world.schedule, Wish("cursor", ("MainHourly",), to=beyond))


VERBS: tuple[Verb, ...] = ("reprocess", "skip", "force", "mark")


@pytest.mark.parametrize("verb", VERBS)
def test_drafting_changes_nothing(verb: Verb) -> None:
    world = world_of(at="2013013101", work=False)
    world.work(most=2)
    before = world.schedule.jobs.copy()
    wish = Wish(verb, ("MainHourly@2013013020..2013013102",), to="noop" if verb == "mark" else None)

    draft(world.schedule, wish)

    assert world.schedule.jobs == before
    assert world.schedule.outbox.is_empty()
