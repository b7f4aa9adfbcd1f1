"""A long reprocess as a batch beside live work: within its limit, paused, resumed, and canceled half-way."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["sleep", "0.2"], concurrency=4),
    ManagedProcess(process_name="Daily", time_qualifier="daily", command=["true"], blocking_type="children"),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Daily", "Hourly"])]
"""
FIRST_DAY = "Hourly@2013010100..2013010123"
LIMIT = 2


@pytest.fixture(scope="module")
def live(shared: Deployment) -> Deployment:
    """A day and a half that is worked through, and live hours that come every second."""
    write_project(
        shared.folder,
        DEFINITIONS,
        {"lag_minutes": 1, "clock.start": "2013-01-02T12:00:00Z", "clock.speed": 3_600},
        end_timeperiod="2013020100",
    )
    shared.start()
    shared.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "60")
    return shared


def in_progress(shown: dict[str, Any]) -> int:
    return sum(job["is_running"] for job in shown["jobs"])


def live_done(deployment: Deployment) -> int:
    """How many hours after the first day are done."""
    found = deployment.ctl_json("ls", "Hourly", "--from", "2013010200", "--state", "processed")
    return len(found)


def test_a_batch_keeps_its_limit_while_live_work_goes_on_and_rests_when_it_is_paused(live: Deployment) -> None:
    began = live_done(live)
    batch = live.ctl_json("reprocess", FIRST_DAY, "--max-parallel", str(LIMIT), "--yes")["plan_id"]
    most, shown = 0, live.ctl_json("batch", "show", batch)
    is_paused = False
    end = time.monotonic() + 90.0
    while shown["batch"]["lifted"] is None and time.monotonic() < end:
        most = max(most, in_progress(shown), shown["batch"]["running"])
        done = shown["counts"].get("state_processed", 0)
        if not is_paused and done >= 6:
            is_paused = True
            pause(live, batch)
        shown = live.ctl_json("batch", "show", batch)

    assert shown["batch"]["outcome"] == "done"
    assert is_paused
    assert 1 <= most <= LIMIT
    assert shown["counts"] == {"state_processed": 25}
    assert {job["uow_id"].rpartition(".")[2] for job in shown["jobs"]} == {"2"}  # each ran once more
    assert live_done(live) > began


def pause(deployment: Deployment, batch: str) -> None:
    """While it is paused, what runs ends and nothing more starts, but live work goes on."""
    deployment.ctl("batch", "pause", batch, "--yes")
    poll(lambda: in_progress(deployment.ctl_json("batch", "show", batch)) == 0, 30.0, "the batch rests")
    rests = deployment.ctl_json("batch", "show", batch)
    began = live_done(deployment)
    poll(lambda: live_done(deployment) > began, 30.0, "live work goes on")
    assert deployment.ctl_json("batch", "show", batch)["counts"] == rests["counts"]
    deployment.ctl("batch", "resume", batch, "--yes")


def test_canceled_half_way_it_leaves_nothing_requested_and_all_of_it_can_be_reprocessed(live: Deployment) -> None:
    batch = live.ctl_json("reprocess", FIRST_DAY, "--max-parallel", str(LIMIT), "--yes")["plan_id"]
    poll(
        lambda: live.ctl_json("batch", "show", batch)["counts"].get("state_processed", 0) >= LIMIT,
        30.0, "some of it is done",
    )  # fmt: skip

    live.ctl("batch", "cancel", batch, "--yes")

    shown = live.ctl_json("batch", "show", batch)
    assert shown["batch"]["outcome"].startswith("canceled by ")
    assert set(shown["counts"]) == {"state_processed", "state_skipped"}
    ours = {(job["process_name"], job["timeperiod"]) for job in shown["jobs"]}
    requested = live.ctl_json("uows", "--state", "requested")
    assert [uow for uow in requested if (uow["process_name"], uow["timeperiod"]) in ours] == []
    for process_name, timeperiod in sorted(ours):
        assert live.ctl_json("reprocess", f"{process_name}@{timeperiod}", "--plan")["changes"]
    poll(lambda: in_progress(live.ctl_json("batch", "show", batch)) == 0, 30.0, "its work is gone")

    live.ctl("reprocess", FIRST_DAY, "--yes")
    live.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "60")
