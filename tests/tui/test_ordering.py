"""An operator holds, seals, marks, forces and undoes: each from a key or a line, and each a plan first."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button, Input

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound
from synergy.core.wishes import Scope
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.form_dialog import FormDialog
from synergy.tui.screens.frame import Frame
from synergy.tui.screens.result_dialog import ResultDialog
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of
from tests.tui.orders import CELLS, JOB, TIMETABLE, agrees, batch, hold, planned


async def test_h_asks_until_when_and_why_then_shows_the_plan_and_is_told_as_a_line(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("h")
        await operator.sees(f"Hold {JOB}", "this job", "1/4")
        assert planned(operator) == []
        await operator.types("down", *"2h", "down", *"bad feed", "enter")
        await operator.sees("Plan: hold", "1 order would be set, no job changes", "bad feed")
        assert operator.deployment.applied == []
        (wish,) = planned(operator)
        assert (wish.verb, wish.targets) == ("hold", (JOB,))
        assert wish.until == pytest.approx(1795430007, abs=60), "two hours from the daemon's own time"
        await agrees(operator)
        await operator.until(lambda: f"synergyctl hold {JOB} --yes" in operator.toasts)
        (sent,) = operator.deployment.applied
        assert sent.reason == "bad feed"
        await operator.sees(" held ")


async def test_a_job_can_be_widened_to_its_process_or_tree(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("h")
        await operator.sees("1/4")
        await operator.types("right", "right")
        await operator.sees("FlightsHourly ›", "the process, also periods to come")
        await operator.types("enter")
        await operator.sees("Plan: hold", "about 3 unfinished jobs now: FlightsHourly 3")
        assert planned(operator)[-1].targets == ("FlightsHourly",)


async def test_a_form_that_cannot_be_used_stays_and_says_why(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("h", "down", *"soon", "enter")
        await operator.sees('time "soon" cannot be read')
        assert isinstance(operator.app.screen, FormDialog)
        await operator.types("escape")
        await operator.until(lambda: isinstance(operator.app.screen, Frame))
        assert planned(operator) == []


async def test_h_releases_what_is_held_whatever_holds_it(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("Flights")]
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS, " held ")
        await operator.types("h")
        await operator.sees("Plan: release", "Flights  is lifted")
        await agrees(operator)
        await operator.until(lambda: not deployment.directives)
        assert planned(operator)[-1].targets == ("h1",)


async def test_a_held_process_says_so_and_is_a_problem_that_can_be_looked_for(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("WeatherDaily")]
    async with console(tmp_path, deployment, start=Go(Place("processes"))) as operator:
        await operator.sees("WeatherDaily", "held")
        await operator.types("slash", *"state:held", "enter")
        await operator.sees("[1/9]")


async def test_a_whole_tree_is_held_only_after_its_name_is_typed(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.sees("Weather")
        await operator.types("h")
        await operator.sees("Hold Flights", "enter goes on")
        await operator.types("enter")
        await operator.sees("Type Flights to go on")
        assert operator.app.screen.query_one("#yes", Button).disabled


async def test_m_asks_as_what_and_marks(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("m")
        await operator.sees(f"Mark {JOB}", "processed", "1/2")
        await operator.types("right", "enter")
        await operator.sees("Plan: mark")
        assert (planned(operator)[-1].verb, planned(operator)[-1].to) == ("mark", "noop")


@pytest.mark.parametrize(("key", "verb"), [("ctrl+f", "force"), ("u", "undo"), ("ctrl+l", "seal")])
async def test_a_key_shows_the_plan_of_its_verb(tmp_path: Path, key: str, verb: str) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types(key)
        await operator.sees(f"Plan: {verb}")
        focused = operator.app.focused
        assert isinstance(focused, Button)
        assert focused.id == "no"
        assert planned(operator)[-1].targets == (() if verb == "undo" else (JOB,))


async def test_a_reprocess_is_given_its_reach_and_its_limit_in_a_form(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("b")
        await operator.sees(f"Reprocess {JOB}", "all that is built on them")
        await operator.types("right", "down", "1", "down", *"Delays* X", "down", *"embryo", "down", *"many", "enter")
        await operator.sees('how many at once: "many" is no number from 1 on')
        operator.app.screen.query_one("#max_parallel", Input).value = "2"
        await operator.types("enter")
        await operator.sees("Plan: reprocess")
        wish = planned(operator)[-1]
        assert wish.scope == Scope(alone=True, depth=1, exclude=("Delays*", "X"))
        assert wish.max_parallel == 2
        assert wish.only == ("state_embryo",)


async def test_o_in_a_plan_changes_how_far_it_reaches_and_keeps_what_was_given(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.enters(f"skip {JOB} --dependents --tree Flights --reason 'bad feed'")
        await operator.sees("Plan: skip", "o options", "bad feed")
        await operator.types("o")
        await operator.sees(f"Skip {JOB}", "with what depends on them in other trees", "4/5", "bad feed")
        operator.app.screen.query_one("#only", Input).value = "broken"
        await operator.types("enter")
        await operator.sees('state "broken" is unknown')
        operator.app.screen.query_one("#only", Input).value = "in progress, embryo"
        await operator.types("enter")
        await operator.sees("Plan: skip", "Planned anew: the same jobs", "bad feed")
        wish = planned(operator)[-1]
        assert wish.only == ("state_in_progress", "state_embryo")
        assert (wish.scope, wish.tree) == (Scope(dependents=True), "Flights")
        await operator.types("o", "escape")
        await operator.sees("Plan: skip", "bad feed")
        await agrees(operator)
        await operator.until(lambda: operator.deployment.applied)
        assert operator.deployment.applied[0].reason == "bad feed"


async def test_a_form_stays_when_the_daemon_refuses_what_it_wishes_for(tmp_path: Path) -> None:
    class Strict(FakeDeployment):
        def plan(self, request: q.MakePlan) -> r.Plan:
            if request.scope.exclude:
                raise NotFound('exclude "Nothing": no process, tree or job', remedy="see: synergyctl process ls")
            return super().plan(request)

    async with console(tmp_path, Strict(), start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("r")
        await operator.sees("Plan: reprocess")
        await operator.types("o", "down", "down", *"Nothing", "enter")
        await operator.sees('exclude "Nothing": no process, tree or job')
        assert isinstance(operator.app.screen, FormDialog)


async def test_the_cursor_of_a_process_is_moved(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("left", "ctrl+t")
        await operator.sees("Go on with FlightsHourly from", "2013030513")
        await operator.types("escape")
        await operator.enters("cursor FlightsHourly 2013030510")
        await operator.until(lambda: planned(operator))
        assert (planned(operator)[-1].targets, planned(operator)[-1].to) == (("FlightsHourly",), "2013030510")


async def test_a_drain_is_asked_for_typed_seen_everywhere_and_ended(tmp_path: Path) -> None:
    async with console(tmp_path, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("ctrl+d")
        await operator.sees("Nothing at all starts")
        await operator.types("down", *"upgrade", "enter")
        await operator.sees("Type drain to go on")
        operator.app.screen.query_one("#word", Input).value = "drain"
        await operator.until(lambda: not operator.app.screen.query_one("#yes", Button).disabled)
        await agrees(operator)
        await operator.sees("DRAINING", "timetable")
        await operator.types("1")
        await operator.sees("nothing is started, by olga: upgrade: ctrl+d resumes", "1 hold in force")
        await operator.types("ctrl+d")
        await operator.sees("Plan: resume", "everything (drain)  is lifted")
        await agrees(operator)
        await operator.until(lambda: "DRAINING" not in text_of(operator.app))


async def test_sealed_jobs_change_only_when_that_is_chosen_and_reasoned(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.sealed_jobs = {JOB}
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS, " sealed ")
        await operator.types("r")
        await operator.sees(f"Sealed: {JOB}", "needed to break the seal")
        agree = operator.app.screen.query_one("#yes", Button)
        assert agree.disabled
        operator.app.screen.query_one("#reason", Input).value = "corrected data"
        await operator.pilot.pause()
        assert agree.disabled
        operator.app.screen.query_one("#seal").focus()
        await operator.types("right")
        await operator.until(lambda: not agree.disabled)
        operator.app.screen.query_one("#no").focus()
        await agrees(operator)
        await operator.until(lambda: deployment.applied)
        assert (deployment.applied[0].break_seal, deployment.applied[0].reason) == (True, "corrected data")


async def test_a_stale_plan_is_planned_anew_by_a_key_and_told_apart_from_the_one_before(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.stale_plans = True
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("r")
        await operator.sees("1 job would change")
        operator.app.screen.query_one("#reason", Input).value = "late data"
        await agrees(operator)
        await operator.sees("is in progress by now. n makes", "Plan anew")
        await operator.types("n")
        await operator.sees("Planned anew: the same jobs")
        assert operator.app.screen.query_one("#reason", Input).value == "late data"
        await agrees(operator)
        await operator.until(lambda: deployment.applied)
        assert deployment.applied[0].plan_id == "plan-2"


async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.lost_answers = 1
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("r")
        await operator.sees("1 job would change")
        await agrees(operator)
        await operator.sees("the store gives no answer", "it is done once only", "Try again")
        await agrees(operator)
        await operator.until(lambda: len(deployment.applied) == 2)
        first, second = deployment.applied
        assert first.key
        assert first == second


async def test_what_was_not_done_is_told_item_by_item(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.plan_extras = {
        "refused": (r.Refusal("FlightsHourly@2013010100", "illegal_state", "is noop"),),
        "overtaken": ("FlightsHourly@2013010101 has been started (run 2)",),
    }
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("u")
        await operator.sees("Plan: undo", "stays as it is: FlightsHourly@2013010101 has been started (run 2)")
        await agrees(operator)
        await operator.sees(
            "1 job changed, 1 refused, 1 not undone", "FlightsHourly@2013010100: is noop", "synergyctl undo"
        )
        assert isinstance(operator.app.screen, ResultDialog)
        await operator.types("escape")
        await operator.until(lambda: isinstance(operator.app.screen, Frame))


async def test_the_orders_are_listed_released_paused_and_entered(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("WeatherDaily", reason="bad feed"), batch()]
    async with console(tmp_path, deployment) as operator:
        await operator.types("9")
        await operator.sees("holds, seals and batches [2]", "WeatherDaily", "bad feed", "1 of 3, 1 running")
        await operator.types("p")
        await operator.until(lambda: "that is no batch" in operator.toasts)
        await operator.types("h")
        await operator.sees("Plan: release", "WeatherDaily  is lifted")
        await agrees(operator)
        await operator.sees("[1]")
        await operator.types("p")
        await operator.sees("Plan: batch pause")
        await agrees(operator)
        await operator.sees("paused, 1 of 3")
        await operator.types("enter")
        await operator.sees("batch b1 [3]", "at most 2 at once", "▸ running", "FlightsHourly@2013010102")
        await operator.types("p")
        await operator.sees("Plan: batch resume")
        await operator.types("escape", "x")
        await operator.sees("Plan: batch cancel")
        await operator.types("escape")
        await operator.enters("holds")
        await operator.sees("holds [0]", "Nothing is held: h on a job")


async def test_a_line_means_what_it_means_in_a_shell(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("hold Weather --until 2h --reason 'bad feed'")
        await operator.sees("Plan: hold", "Weather")
        assert operator.app.screen.query_one("#reason", Input).value == "bad feed"
        await operator.types("escape")
        await operator.enters("mark noop FlightsHourly@2013010100 FlightsHourly@2013010101")
        await operator.sees("Plan: mark", "2 jobs would change")
        await operator.types("escape")
        await operator.enters("reprocess")
        await operator.until(lambda: ":reprocess needs a target here" in operator.toasts)


async def test_read_only_hides_the_orders_verbs_but_shows_the_orders(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("WeatherDaily")]
    async with console(tmp_path, deployment, read_only=True, start=Go(Place("directives"))) as operator:
        await operator.sees("READ-ONLY", "WeatherDaily")
        await operator.types("h")
        await operator.until(lambda: "read-only" in operator.toasts)
        await operator.enters("drain --until 2h")
        await operator.until(lambda: "drain: not now" in operator.toasts)
        assert planned(operator) == []
