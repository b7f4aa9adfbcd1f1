from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from click.testing import Result

from synergy.cli.happenings import describe
from synergy.core.control import events as e
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            e.JobChanged("Hourly", "2013010101", "state_embryo", "state_in_progress", "1"),
            ("job", "Hourly@2013010101 embryo -> in progress"),
        ),
        (
            e.UowChanged("u.1", "Hourly", "2013010101", "state_invalid", 2, "exit 3"),
            ("uow", "u.1 invalid, attempt 2, exit 3"),
        ),
        (e.LogGrew("u.1", 1, 1200), ("log", "u.1 attempt 1 has 1,200 lines")),
        (e.TimetableGrew("Hourly", "2013010102"), ("periods", "Hourly goes on to 2013010102")),
        (e.ProcessChanged("Report", "mail"), ("process", "Report::mail was changed")),
        (
            e.PlanApplied("p1", "skip", "ann", ("Hourly@2013010101", "Hourly@2013010102")),
            ("plan", "p1 skip of Hourly@2013010101, Hourly@2013010102 by ann"),
        ),
        (e.PlanApplied("p1", "drain", "ann"), ("plan", "p1 drain by ann")),
        (e.DirectiveChanged("p1", "hold", "Hourly", "ann"), ("hold", "p1 of Hourly is in force")),
        (
            e.DirectiveChanged("p1", "batch", "2 jobs", "ann", is_paused=True),
            ("batch", "p1 of 2 jobs is paused"),
        ),
        (
            e.DirectiveChanged("p1", "batch", "2 jobs", "ann", is_lifted=True, outcome="done"),
            ("batch", "p1 of 2 jobs has ended: done"),
        ),
        (e.HealthChanged("store", up=False, detail="no answer"), ("health", "store is down: no answer")),
        (e.Alert("gave_up", "Hourly gave up"), ("alert", "gave_up: Hourly gave up")),
        (e.Lagged(1000), ("lagged", "1,000 events were dropped")),
        (e.Stopping("restart"), ("stopping", "restart")),
    ],
)
def test_each_event_reads_as_one_line(event: e.Event, told: tuple[str, str]) -> None:
    assert describe(event) == told


LIMIT_SECONDS = 30.0
MAIN = "from synergy.cli.synergyctl import main; main()"
EVENTS = [sys.executable, "-c", MAIN, "events", "-f", "-o", "jsonl", "-C"]

HAPPENS: tuple[e.Event, ...] = (
    e.JobChanged("Hourly", "2013010101", "state_embryo", "state_in_progress", "1"),
    e.JobChanged("HourlyToo", "2013010101", "state_embryo", "state_in_progress", "1"),
    e.UowChanged("Hourly@2013010101.1", "Hourly", "2013010101", "state_invalid", 2, "exit 3"),
    e.LogGrew("Hourly@2013010101.1", 1, 1200),
    e.TimetableGrew("Hourly", "2013010102"),
    e.ProcessChanged("Report", "mail"),
    e.PlanApplied("p1", "skip", "ann", ("Daily@2013010100", "Hourly@2013010101..2013010103")),
    e.PlanApplied("p2", "drain", "ann"),
    e.DirectiveChanged("p3", "hold", "Hourly", "ann"),
    e.DirectiveChanged("p4", "hold", "everything", "ann"),
    e.HealthChanged("store", up=False, detail="no answer"),
    e.Alert("gave_up", "Hourly gave up", "Hourly@2013010101.1"),
    e.Alert("set_aside", "somebody's message"),
    e.Lagged(1000),
)


@pytest.fixture
def happening(daemon: ScriptedDaemon) -> ScriptedDaemon:
    def subscribe(_: q.Subscribe) -> r.Subscribed:
        daemon.tell(*HAPPENS)
        return r.Subscribed(seq=0, status=samples.status())

    daemon.on(q.Subscribe, subscribe)
    daemon.on(q.Processes, lambda _: r.Processes(processes=(samples.process(),)))
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(),)))
    daemon.on(q.Boxes, lambda _: r.Boxes(boxes=(samples.box(),)))
    return daemon


