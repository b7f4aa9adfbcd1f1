"""Stop, restart and a supervisor that stands still, in the middle of running work: nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from synergy.core.states import UowState
from synergy.worker.process_table import read_row
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(
        process_name="Hourly", time_qualifier="hourly", grace_seconds=1,
        command=[sys.executable, "work.py", "{timeperiod}", "{attempt}"],
    ),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""

WORK = '''"""Runs until the file ``go`` is there; two of one timeperiod at a time are noted in ``overlaps``."""

import fcntl
import sys
import time
from pathlib import Path

timeperiod, attempt = sys.argv[1:]
with open(f"lock-{timeperiod}", "w") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        Path("overlaps").write_text(f"{timeperiod} attempt {attempt}")
    with open("runs", "a") as runs:
        print(timeperiod, attempt, file=runs)
    while not Path("go").exists():
        time.sleep(0.02)
'''

JOB = "Hourly@2013010100"


@pytest.fixture
def working(deployment: Deployment, request: pytest.FixtureRequest) -> Deployment:
    """A deployment whose first job runs; the parameter is its settings."""
    settings = {"stop_grace_seconds": 1.0, **getattr(request, "param", {})}
    write_project(deployment.folder, DEFINITIONS, settings, end_timeperiod="2013010102")
    (deployment.folder / "work.py").write_text(WORK)
    deployment.start()
    _await_runs(deployment, 1)
    return deployment


def test_a_restart_leaves_running_work_alone(working: Deployment) -> None:
    pid, daemon = _running_pid(working), working.daemon_pid

    working.synergyd("restart")

    assert working.daemon_pid not in {None, daemon}
    assert _running_pid(working) == pid
    assert read_row(pid) is not None
    _finish(working)
    assert _runs(working) == [("2013010100", "1"), ("2013010101", "1")]
    assert [row["number"] for row in working.ctl_json("attempts", JOB)] == [1]


def test_stop_ends_what_does_not_end_in_time_and_start_runs_it_again(working: Deployment) -> None:
    pid = _running_pid(working)

    working.synergyd("stop")

    assert read_row(pid) is None
    assert working.marked() == []
    assert working.job_state(JOB) == "in_progress"
    working.start()
    _await_runs(working, 2)
    _finish(working)
    assert [timeperiod for timeperiod, _ in _runs(working)] == ["2013010100", "2013010100", "2013010101"]


@pytest.mark.parametrize("working", [{"stop_grace_seconds": 30.0}], indirect=True)
def test_stop_lets_work_end_that_can_and_begins_nothing_more(working: Deployment) -> None:
    stopping = working.popen("synergyd", "stop")
    poll(lambda: working.daemon_pid is None, 10, "the daemon is gone")
    (working.folder / "go").touch()
    assert stopping.wait(30) == 0

    assert working.marked() == []
    assert _runs(working) == [("2013010100", "1")]
    working.start()
    _finish(working)
    assert _runs(working) == [("2013010100", "1"), ("2013010101", "1")]


@pytest.mark.parametrize("working", [{"lease_seconds": 8.0, "heartbeat_seconds": 1.0}], indirect=True)
def test_a_supervisor_that_stood_still_past_its_lease_ends_its_work_before_it_goes_on(working: Deployment) -> None:
    pid = _running_pid(working)
    supervisor = working.signal("supervisor", signal.SIGSTOP)
    poll(lambda: '"lease_lost"' in working.logged(), 30, "the daemon calls the lease lost")
    poll(lambda: getattr(working.first_uow(JOB), "attempt", 0) == 2, 5, "it is offered again")

    os.kill(supervisor, signal.SIGCONT)

    _await_runs(working, 2)
    assert read_row(pid) is None
    assert '"lease_lost"' in working.logged("supervisor")
    _finish(working)
    assert _runs(working) == [("2013010100", "1"), ("2013010100", "2"), ("2013010101", "1")]
    accepted = [one for one in working.stored.attempts() if one.accepted and one.state is UowState.PROCESSED]
    assert [one.attempt for one in accepted] == [2, 1]


def _running_pid(deployment: Deployment) -> int:
    """The process of the job that runs, as the store has it from before it was begun."""
    pids: list[int] = []

    def is_told() -> bool:
        uow = deployment.first_uow(JOB)
        pids.extend([uow.pid] if uow and uow.pid else [])
        return bool(pids)

    poll(is_told, 10, "its process id is stored")
    return pids[0]


def _runs(deployment: Deployment) -> list[tuple[str, str]]:
    """Timeperiod and attempt of each run that has begun."""
    path = deployment.folder / "runs"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(line.split()[0], line.split()[1]) for line in lines]


def _await_runs(deployment: Deployment, count: int) -> None:
    poll(lambda: len(_runs(deployment)) >= count, 30, f"{count} runs have begun")


def _finish(deployment: Deployment) -> None:
    """Let all work end, and see that it ended well."""
    (deployment.folder / "go").touch()
    deployment.ctl("wait", "Hourly@2013010100..2013010101", "--for", "processed", "--timeout", "30")
    assert not Path(deployment.folder / "overlaps").exists()
