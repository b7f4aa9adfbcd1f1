"""What can be watched while it happens: events, and daemon processes that are kept alive."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from synergy.worker.marks import DAEMON_PROCESS
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], is_on=False),
    DaemonProcess(process_name="Feed", command=["sleep", "600"], grace_seconds=1),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""


@pytest.fixture(scope="module")
def running(shared: Deployment) -> Deployment:
    """One deployment for all tests: its only job waits to be activated, its daemon process runs."""
    write_project(shared.folder, DEFINITIONS, end_timeperiod="2013010101")
    shared.start()
    return shared


def test_events_show_every_transition_as_it_happens(running: Deployment) -> None:
    command = ("synergyctl", "events", "-f", "--timeout", "120", "-o", "jsonl")
    with running.popen(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watcher:
        assert watcher.stdout is not None
        assert watcher.stderr is not None
        try:
            assert json.loads(watcher.stderr.readline())["code"] == "following"
            running.ctl("frequency", "Hourly", "every 1")
            running.ctl("activate", "Hourly")
            states: list[str] = []
            while "state_processed" not in states:
                event = json.loads(watcher.stdout.readline())
                if event["type"] == "job":
                    states += [event["old_state"], event["state"]]
        finally:
            watcher.terminate()
    assert states == ["state_embryo", "state_in_progress", "state_in_progress", "state_processed"]


def test_a_daemon_process_that_is_killed_is_started_again(running: Deployment) -> None:
    (first,) = _feed(running)

    os.kill(first, signal.SIGKILL)

    _await_another(running, first)
    running.await_status(lambda status: status["supervisors"] == 1, 10, "the status knows the supervisor")


def test_a_daemon_process_goes_with_its_supervisor_and_comes_back_with_the_next(running: Deployment) -> None:
    (first,) = _feed(running)

    running.signal("supervisor", signal.SIGKILL)

    _await_another(running, first)


def test_a_daemon_process_is_stopped_and_started_on_its_box_and_stays_so(running: Deployment) -> None:
    _feed(running)

    running.ctl("box", "stop", "box-1", "Feed", "--reason", "the source is down")

    assert running.marked(**{DAEMON_PROCESS: "Feed"}) == []
    running.synergyd("stop")
    running.start()
    assert running.marked(**{DAEMON_PROCESS: "Feed"}) == []
    running.ctl("box", "start", "box-1", "Feed")
    assert running.marked(**{DAEMON_PROCESS: "Feed"}) != []
    assert "box-9" in running.ctl("box", "start", "box-9", "Feed", expect=2).stderr
    assert "Feet" in running.ctl("box", "start", "box-1", "Feet", expect=2).stderr


def _feed(running: Deployment) -> list[int]:
    """The daemon process, once it runs."""
    poll(lambda: running.marked(**{DAEMON_PROCESS: "Feed"}), 20, "it runs")
    return running.marked(**{DAEMON_PROCESS: "Feed"})


def _await_another(running: Deployment, first: int) -> None:
    poll(lambda: running.marked(**{DAEMON_PROCESS: "Feed"}) not in ([], [first]), 20, "it runs again")
    assert first not in running.marked(**{DAEMON_PROCESS: "Feed"})
    assert len(running.marked(**{DAEMON_PROCESS: "Feed"})) == 1
