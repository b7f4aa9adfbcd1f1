from __future__ import annotations

import json

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import UowChanged
from synergy.core.errors import IllegalState, NotPermitted, PlanStale
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon

JOB = "Hourly@2013010101"
UOW = "Hourly@2013010101.1"
REFUSED = (r.Refusal("Hourly@2013010102", "illegal_state", "it is embryo"),)


@pytest.fixture
def planner(daemon: ScriptedDaemon) -> ScriptedDaemon:
    daemon.on(q.MakePlan, lambda request: samples.plan(verb=request.verb))
    daemon.on(q.ApplyPlan, lambda _: samples.applied())
    return daemon


def test_a_plan_is_shown_and_nothing_applied(ctl: Ctl, planner: ScriptedDaemon) -> None:
    result = ctl("reprocess", JOB, "--plan")

    assert result.exit_code == 0
    assert "Hourly@2013010101 is its child" in result.stdout
    assert "reprocess changes 2 jobs (Hourly 1, Daily 1)" in result.stdout
    assert planner.of(q.ApplyPlan) == []


@pytest.mark.usefixtures("planner")
def test_a_plan_in_json_has_the_published_shape(ctl: Ctl) -> None:
    told = json.loads(ctl("skip", JOB, "--plan", "-o", "json").stdout)

    assert (told["v"], told["plan_id"], told["verb"], told["kills"]) == (1, "p-1", "skip", [])
    assert set(told["changes"][0]) == {"process_name", "timeperiod", "state", "new_state", "because"}


def test_without_yes_and_without_a_terminal_the_plan_is_shown_and_refused(ctl: Ctl, planner: ScriptedDaemon) -> None:
    result = ctl("reprocess", JOB)

    assert result.exit_code == 2
    assert "p-1" in result.stdout
    assert "add --yes" in result.stderr
    assert planner.of(q.ApplyPlan) == []


@pytest.mark.usefixtures("planner")
def test_a_verb_that_may_not_ask_tells_so_as_an_object_with_json(ctl: Ctl) -> None:
    result = ctl("reprocess", JOB, "-o", "json")

    assert result.exit_code == 2
    assert json.loads(result.stdout)["plan_id"] == "p-1"
    assert json.loads(result.stderr)["remedy"] == "add --yes"


def test_yes_applies_exactly_the_plan(ctl: Ctl, planner: ScriptedDaemon) -> None:
    result = ctl("reprocess", JOB, "--yes", "--reason", "late data", "--only", "processed,noop")

    assert result.exit_code == 0
    assert planner.of(q.MakePlan) == [q.MakePlan("reprocess", (JOB,), only=("processed", "noop"))]
    assert planner.of(q.ApplyPlan) == [q.ApplyPlan("p-1", reason="late data", renew=True)]
    assert "2 jobs changed" in result.stdout


def test_targets_come_from_standard_input(ctl: Ctl, planner: ScriptedDaemon) -> None:
    result = ctl("skip", "-", "--yes", stdin="Hourly@2013010101\nHourly@2013010102 Hourly@2013010101\n")

    assert result.exit_code == 0
    assert planner.of(q.MakePlan)[0].targets == ("Hourly@2013010101", "Hourly@2013010102")


@pytest.mark.parametrize("stdin", ["", "nonsense"])
def test_wrong_targets_are_a_usage_error(ctl: Ctl, planner: ScriptedDaemon, stdin: str) -> None:
    result = ctl("skip", "-", "--yes", stdin=stdin)

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert planner.asked == []


def test_a_single_illegal_target_exits_3(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.MakePlan, lambda _: IllegalState(f"{JOB} is skipped", remedy="reprocess it"))

    assert ctl("skip", JOB, "--yes").exit_code == 3


def test_a_single_target_listed_as_refused_exits_3_too(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.MakePlan, lambda _: samples.plan(changes=(), counts={}, refused=REFUSED))

    result = ctl("skip", "Hourly@2013010102", "--yes")

    assert result.exit_code == 3
    assert "Hourly@2013010102: it is embryo" in result.stderr


def test_an_illegal_one_of_several_is_listed_and_the_rest_done(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.MakePlan, lambda _: samples.plan(refused=REFUSED))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(refused=REFUSED))

    result = ctl("skip", JOB, "Hourly@2013010102", "--yes")

    assert result.exit_code == 7
    assert "not done: Hourly@2013010102: it is embryo" in result.stderr
    told = json.loads(ctl("skip", JOB, "Hourly@2013010102", "--yes", "-o", "json").stderr)
    assert (told["code"], told["message"]) == ("partly_done", "Hourly@2013010102: it is embryo")


