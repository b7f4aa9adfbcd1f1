from __future__ import annotations

import json

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import Event, JobChanged, Lagged, UowChanged
from synergy.core.errors import NotFound
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOB = "Hourly@2013010101"


def _job_event(timeperiod: str, state: str) -> JobChanged:
    return JobChanged("Hourly", timeperiod, "state_in_progress", state, "3", cause="uow_finished", actor="scheduler")


def _running(daemon: ScriptedDaemon, *events: Event) -> None:
    """Two hours in progress; what happens next follows the first look."""

    def look(request: q.ListJobs) -> r.Jobs:
        daemon.tell(*events)
        both = [samples.job(f"20130101{hour:02}", "state_in_progress") for hour in (1, 2)]
        wanted = [job for job in both if request.from_timeperiod <= job.timeperiod <= request.to_timeperiod]  # type: ignore[operator]
        return r.Jobs(jobs=tuple(wanted), more=False)

    daemon.on(q.ListJobs, look)


def test_a_job_that_is_there_already_is_no_wait(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))

    result = ctl("wait", JOB, "--for", "Processed", "-o", "json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == [{"v": 1, "target": JOB, "state": "state_processed", "reached": True}]


def test_wait_ends_with_the_event(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    _running(daemon, _job_event("2013010102", "state_skipped"), _job_event("2013010101", "state_processed"))

    assert ctl("wait", JOB, "--for", "processed", "--timeout", "20").exit_code == 0


def test_all_of_a_range_must_be_there(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    _running(daemon, _job_event("2013010102", "state_processed"), _job_event("2013010101", "state_processed"))

    result = ctl("wait", "Hourly@2013010101..2013010102", "--for", "processed", "--timeout", "20", "-o", "jsonl")

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2


def test_another_end_is_a_negative_answer_at_once(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    _running(daemon, _job_event("2013010101", "state_skipped"))

    result = ctl("wait", "Hourly@2013010101..2013010102", "--for", "processed", "--timeout", "20")

    assert result.exit_code == 1
    assert result.stderr == f"error: {JOB} is skipped, not processed\n"


@pytest.mark.parametrize(("state", "code"), [("state_processed", 0), ("state_canceled", 1)])
def test_several_targets_are_waited_for_until_the_first_ends_in_another_state(
    ctl: Ctl, daemon: ScriptedDaemon, state: str, code: int
) -> None:
    uow = "Daily@2013010100.1"
    _running(daemon, UowChanged(uow, "Daily", "2013010100", state, 1), _job_event("2013010101", "state_processed"))
    daemon.on(q.ShowUow, lambda request: samples.uow(request.uow_id))

    assert ctl("wait", uow, JOB, "--for", "processed", "--timeout", "20").exit_code == code


def test_a_negative_answer_is_an_object_with_json(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))

    result = ctl("wait", JOB, "--for", "STATE_SKIPPED", "-o", "json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == [{"v": 1, "target": JOB, "state": "state_processed", "reached": False}]
    assert json.loads(result.stderr) == {
        "code": "ended_otherwise", "message": f"{JOB} is processed, not skipped", "remedy": ""
    }  # fmt: skip


def test_a_timeout_of_nought_asks_and_does_not_wait(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))
    assert ctl("wait", JOB, "--for", "processed", "--timeout", "0").exit_code == 0

    _running(daemon)
    assert ctl("wait", JOB, "--for", "processed", "--timeout", "0").exit_code == 124


def test_time_that_is_up_exits_124(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    _running(daemon)

    result = ctl("wait", JOB, "--for", "processed", "--timeout", "0.1")

    assert result.exit_code == 124
    assert result.stderr == f"error: not processed within 0.1 s: {JOB}\n"


def test_after_dropped_events_it_looks_again(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    states = iter(["state_in_progress", "state_processed"])

    def look(_: q.ListJobs) -> r.Jobs:
        daemon.tell(Lagged(5))
        return r.Jobs(jobs=(samples.job(state=next(states)),), more=False)

    daemon.on(q.ListJobs, look)

    assert ctl("wait", JOB, "--for", "processed", "--timeout", "20").exit_code == 0


def test_it_outlasts_a_restart(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    looks: list[q.ListJobs] = []

    def look(request: q.ListJobs) -> r.Jobs:
        looks.append(request)
        if len(looks) == 1:
            daemon.hang_up()
        state = "state_in_progress" if len(looks) == 1 else "state_processed"
        return r.Jobs(jobs=(samples.job(state=state),), more=False)

    daemon.on(q.ListJobs, look)

    assert ctl("wait", JOB, "--for", "processed", "--timeout", "20").exit_code == 0


def test_an_entry_stands_for_its_unit_of_work(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    uow_id = "Report::mail@20130101063000.1"

    def show(request: q.ShowUow) -> r.Uow:
        daemon.tell(UowChanged(uow_id, "Report", "20130101063000", "state_processed", 1))
        return samples.uow(request.uow_id)

    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(),)))
    daemon.on(q.ShowUow, show)

    assert ctl("wait", "Report::mail", "--for", "processed", "--timeout", "20").exit_code == 0


def test_an_entry_that_never_ran_cannot_be_waited_for(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(related_unit_of_work=None),)))

    assert ctl("wait", "Report::mail", "--for", "processed").exit_code == 2


@pytest.mark.parametrize(("target", "goal"), [(JOB, "canceled"), ("Hourly@2013010101.1", "skipped"), (JOB, "what")])
def test_a_state_that_the_target_cannot_have_is_refused(
    ctl: Ctl, daemon: ScriptedDaemon, target: str, goal: str
) -> None:
    result = ctl("wait", target, "--for", goal)

    assert result.exit_code == 2
    assert "use one of" in result.stderr
    assert daemon.asked == []


def test_a_process_that_does_not_exist_is_told(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: NotFound("process Hourly is unknown", remedy="see synergyctl processes"))

    assert ctl("wait", JOB, "--for", "processed").exit_code == 2


def test_a_range_without_jobs_is_told(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(), more=False))

    result = ctl("wait", JOB, "--for", "processed")

    assert result.exit_code == 2
    assert "there is no job in Hourly@2013010101..2013010101" in result.stderr


def test_no_daemon_is_told_at_once(ctl: Ctl) -> None:
    assert ctl("wait", JOB, "--for", "processed").exit_code == 9


def test_events_are_printed_as_they_come(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def subscribe(_: q.Subscribe) -> r.Subscribed:
        daemon.tell(_job_event("2013010101", "state_processed"), Lagged(2))
        return r.Subscribed(seq=0, status=samples.status())

    daemon.on(q.Subscribe, subscribe)

    people = ctl("events", "--timeout", "0.3")
    scripts = [json.loads(line) for line in ctl("events", "--timeout", "0.3", "-o", "json").stdout.splitlines()]

    assert f"job       {JOB} in progress -> processed (uow_finished)" in people.stdout
    assert [row["type"] for row in scripts] == ["job", "lagged"]
    assert (scripts[0]["v"], scripts[0]["state"]) == (1, "state_processed")
