"""What caused each run of a job: read off what the engine writes into history, and off attempts."""

from __future__ import annotations

from synergy.core.engine.why import Run, runs_of
from synergy.core.records import LEASE_LOST, Attempt, HistoryEntry, UowId
from synergy.core.states import JobState, UowState
from synergy.core.targets import parse_job
from tests.core.engine.why_scenes import DAY, HOUR, small
from tests.core.engine.world import World


def runs(world: World, job: str, *attempts: Attempt) -> list[Run]:
    key = parse_job(job)
    own = (key.process_name, key.timeperiod)
    history = [one for one in world.store.history if (one.process_name, one.timeperiod) == own]
    return runs_of(history, attempts)


def attempt(uow_id: str, number: int, reason: str | None = None, box_id: str = "box") -> Attempt:
    state = UowState.PROCESSED if reason is None else UowState.INVALID
    return Attempt(
        UowId(uow_id), number, "s1", box_id, "h", 10.0 * number, 10.0 * number + 1, state=state, exit_reason=reason
    )


def test_a_first_run_is_caused_by_its_trigger_and_one_above_it_by_its_input() -> None:
    world = small("2013013101")
    world.work()

    hour, day = runs(world, HOUR)[0], runs(world, DAY)[0]

    assert (hour.run, hour.uow_id, hour.cause, hour.what) == (1, f"{HOUR}.1", "due", "its trigger made it due")
    assert hour.at is not None
    assert day.run == 1


def test_a_reprocess_names_who_the_plan_the_edge_and_the_reason() -> None:
    world = small("2013013101")
    world.work()
    world.apply("reprocess", HOUR)
    world.work()

    hour, day = runs(world, HOUR), runs(world, DAY)

    assert [run.run for run in hour] == [1, 2]
    assert hour[1].what == "reprocess by ann, plan p1"
    assert (hour[1].cause, hour[1].actor, hour[1].plan_id) == ("reprocess", "ann", "p1")
    assert day[1].what == f"reprocess by ann, plan p1, because {HOUR} is its child"
    assert day[1].because == f"{HOUR} is its child"


def entry(cause: str, uow: int | None, new: JobState = JobState.IN_PROGRESS, **fields: str) -> HistoryEntry:
    """A transition of the hour."""
    uow_id = None if uow is None else UowId(f"{HOUR}.{uow}")
    return HistoryEntry(
        "MainHourly", "2013013020", 5.0, JobState.EMBRYO, new, "scheduler", cause, uow_id=uow_id, **fields
    )


def test_each_cause_has_its_words() -> None:
    told = [
        entry("input_finished", 1, because=NAME),
        entry("uow_finished", 2, because=f"{HOUR}.1 processed"),
        entry("housekeeping", 2, JobState.EMBRYO),
        entry("due", 3),
        entry("reprocess", 3, JobState.EMBRYO, reason="late data"),
        entry("due", 4),
        entry("period_closed", 5),
        entry("force", 6, because="ignored: it is held", plan_id="p7"),
        entry("undo", 6, JobState.EMBRYO, because="p7", plan_id="p8"),
        entry("due", 7),
        entry("cancel", 5),
        entry("cancel", 5, JobState.SKIPPED),
        entry("uow_finished", None, JobState.PROCESSED),
    ]

    words = [run.what for run in runs_of(told, [])]

    assert words == [
        f"{NAME} finished",
        f"once more: something that it is built on finished after the start of {HOUR}.1 processed",
        "something beneath it was not finished any more",
        "reprocess by scheduler: late data",
        "its period closed",
        "force by scheduler, plan p7; ignored: it is held",
        "undo of plan p7 by scheduler, plan p8",
    ]


NAME = "MainHourly@2013013019"


def test_attempts_say_why_they_were_made() -> None:
    made = [
        attempt(f"{HOUR}.1", 1, "exit 3"),
        attempt(f"{HOUR}.1", 2, LEASE_LOST, "box-2"),
        attempt(f"{HOUR}.1", 3),
        attempt(f"{HOUR}.2", 1),
    ]

    first, second = runs_of([entry("due", 1), entry("due", 2)], made)

    assert [one.what for one in first.attempts] == [
        "its first attempt", "a retry after exit 3", "its worker on box-2 was lost",
    ]  # fmt: skip
    assert [one.attempt.attempt for one in second.attempts] == [1]


def test_a_failure_without_a_reason_is_one_all_the_same() -> None:
    bare = Attempt(UowId(f"{HOUR}.1"), 1, "s1", "box", "h", 1.0, state=UowState.INVALID)

    run = runs_of([], [bare, attempt(f"{HOUR}.1", 2)])[0]

    assert [one.what for one in run.attempts] == ["its first attempt", "a retry after a failure"]
    assert (run.cause, run.what, run.at) == ("unknown", "its history is gone", 1.0)
