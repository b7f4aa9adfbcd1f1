"""What the daemon says was done as a line for the shell: run again, it asks for the same."""

from __future__ import annotations

import shlex
from typing import get_args

import pytest

from synergy.core.control import requests as q
from synergy.core.control.requests import MakePlan
from synergy.core.states import JobState, parse_state
from synergy.core.wishes import Scope, Verb, Wish
from synergy.daemon.planbook import command_line
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOBS = ("Hourly@2013010101", "Daily@2013010100..2013010300")
SOON = 1_900_000_000.0
WIDE = Scope(ancestors=True, depth=2, exclude=("Daily", "Del* 'x'"))
WISHES = (
    Wish("reprocess", JOBS),
    Wish("reprocess", JOBS, tuple(JobState), tree="Flights", scope=WIDE, max_parallel=3),
    Wish("skip", JOBS, (JobState.IN_PROGRESS,), scope=Scope(alone=True, dependents=True, depth=0)),
    Wish("cancel", ("Report::mail", "Hourly@2013010101.2"), tree="Flights"),
    Wish("force", JOBS, (JobState.FINAL_RUN,)),
    Wish("mark", JOBS, to="processed"),
    Wish("mark", JOBS, to="noop"),
    Wish("hold", ("Hourly@2013010101..", "Flights"), until=SOON),
    Wish("release", ("p1", "Hourly")),
    Wish("drain", until=SOON),
    Wish("resume"),
    Wish("seal", ("Flights@2013010100",)),
    Wish("unseal", ("p1",)),
    Wish("batch pause", ("p1",)),
    Wish("batch resume", ("p1", "p2")),
    Wish("batch cancel", ("p1",)),
    Wish("undo", ("p1",)),
)


def asked_by(wish: Wish) -> MakePlan:
    only = tuple(state.word.replace(" ", "_") for state in wish.only)
    return MakePlan(
        wish.verb, wish.targets, only=only, tree=wish.tree, scope=wish.scope, to=wish.to, until=wish.until,
        max_parallel=wish.max_parallel,
    )  # fmt: skip


def test_each_verb_is_among_them() -> None:
    assert {wish.verb for wish in WISHES} == {*get_args(Verb)} - {"cursor"}  # whose plan is a skip or a reprocess


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.verb)
def test_the_line_asks_for_the_same(ctl: Ctl, daemon: ScriptedDaemon, wish: Wish) -> None:
    daemon.on(q.MakePlan, lambda _: samples.plan())
    daemon.on(q.ApplyPlan, lambda _: samples.applied())
    seals = wish.verb in {"reprocess", "skip", "cancel", "force", "mark", "undo"}

    name, *words = shlex.split(command_line(wish, "it's late; 100 %", breaks_seal=seals))

    assert name == "synergyctl"
    assert ctl(*words).exit_code == 0
    assert daemon.of(q.MakePlan) == [asked_by(wish)]
    assert daemon.of(q.ApplyPlan) == [q.ApplyPlan("p-1", reason="it's late; 100 %", break_seal=seals)]
    for text in asked_by(wish).only:
        assert parse_state(JobState, text) in wish.only
