"""The lines that the daemon gives for a change, read by the real command line: they ask for the same change again."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from synergy.core.control import requests as q
from synergy.core.control.methods import METHODS
from synergy.core.control.roles import Role
from synergy.core.errors import IllegalState
from synergy.core.states import JobState
from synergy.core.wishes import JOB_VERBS, Scope, Verb, Wish
from synergy.daemon.command_lines import request_line, wish_line
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOBS = ("Hourly@2013010101", "Hourly@2013010103..2013010105")
ONLY = (JobState.PROCESSED, JobState.IN_PROGRESS)
NARROW = Scope(alone=True, ancestors=True, dependents=True, depth=2, exclude=("Daily", "Other@20130101*"))

WISHES: list[Wish] = [
    *(Wish(verb, JOBS, only=ONLY, tree="Flights") for verb in sorted(JOB_VERBS - {"mark"})),
    Wish("mark", JOBS, only=ONLY, tree="Flights", to="noop"),
    Wish("reprocess", JOBS, scope=NARROW),
    Wish("reprocess", JOBS[:1], scope=Scope(depth=0)),
    Wish("skip", JOBS, scope=Scope(dependents=True)),
    Wish("reprocess", JOBS, max_parallel=2),
    Wish("cancel", ("Report::mail", "Hourly@2013010101.1")),
    Wish("hold", ("Hourly", "Flights@2013010100..", "Hourly@2013010101"), until=1_795_651_200.0),
    Wish("hold", ("Hourly",), until=1_795_651_200.123457),
    Wish("release", ("Hourly", "p4c1d22f09a")),
    Wish("drain"),
    Wish("drain", until=1_795_651_200.5),
    Wish("resume"),
    Wish("seal", ("Flights@2013010000",)),
    Wish("unseal", ("Flights@2013010000",)),
    Wish("batch pause", ("p4c1d22f09a",)),
    Wish("batch resume", ("p4c1d22f09a", "p4c1d22f09b")),
    Wish("batch cancel", ("p4c1d22f09a",)),
    Wish("undo", ("p4c1d22f09a",)),
    Wish("undo"),
]
BREAKING: frozenset[Verb] = JOB_VERBS | {"batch cancel", "undo"}
"""What changes jobs, so that a seal may be in its way."""

REQUESTS: list[q.Request[Any]] = [
    q.Trigger("Hourly"),
    q.Trigger("Report::mail"),
    q.SwitchProcess("Hourly", is_on=True),
    q.SwitchProcess("Hourly", is_on=False, reason="the source's down; \"again\"\nfor hours"),
    q.SwitchProcess("Hourly", is_on=False, reason=""),
    q.SwitchOnBox("box-1", "Feed", is_on=True),
    q.SwitchOnBox("box-1", "Feed", is_on=False, reason="-x"),
    q.ChangeFrequency("Hourly", "at 06:30 Europe/Berlin", reason="$(late)"),
    q.SaveEntry("A::b", create=True, trigger_frequency="every 9", command=("ls", "-l", "--", "*")),
    q.SaveEntry(
        "A::b", create=True, trigger_frequency="cron 30 6 * * 1-5", run="m:f", description="the -> mail", is_on=False
    ),
    q.SaveEntry("A::b", is_on=True),
    q.SaveEntry("A::b", description=""),
    q.SaveEntry("A::b", command=("sh", "-c", "echo 'a b'")),
    q.SaveEntry(
        "A::b",
        arguments={"n": 2, "x": 1.5, "on": True, "off": False, "none": None, "text": "a=b c", "path": "/3"},
    ),
    q.SaveEntry("A::b", arguments={"n": "2", "t": "true", "q": '"x"', "neg": "-1", "no": "", "list": "[1]", "é": "ü"}),
    q.RemoveEntry("A::b"),
    q.RunEntry("A::b"),
    q.RunEntry("A::b", arguments={"day": "2013-01-01", "null": " null ", "n": "NaN"}),
    q.RemoveEntry("A::b", reason="gone", preview=True),
    q.RunEntry("A::b", reason="now", arguments={"n": 1}, preview=True),
    q.SaveEntry("A::b", reason="why", command=("ls", "--plan"), preview=True),
    q.Trigger("Hourly", reason="late", preview=True),
    q.CollectorRefresh(),
    q.CollectorFlush(),
    q.CollectorFlush("Hourly", reason="now", preview=True),
    q.CollectorRefresh(reason="now", preview=True),
]  # fmt: skip


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.verb)
@pytest.mark.parametrize("reason", [None, 'it\'s late; $(really) "late"\nfor hours'], ids=["plain", "reasoned"])
def test_the_line_of_a_plan_makes_the_same_plan_again(
    ctl: Ctl, daemon: ScriptedDaemon, wish: Wish, reason: str | None
) -> None:
    breaks_seal = wish.verb in BREAKING and reason is not None
    daemon.on(q.MakePlan, lambda request: samples.plan(verb=request.verb))
    daemon.on(q.ApplyPlan, lambda _: samples.applied())

    result = ctl(*shlex.split(wish_line(wish, reason, breaks_seal=breaks_seal))[1:])

    assert (result.exit_code, result.stderr) == (0, "")
    [made], [applied] = daemon.of(q.MakePlan), daemon.of(q.ApplyPlan)
    read = tuple(JobState(f"state_{word}") for word in made.only)
    assert wish == Wish(
        made.verb, made.targets, only=read, tree=made.tree, scope=made.scope, to=made.to, until=made.until,
        max_parallel=made.max_parallel,
    )  # fmt: skip
    assert (applied.reason, applied.break_seal) == (reason, breaks_seal)


def test_every_verb_that_is_applied_under_its_own_name_has_its_line_tried() -> None:
    named: set[str] = set(Verb.__args__)  # type: ignore[attr-defined]
    assert {wish.verb for wish in WISHES} == named - {"cursor"}  # which is applied as a skip or a reprocess


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request_: request_.method)
def test_the_line_of_another_change_asks_for_the_same_again(
    ctl: Ctl, daemon: ScriptedDaemon, request_: q.Request[Any]
) -> None:
    line = request_line(request_)
    daemon.on(type(request_), lambda _: IllegalState("it was asked"))
    assert line is not None

    result = ctl(*shlex.split(line)[1:])

    assert (result.exit_code, result.stderr) == (3, "error: it was asked\n")
    assert daemon.asked == [request_]


def test_every_change_without_a_plan_has_its_line_tried() -> None:
    changing = {kind for kind in METHODS.values() if kind.needs is not Role.VIEWER}
    assert {type(one) for one in REQUESTS} == changing - {q.ApplyPlan, q.Shutdown}


def test_what_no_line_says_has_none() -> None:
    assert request_line(q.SaveEntry("A::b", arguments={})) is None
    assert request_line(q.Status()) is None
