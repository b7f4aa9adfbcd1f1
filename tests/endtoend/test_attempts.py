"""Jobs that fail, hang, print and are canceled: what users then see of every attempt."""

from __future__ import annotations

import math
import subprocess
import time
from itertools import pairwise

import pytest

from synergy.core.states import UowState
from synergy.worker.marks import UOW_ID
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
def hourly(name, **fields):
    return ManagedProcess(process_name=name, time_qualifier="hourly", **fields)

process_context = [
    hourly("Failing", command=["sh", "-c", "echo try {attempt}; echo why >&2; exit 3"],
           retry_delay_seconds=0.2, max_attempts=3),
    hourly("Raising", run="jobs:raising", max_attempts=1),
    hourly("Nothing", command=["sh", "-c", "echo nothing to do; exit 99"]),
    hourly("Hanging", command=["sleep", "600"], time_limit=0.5, grace_seconds=1, max_attempts=1),
    hourly("Sleeping", command=["sh", "-c", "setsid sleep 600 & echo asleep; sleep 600"], grace_seconds=2),
    hourly("Stubborn", command=["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"], grace_seconds=6),
    hourly("Talking", run="jobs:talking"),
    hourly("Fatal", command=["sh", "-c", "exit 4"], fatal_exit_codes=[4], retry_delay_seconds=0.1),
]
timetable_context = [
    Tree(tree_name=process.process_name + "Tree", enclosed_processes=[process.process_name])
    for process in process_context
]
"""

JOBS = """
import logging
import time
from pathlib import Path

log = logging.getLogger("shop")


def raising(uow):
    print("before the fall")
    raise ValueError(f"no data for {uow.timeperiod}")


def talking(uow):
    print("first line")
    log.warning("second line")
    while not Path("go").exists():
        time.sleep(0.02)
    print("last line")
