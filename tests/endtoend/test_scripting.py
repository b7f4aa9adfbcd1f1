"""What scripts lean on, against a real deployment."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest

from synergy.cli.program import Invocation
from synergy.cli.shells import SHELLS
from synergy.cli.synergyctl import main as synergyctl
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], trigger_frequency="every 1")
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""
JOBS = "Hourly@2013010100..2013010103"


@pytest.fixture
def finished(deployment: Deployment) -> Deployment:
    """A deployment with four jobs that are done."""
    write_project(deployment.folder, DEFINITIONS, end_timeperiod="2013010104")
    deployment.start()
    deployment.ctl("wait", JOBS, "--for", "processed", "--timeout", "60")
    return deployment


def test_a_batch_is_waited_for_and_heard_of(finished: Deployment) -> None:
    with finished.popen(
        "synergyctl", "events", "-f", "--timeout", "120", "-o", "jsonl",
        "--kind", "plan_applied,directive_changed", "--process", "Hourly",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as watcher:  # fmt: skip
        assert watcher.stdout is not None
        assert watcher.stderr is not None
        try:
            assert json.loads(watcher.stderr.readline())["code"] == "following"
            finished.ctl("hold", "Hourly", "--yes")
            applied = finished.ctl_json("reprocess", JOBS, "--max-parallel", "1", "--yes")
            batch_id = applied["plan_id"]
            assert finished.ctl("batch", "wait", batch_id, "--timeout", "0", expect=124).stdout == ""
            finished.ctl("release", "Hourly", "--yes")
            assert finished.ctl_json("batch", "wait", batch_id, "--timeout", "60")[0]["outcome"] == "done"
            assert finished.ctl("batch", "wait", "nothing", expect=2).stderr.startswith("error: ")
            told = [json.loads(watcher.stdout.readline()) for _ in range(5)]
        finally:
            watcher.terminate()

    assert [(one["type"], one.get("verb") or one.get("outcome")) for one in told] == [
        ("directive_changed", None),
        ("plan_applied", "hold"),
        ("plan_applied", "reprocess"),
        ("directive_changed", "released by " + told[1]["actor"]),
        ("plan_applied", "release"),
    ]


def test_the_end_of_a_canceled_batch_is_a_no(finished: Deployment) -> None:
    finished.ctl("hold", "Hourly", "--yes")
    batch_id = finished.ctl_json("reprocess", JOBS, "--max-parallel", "1", "--yes")["plan_id"]
    finished.ctl("batch", "cancel", batch_id, "--yes")

    assert "canceled by" in finished.ctl("batch", "wait", batch_id, expect=1).stderr


def test_the_line_of_each_change_does_it_again(finished: Deployment) -> None:
    line = finished.ctl_json("deactivate", "Hourly", "--reason", "bad feed")["command"]
    assert line == "synergyctl deactivate Hourly --reason 'bad feed'"
    assert finished.ctl_json(*shlex.split(line)[1:])["command"] == line
    held = finished.ctl_json("hold", "Hourly", "--until", "2h", "--yes")["command"]
    finished.ctl("release", "Hourly", "--yes")
    assert finished.ctl_json(*shlex.split(held)[1:])["command"] == held


def test_plans_are_completed_as_long_as_they_can_be_used(finished: Deployment) -> None:
    plan_id = finished.ctl_json("hold", "Hourly", "--plan")["plan_id"]

    assert _offered(finished, "apply ") == [plan_id]
    assert _offered(finished, "undo ") == []
    finished.ctl("apply", plan_id)
    poll(lambda: _offered(finished, "undo ") == [plan_id], 20, "the plan can be undone")
    assert _offered(finished, "apply ") == []
    assert _offered(finished, "show Hourly@201301010")[:2] == ["Hourly@2013010103", "Hourly@2013010102"]


def _offered(deployment: Deployment, line: str) -> list[str]:
    """What a shell would offer at the end of the line."""
    shell = SHELLS["bash"](
        synergyctl, {"obj": Invocation("synergyctl", deployment.folder)}, "synergyctl", "_SYNERGYCTL_COMPLETE"
    )
    words = f"{line}|".split()
    return [item.value for item in shell.get_completions(words[:-1], words[-1].removesuffix("|"))]
