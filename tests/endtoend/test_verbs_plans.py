"""Plans change nothing and go stale; orders, force, marks and undo; and a daemon that dies right after a change."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], concurrency=4),
    ManagedProcess(process_name="Daily", time_qualifier="daily", command=["true"], blocking_type="children"),
    ManagedProcess(process_name="OffHourly", time_qualifier="hourly", command=["true"], is_on=False),
    ManagedProcess(process_name="OffDaily", time_qualifier="daily", command=["true"], blocking_type="children",
                   is_on=False),
]
timetable_context = [
    Tree(tree_name="Main", enclosed_processes=["Daily", "Hourly"]),
    Tree(tree_name="Off", enclosed_processes=["OffDaily", "OffHourly"]),
]
"""
TOUCHED = ("Hourly@2013010105", "Hourly@2013010201", "Daily@2013010100", "Daily@2013010200", "OffDaily@2013010100")


@pytest.fixture(scope="module")
def running(shared: Deployment) -> Deployment:
    """Two days, worked through but for what is switched off."""
    write_project(shared.folder, DEFINITIONS, end_timeperiod="2013010300")
    shared.start()
    shared.ctl("wait", "Daily@2013010100..2013010200", "--for", "processed", "--timeout", "60")
    return shared


def jobs(deployment: Deployment) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = deployment.ctl_json("ls")
    return found


def state(deployment: Deployment, job: str) -> str:
    return str(deployment.ctl_json("show", job)["state"]).removeprefix("state_")


def everything(deployment: Deployment) -> dict[str, Any]:
    """All that is told of jobs, work and orders."""
    told = {job: deployment.ctl_json("history", job) for job in TOUCHED}
    listed = ("uows", deployment.ctl_json("uows")), ("directives", deployment.ctl_json("directives", "--all"))
    return {"jobs": jobs(deployment), **dict(listed), **told}


def do(deployment: Deployment, *line: str, expect: int = 0) -> Any:
    return deployment.ctl_json(*line, "--yes", expect=expect)


@contextmanager
def held(deployment: Deployment, name: str) -> Iterator[str]:
    hold = do(deployment, "hold", name)["plan_id"]
    yield hold
    do(deployment, "release", hold)


def test_no_plan_changes_anything(running: Deployment) -> None:
    with held(running, "Hourly@2013010200.."):
        batch = do(running, "reprocess", "Hourly@2013010201", "--max-parallel", "1")["plan_id"]
        before = everything(running)
        for line in (
            "reprocess Hourly@2013010105",
            "reprocess Hourly@2013010105..2013010108 --self --max-parallel 2",
            "skip OffDaily@2013010100",
            "force Hourly@2013010201",
            "mark noop Hourly@2013010201",
            "cursor Hourly 2013010205",
            "cursor OffHourly 2013010105",
            "hold Daily --until 2h",
            "release Hourly@2013010200..",
            "drain",
            "seal Main@2013010100",
            f"batch pause {batch}",
            f"batch cancel {batch}",
            "undo",
        ):
            plan = running.ctl_json(*line.split(), "--plan")
            assert plan["changes"] or plan["directives"], line
            running.ctl(*line.split(), expect=2)
            assert everything(running) == before, line
    running.ctl("wait", "Daily@2013010200", "--for", "processed", "--timeout", "30")


def stale(deployment: Deployment, line: str, meanwhile: str) -> str:
    plan = deployment.ctl_json(*line.split(), "--plan")
    do(deployment, *meanwhile.split())
    before = everything(deployment)
    refused = deployment.ctl("apply", plan["plan_id"], expect=4)
    assert everything(deployment) == before
    return refused.stderr


def test_a_plan_that_something_overtook_is_refused_with_the_difference(running: Deployment) -> None:
    told = stale(running, "reprocess Hourly@2013010105", "mark noop Hourly@2013010105")
    assert "Hourly@2013010105 was processed and is noop" in told

    assert "Daily is held already" in stale(running, "hold Daily", "hold Daily")

    assert "has changed since" in stale(running, "undo", "release Daily")


def test_a_skipped_day_is_undone_record_by_record(running: Deployment) -> None:
    before = jobs(running)
    plan = do(running, "skip", "OffDaily@2013010100")
    assert plan["changed"] == 25
    assert jobs(running) != before

    assert do(running, "undo", plan["plan_id"])["overtaken"] == []

    assert jobs(running) == before


