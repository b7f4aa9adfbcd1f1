"""A night's work at the console: the real program in a real terminal, at a real daemon with real work."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.endtoend.tmux import Tmux, in_tmux
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
def hourly(name, script, **fields):
    return ManagedProcess(process_name=name, time_qualifier="hourly", command=["sh", "-c", script], **fields)

process_context = [
    hourly("ReadHourly", "echo reading {timeperiod}; cat input/{timeperiod} || exit 3", max_attempts=1),
    ManagedProcess(process_name="ReadDaily", time_qualifier="daily", command=["true"],
                   blocking_type="blocking_children"),
    hourly("ServeHourly", "echo serving; while ! [ -e served-{timeperiod} ]; do sleep 0.05; done"),
]
timetable_context = [
    Tree(tree_name="Read", enclosed_processes=["ReadDaily", "ReadHourly"]),
    Tree(tree_name="Serve", enclosed_processes=["ServeHourly"]),
]
"""
"""Hours that need a file each, and hours that go on until another file is there."""

FAILED = "ReadHourly@2013010103"
STALE, LIVE = "STALE", "· live"


@pytest.fixture
def night(deployment: Deployment) -> Deployment:
    """Six hours; the file of one of them is missing, so that those behind it and the day wait."""
    write_project(deployment.folder, DEFINITIONS, end_timeperiod="2013010106")
    (deployment.folder / "input").mkdir()
    for hour in (0, 1, 2, 4, 5):
        _bring(deployment, hour)
    deployment.start()
    poll(lambda: (uow := deployment.first_uow(FAILED)) and uow.gave_up, 30, "the hour failed")
    poll(lambda: deployment.job_state("ServeHourly@2013010100") == "in_progress", 30, "the other tree works")
    return deployment


@pytest.fixture
def operator(night: Deployment) -> Iterator[Tmux]:
    """The console in a terminal."""
    program = str(Path(sys.executable).with_name("synergy-console"))
    with in_tmux(night.folder, [program, "-C", str(night.folder)]) as terminal:
        terminal.sees(LIVE, "Read", "Serve")
        yield terminal


def test_a_failing_hour_is_found_explained_mended_and_seen_processed(night: Deployment, operator: Tmux) -> None:
    operator.sees("1 unit of work is invalid")
    operator.press("2")
    operator.sees("ReadHourly   ■■■!··", "ServeHourly  ▸")
    operator.press("C-z")
    operator.sees("problems only")
    operator.sees_no("ServeHourly ")
    operator.press("e")
    operator.sees(FAILED, "exit 3", "gave up")

    operator.press("d")
    operator.sees(f"› {FAILED}", "gave_up", f"log   cat: input/{FAILED[-10:]}: No such file or directory")
    operator.press("l")
    operator.sees(f"› log {FAILED}", "reading 2013010103", "No such file or directory")
    operator.press("Escape")
    operator.sees_no("› log")

    _bring(night, 3)
    operator.press("r")
    operator.sees("Plan: reprocess", "1 job would change in Read")
    operator.press("Enter")  # the focus is on Cancel: nothing has changed
    operator.sees_no("Plan: reprocess")
    assert night.job_state(FAILED) == "in_progress"
    operator.press("r")
    operator.sees("Plan: reprocess")
    operator.press("Right", "Enter")
    operator.sees("■ processed   2013-01-01 03h", "attempt 2", "reprocess by")

    operator.press("Escape")
    operator.sees_no(f"› {FAILED}")
    operator.press("C-z")
    operator.sees("ReadHourly   ■■■■■■", "ReadDaily    ■")


def test_work_is_canceled_skipped_and_the_last_change_taken_back(night: Deployment, operator: Tmux) -> None:
    operator.types(":job ServeHourly@2013010100")
    operator.press("Enter")
    operator.sees("▸ in progress   2013-01-01 00h", "serving")
    operator.press("x")
    operator.sees("Plan: cancel", "Running work is stopped: ServeHourly@2013010100.1", "Go back")
    operator.press("Right", "Enter")
    operator.sees("○ skipped   2013-01-01 00h", "canceled")
    operator.sees("1 job changed", "ctrl+y copies the command")
    operator.types(":skip ServeHourly@2013010104")
    operator.press("Enter")
    operator.sees("Plan: skip", "1 job would change in Serve")
    operator.press("Right", "Enter")
    operator.sees_no("Plan: skip")
    operator.press("2")
    operator.sees("ServeHourly  ○▸··○·")
    operator.press("u")
    operator.sees("Plan: undo", "ServeHourly@2013010104")
    operator.press("Right", "Enter")
    operator.sees("ServeHourly  ○▸····")
    night.await_job("ServeHourly@2013010104", "embryo")


def test_a_killed_daemon_makes_the_console_stale_until_it_is_back_by_itself(night: Deployment, operator: Tmux) -> None:
    operator.press("2")
    operator.sees("ServeHourly  ▸·····", LIVE)
    operator.press("Home")

    night.signal("daemon", signal.SIGKILL)

    operator.sees(STALE, "reconnecting")
    operator.press("r")
    operator.sees("reprocess: not now, what is shown is stale")
    assert "Plan:" not in operator.screen
    assert "ServeHourly  ▸·····" in operator.screen, "what was known stays"
    for hour in range(6):  # the supervisor goes on with what it has
        (night.folder / f"served-201301010{hour}").touch()

    poll(lambda: night.daemon_pid is None, 5, "the daemon is gone")
    night.synergyd("start")

    operator.sees("ServeHourly  ■■■■■■", LIVE)
    operator.press("r")
    operator.sees("Plan: reprocess", "ReadHourly@2013010100")


def _bring(deployment: Deployment, hour: int) -> None:
    (deployment.folder / "input" / f"201301010{hour}").write_text("842 flights\n")
