"""Holds, the drain, seals, directives and batches from the command line."""

from __future__ import annotations

import json

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import IllegalState, NotFound, NotPermitted
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

HOLD = r.Directive("p-1", "hold", "Hourly@2013010101..", "ann", samples.AT, reason="bad feed", until=samples.AT)
SEAL = r.Directive("p-2", "seal", "Flights@2013060100..2013060123", "ann", samples.AT)
BATCH = r.Directive("p-3", "batch", "7 jobs", "bob", samples.AT, max_parallel=2, total=7, left=5, running=2)
ENDED = r.Directive("p-4", "batch", "3 jobs", "bob", samples.AT, total=3, lifted=samples.AT, outcome="done")


@pytest.fixture
def planner(daemon: ScriptedDaemon) -> ScriptedDaemon:
    ordered = {"changes": (), "counts": {}, "directives": (HOLD,), "affects": (("Hourly", 1200),)}
    daemon.on(q.MakePlan, lambda request: samples.plan(verb=request.verb, **ordered))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(changed=0, directives=(HOLD,)))
    daemon.on(q.Directives, lambda request: r.Directives((HOLD, SEAL, BATCH, *((ENDED,) if request.lifted else ()))))
    return daemon


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ("hold Hourly@2013010101.. Daily", q.MakePlan("hold", ("Hourly@2013010101..", "Daily"))),
        ("release p-1", q.MakePlan("release", ("p-1",))),
        ("drain", q.MakePlan("drain")),
        ("resume --key k", q.MakePlan("resume", key="k")),
        ("seal Flights@2013060100", q.MakePlan("seal", ("Flights@2013060100",))),
        ("unseal p-2", q.MakePlan("unseal", ("p-2",))),
        ("batch pause p-3", q.MakePlan("batch pause", ("p-3",))),
        ("batch resume p-3", q.MakePlan("batch resume", ("p-3",))),
        ("batch cancel p-3 p-5", q.MakePlan("batch cancel", ("p-3", "p-5"))),
        ("undo", q.MakePlan("undo")),
        ("undo p-1", q.MakePlan("undo", ("p-1",))),
        ("force Daily@2013010100", q.MakePlan("force", ("Daily@2013010100",))),
        ("mark noop Daily@2013010100", q.MakePlan("mark", ("Daily@2013010100",), to="noop")),
        ("cursor Daily 2013010500", q.MakePlan("cursor", ("Daily",), to="2013010500")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_asks_for_its_plan_and_applies_it(
    ctl: Ctl, planner: ScriptedDaemon, line: str, request_: q.MakePlan
) -> None:
    assert ctl(*line.split(), "--yes", "--reason", "why not").exit_code == 0
    assert planner.asked[0] == request_
    assert planner.of(q.ApplyPlan) == [q.ApplyPlan("p-1", reason="why not", key=request_.key, renew=True)]


@pytest.mark.parametrize("line", ["hold Hourly", "drain", "seal Flights@2013060100", "batch cancel p-3", "undo"])
def test_without_yes_and_without_a_terminal_nothing_is_done(ctl: Ctl, planner: ScriptedDaemon, line: str) -> None:
    result = ctl(*line.split())

    assert result.exit_code == 2
    assert "add --yes" in result.stderr
    assert planner.of(q.ApplyPlan) == []


@pytest.mark.usefixtures("planner")
def test_a_plan_says_what_is_held_until_when_and_how_many_jobs_that_is_about(ctl: Ctl) -> None:
    lines = ctl("hold", "Hourly@2013010101..", "--until", "2h", "--plan").stdout.splitlines()

    assert lines[0] == "hold: Hourly@2013010101.."
    assert lines[1].startswith("hold of Hourly@2013010101.. until 2026-11-23 23:00:56")
    assert lines[2] == "unfinished jobs that this is about: Hourly 1,200"


@pytest.mark.usefixtures("planner")
def test_what_was_ordered_is_told_with_its_id(ctl: Ctl) -> None:
    assert ctl("hold", "Hourly", "--yes").stdout == "plan p-1 is applied: hold p-1 of Hourly@2013010101..\n"
    told = json.loads(ctl("hold", "Hourly", "--yes", "-o", "json").stdout)
    assert told["directives"][0]["directive_id"] == "p-1"


def test_the_plan_of_an_undo_says_which_orders_end_and_which_come_back(ctl: Ctl, planner: ScriptedDaemon) -> None:
    hold = r.Directive("p-0", "hold", "Hourly", "ann", samples.AT)
    ended = r.Directive("p-1", "hold", "Daily", "ann", samples.AT, lifted=samples.AT)
    planner.on(q.MakePlan, lambda _: samples.plan(verb="undo", changes=(), counts={}, directives=(hold, ended)))

    first, *others = ctl("undo", "--plan").stdout.splitlines()
    assert first == "undo: hold of Hourly, hold of Daily would be lifted"
    assert others[:2] == ["hold of Hourly", "hold of Daily would be lifted"]


def test_an_undo_says_which_change_it_takes_back(ctl: Ctl, planner: ScriptedDaemon) -> None:
    of = "undo of skip Hourly@2013010101 and 2 more (plan p-0, by ann, 2026-11-23 23:00:56)"
    undone = r.Undone("p-0", "skip", ("Hourly@2013010101", "A@1", "A@2"), "ann", samples.AT)
    planner.on(q.MakePlan, lambda _: samples.plan(verb="undo", undoes=undone))
    planner.on(q.ApplyPlan, lambda _: samples.applied(undoes=undone))

    assert f"{of} changes 2 jobs (Hourly 1, Daily 1)\n" in ctl("undo", "--plan").stdout
    assert json.loads(ctl("undo", "--plan", "-o", "json").stdout)["undoes"]["plan_id"] == "p-0"
    assert ctl("undo", "--yes").stdout == f"plan p-1 is applied, {of}: 2 jobs changed\n"


def test_what_was_lifted_is_told(ctl: Ctl, planner: ScriptedDaemon) -> None:
    lifted = r.Directive("p-0", "hold", "Hourly", "ann", samples.AT, lifted=samples.AT)
    planner.on(q.ApplyPlan, lambda _: samples.applied(changed=0, directives=(lifted,)))

    assert "hold p-0 of Hourly is lifted" in ctl("release", "Hourly", "--yes").stdout


def test_names_come_from_standard_input(ctl: Ctl, planner: ScriptedDaemon) -> None:
    assert ctl("hold", "-", "--yes", stdin="Hourly Daily\nHourly\n").exit_code == 0
    assert planner.of(q.MakePlan)[0].targets == ("Hourly", "Daily")

    assert ctl("hold", "-", "--yes", stdin=" \n").exit_code == 2


@pytest.mark.usefixtures("planner")
def test_a_time_that_cannot_be_read_is_a_usage_error(ctl: Ctl) -> None:
    result = ctl("hold", "Hourly", "--until", "soon", "--yes")

    assert result.exit_code == 2
    assert 'time "soon" cannot be read' in result.stderr


@pytest.mark.parametrize(
    ("error", "code"), [(IllegalState("held already"), 3), (NotPermitted("not for you"), 5), (NotFound("unknown"), 2)]
)
def test_a_refusal_has_its_exit_code(ctl: Ctl, daemon: ScriptedDaemon, error: Exception, code: int) -> None:
    daemon.on(q.MakePlan, lambda _: error)  # type: ignore[arg-type, return-value] # one of ours

    assert ctl("hold", "Hourly", "--yes").exit_code == code


@pytest.mark.usefixtures("planner")
def test_directives_are_listed_with_how_they_stand(ctl: Ctl) -> None:
    lines = ctl("directives").stdout.splitlines()

    assert len(lines) == 4
    assert "until 2026-11-23" in lines[1]
    assert "bad feed" in lines[1]
    assert "in force" in lines[2]
    assert "2 of 7 done, 2 running" in lines[3]
    told = json.loads(ctl("directives", "--all", "-o", "json").stdout)
    assert [one["kind"] for one in told] == ["hold", "seal", "batch", "batch"]


@pytest.mark.usefixtures("planner")
def test_only_batches_are_listed_as_such(ctl: Ctl) -> None:
    assert len(ctl("batch", "ls").stdout.splitlines()) == 2
    assert "done 2026-11-23" in ctl("batch", "ls", "--all").stdout


def test_nothing_in_force_is_said_so(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.Directives, lambda _: r.Directives(()))

    assert "nothing is held" in ctl("directives").stdout + ctl("directives").stderr
    assert json.loads(ctl("batch", "ls", "-o", "json").stdout) == []


def test_a_batch_is_shown_job_by_job(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    jobs = (
        r.BatchJob("Hourly", "2013010101", "state_in_progress", is_running=True, uow_id="Hourly@2013010101.2"),
        r.BatchJob("Daily", "2013010100", "state_embryo", is_running=False),
    )
    paused = r.Directive("p-3", "batch", "2 jobs", "bob", samples.AT, is_paused=True, total=2, left=2, running=1)
    counts = {"state_in_progress": 1, "state_embryo": 1}
    daemon.on(q.ShowBatch, lambda _: r.BatchDetail(batch=paused, jobs=jobs, counts=counts))

    shown = ctl("batch", "show", "p-3").stdout

    assert "running" in shown.splitlines()[1]
    assert shown.splitlines()[-1].startswith("paused, 0 of 2 done, 1 running; ")
    told = json.loads(ctl("batch", "show", "p-3", "-o", "json").stdout)
    assert (told["batch"]["is_paused"], told["jobs"][1]["state"]) == (True, "state_embryo")
    assert daemon.of(q.ShowBatch)[0].batch_id == "p-3"
