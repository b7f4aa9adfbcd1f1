"""Two daemons on one store: one leads, the other is refused or stands by, and takes over without a double run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Final

import pytest

from tests.endtoend import evidence
from tests.endtoend.backends import beside
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["sleep", "0.1"])]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""
LEASE_SECONDS: Final = 6.0
LEASE: Final[dict[str, str | float]] = {"lease_seconds": LEASE_SECONDS, "heartbeat_seconds": 0.5}
JOBS: Final = 60
END: Final = "2013010312"
LAST: Final = "Hourly@2013010311"


@pytest.fixture
def other(deployment: Deployment) -> Iterator[Deployment]:
    """A second project with the store of ``deployment``, which leads; both have the same work."""
    with beside(deployment) as made:
        write_project(deployment.folder, DEFINITIONS, LEASE, end_timeperiod=END)
        write_project(made.folder, DEFINITIONS, {**LEASE, "box_id": "box-9"}, end_timeperiod=END)
        deployment.start()
        yield made


def test_a_second_daemon_is_refused_and_told_who_leads(deployment: Deployment, other: Deployment) -> None:
    refused = other.synergyd("start", expect=3)

    assert f":{deployment.daemon_pid}:" in refused.stderr
    assert "--standby" in refused.stderr
    assert other.daemon_pid is None


def test_a_standby_says_that_it_is_one_and_can_be_stopped(deployment: Deployment, other: Deployment) -> None:
    other.synergyd("start", "--standby")

    assert "stands by" in other.synergyd("status").stdout
    poll(lambda: f":{deployment.daemon_pid}:" in other.ctl("status", expect=9).stderr, 10, "it says who leads")
    other.synergyd("stop")
    assert other.daemon_pid is None
    deployment.ctl("status")


def test_a_standby_follows_a_leader_that_is_stopped_at_once(deployment: Deployment, other: Deployment) -> None:
    other.synergyd("start", "--standby")

    deployment.synergyd("stop")

    other.await_status(lambda status: status["state"] == "running", LEASE_SECONDS, "it leads")
    other.ctl("wait", LAST, "--for", "processed", "--timeout", "60")
    evidence.assert_histories_are_whole(deployment)


def test_a_frozen_leader_is_followed_within_two_leases_and_steps_down_when_it_wakes(
    deployment: Deployment, other: Deployment
) -> None:
    other.synergyd("start", "--standby")
    frozen = deployment.signal("daemon", signal.SIGSTOP)

    other.await_status(lambda status: status["state"] == "running", 2 * LEASE_SECONDS, "it leads")
    os.kill(frozen, signal.SIGCONT)

    poll(lambda: deployment.daemon_pid is None, 15, "the old leader steps down")
    assert "superseded" in deployment.logged()
    other.ctl("wait", LAST, "--for", "processed", "--timeout", "60")
    evidence.assert_nothing_is_left(deployment)
    evidence.assert_each_ran_once(deployment, JOBS)
    evidence.assert_histories_are_whole(deployment)
