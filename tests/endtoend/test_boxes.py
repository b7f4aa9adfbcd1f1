"""Two boxes on one store: both work, and when one of them is gone the other takes its work over."""

from __future__ import annotations

import os
import signal

import pytest

from synergy.core.states import UowState
from synergy.pidfile import holder
from tests.endtoend import evidence
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Anywhere", time_qualifier="hourly", concurrency=8, grace_seconds=1,
                   command=["sh", "-c", "until test -e go; do sleep 0.05; done"]),
    ManagedProcess(process_name="Second", time_qualifier="hourly", command=["true"], present_on_boxes=["box-2"]),
]
timetable_context = [
    Tree(tree_name="Main", enclosed_processes=["Anywhere"]), Tree(tree_name="Other", enclosed_processes=["Second"]),
]
"""


@pytest.fixture
def two_boxes(deployment: Deployment) -> Deployment:
    """A deployment with a second box of its own folder; each has two slots."""
    settings = {"slots": 2, "lease_seconds": 6.0, "heartbeat_seconds": 1.0}
    write_project(deployment.folder, DEFINITIONS, settings, end_timeperiod="2013010104")
    deployment.start()
    deployment.second_box("start")
    return deployment


def test_both_boxes_are_known_and_share_the_work(two_boxes: Deployment) -> None:
    two_boxes.await_status(lambda status: status["supervisors"] == 2, 15, "both are seen")
    assert [box["box_id"] for box in two_boxes.ctl_json("boxes")] == ["box-1", "box-2"]
    poll(lambda: len(_running_on(two_boxes, "box-1")) == 2 == len(_running_on(two_boxes, "box-2")), 15, "both work")

    (two_boxes.folder / "go").touch()

    two_boxes.ctl("wait", "Anywhere@2013010100..2013010103", "--for", "processed", "--timeout", "30")
    two_boxes.ctl("wait", "Second@2013010103", "--for", "processed", "--timeout", "30")
    assert {one.box_id for one in two_boxes.stored.attempts() if one.uow_id.startswith("Second@")} == {"box-2"}


def test_a_box_that_vanishes_is_shown_so_and_its_work_is_taken_over(two_boxes: Deployment) -> None:
    poll(lambda: len(_running_on(two_boxes, "box-2")) == 2, 15, "the second box works")
    lost = _running_on(two_boxes, "box-2")
    two_boxes.remember()

    pid = holder(two_boxes.second_paths.supervisor_pid_file)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    poll(lambda: not _is_up(two_boxes, "box-2"), 20, "it is shown as down")
    (two_boxes.folder / "go").touch()
    two_boxes.ctl("wait", "Anywhere@2013010100..2013010103", "--for", "processed", "--timeout", "30")
    evidence.assert_histories_are_whole(two_boxes)
    accepted = [one for one in two_boxes.stored.attempts() if one.accepted and one.state is UowState.PROCESSED]
    assert {one.box_id for one in accepted if one.uow_id in lost} == {"box-1"}


def _running_on(deployment: Deployment, box_id: str) -> set[str]:
    """What runs there until it may end."""
    running = [uow for uow in deployment.stored.uows() if uow.state is UowState.IN_PROGRESS and uow.pid is not None]
    return {uow.uow_id for uow in running if uow.box_id == box_id and uow.process_name == "Anywhere"}


def _is_up(deployment: Deployment, box_id: str) -> bool:
    return any(box["up"] for box in deployment.ctl_json("boxes") if box["box_id"] == box_id)
