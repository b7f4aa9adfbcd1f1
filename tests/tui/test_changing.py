"""An operator changes something: the plan first, and never by one key."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Button, Input

from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import Frame
from synergy.tui.screens.plan_dialog import PlanDialog
from synergy.tui.screens.timetable import TimetableScreen
from synergy.tui.widgets.panel import Panel
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.operator import console, text_of


async def test_a_plan_is_shown_with_the_focus_on_cancel_and_changes_nothing_by_itself(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("r")
        await operator.sees("1 job would change in Flights")
        focused = operator.app.focused
        assert isinstance(focused, Button)
        assert focused.id == "no"
        await operator.types("enter")
        await operator.until(lambda: isinstance(operator.app.screen, TimetableScreen))
        assert operator.deployment.applied == []


async def test_an_agreed_plan_goes_back_with_its_id_and_reason(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("left", "left", "r")
        await operator.sees("1 job would change")
        operator.app.screen.query_one("#reason", Input).value = "late data"
        await operator.types("tab", "enter")
        await operator.until(lambda: operator.deployment.applied)
        (sent,) = operator.deployment.applied
        assert (sent.plan_id, sent.reason) == ("plan-1", "late data")
        await operator.until(lambda: "synergyctl reprocess FlightsHourly@2013030512 --yes" in operator.toasts)
        await operator.sees("■·▸▸···")


async def test_a_stale_plan_is_refused_with_the_difference(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.stale_plans = True
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("r")
        await operator.sees("1 job would change")
        await operator.types("tab", "enter")
        await operator.sees("Nothing was changed:", "is in progress by now")
        assert isinstance(operator.app.screen, PlanDialog)


async def test_a_big_plan_waits_for_the_process_name(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("reprocess FlightsHourly@2013010100..2013010500")
        await operator.sees("97 jobs would change")
        await operator.types("escape")
        await operator.enters("reprocess FlightsHourly@2013010100..2013010600")
        await operator.sees("121 jobs would change", "Type FlightsHourly to go on")
        agree = operator.app.screen.query_one("#yes", Button)
        assert agree.disabled
        operator.app.screen.query_one("#word", Input).value = "FlightsHourly"
        await operator.until(lambda: not agree.disabled)


async def test_marked_jobs_are_planned_together(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("left", "left", "left", "space", "space", "s")
        await operator.sees("skip FlightsHourly@2013030511..2013030512: 2 jobs would change")
        await operator.types("escape")
        await operator.sees("2 marked")
        await operator.types("escape")
        await operator.until(lambda: "marked" not in text_of(operator.app))
        assert operator.frame.place.screen == "timetable"


async def test_read_only_says_so_and_hides_what_changes(tmp_path: Path) -> None:
    async with console(tmp_path, read_only=True, start=Go(Place("timetable"))) as operator:
        await operator.sees("READ-ONLY", "■·▸▸▸··")
        assert "reprocess" not in text_of(operator.app)
        await operator.types("r")
        await operator.until(lambda: "read-only" in operator.toasts)
        assert not any(isinstance(request, q.MakePlan) for request in operator.deployment.asked)


async def test_a_viewer_by_role_is_read_only_without_asking_for_it(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.may_change = False
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("READ-ONLY", "■·▸▸▸··")
        await operator.types("r")
        await operator.until(lambda: "read-only" in operator.toasts)
        assert not any(isinstance(request, q.MakePlan) for request in deployment.asked)


async def test_a_lost_daemon_leaves_the_rows_dimmed_and_changes_off_until_it_is_back(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        assert deployment.server is not None
        await deployment.server.stop()
        await operator.sees("STALE", "reconnecting", "■·▸▸▸··")
        assert operator.frame.query_one(Panel).has_class("-stale")
        await operator.types("r")
        await operator.until(lambda: "stale" in operator.toasts)
        deployment.cells["FlightsHourly"][-3] = "3"
        async with fake_daemon(tmp_path / "c.sock", deployment):
            await operator.sees("live", "■·▸▸■··")
            assert not operator.frame.query_one(Panel).has_class("-stale")


async def test_a_lost_daemon_is_told_with_what_helps(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment, size=(80, 24)) as operator:
        await operator.sees("Flights")
        assert deployment.server is not None
        await deployment.server.stop()
        await operator.sees("! no daemon answers on", "start it with: synergyd start -C", "Flights")
        await operator.until(lambda: "start it with: synergyd start -C" in operator.toasts)
        async with fake_daemon(tmp_path / "c.sock", deployment):
            await operator.sees("live")
            await operator.until(lambda: "! no daemon answers" not in text_of(operator.app))


async def test_the_focus_of_a_plan_goes_round_what_can_be_seen_and_the_way_to_the_reason_is_told(
    tmp_path: Path,
) -> None:
    deployment = FakeDeployment()
    deployment.plan_extras = {
        "kills": ("FlightsHourly@2013030514.1",),
        "at_risk": ("FlightsDaily@2013030500",),
        "kept": 2,
    }
    async with console(tmp_path, deployment, size=(80, 12), start=Go(Place("timetable"))) as operator:
        await operator.types("r")
        await operator.sees("Plan: reprocess", "↑ reason", "page down: more")
        dialog = operator.app.screen
        before = text_of(operator.app)
        await operator.types("pagedown")
        await operator.until(lambda: text_of(operator.app) != before)
        seen = set()
        for _ in range(6):
            assert dialog.focused is not None
            seen.add(dialog.focused.id)
            await operator.types("tab")
        assert seen <= {"no", "yes", "plan-table", "seal", "reason"}
        dialog.query_one("#no").focus()
        await operator.types("up", *"late data")
        assert dialog.query_one("#reason", Input).value == "late data"


async def test_switching_a_process_asks_first(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("o")
        await operator.sees("Deactivate FlightsYearly?")
        await operator.types("enter")
        await operator.until(lambda: isinstance(operator.app.screen, Frame))
        assert operator.deployment.is_on["FlightsYearly"]
        await operator.types("o")
        await operator.sees("Deactivate FlightsYearly?")
        await operator.types("right", "enter")
        await operator.until(lambda: not operator.deployment.is_on["FlightsYearly"])


async def test_a_change_is_told_with_the_folder_that_a_shell_must_name(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes")), project=Path("/srv/my flights")) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("o")
        await operator.sees("synergyctl -C '/srv/my flights' deactivate FlightsYearly")
        await operator.types("escape")
        await operator.enters("reprocess FlightsHourly@2013030512")
        await operator.sees("1 job would change")
        await operator.types("tab", "enter")
        await operator.until(lambda: operator.deployment.applied)
        line = "synergyctl -C '/srv/my flights' reprocess FlightsHourly@2013030512 --yes"
        await operator.until(lambda: line in operator.toasts)
        assert operator.app.desk.last_command == line
