"""Stopped work is proved to be gone, by real processes on two boxes; what outlives KILL is named until it is gone."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from typing import Any

import pytest

from synergy.worker.marks import UOW_ID
from synergy.worker.process_table import read_row
from tests.endtoend.deployment import SECOND_BOX, Deployment
from tests.endtoend.projects import write_project
from tests.unkillable import TRACEABLE, unkillable
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = f"""
TRACEABLE = {TRACEABLE!r}

def hourly(name, *command, **fields):
    return ManagedProcess(process_name=name, time_qualifier="hourly", command=list(command), **fields)

process_context = [
    hourly("Leaving", "bash", "-c", "sleep 999 & setsid sleep 998 & wait"),
    hourly("Elsewhere", "bash", "-c", "sleep 999 & setsid sleep 998 & wait", present_on_boxes=["box-2"]),
    hourly("Stuck", sys.executable, "-c", TRACEABLE, grace_seconds=0.5, present_on_boxes=["box-1"]),
    hourly("StuckElsewhere", sys.executable, "-c", TRACEABLE, grace_seconds=0.5, present_on_boxes=["box-2"]),
]
timetable_context = [
    Tree(tree_name=process.process_name + "Tree", enclosed_processes=[process.process_name])
    for process in process_context
]
"""


@pytest.fixture(scope="module")
def two_boxes(shared: Deployment) -> Deployment:
    """A deployment with a second box; each process has one hour."""
    write_project(shared.folder, DEFINITIONS, {"heartbeat_seconds": 1.0}, end_timeperiod="2013010102")
    shared.start()
    shared.second_box("start")
    return shared


@pytest.mark.parametrize(("process_name", "box_id"), [("Leaving", "box-1"), ("Elsewhere", SECOND_BOX)])
def test_cancel_lists_every_process_and_none_of_them_is_left(
    two_boxes: Deployment, process_name: str, box_id: str
) -> None:
    job = f"{process_name}@2013010100"
    names = _await_names(two_boxes, job, ["bash", "sleep", "sleep"])

    (kill,) = two_boxes.ctl_json("cancel", job, "--yes")["kills"]

    assert _living(names) == []
    assert (kill["uow_id"], kill["state"], kill["box_id"]) == (f"{job}.1", "state_canceled", box_id)
    report = kill["report"]
    assert (report["box_id"], report["remaining"], report["more"]) == (box_id, [], 0)
    assert {one["pid"]: one["name"] for one in report["processes"]} == names
    for one in report["processes"]:
        assert [sent["name"] for sent in one["signals"]] == ["TERM"]
        assert one["started"] <= one["signals"][0]["at"] <= one["gone"] <= report["rescanned"]
    (attempt,) = two_boxes.ctl_json("attempts", job)
    assert attempt["kill"] == report
    assert two_boxes.ctl_json("uow", f"{job}.1")["kill"] == report
    assert (
        f"re-scan at {report['rescanned'][11:23]} found nothing ({box_id})" in two_boxes.ctl("uow", f"{job}.1").stdout
    )


@pytest.mark.parametrize("verb", ["skip", "reprocess"])
def test_the_old_work_is_told_as_gone_by_skip_and_reprocess_too(two_boxes: Deployment, verb: str) -> None:
    job = f"{'Leaving' if verb == 'skip' else 'Elsewhere'}@2013010101"
    names = _await_names(two_boxes, job, ["bash", "sleep", "sleep"])

    done = two_boxes.ctl(verb, job, "--yes")

    assert _living(names) == []
    told = done.stdout.splitlines()[-1]
    assert told.startswith(f"{job}.1 canceled: pid")
    assert "found nothing" in told


@pytest.mark.parametrize(("process_name", "box_id"), [("Stuck", "box-1"), ("StuckElsewhere", SECOND_BOX)])
def test_what_outlives_kill_is_named_until_it_is_gone_and_never_canceled_before(
    two_boxes: Deployment, process_name: str, box_id: str
) -> None:
    job = f"{process_name}@2013010100"
    poll(lambda: "traceable" in two_boxes.ctl("logs", job, expect=None).stdout, 30, "it can be traced")
    (pid,) = two_boxes.marked(**{UOW_ID: f"{job}.1"})
    text = f"{job}.1: process {pid} outlives KILL on {box_id}"

    with unkillable(pid):
        refused = two_boxes.ctl("cancel", job, "--yes", expect=6)

        assert f"{job}.1 (pid {pid} outlives KILL on {box_id})" in refused.stderr
        assert text in two_boxes.ctl_json("status")["problems"]
        uow = two_boxes.ctl_json("uow", f"{job}.1")
        assert (uow["state"], uow["cancel_requested"], uow["alive"]) == ("state_in_progress", True, [pid])
        assert text in two_boxes.logged()
        assert two_boxes.job_state(job) == "in_progress"

    two_boxes.ctl("wait", f"{job}.1", "--for", "canceled", "--timeout", "20")
    two_boxes.await_status(lambda status: not _names_survivor(status, job), 10, "it is no problem any more")
    (attempt,) = two_boxes.ctl_json("attempts", job)
    (one,) = attempt["kill"]["processes"]
    assert (one["signals"][-1]["name"], one["pid"]) == ("KILL", pid)
    two_boxes.await_job(job, "skipped")


def test_a_daemon_that_is_started_meanwhile_is_told_what_outlives_kill(two_boxes: Deployment) -> None:
    job = "Stuck@2013010101"
    poll(lambda: "traceable" in two_boxes.ctl("logs", job, expect=None).stdout, 30, "it can be traced")
    (pid,) = two_boxes.marked(**{UOW_ID: f"{job}.1"})

    with unkillable(pid):
        two_boxes.ctl("cancel", job, "--yes", expect=6)
        two_boxes.signal("daemon", signal.SIGKILL)
        poll(lambda: two_boxes.daemon_pid is None, 10, "the daemon is gone")
        two_boxes.synergyd("start")

        two_boxes.await_status(lambda status: _names_survivor(status, job), 30, "the new daemon knows")

    two_boxes.ctl("wait", f"{job}.1", "--for", "canceled", "--timeout", "20")


def _await_names(deployment: Deployment, job: str, names: list[str]) -> dict[int, str]:
    """The processes of a job's first unit of work, once they are these."""
    found: dict[int, str] = {}

    def look() -> bool:
        found.clear()
        pids = deployment.marked(**{UOW_ID: f"{job}.1"})
        found.update({pid: row.name for pid in pids if (row := read_row(pid))})
        return sorted(found.values()) == names

    poll(look, 30, f"{job} has started its processes")
    return found


def _living(pids: Iterable[int]) -> list[int]:
    """Those that run; one that is dead may wait to be reaped by its supervisor."""
    return [pid for pid in pids if (row := read_row(pid)) and not row.is_zombie]


def _names_survivor(status: Any, job: str) -> bool:
    return any(f"{job}.1: process" in problem for problem in status.get("problems", ()))
