"""What was claimed before an input finished runs once more, what was claimed after does not, whatever clocks say."""

from __future__ import annotations

import math

import pytest

from synergy.core.engine.outbox import Outbox
from synergy.core.engine.schedule import Now
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

DAY = "MainDaily@2013013000"
FIRST, SECOND = UowId(f"{DAY}.1"), UowId(f"{DAY}.2")
EARLY, LATE = UowId("MainHourly@2013013022.1"), UowId("MainHourly@2013013023.1")


@pytest.fixture
def world() -> World:
    """A day that waits for a worker beside its two hours."""
    hours = {"synergy_start_timeperiod": "2013013022", "synergy_end_timeperiod": "2013013100"}
    made = World(context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main", concurrency=2)), settings_of(**hours))
    made.go_to("2013013102")
    assert made.queue == {FIRST, EARLY, LATE}
    return made


def claimed(world: World, uow_id: UowId = FIRST, *, ahead: float = 0.0, tell: bool = True) -> UnitOfWork:
    """A worker takes it whose clock is so far ahead of the daemon's."""
    there, world.now = world.now, Now(world.now.schedule, world.now.real + ahead)
    attempt = world.claim(uow_id, tell=tell)
    world.now = Now(there.schedule, there.real + 0.001)
    assert attempt is not None
    return attempt


def finish(world: World, *uow_ids: UowId) -> None:
    """Hours are worked through, and the daemon is told of them together."""
    for uow_id in uow_ids:
        attempt = world.claim(uow_id)
        assert attempt is not None
        world.finish(attempt)
    world.settle()


def end(world: World, attempt: UnitOfWork) -> None:
    world.finish(attempt)
    world.settle()


def told(world: World) -> list[float]:
    """What units of work are told of their inputs from now on."""
    found: list[float] = []

    def look(outbox: Outbox) -> None:
        found.extend(one.inputs_finished for one in outbox.patches if isinstance(one.inputs_finished, float))

    world.on_commit = look
    return found


def check(world: World, *runs: UowId) -> None:
    """The day is done by these runs, and by no more; a start would find no more to do either."""
    world.work()
    assert [uow_id for uow_id in world.store.uows if uow_id.startswith("MainDaily")] == list(runs)
    assert world.state(DAY) is JobState.PROCESSED
    rules.check_memory(world)
    rules.check_history(world)


@pytest.mark.parametrize("ahead", [3600.0, -3600.0, 0.0])
def test_what_was_claimed_before_an_input_finished_runs_once_more(world: World, ahead: float) -> None:
    attempt = claimed(world, ahead=ahead)
    world.settle()
    finish(world, EARLY, LATE)
    end(world, attempt)
    check(world, FIRST, SECOND)


@pytest.mark.parametrize("ahead", [3600.0, -3600.0, 0.0])
def test_what_was_claimed_after_the_last_input_finished_is_enough(world: World, ahead: float) -> None:
    finish(world, EARLY, LATE)
    end(world, claimed(world, ahead=ahead))
    check(world, FIRST)


@pytest.mark.parametrize("jump", [-3600.0, 0.0])
def test_the_daemon_s_own_clock_may_stand_still_or_jump_back_between_two_inputs(world: World, jump: float) -> None:
    finish(world, EARLY)
    first = world.job(DAY).inputs_finished
    assert first is not None
    attempt = claimed(world)
    hour = claimed(world, LATE)
    world.finish(hour)
    world.now = Now(world.now.schedule, first + jump)
    world.settle()

    assert world.job(DAY).inputs_finished == math.nextafter(first, math.inf)
    end(world, attempt)
    check(world, FIRST, SECOND)


def test_a_claim_that_nobody_has_told_of_counts_from_where_it_is_stored(world: World) -> None:
    attempt = claimed(world, ahead=3600.0, tell=False)
    finish(world, EARLY, LATE)
    assert world.schedule.uows[FIRST].state is UowState.IN_PROGRESS  # the commit has told
    end(world, attempt)
    check(world, FIRST, SECOND)


def test_a_claim_just_before_the_commit_of_an_input_s_finish_is_older(world: World) -> None:
    finish(world, EARLY)
    taken: list[UnitOfWork] = []

    def be_quicker() -> None:
        world.before_commit = lambda: None
        taken.append(claimed(world, ahead=3600.0))

    world.before_commit = be_quicker
    finish(world, LATE)
    end(world, *taken)
    check(world, FIRST, SECOND)


@pytest.mark.parametrize("is_given_back", [False, True])
def test_a_restart_knows_what_was_claimed_before_an_input_finished(world: World, *, is_given_back: bool) -> None:
    attempt = claimed(world, ahead=3600.0, tell=False)

    def die(_outbox: Outbox) -> None:
        raise KeyboardInterrupt

    world.on_commit = die
    with pytest.raises(KeyboardInterrupt):  # stored, but the answer is lost
        finish(world, EARLY, LATE)
    world.on_commit = lambda _outbox: None
    world.restart()
    if is_given_back:
        world.give_back(attempt)
        attempt = claimed(world, ahead=-3600.0)
    end(world, attempt)
    check(world, *((FIRST,) if is_given_back else (FIRST, SECOND)))


def test_a_restart_knows_what_was_claimed_after_an_input_finished(world: World) -> None:
    finish(world, EARLY, LATE)
    world.restart()
    end(world, claimed(world, ahead=-3600.0))
    check(world, FIRST)


@pytest.mark.parametrize("tell", [True, False])
def test_what_was_given_back_in_silence_and_claimed_again_after_an_input_finished_is_enough(
    world: World, *, tell: bool
) -> None:
    attempt = claimed(world, tell=tell)
    world.settle()
    finish(world, EARLY, LATE)
    world.give_back(attempt)
    end(world, claimed(world))
    check(world, FIRST)


def test_an_attempt_that_follows_on_one_from_before_the_input_is_enough(world: World) -> None:
    attempt = claimed(world)
    world.settle()
    hours = [claimed(world, EARLY), claimed(world, LATE)]
    for hour in hours:
        world.finish(hour)
    world.finish(attempt, UowState.INVALID)  # in the same batch, after the hours
    world.settle()
    assert world.job(DAY).number_of_failures == 1

    world.tick(world.settings.gc_resubmit_after_hours * 3600 + 3600)
    check(world, FIRST)
    assert world.store.uows[FIRST].attempt == 2


def test_inputs_that_finish_together_are_told_once(world: World) -> None:
    attempt = claimed(world)
    world.settle()
    patches = told(world)
    finish(world, EARLY, LATE)
    assert patches == [world.job(DAY).inputs_finished]
    end(world, attempt)
    check(world, FIRST, SECOND)


@pytest.mark.parametrize("by_then", [(), ("Main",), ("Main", "Other")])
def test_a_job_that_is_restored_runs_once_more_for_what_finished_while_it_was_skipped(by_then: tuple[str, ...]) -> None:
    """``by_then``: whose hours had finished when its run was claimed, of the three that it is built on."""
    hours = {"synergy_start_timeperiod": "2013013022", "synergy_end_timeperiod": "2013013023"}
    trees = ("Main", "Other", "Last")
    context = context_of(*(spec(f"{tree}Hourly", tree) for tree in (*trees, "Report")), dependent_on={"Report": trees})
    world = World(context, settings_of(**hours))
    world.go_to("2013013102")
    report, others = "ReportHourly@2013013022", {tree: UowId(f"{tree}Hourly@2013013022.1") for tree in trees}
    finish(world, *(others[tree] for tree in by_then))
    end(world, claimed(world, UowId(f"{report}.1")))
    world.apply("skip", report)

    finish(world, *(others[tree] for tree in trees if tree not in by_then))
    world.undo("p1")
    world.work()

    assert [uow_id for uow_id in world.store.uows if uow_id.startswith("Report")] == [f"{report}.1", f"{report}.2"]
    assert world.state(report) is JobState.PROCESSED
    rules.check_history(world)
