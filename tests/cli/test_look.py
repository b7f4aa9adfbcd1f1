from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

LISTS: list[tuple[str, type[q.Request[Any]], r.Reply, str]] = [
    ("trees", q.Trees, r.Trees(trees=(samples.tree(),)), "Flights"),
    ("processes", q.Processes, r.Processes(processes=(samples.process(),)), "Hourly"),
    ("boxes", q.Boxes, r.Boxes(boxes=(samples.box(),)), "box-1"),
    ("workers", q.Workers, r.Workers(workers=(samples.worker(),)), "box-1"),
]


@pytest.mark.parametrize(("name", "kind", "reply", "first"), LISTS)
def test_a_list_is_an_array_of_versioned_objects(
    ctl: Ctl, daemon: ScriptedDaemon, name: str, kind: type[q.Request[Any]], reply: r.Reply, first: str
) -> None:
    daemon.on(kind, lambda _: reply)

    result = ctl(name, "-o", "json")

    rows = json.loads(result.stdout)
    assert [row["v"] for row in rows] == [1]
    assert first in rows[0].values()


@pytest.mark.parametrize(("name", "kind", "reply", "first"), LISTS)
def test_a_list_is_a_table_for_people(
    ctl: Ctl, daemon: ScriptedDaemon, name: str, kind: type[q.Request[Any]], reply: r.Reply, first: str
) -> None:
    daemon.on(kind, lambda _: reply)

    lines = ctl(name).stdout.splitlines()

    assert lines[0].isupper()
    assert lines[1].startswith(first)


def test_status_shows_health_and_counts(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Status, lambda _: samples.status())

    result = ctl("status")

    assert result.exit_code == 0
    assert "processed 8,760, skipped 2" in result.stdout
    assert "3 m 20 s" in result.stdout


