"""Verbs that stop running work: they wait until it is gone, and tell how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from synergy.cli.kills import kill_words, stopped_line
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import UowChanged
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOB = "Hourly@2013010101"
UOW = f"{JOB}.1"
DAY = "2026-11-23T"
TERM = r.Sent("TERM", f"{DAY}03:12:04.120Z")
KILL = r.Sent("KILL", f"{DAY}03:12:14.130Z")
STARTED = f"{DAY}03:00:00.000Z"
ENDED = r.Kill(
    box_id="box-1",
    began=f"{DAY}03:12:04.118Z",
    rescanned=f"{DAY}03:12:04.251Z",
    processes=(
        r.Killed(4711, "sh", STARTED, (TERM,), f"{DAY}03:12:04.135Z"),
        r.Killed(4713, "sleep", STARTED, (TERM,), f"{DAY}03:12:04.140Z"),
    ),
    more=0,
    remaining=(),
)
LINE = (
    f"{UOW} canceled: pids 4711 (sh), 4713 (sleep) TERM 03:12:04.120, gone after 0.02 s; "
    "re-scan at 03:12:04.251 found nothing (box-1)"
)
CANCELED = samples.uow(UOW, "state_canceled", exit_reason="canceled", kill=ENDED)


@pytest.fixture
def stopping(daemon: ScriptedDaemon) -> ScriptedDaemon:
    """A plan that stops one unit of work, which is canceled at the second look."""
    answers = iter([samples.uow(UOW), CANCELED])

    def show(_: q.ShowUow) -> r.Uow:
        daemon.tell(UowChanged(UOW, "Hourly", "2013010101", "state_canceled", 1))
        return next(answers, CANCELED)

    daemon.on(q.MakePlan, lambda request: samples.plan(verb=request.verb, kills=(UOW,)))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(kills=(UOW,), grace_seconds=3.0))
    daemon.on(q.ShowUow, show)
    return daemon


@pytest.mark.parametrize(
    "arguments",
    [
        ("cancel", JOB, "--yes"), ("skip", JOB, "--yes"), ("reprocess", JOB, "--yes"), ("apply", "p-1"),
        ("apply", "p-1", "--yes"), ("freerun", "cancel", "Report::mail", "--yes"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)  # fmt: skip
def test_every_verb_that_stops_work_tells_how_it_ended(
    ctl: Ctl, stopping: ScriptedDaemon, arguments: tuple[str, ...]
) -> None:
    result = ctl(*arguments)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == [f"stopping {UOW}", LINE]
    assert len(stopping.of(q.ShowUow)) == 2


@pytest.mark.usefixtures("stopping")
def test_with_json_the_answer_holds_the_reports(ctl: Ctl) -> None:
    told = json.loads(ctl("cancel", JOB, "--yes", "-o", "json").stdout)

    assert (told["v"], told["plan_id"], told["changed"]) == (1, "p-1", 2)
    (kill,) = told["kills"]
    assert (kill["uow_id"], kill["state"], kill["alive"]) == (UOW, "state_canceled", [])
    assert kill["report"]["rescanned"] == f"{DAY}03:12:04.251Z"
    assert kill["report"]["processes"][0]["signals"] == [{"name": "TERM", "at": f"{DAY}03:12:04.120Z"}]


@pytest.mark.parametrize("verb", ["cancel", "skip", "reprocess"])
def test_nobody_looks_when_told_not_to_wait(ctl: Ctl, stopping: ScriptedDaemon, verb: str) -> None:
    result = ctl(verb, JOB, "--yes", "--no-wait", "-o", "json")

    assert result.exit_code == 0
    assert stopping.of(q.ShowUow) == []
    assert json.loads(result.stdout)["kills"] == [
        {"uow_id": UOW, "state": None, "box_id": None, "exit_reason": None, "alive": [], "report": None}
    ]


@pytest.mark.parametrize("arguments", [("cancel", JOB, "--yes"), ("skip", JOB, "--yes"), ("apply", "p-1")])
def test_what_outlives_kill_is_named_with_its_box_and_exits_6(
    ctl: Ctl, stopping: ScriptedDaemon, arguments: tuple[str, ...]
) -> None:
    stopping.on(q.ShowUow, lambda _: samples.uow(UOW, cancel_requested=True, alive=(4711,)))

    result = ctl(*arguments, "--timeout", "0.05")

    assert result.exit_code == 6
    assert f"not confirmed as gone within 0.05 s: {UOW} (pid 4711 outlives KILL on box-1)" in result.stderr
    again = ctl(*arguments, "--timeout", "0", "-o", "json")
    assert (again.exit_code, json.loads(again.stderr)["code"]) == (6, "not_confirmed")
    assert json.loads(again.stdout)["kills"][0]["alive"] == [4711]


def test_work_that_still_has_its_grace_is_said_to_be_ending(ctl: Ctl, stopping: ScriptedDaemon) -> None:
    stopping.on(q.ShowUow, lambda _: samples.uow(UOW, cancel_requested=True))

    assert f"{UOW} (still being ended on box-1)" in ctl("skip", JOB, "--yes", "--timeout", "0").stderr


def test_each_of_several_is_told_as_it_ends_and_a_lost_worker_proves_nothing(
    ctl: Ctl, stopping: ScriptedDaemon
) -> None:
    other = "Hourly@2013010102.1"
    looks: dict[str, Iterator[r.Uow]] = {
        UOW: iter([samples.uow(UOW), samples.uow(UOW, "state_processed")]),
        other: iter([samples.uow(other, "state_canceled", exit_reason="canceled; worker lost")]),
    }

    def show(request: q.ShowUow) -> r.Uow:
        stopping.tell(UowChanged(UOW, "Hourly", "2013010101", "state_processed", 1))
        return next(looks[request.uow_id])

    stopping.on(q.ApplyPlan, lambda _: samples.applied(kills=(UOW, other)))
    stopping.on(q.ShowUow, show)

    result = ctl("skip", JOB, "--yes")

    assert result.stdout.splitlines()[-2:] == [
        f"{other} canceled: no proof, its worker was lost",
        f"{UOW} processed: it ended without being stopped",
    ]
    assert result.exit_code == 6
    assert f"{other} (its worker on box-1 was lost" in result.stderr
    assert UOW not in result.stderr


@pytest.mark.usefixtures("stopping")
def test_an_answer_that_is_cut_short_is_printed_all_the_same(ctl: Ctl, stopping: ScriptedDaemon) -> None:
    def vanish(_: q.ShowUow) -> r.Uow:
        stopping.hang_up()
        return samples.uow(UOW)

    stopping.on(q.ShowUow, vanish)

    result = ctl("cancel", JOB, "--yes", "-o", "json")

    assert result.exit_code == 9
    assert json.loads(result.stdout)["plan_id"] == "p-1"


def test_a_unit_of_work_shows_how_it_was_ended_or_what_lives(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ShowUow, lambda _: CANCELED)
    assert f"ended by      {LINE.partition(': ')[2]}\n" in ctl("uow", UOW).stdout
    daemon.on(q.ShowUow, lambda _: samples.uow(UOW, alive=(4711, 4712)))
    assert "outlive KILL  pids 4711, 4712\n" in ctl("uow", UOW).stdout


def test_processes_that_were_treated_alike_stand_together_and_many_are_counted() -> None:
    deaf = [r.Killed(5000 + n, "deaf", STARTED, (TERM, KILL), f"{DAY}03:12:14.140Z") for n in range(8)]
    gone = r.Killed(4710, "sh", STARTED, (), f"{DAY}03:12:04.119Z")
    kill = replace(ENDED, processes=(gone, *ENDED.processes, *deaf), more=4, remaining=(5000,))

    parts = kill_words(kill).split("; ")

    assert parts[0] == "pid 4710 (sh) gone without a signal"
    assert parts[2].startswith("pids 5000 (deaf), 5001 (deaf)")
    assert parts[2].endswith("5004 (deaf) TERM 03:12:04.120 KILL 03:12:14.130, gone after 10 s")
    assert parts[3:] == ["and 7 more processes", "re-scan at 03:12:04.251 found pid 5000 alive (box-1)"]


def test_processes_that_got_a_signal_at_different_times_stand_apart() -> None:
    later = r.Killed(4714, "sleep", STARTED, (r.Sent("TERM", f"{DAY}03:12:04.121Z"),), f"{DAY}03:12:04.141Z")

    assert kill_words(replace(ENDED, processes=(*ENDED.processes, later))).split("; ")[:2] == [
        "pids 4711 (sh), 4713 (sleep) TERM 03:12:04.120, gone after 0.02 s",
        "pid 4714 (sleep) TERM 03:12:04.121, gone after 0.02 s",
    ]


def test_work_of_which_no_process_was_left_is_told_by_the_last_look() -> None:
    row = r.Stopped(UOW, "state_canceled", "box-1", report=replace(ENDED, processes=()))

    assert stopped_line(row) == f"{UOW} canceled: re-scan at 03:12:04.251 found nothing (box-1)"
