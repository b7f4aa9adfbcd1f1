"""What only a terminal sees: questions, colours, and lines cut to its width."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from tests.cli import samples
from tests.cli.scripted_daemon import ScriptedDaemon
from tests.waiting import poll

JOB = "Hourly@2013010101"
LIMIT_SECONDS = 30.0
ON_ITS_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from synergy.cli.synergyctl import main
main()
"""
"""The program where Ctrl-C reaches it: the terminal is that of its session."""


def _on_terminal(
    folder: Path, *arguments: str, answer: str = "", columns: int = 120, **variables: str
) -> tuple[int, str]:
    """Run synergyctl on a terminal of its own and type the answer when it asks; returns exit code and screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-c", ON_ITS_TERMINAL, "-C", str(folder), *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | variables,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    until = time.monotonic() + LIMIT_SECONDS
    while piece := _read(ours, until - time.monotonic()):
        seen += piece
        if answer and b"[y/N]" in seen:
            os.write(ours, answer.encode())
            answer = ""
    os.close(ours)
    return process.wait(LIMIT_SECONDS), seen.decode()


def _read(terminal: int, seconds: float) -> bytes:
    readable, _, _ = select.select([terminal], [], [], max(seconds, 0))
    assert readable, "nothing came in time"
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # the other side has closed the terminal


@pytest.fixture
def planner(daemon: ScriptedDaemon) -> ScriptedDaemon:
    daemon.on(q.MakePlan, lambda request: samples.plan(verb=request.verb, kills=("Hourly@2013010101.1",)))
    daemon.on(q.ApplyPlan, lambda _: samples.applied())
    return daemon


def test_a_yes_carries_the_plan_out(folder: Path, planner: ScriptedDaemon) -> None:
    code, screen = _on_terminal(folder, "reprocess", JOB, answer="y\n")

    assert code == 0
    assert "reprocess changes 2 jobs (Hourly 1, Daily 1) and stops 1 running unit of work" in screen
    assert planner.of(q.ApplyPlan) == [q.ApplyPlan("p-1")]


def test_what_is_neither_yes_nor_no_is_asked_again(folder: Path, planner: ScriptedDaemon) -> None:
    code, screen = _on_terminal(folder, "reprocess", JOB, answer="perhaps\nYes\n")

    assert code == 0
    assert screen.count("[y/N]") == 2
    assert len(planner.of(q.ApplyPlan)) == 1


def test_a_no_changes_nothing(folder: Path, planner: ScriptedDaemon) -> None:
    code, screen = _on_terminal(folder, "reprocess", JOB, answer="n\n")

    assert code == 1
    assert "nothing was changed" in screen
    assert planner.of(q.ApplyPlan) == []


def test_one_interrupt_at_the_question_ends_it_and_changes_nothing(folder: Path, planner: ScriptedDaemon) -> None:
    code, screen = _on_terminal(folder, "reprocess", JOB, answer="\x03")

    assert code == 130
    assert screen.count("^C") == 1
    assert screen.rstrip().endswith("nothing was changed")
    assert planner.of(q.ApplyPlan) == []


def test_the_end_of_input_at_the_question_changes_nothing(folder: Path, planner: ScriptedDaemon) -> None:
    code, screen = _on_terminal(folder, "reprocess", JOB, answer="\x04")

    assert code == 2
    assert screen.rstrip().endswith("nothing was changed")
    assert planner.of(q.ApplyPlan) == []


def test_whoever_deletes_an_entry_is_told_that_its_work_runs(folder: Path, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(),)))

    code, screen = _on_terminal(folder, "freerun", "rm", "Report::mail", answer="n\n")

    assert code == 1
    assert "Its running work, Report::mail@20130101063000.1, is stopped." in screen
    assert not daemon.of(q.RemoveEntry)


def test_states_are_coloured_unless_no_color_is_set(folder: Path, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))

    assert "\x1b[32mprocessed" in _on_terminal(folder, "ls")[1]
    assert "\x1b" not in _on_terminal(folder, "ls", NO_COLOR="1")[1]


def test_lines_are_cut_to_the_terminal(folder: Path, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))

    lines = _on_terminal(folder, "ls", columns=40)[1].splitlines()

    assert max(map(len, lines)) == 40
    assert lines[1].endswith("…")


HELD = r.Directive(
    "p4c1d22f09a", "hold", "FlightsHourly@2013010101..", "operator", samples.AT, reason="the feed is bad"
)
MOVED = samples.transition(cause="operator", reason="late data", because="FlightsHourly@2013010101")
FAILED = samples.uow("FlightsHourly@2013010101.1", "state_in_progress", exit_reason="exit code 1", started=samples.AT)
CHANGED = r.AuditRow(
    seq=1204, at=samples.AT, actor="operator", verb="reprocess", target="FlightsHourly@2013010101", login_user="anna",
    origin="10.0.0.1", before="processed", after="embryo", reason="late data for the third time", detail=None,
    plan_id="p4c1d22f09a", previous="", digest="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (("directives",), ["ID", "KIND", "WHAT", "STATE", "BY", "SINCE", "REASON"]),
        (("history", JOB), ["AT", "FROM", "TO", "ACTOR", "CAUSE", "REASON", "BECAUSE"]),
        (("uows",), ["UNIT", "OF", "WORK", "STATE", "EXIT", "STARTED", "FINISHED"]),
        (("audit",), ["SEQ", "AT", "ACTOR", "VERB", "TARGET", "BEFORE", "AFTER", "REASON"]),
    ],
    ids=["directives", "history", "uows", "audit"],
)
def test_what_matters_in_a_wide_table_is_all_there_on_80_columns(
    folder: Path, daemon: ScriptedDaemon, arguments: tuple[str, ...], titles: list[str]
) -> None:
    daemon.on(q.Directives, lambda _: r.Directives((HELD,)))
    daemon.on(q.JobHistory, lambda _: r.History(JOB, (MOVED,), more=False))
    daemon.on(q.ListUows, lambda _: r.Uows(uows=(FAILED,), more=False))
    daemon.on(q.ListAudit, lambda _: r.AuditPage((CHANGED,), more=False))

    lines = _on_terminal(folder, *arguments, columns=80, NO_COLOR="1")[1].splitlines()

    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert lines[0].split()[: len(titles)] == titles


def test_columns_that_have_no_room_are_named(folder: Path, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListAudit, lambda _: r.AuditPage((CHANGED,), more=False))

    assert "no room for LOGIN USER, FROM, DETAIL, PLAN; " in _on_terminal(folder, "audit", columns=80)[1]
    assert "no room" not in _on_terminal(folder, "audit", columns=250)[1]


def test_a_reader_that_leaves_is_no_error(folder: Path, daemon: ScriptedDaemon) -> None:
    jobs = tuple(samples.job(f"{2013010100 + hour}") for hour in range(24)) * 40
    daemon.on(q.ListJobs, lambda request: r.Jobs(jobs=jobs, more=request.after is None))

    program = f"{sys.executable} -c 'from synergy.cli.synergyctl import main; main()' -C {folder} ls -o jsonl | head -1"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True)

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_an_interrupt_ends_it_at_once(folder: Path, daemon: ScriptedDaemon) -> None:
    program = [sys.executable, "-c", "from synergy.cli.synergyctl import main; main()", "-C", str(folder)]
    with subprocess.Popen([*program, "events", "-f"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        poll(lambda: daemon.of(q.Subscribe), LIMIT_SECONDS, "synergyctl subscribes")
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=LIMIT_SECONDS)

    assert process.returncode == 130
    assert b"Traceback" not in complaint