def test_status_tells_of_old_counts_and_of_what_is_off(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    status = samples.status()
    daemon.on(q.Status, lambda _: replace(status, inactive=2, uows_at="2013-01-31T23:00:00Z"))

    told = ctl("status").stdout

    assert ", counted " in told
    assert "2 processes are off; see synergyctl processes" in told
    daemon.on(q.Status, lambda _: replace(status, inactive=1, uows_at=status.clock.real_time))
    told = ctl("status").stdout
    assert ", counted " not in told
    assert "1 process is off; see" in told


@pytest.mark.parametrize(
    ("workers", "supervisors", "told"), [(3, 1, "3 workers of 1 supervisor"), (1, 2, "1 worker of 2 supervisors")]
)
def test_status_counts_workers_and_their_supervisors(
    ctl: Ctl, daemon: ScriptedDaemon, workers: int, supervisors: int, told: str
) -> None:
    daemon.on(q.Status, lambda _: samples.status(workers=workers, supervisors=supervisors, running=0, slots=4))

    assert f"{told}, slots 0/4\n" in ctl("status").stdout


def test_a_supervisor_that_is_starting_is_no_problem_but_not_healthy_yet(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Status, lambda _: samples.status(supervisors=0, notes=("the supervisor is starting",)))

    result = ctl("status", "--check")

    assert result.exit_code == 1
    assert result.stdout.endswith("\nnote: the supervisor is starting\n")
    assert "problem" not in result.stdout


def test_status_is_one_object_in_json(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Status, lambda _: samples.status())

    told = json.loads(ctl("status", "-o", "json").stdout)

    assert told["v"] == 1
    assert told["jobs"]["state_processed"] == 8760


def test_the_check_of_health_is_negative_while_the_store_is_down(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    down = replace(samples.status().store, up=False)
    daemon.on(q.Status, lambda _: samples.status(store=down, problems=("store_down",)))

    result = ctl("status", "--check")

    assert result.exit_code == 1
    assert "DOWN" in result.stdout
    assert "problem: store_down" in result.stdout
    assert ctl("status").exit_code == 0


def test_problems_of_jobs_lead_to_what_helps(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    leads = "what it keeps, and what helps: synergyctl why --all"
    name = "Hourly@2013010101"
    daemon.on(q.Status, lambda _: samples.status(problems=(f"{name} is invalid",), about=(name,)))
    assert leads in ctl("status").stdout
    daemon.on(q.Status, lambda _: samples.status(problems=("store is down",), about=("store",)))
    assert leads not in ctl("status").stdout


def test_gc_shows_the_queue(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Collector, lambda _: samples.collector())

    assert "Hourly@2013010101.1" in ctl("gc").stdout
    assert json.loads(ctl("gc", "-o", "json").stdout)["queued"][0]["exit_reason"] == "exit 3"


@pytest.mark.parametrize(
    ("arguments", "request_"),
    [
        (("gc", "refresh"), q.CollectorRefresh()),
        (("gc", "flush"), q.CollectorFlush()),
        (("gc", "flush", "Hourly"), q.CollectorFlush("Hourly")),
        (("trigger", "Hourly"), q.Trigger("Hourly")),
        (("activate", "Hourly"), q.SwitchProcess("Hourly", is_on=True)),
        (("deactivate", "Hourly", "--reason", "x"), q.SwitchProcess("Hourly", is_on=False, reason="x")),
        (("deactivate", "Report::mail"), q.SaveEntry("Report::mail", is_on=False)),
        (("frequency", "Hourly", "every 30"), q.ChangeFrequency("Hourly", "every 30")),
        (("frequency", "Report::mail", "every 30"), q.SaveEntry("Report::mail", trigger_frequency="every 30")),
        (("freerun", "rm", "Report::mail", "--yes"), q.RemoveEntry("Report::mail")),
        (("freerun", "run", "Report::mail", "--arg", "n=2"), q.RunEntry("Report::mail", arguments={"n": 2})),
        (
            ("freerun", "add", "A::b", "--trigger", "every 9", "--", "ls", "-l"),
            q.SaveEntry("A::b", create=True, trigger_frequency="every 9", command=("ls", "-l")),
        ),
        (("freerun", "set", "A::b", "--off"), q.SaveEntry("A::b", is_on=False)),
    ],
)
def test_an_action_asks_for_exactly_what_was_said(
    ctl: Ctl, daemon: ScriptedDaemon, arguments: tuple[str, ...], request_: q.Request[Any]
) -> None:
    daemon.on(type(request_), lambda _: r.Done(message="it is so", uow_id="u.1"))

    result = ctl(*arguments)

    assert daemon.asked == [request_]
    assert result.stdout == "it is so (u.1)\n"
    assert json.loads(ctl(*arguments[:2], "-o", "json", *arguments[2:]).stdout)["uow_id"] == "u.1"


def test_freerun_ls_lists_entries(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(),)))

    assert "Report::mail" in ctl("freerun", "ls").stdout
    assert json.loads(ctl("freerun", "ls", "-o", "json").stdout)[0]["entry_name"] == "mail"


def test_an_entry_whose_work_runs_is_not_deleted_unasked(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(),)))

    result = ctl("freerun", "rm", "Report::mail")

    assert result.exit_code == 2
    assert result.stderr == (
        "error: nothing was changed: Report::mail runs Report::mail@20130101063000.1, "
        "and its running work would be stopped; add --yes\n"
    )
    assert not daemon.of(q.RemoveEntry)


def test_an_entry_at_rest_is_deleted_where_nobody_can_be_asked(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    busy = samples.entry(entry_name="other")
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(busy, samples.entry(uow_state="state_processed"))))
    daemon.on(q.RemoveEntry, lambda _: r.Done(message="it is so"))

    assert ctl("freerun", "rm", "Report::mail").exit_code == 0
    assert daemon.of(q.RemoveEntry) == [q.RemoveEntry("Report::mail")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "A::b", "--run", "m:f"),
        ("add", "A::b", "--trigger", "every 9"),
        ("add", "A::b", "--trigger", "every 9", "--run", "m:f", "--", "ls"),
        ("set", "A::b"),
        ("run", "A::b", "--arg", "nothing"),
    ],
)
def test_a_wrong_entry_is_refused_before_anything_is_asked(
    ctl: Ctl, daemon: ScriptedDaemon, arguments: tuple[str, ...]
) -> None:
    result = ctl("freerun", *arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert daemon.asked == []
