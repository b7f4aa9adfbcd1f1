from __future__ import annotations

import json

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon


def _pages(request: q.ListJobs) -> r.Jobs:
    """Three jobs, in pages of two."""
    if request.after is None:
        return r.Jobs(jobs=(samples.job("2013010100"), samples.job("2013010101"))[: request.limit], more=True)
    assert request.after == "Hourly@2013010101"
    return r.Jobs(jobs=(samples.job("2013010102", "state_embryo", related_unit_of_work=None),), more=False)


def test_ls_reads_on_to_the_last_page(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, _pages)

    rows = json.loads(ctl("ls", "Hourly", "-o", "json").stdout)

    assert [row["timeperiod"] for row in rows] == ["2013010100", "2013010101", "2013010102"]
    assert {row["v"] for row in rows} == {1}
    assert rows[2]["related_unit_of_work"] is None


def test_ls_prints_one_object_a_line(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, _pages)

    lines = ctl("ls", "-o", "jsonl").stdout.splitlines()

    assert [json.loads(line)["state"] for line in lines] == ["state_processed", "state_processed", "state_embryo"]


def test_ls_stops_at_its_limit(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, _pages)

    result = ctl("ls", "--limit", "1")

    assert len(result.stdout.splitlines()) == 2
    assert [request.limit for request in daemon.of(q.ListJobs)] == [1]


def test_ls_hands_its_filters_on(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(), more=False))

    result = ctl("ls", "Hourly", "--from", "2013010100", "--to", "2013010105", "--state", "Skipped,noop", "--newest")

    asked = daemon.of(q.ListJobs)[0]
    assert (asked.process_name, asked.from_timeperiod, asked.to_timeperiod) == ("Hourly", "2013010100", "2013010105")
    assert (asked.states, asked.newest_first) == (("Skipped", "noop"), True)
    assert result.stdout == ""
    assert result.stderr == "no job matches\n"


def test_an_empty_list_is_an_empty_array(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(), more=False))

    assert json.loads(ctl("ls", "-o", "json").stdout) == []
    assert ctl("ls", "-o", "jsonl").stdout == ""


def test_show_puts_the_jobs_fields_on_top(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Show, lambda _: samples.detail())

    told = json.loads(ctl("show", "Daily@2013010100", "-o", "json").stdout)

    assert told["v"] == 1
    assert told["process_name"] == "Daily"
    assert told["state"] == "state_in_progress"
    assert told["parent"]["process_name"] == "Monthly"
    assert told["unit_of_work"]["uow_id"] == "Daily@2013010100.1"
    assert told["waiting_for"] == ["its child Hourly@2013010105"]


def test_show_tells_people_what_a_job_waits_for(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Show, lambda _: samples.detail())

    shown = ctl("show", "Daily@2013010100").stdout

    assert "waiting for: its child Hourly@2013010105" in shown
    assert "processed 23, in progress 1" in shown
    assert "uow_finished" in shown


def test_history_pages_through_every_transition(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def pages(request: q.JobHistory) -> r.History:
        return r.History(
            job=request.job, history=(samples.transition(cause=f"c{request.offset}"),), more=request.offset < 2
        )

    daemon.on(q.JobHistory, pages)

    rows = json.loads(ctl("history", "Hourly@2013010101", "-o", "json").stdout)
    assert [row["cause"] for row in rows] == ["c0", "c1", "c2"]
    assert len(ctl("history", "Hourly@2013010101", "--limit", "2").stdout.splitlines()) == 3


def test_attempts_show_exit_and_number(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    rows = (samples.attempt(1), samples.attempt(2, accepted=False))
    daemon.on(q.Attempts, lambda request: r.Attempts(job=request.job, attempts=rows))

    told = json.loads(ctl("attempts", "Hourly@2013010101", "-o", "json").stdout)

    assert [(row["number"], row["exit_reason"]) for row in told] == [(1, "exit 3"), (2, "exit 3")]
    assert "no, superseded" in ctl("attempts", "Hourly@2013010101").stdout


def test_uows_read_on_with_the_last_id(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def pages(request: q.ListUows) -> r.Uows:
        if request.before is None:
            return r.Uows(uows=(samples.uow("Hourly@2013010102.1"),), more=True)
        assert request.before == "Hourly@2013010102.1"
        return r.Uows(uows=(samples.uow(),), more=False)

    daemon.on(q.ListUows, pages)

    rows = json.loads(ctl("uows", "--state", "invalid", "--process", "Hourly", "-o", "json").stdout)

    assert [row["uow_id"] for row in rows] == ["Hourly@2013010102.1", "Hourly@2013010101.1"]
    assert daemon.of(q.ListUows)[0].states == ("invalid",)
    assert len(ctl("uows", "--limit", "1").stdout.splitlines()) == 2


def test_uow_shows_one(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ShowUow, lambda request: samples.uow(request.uow_id, gave_up=True, exit_reason="exit 3"))

    assert "in progress, gave up" in ctl("uow", "Hourly@2013010101.1").stdout
    assert json.loads(ctl("uow", "Hourly@2013010101.1", "-o", "json").stdout)["exit_reason"] == "exit 3"