"""


@pytest.fixture(scope="module")
def running(shared: Deployment) -> Deployment:
    """One deployment for all tests; each has a process of its own."""
    write_project(shared.folder, DEFINITIONS, {"slots": 10}, JOBS, end_timeperiod="2013010101")
    shared.start()
    return shared


def test_a_command_that_fails_is_retried_until_its_attempts_are_used_up(running: Deployment) -> None:
    job = "Failing@2013010100"
    poll(lambda: _gave_up(running, job), 30, "it gave up")

    attempts = running.ctl_json("attempts", job)
    assert [(row["number"], row["attempt"], row["exit_reason"]) for row in attempts] == [
        (1, 1, "exit 3"), (2, 2, "exit 3"), (3, 3, "exit 3")
    ]  # fmt: skip
    assert all(row["state"] == "state_invalid" and row["finished"] for row in attempts)
    for number in (1, 2, 3):
        assert running.ctl("logs", job, "--attempt", str(number)).stdout == f"try {number}\nwhy\n"
    shown = running.ctl_json("show", job)
    assert (shown["state"], shown["number_of_failures"]) == ("state_in_progress", 3)
    assert (shown["unit_of_work"]["state"], shown["unit_of_work"]["exit_reason"]) == ("state_invalid", "exit 3")
    told = running.ctl("status", "--check", expect=1).stdout
    assert job in told, told


def test_the_time_between_two_attempts_is_the_process_s(running: Deployment) -> None:
    poll(lambda: _gave_up(running, "Failing@2013010100"), 30, "it gave up")
    attempts = [one for one in running.stored.attempts() if one.uow_id == "Failing@2013010100.1"]
    pauses = [later.started - (earlier.finished or math.inf) for earlier, later in pairwise(attempts)]
    assert all(0.2 <= pause < 5 for pause in pauses), pauses
    assert len(pauses) == 2


def test_a_fatal_exit_code_is_not_retried(running: Deployment) -> None:
    job = "Fatal@2013010100"
    poll(lambda: _gave_up(running, job), 30, "it gave up")
    assert [row["exit_reason"] for row in running.ctl_json("attempts", job)] == ["exit 4"]


def test_what_was_given_up_runs_again_when_an_operator_reprocesses_it(running: Deployment) -> None:
    job = "Fatal@2013010100"
    poll(lambda: _gave_up(running, job), 30, "it gave up")

    running.ctl("reprocess", job, "--yes", "--reason", "mended")

    poll(lambda: len(running.ctl_json("attempts", job)) == 2, 10, "it is tried again")
    row = running.ctl_json("attempts", job)[1]
    assert (row["number"], row["uow_id"], row["attempt"]) == (2, f"{job}.2", 1)


def test_a_callable_that_raises_shows_its_traceback_in_its_log_and_nowhere_else(running: Deployment) -> None:
    job = "Raising@2013010100"
    poll(lambda: _gave_up(running, job), 30, "it gave up")

    told = running.ctl("logs", job).stdout
    assert told.startswith("before the fall\nTraceback (most recent call last):\n"), told
    assert told.endswith("ValueError: no data for 2013010100\n"), told
    assert 'jobs.py", line' in told
    assert running.ctl_json("attempts", job)[0]["exit_reason"] == "raised ValueError: no data for 2013010100"
    assert "Traceback" not in running.logged("supervisor") + running.logged("daemon")


def test_exit_99_means_that_there_was_nothing_to_do(running: Deployment) -> None:
    running.ctl("wait", "Nothing@2013010100", "--for", "noop", "--timeout", "30")
    refused = running.ctl("wait", "Nothing@2013010100", "--for", "processed", expect=1)
    assert refused.stderr.startswith("error: Nothing@")
    assert running.ctl("logs", "Nothing@2013010100").stdout == "nothing to do\n"


def test_a_time_limit_ends_the_work(running: Deployment) -> None:
    job = "Hanging@2013010100"
    poll(lambda: _gave_up(running, job), 30, "it gave up")

    row = running.ctl_json("attempts", job)[0]
    assert row["exit_reason"] == "time limit 0.5 s"
    assert 0.5 <= row["seconds"] < 4
    assert _marked(running, job) == []


def test_cancel_ends_the_work_with_all_that_it_started(running: Deployment) -> None:
    job = "Sleeping@2013010100"
    poll(lambda: len(_marked(running, job)) >= 3, 30, "the shell and both of its sleeps run")

    began = time.monotonic()
    done = running.ctl("cancel", job, "--yes", "--reason", "not today")

    assert _marked(running, job) == []
    assert time.monotonic() - began < 2 + 3
    assert f"stopping {job}.1" in done.stdout
    assert running.job_state(job) == "skipped"
    assert running.ctl_json("attempts", job)[0]["exit_reason"] == "canceled"
    row = running.ctl_json("history", job)[0]
    assert (row["new_state"], row["cause"]) == ("state_skipped", "cancel")
    assert "not today" in [entry["reason"] for entry in running.ctl_json("history", job)]
    assert "ended 3 processes with TERM" in running.ctl("logs", job).stdout


def test_a_cancel_that_is_not_confirmed_in_time_says_so(running: Deployment) -> None:
    job = "Stubborn@2013010100"
    poll(lambda: _marked(running, job), 30, "it runs")
    poll(lambda: "deaf" in running.ctl("logs", job, expect=None).stdout, 10, "it is deaf")

    refused = running.ctl("cancel", job, "--yes", "--timeout", "0.5", expect=6)

    assert f"{job}.1" in refused.stderr
    poll(lambda: _marked(running, job) == [], 15, "KILL ends it after the grace")
    running.await_job(job, "skipped")


def test_a_log_is_followed_while_it_grows_until_the_work_ends(running: Deployment) -> None:
    job = "Talking@2013010100"
    poll(lambda: _runs(running, job), 30, "it runs")

    with running.popen("synergyctl", "logs", "-f", job, stdout=subprocess.PIPE) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline() == "first line\n"
        assert "second line" in follower.stdout.readline()
        (running.folder / "go").touch()
        assert follower.stdout.readline() == "last line\n"
        assert follower.stdout.read() == ""
        assert follower.wait(10) == 0
    lines = running.ctl_json("logs", job)
    assert [(line["stream"], line["level"]) for line in lines] == [("stdout", ""), ("log", "WARNING"), ("stdout", "")]


def _gave_up(running: Deployment, job: str) -> bool:
    uow = running.first_uow(job)
    return uow is not None and uow.gave_up


def _runs(running: Deployment, job: str) -> bool:
    uow = running.first_uow(job)
    return uow is not None and uow.state is UowState.IN_PROGRESS


def _marked(running: Deployment, job: str) -> list[int]:
    return running.marked(**{UOW_ID: f"{job}.1"})
