from __future__ import annotations

import json

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import LogGrew
from synergy.core.control.log_requests import DaemonLog
from synergy.core.errors import NotFound
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOB = "Hourly@2013010101"


def _two_pages(request: q.Logs) -> r.LogPage:
    if request.first_line == 0:
        return samples.log_page("one", "two", total=3)
    return samples.log_page("three", first_line=2, total=3)


def test_a_log_is_printed_as_it_was_to_its_end(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, _two_pages)

    assert ctl("logs", JOB).stdout == "one\ntwo\nthree\n"


def test_a_log_in_json_is_an_array_of_lines(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, _two_pages)

    rows = json.loads(ctl("logs", JOB, "-o", "json").stdout)

    assert [(row["line"], row["text"]) for row in rows] == [(0, "one"), (1, "two"), (2, "three")]


def test_times_stand_before_the_lines(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, lambda _: samples.log_page("one"))

    assert ctl("logs", JOB, "--times", "--attempt", "2").stdout == f"{samples.AT} stdout - one\n"
    assert daemon.of(q.Logs)[0].number == 2


def test_why_an_attempt_has_no_lines_is_told(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, lambda _: samples.log_page(exit_reason="not executable: nosuchcmd"))

    result = ctl("logs", JOB)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "no lines were logged; the attempt ended: not executable: nosuchcmd\n"
    assert ctl("logs", JOB, "-o", "json").stdout == "[]\n"


def test_an_attempt_that_runs_may_have_no_lines_yet(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, lambda _: samples.log_page(live=True))

    assert ctl("logs", JOB).stderr == "no lines were logged yet\n"


def test_following_ends_with_the_attempt(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    """First one line is there; when the log grows it has three, and the attempt is over."""

    def pages(request: q.Logs) -> r.LogPage:
        grown = any(event_sent)
        if request.first_line == 0:
            return samples.log_page("one", live=True)
        return samples.log_page("two", "three", first_line=1) if grown else samples.log_page(first_line=1, live=True)

    def follow(_: q.FollowLog) -> r.Done:
        event_sent.append(True)
        daemon.tell(LogGrew("Hourly@2013010101.1", 1, 3))
        return r.Done(message="following")

    event_sent: list[bool] = []
    daemon.on(q.Logs, pages)
    daemon.on(q.FollowLog, follow)

    result = ctl("logs", "-f", JOB)

    assert result.stdout == "one\ntwo\nthree\n"
    assert "ended: exit 3" in result.stderr
    assert result.exit_code == 0


def test_a_job_that_never_ran_is_told(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, lambda _: NotFound(f"{JOB} was never attempted", remedy="wait until it runs"))

    result = ctl("logs", JOB)

    assert result.exit_code == 2
    assert result.stderr == f"error: {JOB} was never attempted; wait until it runs\n"


def test_the_last_lines_are_asked_for_from_the_end(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, lambda _: samples.log_page("three", first_line=2, total=3))

    assert ctl("logs", JOB, "--tail", "1").stdout == "three\n"
    assert daemon.of(q.Logs)[0].first_line == -1


def _own_page(request: DaemonLog) -> r.DaemonLogPage:
    texts = ("daemon works", "store is down")
    first = max(0, 2 + request.first_line) if request.first_line < 0 else request.first_line
    lines = (r.LogRow(at, samples.AT, "log", "INFO", text) for at, text in enumerate(texts) if at == first)
    return r.DaemonLogPage(request.name, "/x/daemon.log", first, 0, 2, tuple(lines))


def test_the_daemon_s_own_log_is_printed_page_by_page(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(DaemonLog, _own_page)

    assert ctl("logs", "--daemon").stdout == "daemon works\nstore is down\n"
    told = ctl("logs", "--daemon", "supervisor@box-2", "--tail", "1", "--times").stdout
    assert told == f"{samples.AT} log INFO store is down\n"
    assert [(asked.name, asked.first_line) for asked in daemon.of(DaemonLog)] == [
        ("daemon", -1000), ("daemon", 1), ("supervisor@box-2", -1),
    ]  # fmt: skip


def test_a_log_that_cannot_be_read_is_told_in_one_line(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(DaemonLog, lambda _: NotFound('there is no log "x"', remedy="use one of daemon, supervisor@box-1"))

    result = ctl("logs", "--daemon", "x")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'error: there is no log "x"; use one of daemon, supervisor@box-1\n'


@pytest.mark.parametrize(
    ("line", "told"), [(["logs"], "no JOB is named"), (["logs", "--daemon", "--attempt", "1"], "--attempt is of a job")]
)
def test_what_does_not_go_together_is_refused(ctl: Ctl, line: list[str], told: str) -> None:
    result = ctl(*line)

    assert result.exit_code == 2
    assert told in result.stderr