def test_a_reason_that_names_its_target_is_not_prefixed_with_it(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    refused = (r.Refusal(JOB, "illegal_state", f"{JOB} is embryo, it cannot be canceled"),)
    daemon.on(q.MakePlan, lambda _: samples.plan(refused=refused))
    daemon.on(q.ApplyPlan, lambda _: samples.applied(refused=refused))

    assert f"not done: {JOB} is embryo, it cannot be canceled\n" in ctl("cancel", JOB, "--yes", "--no-wait").stderr


def test_of_several_illegal_ones_all_are_listed_once(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    refused = (*REFUSED, *REFUSED, r.Refusal(JOB, "illegal_state", "it is noop"))
    daemon.on(q.MakePlan, lambda _: samples.plan(changes=(), counts={}, refused=refused))

    result = ctl("skip", JOB, "Hourly@2013010102", "--yes")

    assert result.exit_code == 3
    assert result.stderr == f"error: Hourly@2013010102: it is embryo. {JOB}: it is noop\n"


def test_of_hundreds_of_illegal_ones_a_screen_full_is_told(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    refused = tuple(r.Refusal(f"Hourly@20130101{hour:02}", "illegal_state", "it is embryo") for hour in range(24))
    daemon.on(q.MakePlan, lambda _: samples.plan(changes=(), counts={}, refused=refused))

    result = ctl("reprocess", *(one.target for one in refused), "--yes")
    assert result.stderr.count("it is embryo") == 20
    assert result.stderr.endswith(". And 4 more\n")


def test_under_yes_the_plan_is_made_anew_where_jobs_have_moved(ctl: Ctl, planner: ScriptedDaemon) -> None:
    assert ctl("skip", JOB, "--yes").exit_code == 0
    assert [request.renew for request in planner.of(q.ApplyPlan)] == [True]


def test_a_plan_that_is_stale_all_the_same_ends_with_4(ctl: Ctl, planner: ScriptedDaemon) -> None:
    planner.on(q.ApplyPlan, lambda _: PlanStale("moved", remedy="plan again"))

    assert ctl("skip", JOB, "--yes").exit_code == 4
    assert len(planner.of(q.ApplyPlan)) == 1


def test_apply_carries_out_the_plan_that_was_shown_or_refuses(ctl: Ctl, planner: ScriptedDaemon) -> None:
    assert ctl("apply", "p-1", "--reason", "as shown").exit_code == 0
    assert planner.of(q.MakePlan) == []
    assert planner.of(q.ApplyPlan) == [q.ApplyPlan("p-1", reason="as shown")]

    planner.on(q.ApplyPlan, lambda _: PlanStale("moved"))
    assert ctl("apply", "p-1").exit_code == 4


def test_an_error_is_an_object_with_json(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.MakePlan, lambda _: NotPermitted("user bob may not change", remedy="ask ann"))

    result = ctl("cancel", JOB, "--yes", "-o", "json")

    assert result.exit_code == 5
    assert json.loads(result.stderr) == {
        "code": "not_permitted",
        "message": "user bob may not change",
        "remedy": "ask ann",
    }


def test_cancel_returns_when_the_work_is_gone(ctl: Ctl, planner: ScriptedDaemon) -> None:
    states = iter(["state_in_progress", "state_canceled"])

    def show(request: q.ShowUow) -> r.Uow:
        planner.tell(UowChanged(UOW, "Hourly", "2013010101", "state_canceled", 1))
        return samples.uow(request.uow_id, next(states))

    planner.on(q.ApplyPlan, lambda _: samples.applied(kills=(UOW,)))
    planner.on(q.ShowUow, show)

    assert ctl("cancel", JOB, "--yes").exit_code == 0
    assert next(states, None) is None


def test_cancel_that_is_not_confirmed_exits_6(ctl: Ctl, planner: ScriptedDaemon) -> None:
    planner.on(q.ApplyPlan, lambda _: samples.applied(kills=(UOW,)))
    planner.on(q.ShowUow, lambda request: samples.uow(request.uow_id))

    result = ctl("cancel", UOW, "--yes", "--timeout", "0.05")

    assert result.exit_code == 6
    assert UOW in result.stderr
    again = ctl("cancel", UOW, "--yes", "--timeout", "0", "-o", "json")
    assert json.loads(again.stderr)["code"] == "not_confirmed"


def test_cancel_without_waiting_does_not_look(ctl: Ctl, planner: ScriptedDaemon) -> None:
    planner.on(q.ApplyPlan, lambda _: samples.applied(kills=(UOW,)))

    assert ctl("freerun", "cancel", "Report::mail", "--yes", "--no-wait").exit_code == 0
    assert planner.of(q.ShowUow) == []
    assert planner.of(q.MakePlan)[0].targets == ("Report::mail",)