def test_what_has_run_meanwhile_is_named_by_undo(running: Deployment) -> None:
    plan = do(running, "skip", "OffHourly@2013010200..2013010203", "--self")["plan_id"]
    do(running, "reprocess", "OffHourly@2013010200", "--self")
    do(running, "force", "OffHourly@2013010200")
    running.ctl("wait", "OffHourly@2013010200", "--for", "processed", "--timeout", "30")

    undone = running.ctl("undo", plan, "--yes", expect=8)

    assert "OffHourly@2013010200" in undone.stderr
    assert "OffHourly@2013010201" not in undone.stderr
    states = [state(running, f"OffHourly@201301020{hour}") for hour in range(4)]
    assert states == ["processed", "embryo", "embryo", "embryo"]


def test_a_forced_job_runs_and_its_history_says_past_what(running: Deployment) -> None:
    do(running, "force", "OffDaily@2013010200", "--reason", "cannot wait")
    running.ctl("wait", "OffDaily@2013010200", "--for", "processed", "--timeout", "30")

    forced = next(entry for entry in running.ctl_json("history", "OffDaily@2013010200") if entry["cause"] == "force")
    assert forced["because"].startswith("ignored: ")
    assert "not finished" in forced["because"]
    assert forced["reason"] == "cannot wait"
    assert running.ctl_json("show", "OffDaily@2013010200")["accepted_by_hand"] is True


def test_a_hold_outlasts_a_restart_and_its_release_lets_go(running: Deployment) -> None:
    with held(running, "Hourly"):
        do(running, "reprocess", "Hourly@2013010107")
        running.synergyd("restart")
        assert [one["reach"] for one in running.ctl_json("directives")] == ["Hourly"]
        assert state(running, "Hourly@2013010107") == "embryo"
    running.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "30")


def test_a_drain_holds_everything_until_resume(running: Deployment) -> None:
    do(running, "drain", "--reason", "upgrade")
    do(running, "reprocess", "Hourly@2013010108")
    assert state(running, "Hourly@2013010108") == "embryo"
    running.ctl("drain", "--yes", expect=3)

    do(running, "resume")

    running.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "30")


def test_a_hold_with_an_end_lifts_itself(running: Deployment) -> None:
    do(running, "hold", "Hourly", "--until", "2s")
    poll(lambda: running.ctl_json("directives") == [], 30.0, "the hold is lifted")

    assert "its time was up" in {one["outcome"] for one in running.ctl_json("directives", "--all")}


def test_a_seal_is_broken_only_with_a_reason(running: Deployment) -> None:
    do(running, "seal", "Main@2013010100")
    before = jobs(running)

    refused = running.ctl("reprocess", "Hourly@2013010105", "--yes", expect=5)
    assert "Hourly@2013010105" in refused.stderr
    running.ctl("reprocess", "Hourly@2013010105", "--yes", "--break-seal", expect=5)
    assert jobs(running) == before

    do(running, "reprocess", "Hourly@2013010105", "--break-seal", "--reason", "late data")
    running.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "30")
    do(running, "unseal", "Main@2013010100")


def test_the_same_key_makes_a_change_once(running: Deployment) -> None:
    first = do(running, "reprocess", "Hourly@2013010109", "--key", "night")
    running.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "30")

    again = do(running, "reprocess", "Hourly@2013010109", "--key", "night")

    assert (again["plan_id"], again["repeated"]) == (first["plan_id"], True)
    assert state(running, "Hourly@2013010109") == "processed"
    running.ctl("skip", "Hourly@2013010109", "--yes", "--key", "night", expect=2)


def test_a_daemon_that_dies_right_after_its_answer_has_done_all_of_it(running: Deployment) -> None:
    with held(running, "Hourly"):
        plan = do(running, "reprocess", "Hourly@2013010110..2013010115", "--max-parallel", "1")
        do(running, "batch", "pause", plan["plan_id"])
        pid = running.signal("daemon", signal.SIGKILL)
        poll(lambda: running.daemon_pid != pid, 10.0, "the daemon is gone")
        running.synergyd("start")

        (batch,) = [one for one in running.ctl_json("directives") if one["kind"] == "batch"]
        assert (batch["directive_id"], batch["is_paused"], batch["left"]) == (plan["plan_id"], True, plan["changed"])
        shown = running.ctl_json("batch", "show", plan["plan_id"])
        assert shown["counts"] == {"state_embryo": plan["changed"]}
        do(running, "batch", "resume", plan["plan_id"])
    running.ctl("wait", "Daily@2013010100", "--for", "processed", "--timeout", "60")
