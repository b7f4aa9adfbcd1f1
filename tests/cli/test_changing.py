"""How far a change reaches, seals, keys and undo from the command line."""

from __future__ import annotations

import json

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CannotUndo, NotPermitted
from synergy.core.wishes import Scope
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOB = "Hourly@2013010101"


@pytest.fixture
def planner(daemon: ScriptedDaemon) -> ScriptedDaemon:
    daemon.on(q.MakePlan, lambda request: samples.plan(verb=request.verb))
    daemon.on(q.ApplyPlan, lambda _: samples.applied())
    return daemon


def test_the_scope_reaches_the_daemon(ctl: Ctl, planner: ScriptedDaemon) -> None:
    line = "--self --ancestors --dependents --depth 0 --exclude Daily --exclude Del* --tree Flights --max-parallel 2"
    assert ctl("reprocess", JOB, *line.split(), "--yes").exit_code == 0

    scope = Scope(alone=True, ancestors=True, dependents=True, depth=0, exclude=("Daily", "Del*"))
    assert planner.of(q.MakePlan) == [q.MakePlan("reprocess", (JOB,), tree="Flights", scope=scope, max_parallel=2)]


@pytest.mark.parametrize("line", ["--depth -1", "--max-parallel 0", "--depth x"])
def test_a_number_out_of_range_is_a_usage_error(ctl: Ctl, planner: ScriptedDaemon, line: str) -> None:
    assert ctl("reprocess", JOB, *line.split(), "--yes").exit_code == 2
    assert planner.asked == []


def test_a_plan_shows_levels_cost_deadlines_seals_and_what_is_kept(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    levels = (
        r.Level("Flights", "Hourly", "hourly", 6, 4.0, 8.0, 3),
        r.Level("Flights", "Daily", "daily", 1200, None, None),
    )
    plan = samples.plan(
        levels=levels,
        seconds=4.0,
        at_risk=("Daily@2013010100",),
        sealed=(JOB,),
        kept=3,
        obstacles=("1 job would wait: Hourly is off",),
        kills=("Hourly@2013010101.1",),
    )
    daemon.on(q.MakePlan, lambda _: plan)

    shown = ctl("reprocess", JOB, "--plan").stdout

    assert ["Flights", "Hourly", "6", "4", "s", "3", "8", "s"] in [line.split() for line in shown.splitlines()]
    for told in (
        "1,200",
        "and stops 1 running unit of work; takes about 4 s by the last runs",
        "deadline at risk: Daily@2013010100",
        "1 job would wait: Hourly is off",
        f"sealed: {JOB} (needs --break-seal --reason)",
        "3 finished jobs built on them would stay as they are",
        "would stop Hourly@2013010101.1",
    ):
        assert told in shown, shown


def test_a_seal_is_broken_only_when_that_is_said(ctl: Ctl, planner: ScriptedDaemon) -> None:
    planner.on(q.ApplyPlan, lambda _: NotPermitted("it is sealed", remedy="add --break-seal --reason R"))

    assert ctl("reprocess", JOB, "--yes").exit_code == 5
    ctl("reprocess", JOB, "--yes", "--break-seal", "--reason", "late")
    ctl("apply", "p-1", "--break-seal", "--reason", "late", "--key", "k")
    assert [(one.break_seal, one.reason, one.key) for one in planner.of(q.ApplyPlan)] == [
        (False, None, None),
        (True, "late", None),
        (True, "late", "k"),
    ]


def test_what_was_done_under_a_key_is_told_again_without_asking(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.MakePlan, lambda _: samples.plan(repeats=True))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(repeated=True))

    result = ctl("reprocess", JOB, "--key", "night-1")

    assert result.exit_code == 0
    assert result.stdout == "plan p-1 was applied before, under the same key: 2 jobs changed\n"
    assert daemon.of(q.MakePlan)[0].key == daemon.of(q.ApplyPlan)[0].key == "night-1"
    assert json.loads(ctl("reprocess", JOB, "--key", "night-1", "-o", "json").stdout)["repeated"] is True


def test_an_undo_that_left_something_exits_8_and_names_it(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    overtaken, lost = (f"{JOB} has been started (run 2)",), ("Hourly@2013010102.1 was stopped",)
    daemon.on(q.MakePlan, lambda _: samples.plan(verb="undo", overtaken=overtaken, lost=lost))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(overtaken=overtaken, lost=lost))

    assert f"cannot be undone: {overtaken[0]}" in ctl("undo", "--plan").stdout
    result = ctl("undo", "--yes")
    assert result.exit_code == 8
    assert result.stderr.splitlines() == [
        "error: not undone; see synergyctl history JOB",
        f"  {overtaken[0]}",
        f"  {lost[0]}",
    ]
    told = json.loads(ctl("undo", "--yes", "-o", "json").stderr)
    assert (told["code"], told["problems"]) == ("cannot_undo", [*overtaken, *lost])


def test_of_much_that_an_undo_left_people_are_told_a_screen_full(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    lost = tuple(f"Hourly@20130101{hour:02}.1 was stopped" for hour in range(24))
    daemon.on(q.MakePlan, lambda _: samples.plan(verb="undo", lost=lost))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(lost=lost))

    result = ctl("undo", "--yes")
    assert (result.exit_code, result.stderr.splitlines()[1:]) == (
        8,
        [*(f"  {one}" for one in lost[:20]), "  and 4 more"],
    )
    assert json.loads(ctl("undo", "--yes", "-o", "json").stderr)["problems"] == list(lost)


def test_what_cannot_be_undone_at_all_exits_8(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.MakePlan, lambda _: CannotUndo("there is nothing that could be undone"))

    assert ctl("undo", "--yes").exit_code == 8
    assert ctl("undo", " ", "--yes").exit_code == 2