def types(result: Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line)["type"] for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("happening")
@pytest.mark.parametrize(
    "how", [("--kind", "job,plan_applied", "--kind", "alert"), ("--kind", "alert,job,plan_applied")]
)
def test_only_the_kinds_that_are_wanted_are_printed_and_what_was_missed(ctl: Ctl, how: tuple[str, ...]) -> None:
    result = ctl("events", "--timeout", "0.3", "-o", "jsonl", *how)

    assert types(result) == ["job", "job", "plan_applied", "plan_applied", "alert", "alert", "lagged"]


@pytest.mark.usefixtures("happening")
def test_only_what_names_the_process_is_printed_and_what_was_missed(ctl: Ctl) -> None:
    result = ctl("events", "--timeout", "0.3", "-o", "jsonl", "--process", "Hourly")

    assert types(result) == [
        "job", "uow", "log_grew", "timetable", "plan_applied", "directive_changed", "alert", "lagged"
    ]  # fmt: skip
    assert types(ctl("events", "--timeout", "0.3", "-o", "jsonl", "--process", "Report")) == ["process", "lagged"]


@pytest.mark.usefixtures("happening")
def test_kinds_and_processes_are_wanted_together(ctl: Ctl) -> None:
    result = ctl(
        "events", "--timeout", "0.3", "-o", "json", "--process", "Report", "--process", "Hourly", "--kind", "job"
    )

    assert types(result) == ["job", "lagged"]


@pytest.mark.usefixtures("happening")
@pytest.mark.parametrize("follow", [(), ("-f",)])
@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [
        (("--kind", "jobs"), 2, 'there is no kind of event "jobs"; did you mean "job"?'),
        (("--process", "hourly"), 2, 'process "hourly" is unknown; did you mean "Hourly"?'),
    ],
)
def test_what_never_happens_is_not_waited_for(
    ctl: Ctl, follow: tuple[str, ...], wrong: tuple[str, ...], code: int, told: str
) -> None:
    result = ctl("events", *follow, *wrong)

    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"error: {told}\n")


def test_followed_events_go_on_after_a_restart(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def subscribe(_: q.Subscribe) -> r.Subscribed:
        if len(daemon.of(q.Subscribe)) == 1:
            daemon.hang_up()
        else:
            daemon.tell(e.Alert("back", "here again"))
        return r.Subscribed(seq=0, status=samples.status())

    daemon.on(q.Subscribe, subscribe)

    result = ctl("events", "-f", "--timeout", "2")

    assert result.exit_code == 0
    assert result.stdout.endswith("back: here again\n")
    assert result.stderr.splitlines() == [
        "following what happens from now on",
        "the daemon went away; what happens until it is back is not told",
        "the daemon is back",
    ]


def test_a_program_that_reads_events_gets_each_at_once_and_over_a_restart(folder: Path) -> None:
    with ExitStack() as stack:
        stopping, subscribed = served(folder, stack)
        program = stack.enter_context(Popen([*EVENTS, str(folder)], stdout=PIPE, stderr=PIPE, text=True))
        stack.callback(program.kill)
        assert program.stdout is not None
        assert program.stderr is not None

        assert json.loads(program.stderr.readline())["code"] == "following"
        assert subscribed.acquire(timeout=LIMIT_SECONDS)
        stopping.tell(e.Alert("first", "look"))
        assert json.loads(program.stdout.readline())["code"] == "first"
        stopping.stop()
        assert json.loads(program.stderr.readline())["code"] == "daemon_unreachable"
        daemon, subscribed = served(folder, stack)
        assert subscribed.acquire(timeout=LIMIT_SECONDS)
        daemon.tell(e.Alert("second", "look"))
        assert json.loads(program.stdout.readline())["code"] == "second"
        assert json.loads(program.stderr.readline())["code"] == "daemon_back"
        program.send_signal(signal.SIGINT)
        assert program.wait(LIMIT_SECONDS) == 130
        assert program.stderr.read().strip() == ""


def served(folder: Path, stack: ExitStack) -> tuple[ScriptedDaemon, threading.Semaphore]:
    """A daemon of the project, and what is released each time somebody subscribes."""
    subscribed = threading.Semaphore(0)

    def subscribe(_: q.Subscribe) -> r.Subscribed:
        subscribed.release()
        return r.Subscribed(seq=0, status=samples.status())

    path = folder / ".synergy" / "control.sock"
    path.unlink(missing_ok=True)
    daemon = ScriptedDaemon(path)
    daemon.on(q.Subscribe, subscribe)
    daemon.start()
    stack.callback(daemon.stop)
    return daemon, subscribed
