"""What operators do and what scripts rely on: verbs, switches, freerun entries, the collector, and their exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], concurrency=8),
    ManagedProcess(process_name="Daily", time_qualifier="daily", command=["true"], blocking_type="children"),
    ManagedProcess(process_name="Report", time_qualifier="daily", command=["true"], blocking_type="dependencies"),
    ManagedProcess(process_name="Off", time_qualifier="daily", command=["true"], is_on=False),
    ManagedProcess(process_name="Broken", time_qualifier="daily", command=["sh", "-c", "test -e mended"],
                   deadline=60, retry_delay_seconds=3600),
    FreerunEntry(process_name="Mail", entry_name="ops", trigger_frequency="every 3600000", is_on=False,
                 deadline=0.001,
                 command=["sh", "-c", "echo sent >> mails; while test -e slow; do sleep 0.05; done"]),
]
timetable_context = [
    Tree(tree_name="Main", enclosed_processes=["Daily", "Hourly"]),
    Tree(tree_name="Reports", enclosed_processes=["Report"], dependent_on=["Main"]),
    Tree(tree_name="Spare", enclosed_processes=["Off"]),
    Tree(tree_name="Trouble", enclosed_processes=["Broken"]),
]
"""


@pytest.fixture(scope="module")
def running(shared: Deployment) -> Deployment:
    """Two days of small jobs, worked through."""
    write_project(shared.folder, DEFINITIONS, end_timeperiod="2013010300")
    shared.start()
    shared.ctl("wait", "Report@2013010100..2013010200", "--for", "processed", "--timeout", "60")
    return shared


def test_wait_tells_by_its_exit_code_how_it_ended(running: Deployment) -> None:
    running.ctl("wait", "Daily@2013010100", "--for", "processed", expect=0)
    running.ctl("wait", "Daily@2013010100", "--for", "noop", expect=1)
    late = running.ctl("wait", "Off@2013010100", "--for", "processed", "--timeout", "0.3", expect=124)
    assert "Off@2013010100" in late.stderr


def test_a_verb_that_is_not_legal_for_its_only_target_changes_nothing(running: Deployment) -> None:
    refused = running.ctl("skip", "Daily@2013010100", "--yes", expect=3)
    assert "Daily@2013010100" in refused.stderr
    assert "processed" in refused.stderr
    told = json.loads(running.ctl("skip", "Daily@2013010100", "--yes", "-o", "json", expect=3).stderr)
    assert told["code"] == "illegal_state"
    assert running.ctl("cancel", "Daily@2013010100", "--yes", expect=3).stdout == ""


def test_of_a_list_what_is_legal_is_done_and_the_rest_is_listed(running: Deployment) -> None:
    done = running.ctl("skip", "-", "--yes", given="Daily@2013010100\nOff@2013010200\n", expect=7)
    assert "Daily@2013010100" in done.stderr
    assert running.job_state("Off@2013010200") == "skipped"
    assert running.job_state("Daily@2013010100") == "processed"


def test_skip_reaches_the_active_jobs_below_and_those_that_depend(running: Deployment) -> None:
    running.ctl("deactivate", "Hourly", "--reason", "the source is down")
    running.ctl("reprocess", "Hourly@2013010105", "--yes")
    # Report waits for Daily, that for the hour, and nobody starts the hour.
    running.await_job("Report@2013010100", "embryo")

    plan = running.ctl_json("skip", "Daily@2013010100", "--plan")
    running.ctl("skip", "Daily@2013010100", "--yes")

    named = {f"{change['process_name']}@{change['timeperiod']}" for change in plan["changes"]}
    assert named == {"Daily@2013010100", "Hourly@2013010105", "Report@2013010100"}
    assert {running.job_state(job) for job in named} == {"skipped"}
    running.ctl("activate", "Hourly")
    running.ctl("reprocess", "Hourly@2013010105", "--yes")
    running.ctl("wait", "Report@2013010100", "--for", "processed", "--timeout", "30")


