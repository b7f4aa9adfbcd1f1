"""A failed hour that keeps 200 jobs: one root, with its log's last line and a command that, run as it stands, helps."""

from __future__ import annotations

import getpass
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.projects import write_project
from tests.servers.mongodb import new_database
from tests.servers.mongodb import running as running_mongodb
from tests.servers.rabbitmq import RabbitNode
from tests.waiting import poll

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it is made for both backends at once")]

DEFINITIONS = """
READS = 'test "$0" != 2013010100 -o -e input || { echo "the input of $0 is missing"; echo; exit 3; }'

process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["sh", "-c", READS, "{timeperiod}"],
                   max_attempts=1),
    ManagedProcess(process_name="Daily", time_qualifier="daily", command=["true"], blocking_type="children"),
    ManagedProcess(process_name="Monthly", time_qualifier="monthly", command=["true"], blocking_type="children"),
    ManagedProcess(process_name="Report", time_qualifier="monthly", command=["true"], blocking_type="dependencies"),
    ManagedProcess(process_name="Far", time_qualifier="daily", command=["true"], present_on_boxes=["moon"]),
]
timetable_context = [
    Tree(tree_name="Main", enclosed_processes=["Monthly", "Daily", "Hourly"]),
    Tree(tree_name="Reports", enclosed_processes=["Report"], dependent_on=["Main"]),
    Tree(tree_name="Elsewhere", enclosed_processes=["Far"]),
]
"""
FAILED = "Hourly@2013010100"
FARTHEST = "Report@2013010000"
BLOCKED = 8 * 24 - 1 + 8 + 1 + 1


@pytest.fixture(scope="module", params=["sqlite+embedded", "mongodb+rabbitmq"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Eight days, of which the first hour has failed for good."""
    with ExitStack() as stack:
        urls: dict[str, str | float] = {}
        if request.param != "sqlite+embedded":
            server = stack.enter_context(running_mongodb(tmp_path_factory.mktemp("why"), standalone=True))
            node: RabbitNode = request.getfixturevalue("rabbit_node")
            vhost = node.new_vhost()
            stack.callback(node.drop_vhost, vhost)
            urls = {"store": server.url(new_database()), "broker": node.url(vhost)}
        made = Deployment(new_folder())
        write_project(made.folder, DEFINITIONS, urls, end_timeperiod="2013010900")
        try:
            made.start()
            poll(lambda: made.ctl_json("why", FAILED)["code"] == "gave_up", 30.0, "the hour has failed")
            made.await_status(lambda told: told["supervisors"] == 1, 30.0, "the supervisor is known")
            yield made
        finally:
            left = made.close()
        assert left == []


def in_shell(folder: Path, line: str) -> str:
    """Run a line that was printed, as it stands, in another folder."""
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "-c", f'PATH="{bin_folder}:$PATH" exec {line}'],
        capture_output=True, text=True, check=True, timeout=60, cwd=folder, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout


def test_work_for_a_box_that_is_not_there_names_the_boxes_it_may_run_on(running: Deployment) -> None:
    told = running.ctl_json("why", "Far@2013010100")

    assert told["code"] == "queued_no_worker"
    assert told["roots"][0]["what"] == (
        "Far@2013010100.1 is queued: no living box matches moon; start the supervisor of one that does"
    )


@pytest.mark.parametrize(
    ("order", "code"),
    [(("hold", "Far@2013010200"), "held"), (("drain",), "draining"), (("deactivate", "Far"), "inactive_process")],
)
def test_what_an_operator_ordered_names_who_and_why_and_its_command_lifts_it(
    running: Deployment, tmp_path: Path, order: tuple[str, ...], code: str
) -> None:
    sure = () if order[0] == "deactivate" else ("--yes",)
    running.ctl(*order, "--reason", "bad feed", *sure)

    told = running.ctl_json("why", "Far@2013010200")
    root = next(root for root in told["roots"] if root["code"] == code)
    in_shell(tmp_path, root["command"])

    assert told["code"] == code
    assert (root["actor"], root["reason"]) == (getpass.getuser(), "bad feed")
    assert root["since"] is not None
    assert running.ctl_json("why", "Far@2013010200")["code"] == "own_past"


def test_what_waits_for_the_failed_hour_is_counted_by_process(running: Deployment) -> None:
    told = running.ctl_json("blocks", FAILED, "--limit", "3")

    assert told["total"] == BLOCKED
    assert told["by_process"] == {"Daily": 8, "Hourly": 8 * 24 - 1, "Monthly": 1, "Report": 1}
    assert len(told["jobs"]) == 3
    assert told["more"] is True


def test_a_failed_hour_that_blocks_200_jobs_is_one_root_whose_command_unblocks_them(
    running: Deployment, tmp_path: Path
) -> None:
    assert BLOCKED > 200
    told = running.ctl_json("why", FARTHEST)
    roots = [root for root in told["roots"] if root["code"] == "gave_up"]
    everything = running.ctl_json("why", "--all")

    assert told["code"] == "blocked_dependency"
    assert len(told["roots"]) == len(roots) == 1
    assert roots[0]["job"] == FAILED
    assert roots[0]["last_line"] == "the input of 2013010100 is missing"
    assert "exit 3" in roots[0]["what"]
    worst = everything["roots"][0]
    assert (worst["job"], worst["blocks"]) == (FAILED, BLOCKED)
    assert sum(worst["by_process"].values()) == BLOCKED
    shown = running.ctl("why", FARTHEST).stdout
    line = next(line.removeprefix("  run: ") for line in shown.splitlines() if line.startswith("  run: "))
    assert line == roots[0]["command"]

    (running.folder / "input").touch()
    in_shell(tmp_path, line)

    running.ctl("wait", FARTHEST, "--for", "processed", "--timeout", "90")
    assert running.ctl_json("why", FARTHEST)["code"] == "done"
    assert running.ctl_json("blocks", FAILED)["total"] == 0
    assert {root["code"] for root in running.ctl_json("why", "--all")["roots"]} == {"queued_no_worker"}
    ran = json.loads(running.ctl("why-ran", FAILED, "-o", "json").stdout)["runs"]
    assert [run["cause"] for run in ran] == ["due", "reprocess"]
    assert [attempt["exit_reason"] for attempt in ran[0]["attempts"]] == ["exit 3"]
