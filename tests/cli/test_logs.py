from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

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


@pytest.mark.parametrize("way", ["folder", "socket"])
def test_without_a_daemon_the_file_of_its_log_is_named(ctl: Ctl, folder: Path, way: str) -> None:
    arguments = ["--socket", str(folder / ".synergy" / "control.sock")] if way == "socket" else []
    log = folder / ".synergy" / "logs" / "daemon.log"
    assert str(log) not in ctl(*arguments, "logs", "--daemon").stderr
    log.parent.mkdir()
    log.touch()

    result = ctl(*arguments, "logs", "--daemon")

    assert result.exit_code == 9
    assert result.stderr.endswith(f"; start it with: synergyd start -C {folder}; the log of the daemon is {log}\n")


def test_a_log_folder_of_its_own_is_named(ctl: Ctl, folder: Path) -> None:
    settings = folder / "synergy.toml"
    settings.write_text(f'{settings.read_text()}log_folder = "logs"\n')
    log = folder / "logs" / "daemon.log"
    log.parent.mkdir()
    log.touch()

    assert f"the log of the daemon is {log}\n" in ctl("logs", "--daemon").stderr


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


def _rows(*rows: tuple[int, str], live: bool = False, first_line: int = 0, total: int | None = None) -> r.LogPage:
    """Lines of the seconds that are named; a second below 0: the line has no time."""
    page = samples.log_page(*(text for _, text in rows), first_line=first_line, total=total, live=live)
    stamps = ["" if second < 0 else f"2026-11-23T08:00:{second:02d}.000Z" for second, _ in rows]
    lines = tuple(replace(line, at=at) for line, at in zip(page.lines, stamps, strict=True))
    return replace(page, lines=lines)


def _two_logs(request: q.Logs) -> r.LogPage:
    if request.target == "A":
        return _rows((1, "a1"), (-1, "no time"), (4, "a4"))
    if request.first_line < 2:
        return _rows((1, "b1"), (2, "b2"), total=3)
    return _rows((3, "b3"), first_line=2)


def test_logs_of_several_jobs_are_one_by_time(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, _two_logs)

    assert ctl("logs", "A", "Long").stdout.splitlines() == [
        "A    a1", "A    no time", "Long b1", "Long b2", "Long b3", "A    a4",
    ]  # fmt: skip
    rows = json.loads(ctl("logs", "A", "B", "-o", "json").stdout)
    assert [(row["job"], row["line"], row["text"]) for row in rows][-2:] == [("B", 2, "b3"), ("A", 2, "a4")]


def test_of_several_jobs_one_that_has_not_run_keeps_no_log_of_the_others_back(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def pages(request: q.Logs) -> r.LogPage | NotFound:
        if request.target.startswith("Later"):
            return NotFound(f"{request.target} has not run yet: there is no log", remedy="wait for its first run")
        return _rows((1, "a1"))

    daemon.on(q.Logs, pages)

    result = ctl("logs", "Later1", "A", "Later2")

    assert (result.exit_code, result.stdout) == (2, "A      a1\n")
    assert result.stderr.splitlines() == [
        "error: Later1 has not run yet: there is no log; wait for its first run",
        "error: Later2 has not run yet: there is no log; wait for its first run",
    ]
    as_json = ctl("logs", "Later1", "Later2", "-o", "json")
    assert as_json.stdout == "[]\n"
    assert [json.loads(line)["message"].split()[0] for line in as_json.stderr.splitlines()] == ["Later1", "Later2"]


def test_a_tail_of_several_logs_is_the_end_of_all(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, _two_logs)

    assert ctl("logs", "A", "B", "--tail", "2", "--times").stdout.splitlines() == [
        "B 2026-11-23T08:00:03.000Z stdout - b3",
        "A 2026-11-23T08:00:04.000Z stdout - a4",
    ]
    assert {request.first_line for request in daemon.of(q.Logs)} == {-2, 2}


def test_several_logs_are_followed_until_all_have_ended(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    """A ends at once; B goes on when its log grows."""
    followed: list[str] = []

    def pages(request: q.Logs) -> r.LogPage:
        if request.target == "A":
            return _rows((5, "a5"), live=not request.first_line, first_line=request.first_line)
        if request.first_line == 0:
            return _rows((1, "b1"), live=True)
        if len(daemon.of(q.Logs)) < 6:
            daemon.tell(LogGrew("Hourly@2013010101.1", 1, 2))
            return _rows(live=True, first_line=1)
        return _rows((6, "b6"), first_line=1)

    def follow(request: q.FollowLog) -> r.Done:
        followed.append(request.uow_id)
        return r.Done(message="following")

    daemon.on(q.Logs, pages)
    daemon.on(q.FollowLog, follow)

    result = ctl("logs", "-f", "A", "B")

    assert result.stdout.splitlines() == ["B b1", "A a5", "A a5", "B b6"]
    assert result.stderr.splitlines() == ["attempt 1 of A ended: exit 3", "attempt 1 of B ended: exit 3"]
    assert len(followed) == 2


@pytest.mark.parametrize("option", [("--attempt", "1"), ("--daemon",)])
def test_what_is_of_one_log_is_refused_for_several(ctl: Ctl, option: tuple[str, ...]) -> None:
    result = ctl("logs", "A", "B", *option)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{option[0]} is of one log, and 2 are named" in result.stderr


def test_several_logs_without_a_line_say_so(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Logs, lambda _: samples.log_page())

    assert ctl("logs", "A", "B").stderr == "no lines were logged\n"