def test_unknown_things_are_told_by_name(running: Deployment) -> None:
    for command in (
        ("show", "Hurly@2013010100"),
        ("ls", "Hurly"),
        ("activate", "Hurly"),
        ("uows", "--process", "Hurly"),
    ):
        assert 'process "Hurly" is unknown; did you mean "Hourly"?' in running.ctl(*command, expect=2).stderr
    for verb in ("run", "rm", "cancel"):
        assert 'did you mean "Mail::ops"?' in running.ctl("freerun", verb, "Mail::op", expect=2).stderr
    assert "write PROCESS::ENTRY" in running.ctl("freerun", "run", "Mail", expect=2).stderr
    assert "Hourly@1999" in running.ctl("show", "Hourly@1999010100", expect=2).stderr
    assert "sometimes" in running.ctl("frequency", "Hourly", "sometimes", expect=2).stderr
    assert "Nobody" in running.ctl("activate", "Nobody", expect=2).stderr
    assert "x" in running.ctl("uow", "x", expect=2).stderr
    assert "Hourly@2013010100.9" in running.ctl("cancel", "Hourly@2013010100.9", "--yes", expect=2).stderr
    running.ctl("cancel", "Hourly@2013010100.1", "--yes", expect=3)


def test_ls_over_all_processes_lists_the_periods_that_a_range_of_any_length_touches(running: Deployment) -> None:
    def listed(*bounds: str) -> list[str]:
        rows = running.ctl_json("ls", *bounds)
        return [
            f"{row['process_name']}@{row['timeperiod']}" for row in rows if row["process_name"] in {"Hourly", "Daily"}
        ]

    assert listed("--from", "2013010122", "--to", "2013010200") == [
        "Daily@2013010100", "Daily@2013010200", "Hourly@2013010122", "Hourly@2013010123", "Hourly@2013010200"
    ]  # fmt: skip
    assert len(listed("--from", "2013010000", "--to", "2013010000")) == 2 + 48
    assert "is no timeperiod" in running.ctl("ls", "--from", "201301", expect=2).stderr
    turned = running.ctl("ls", "Hourly", "--from", "2013010110", "--to", "2013010101", expect=2)
    assert "put the earlier timeperiod first" in turned.stderr


def test_triggers_are_told_as_they_are_spelled_so_that_they_can_be_given_back(running: Deployment) -> None:
    assert _process(running, "Hourly")["trigger_frequency"] == "every 60"
    assert [row["trigger_frequency"] for row in _entries(running)] == ["every 3600000"]


def test_a_freerun_entry_runs_on_demand_and_never_twice_at_once(running: Deployment) -> None:
    (running.folder / "slow").touch()
    uow_id = running.ctl_json("freerun", "run", "Mail::ops")["uow_id"]
    poll(lambda: _mails(running) == 1, 20, "it runs")

    refused = running.ctl("freerun", "run", "Mail::ops", expect=3)
    assert f"{uow_id} is not finished 0.001 s after its firing" in running.ctl_json("status")["problems"]

    assert "Mail::ops" in refused.stderr
    (running.folder / "slow").unlink()
    running.ctl("wait", uow_id, "--for", "processed", "--timeout", "20")
    assert _mails(running) == 1
    assert running.ctl_json("uow", uow_id)["uow_type"] == "type_freerun"


def test_an_entry_made_by_hand_runs_survives_a_restart_and_can_be_removed(running: Deployment) -> None:
    made = ["freerun", "add", "Mail::extra", "--trigger", "every 3600000", "--off", "--", "sh", "-c", "echo x > extra"]
    running.ctl(*made)
    running.ctl(*made, expect=3)
    running.synergyd("restart")

    assert [row["by_hand"] for row in _entries(running) if row["entry_name"] == "extra"] == [True]
    assert [row["uow_state"] for row in _entries(running) if row["entry_name"] == "ops"] == ["state_processed"]
    uow_id = running.ctl_json("freerun", "run", "Mail::extra")["uow_id"]
    running.ctl("wait", uow_id, "--for", "processed", "--timeout", "20")
    assert (running.folder / "extra").exists()
    running.ctl("freerun", "rm", "Mail::extra", "--yes")
    running.synergyd("restart")
    assert [row for row in _entries(running) if row["entry_name"] == "extra"] == []


