"""A project moves from SQLite to MongoDB and back: everything is as it was, and work goes on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.projects import write_project
from tests.servers.mongodb import MongoServer, new_database, running

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it moves from SQLite to a server of its own")]

TREE: Final = 'timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly", "Daily"])]\n'
DEFINITIONS: Final = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["sh", "-c", "echo $SYNERGY_UOW_ID; date"]),
    ManagedProcess(process_name="Daily", time_qualifier="daily", command=["sh", "-c", "echo a day"]),
    FreerunEntry(process_name="Report", entry_name="mail", trigger_frequency="every 9", command=["true"], is_on=False),
]
"""
JOB: Final = "Hourly@2013010107"
LAST: Final = "Daily@2013010100"
SETTINGS: Final[dict[str, str | float]] = {"lease_seconds": 4.0, "heartbeat_seconds": 0.5}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with running(tmp_path_factory.mktemp("mongodb"), standalone=True) as server:
        yield server


@pytest.fixture
def other() -> Iterator[Deployment]:
    """A second folder, whose settings name the store of the first."""
    made = Deployment(new_folder())
    yield made
    assert made.close() == []


def write(deployment: Deployment, **settings: str) -> None:
    write_project(deployment.folder, DEFINITIONS + TREE, {**SETTINGS, **settings}, end_timeperiod="2013010200")


def remembered(deployment: Deployment) -> dict[str, Any]:
    """What an operator can look at."""
    asked = (["ls"], ["history", JOB], ["attempts", JOB], ["history", LAST], ["uows"], ["freerun", "ls"])
    told = {" ".join(words): deployment.ctl_json(*words) for words in asked}
    return told | {"log": deployment.ctl("logs", JOB, "--attempt", "1", "--times").stdout}


def moved(deployment: Deployment, url: str) -> dict[str, Any]:
    """Stop, move, and start on the other store; returns what the move told."""
    deployment.synergyd("stop")
    told: dict[str, Any] = json.loads(deployment.synergyd("migrate", "--to", url, "--verify", "-o", "json").stdout)
    toml = deployment.folder / "synergy.toml"
    without = re.sub(r"(?m)^store = .*\n", "", toml.read_text())
    toml.write_text(without.replace("[synergy]\n", f"[synergy]\n{told['setting']}\n", 1))
    deployment.start()
    assert deployment.ctl_json("audit", "verify")["entries"] > 0
    return told


def reprocess(deployment: Deployment) -> None:
    deployment.ctl("reprocess", JOB, "--yes", "--reason", "late data")
    deployment.ctl("wait", JOB, LAST, "--for", "processed", "--timeout", "60")


def test_a_project_moves_to_mongodb_and_back(deployment: Deployment, server: MongoServer) -> None:
    write(deployment)
    deployment.start()
    deployment.ctl("wait", LAST, "--for", "processed", "--timeout", "60")
    reprocess(deployment)
    before = remembered(deployment)

    told = moved(deployment, server.url(new_database()))

    assert told["same"]
    assert {one["kind"]: one["target"] for one in told["counts"]}["job"] == 25
    assert remembered(deployment) == before
    reprocess(deployment)
    after = remembered(deployment)
    assert len(after["attempts " + JOB]) == 3

    assert moved(deployment, "sqlite:back/synergy.db")["same"]

    assert remembered(deployment) == after
    reprocess(deployment)


def test_a_move_that_is_killed_is_completed_by_the_same_command(deployment: Deployment, server: MongoServer) -> None:
    write(deployment)
    deployment.start()
    deployment.ctl("wait", LAST, "--for", "processed", "--timeout", "60")
    deployment.synergyd("stop")
    url = server.url(new_database())

    killed = deployment.popen("synergyd", "migrate", "--to", url, stderr=subprocess.PIPE)
    assert killed.stderr is not None
    with killed.stderr as told:
        told.readline()
        killed.kill()
    killed.wait()

    done = deployment.synergyd("migrate", "--to", url, "--verify")
    assert "the same by count and content" in done.stderr
    assert done.stdout.splitlines()[-1] == f'store = "{url}"'


def test_a_plan_is_told_while_the_daemon_leads_but_a_move_is_refused(deployment: Deployment, other: Deployment) -> None:
    write(deployment)
    deployment.start()
    write(other, store=f"sqlite:{deployment.folder}/.synergy/synergy.db")

    assert "nothing was changed" in other.synergyd("migrate", "--to", "sqlite:new/synergy.db", "--plan").stderr
    refused = other.synergyd("migrate", "--to", "sqlite:new/synergy.db", expect=3)

    assert f":{deployment.daemon_pid}:" in refused.stderr or "supervisor box-1" in refused.stderr
    assert f"pid {deployment.daemon_pid}" in deployment.synergyd("migrate", "--to", "sqlite:n.db", expect=3).stderr
    assert not (other.folder / "new").exists()