def test_deleting_an_entry_says_that_its_running_work_is_stopped(running: Deployment) -> None:
    running.ctl("freerun", "add", "Mail::long", "--trigger", "every 3600000", "--", "sleep", "60")
    assert running.ctl("deactivate", "Mail::long").stdout == "Mail::long is inactive\n"
    uow_id = running.ctl_json("freerun", "run", "Mail::long")["uow_id"]
    running.ctl("wait", uow_id, "--for", "in_progress", "--timeout", "20")

    assert "running work would be stopped; add --yes" in running.ctl("freerun", "rm", "Mail::long", expect=2).stderr
    told = running.ctl("freerun", "rm", "Mail::long", "--yes").stdout

    assert told == "Mail::long is deleted, its running work is stopped\n"
    running.ctl("wait", uow_id, "--for", "canceled", "--timeout", "20")


@pytest.mark.parametrize(
    ("entry", "options", "says"),
    [
        ("Mail::x", ("--trigger", "every 9", "--run", "nothing"), 'Mail::x: run "nothing" is no callable; write it as'),
        ("Mail::x", ("--trigger", "sometimes", "--run", "a:b"), "begins with none of every, at, cron"),
        ("Mail::x", ("--trigger", "every 9", "--", "echo", "{tme}"), "placeholder {tme} is unknown; "),
        ("Hourly::x", ("--trigger", "every 9", "--run", "a:b"), '"Hourly" is no freerun process; choose another'),
    ],
)
def test_what_is_wrong_in_a_file_is_wrong_by_hand_too(
    running: Deployment, entry: str, options: tuple[str, ...], says: str
) -> None:
    assert says in running.ctl("freerun", "add", entry, *options, expect=2).stderr
    assert [row["entry_name"] for row in _entries(running)] == ["ops"]


def test_switches_and_frequencies_survive_a_restart(running: Deployment) -> None:
    running.ctl("deactivate", "Daily")
    running.ctl("frequency", "Hourly", "every 7")
    running.synergyd("restart")

    running.ctl("frequency", "Mail::ops", "every 3600001")
    assert [row["trigger_frequency"] for row in _entries(running)] == ["every 3600001"]
    assert (_process(running, "Daily")["is_on"], _process(running, "Hourly")["trigger_frequency"]) == (False, "every 7")
    running.ctl("activate", "Daily")
    running.ctl("frequency", "Hourly", "every 60")
    assert _process(running, "Daily")["is_on"] is True


def test_an_inactive_process_starts_nothing_until_it_is_activated(running: Deployment) -> None:
    assert running.ctl_json("show", "Off@2013010100")["waiting_for"]
    assert running.job_state("Off@2013010100") == "embryo"
    running.ctl("activate", "Off")
    running.ctl("wait", "Off@2013010100", "--for", "processed", "--timeout", "20")
    running.ctl("trigger", "Off")


def test_flush_tries_again_at_once_what_would_wait_for_an_hour(running: Deployment) -> None:
    job = "Broken@2013010100"
    poll(lambda: any(row["uow_id"] == f"{job}.1" for row in running.ctl_json("gc")["queued"]), 20, "it is queued")
    late = "Broken@2013010100 is not finished 1 m after its period's end"
    assert late in running.ctl("status", "--check", expect=1).stdout
    (running.folder / "mended").touch()

    running.ctl("gc", "flush", "Broken")

    running.ctl("wait", job, "--for", "processed", "--timeout", "20")
    assert [row["exit_reason"] for row in running.ctl_json("attempts", job)] == ["exit 1", None]
    running.ctl("gc", "refresh")


def _mails(running: Deployment) -> int:
    path = running.folder / "mails"
    return len(path.read_text().splitlines()) if path.exists() else 0


def _entries(running: Deployment) -> list[dict[str, Any]]:
    return list(running.ctl_json("freerun", "ls"))


def _process(running: Deployment, name: str) -> dict[str, Any]:
    return next(row for row in running.ctl_json("processes") if row["process_name"] == name)
