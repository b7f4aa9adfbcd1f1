"""The console as an operator meets it: the real app over a real socket, driven by keys, waited for by what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.states import UowState
from synergy.tui.app import ConsoleApp
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import Frame
from synergy.tui.screens.plan_dialog import PlanDialog
from synergy.tui.screens.timetable import TimetableScreen
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.log_view import LogView
from synergy.tui.widgets.panel import Panel
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.waiting import wait_until

SIZE = (120, 40)


def text_of(app: ConsoleApp) -> str:
    """The whole screen as plain text."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in lines[:height])


class Operator:
    """Types, and waits for what is to be seen."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None], deployment: FakeDeployment) -> None:
        self.app = app
        self.pilot = pilot
        self.deployment = deployment

    async def sees(self, *texts: str) -> None:
        try:
            await wait_until(lambda: all(text in text_of(self.app) for text in texts))
        except AssertionError:
            pytest.fail(f"not seen: {texts}\n{text_of(self.app)}\n{self.app.crash!r}")

    async def until(self, condition: Callable[[], object | Awaitable[object]]) -> None:
        await wait_until(condition)

    async def types(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def enters(self, line: str) -> None:
        await self.pilot.press("colon", *line, "enter")

    @property
    def frame(self) -> Frame:
        frame = self.app.screen
        assert isinstance(frame, Frame)
        return frame

    @property
    def toasts(self) -> str:
        return "\n".join(str(toast.message) for toast in self.app._notifications)


@asynccontextmanager
async def console(
    folder: Path, deployment: FakeDeployment | None = None, *, size: tuple[int, int] = SIZE, read_only: bool = False,
    start: Go | None = None, unicode: bool = True,
) -> AsyncIterator[Operator]:  # fmt: skip
    played = deployment or FakeDeployment()
    path = folder / "c.sock"

    async def connect() -> ControlClient:
        return await ControlClient.connect(path, "test", read_only=read_only)

    app = ConsoleApp(connect, read_only=read_only, start=start, unicode=unicode)
    async with fake_daemon(path, played), app.run_test(size=size) as pilot:
        operator = Operator(app, pilot, played)
        await operator.sees("live")
        yield operator


async def test_the_overview_tells_health_first_and_trees_below(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.sees(
            "2 units of work are invalid", "store   up sqlite", "Flights", "Weather", "Delays", "3,227 processed"
        )


async def test_an_event_changes_counts_without_a_request(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.sees("16 embryo")
        before = len(operator.deployment.asked)
        operator.deployment.put("WeatherHourly", -1, "1")
        await operator.sees("15 embryo")
        assert len(operator.deployment.asked) == before


async def test_a_changed_job_is_drawn_into_its_cell(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        grids = sum(isinstance(request, q.Grid) for request in operator.deployment.asked)
        operator.deployment.put("FlightsHourly", -3, "3")
        await operator.sees("■·▸▸■··")
        assert sum(isinstance(request, q.Grid) for request in operator.deployment.asked) == grids


async def test_zoom_looks_coarser_and_enter_goes_in_again(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly 2013-03")
        await operator.types("less_than_sign", "less_than_sign")
        await operator.sees("monthly periods", "2013")
        assert "FlightsHourly " not in text_of(operator.app)
        await operator.types("enter", "greater_than_sign")
        await operator.sees("hourly periods", "FlightsHourly ")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place.screen == "job")


async def test_minus_goes_back_and_forth_from_the_timetable_too(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly periods")
        await operator.types("4")
        await operator.sees("units of work")
        await operator.types("minus")
        await operator.sees("hourly periods")
        await operator.types("minus")
        await operator.sees("units of work")


async def test_zooming_out_stays_in_the_tree(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.types("down", "down", "down")
        await operator.sees("WeatherHourly@2013030514")
        await operator.types("less_than_sign")
        await operator.sees("WeatherDaily@2013030500")
        await operator.types("greater_than_sign")
        await operator.sees("WeatherDaily@2013030500")


async def test_the_facts_follow_the_cursor(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514", "its unit of work is invalid")
        await operator.types("left", "left", "left")
        await operator.sees("FlightsHourly@2013030511", "▸ in progress", "box-1")


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
        assert operator.deployment.applied == [q.ApplyPlan(plan_id="plan-1", reason="late data")]
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
        await operator.sees("Nothing was changed.", "is in progress by now")
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


async def test_a_filter_shows_its_effect_is_remembered_and_dropped_by_escape(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("5", "slash", *"process:We*")
        await operator.sees("[3/9]")
        await operator.types("enter", "1", "5")
        await operator.sees("processes [3/9] /process:We*")
        await operator.types("escape")
        await operator.sees("processes [9]")
        assert operator.frame.place.screen == "processes"
        await operator.types("escape")
        await operator.until(lambda: operator.frame.place.screen == "overview")


async def test_what_is_typed_can_be_seen_with_its_completion(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("colon", *"tt FlightsD")
        await operator.sees(":tt FlightsDaily")
        await operator.types("right", "enter")
        await operator.sees("timetable [1/9]", "/FlightsDaily")


async def test_a_line_that_is_refused_stays_to_be_corrected(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("5", "slash", *"[a", "enter")
        await operator.until(lambda: 'filter "[a"' in operator.toasts)
        await operator.sees("/[a")
        await operator.types("backspace", "backspace", *"Weather", "enter")
        await operator.sees("processes [3/9] /Weather")


async def test_log_alone_means_what_the_cursor_stands_on(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", "FlightsDaily@2013010100"))) as operator:
        await operator.sees("attempt 1")
        await operator.enters("log")
        await operator.sees("INFO flights: reading")
    async with console(tmp_path, start=Go(Place("workers"))) as operator:
        await operator.sees("supervisor")
        await operator.enters("log")
        await operator.until(lambda: ":log needs a target here" in operator.toasts)


async def test_the_timetable_is_filtered_by_the_states_of_its_jobs(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly periods")
        await operator.types("slash", *"state:skipped", "enter")
        await operator.sees("[1/9]", "DelaysDaily")
        await operator.types("slash", *[*["backspace"] * 20], *"state:invalid", "enter")
        await operator.sees("[1/9]", "FlightsHourly")


async def test_a_wrong_filter_is_told_with_its_remedy(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("5", "slash", *"color:red", "enter")
        await operator.until(lambda: 'field "color" is unknown' in operator.toasts)


async def test_commands_go_places_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("tt Flights")
        await operator.sees("[4/9]", "FlightsYearly")
        await operator.enters("job FlightsDaily@2013010100")
        await operator.sees("overview › FlightsDaily@2013010100", "attempt 1", "reprocess by olga")
        await operator.types("minus")
        await operator.until(lambda: operator.frame.place.screen == "timetable")
        await operator.enters("nonsense")
        await operator.until(lambda: '":nonsense" is no command' in operator.toasts)


async def test_a_job_that_does_not_exist_is_explained(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", "Nothing@2013010100"))) as operator:
        await operator.sees('job "Nothing@2013010100" is unknown')


async def test_the_job_leads_to_its_neighbours_and_its_log(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", "FlightsDaily@2013010100"))) as operator:
        await operator.sees("FlightsMonthly@2013010000", "log of attempt 1 of 1")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place.target == "FlightsMonthly@2013010000")
        await operator.types("escape", "l")
        await operator.sees("INFO flights: reading", "lines 1–3 of 3")


async def test_the_tree_is_filled_level_by_level_and_follows_events(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("tree", "Flights"))) as operator:
        await operator.sees("2013-01  FlightsMonthly  ■ 31")
        grids = [request for request in operator.deployment.asked if isinstance(request, q.Grid)]
        assert all(request.time_qualifier != "hourly" for request in grids)
        await operator.types("down", "right")
        await operator.sees("2013-01-01  FlightsDaily  ■ 24")
        operator.deployment.put("FlightsHourly", 3, "6")
        await operator.sees("2013-01-01  FlightsDaily  ! 1  ■ 23")


async def test_a_tree_that_is_open_grows_with_time(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("tree", "Flights"))) as operator:
        await operator.sees("2013-03  FlightsMonthly")
        for name, count in (("FlightsHourly", 24 * 30), ("FlightsDaily", 30), ("FlightsMonthly", 1)):
            operator.deployment.cells[name] += ["0"] * (count - 1)
            operator.deployment.grow(name)
        await operator.sees("2013-04  FlightsMonthly")


async def test_a_cursor_on_the_newest_period_follows_time(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514")
        for name in ("FlightsHourly", "WeatherHourly"):
            operator.deployment.grow(name)
        await operator.sees("FlightsHourly@2013030515")
        await operator.types("left")
        operator.deployment.grow("FlightsHourly")
        await operator.sees("hourly 2013-03-01", ".. 2013-03-05 15h", "FlightsHourly@2013030514")


async def test_units_of_work_are_paged_and_changed_in_place(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("uows"))) as operator:
        await operator.sees("[200]", "FlightsHourly")
        table = operator.frame.query_one(LineTable)
        await operator.types("end")
        await operator.until(lambda: len(table.shown.rows) > 200)
        await operator.types("home")
        operator.deployment.finish_uow("FlightsHourly", -3, UowState.INVALID)
        await operator.until(lambda: "invalid" in table.shown.rows[0].text)


async def test_a_log_follows_until_the_operator_scrolls_away(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, (f"line {number}" for number in range(3000)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 2999", "of 3,000 · following")
        deployment.write(uow_id, ["the newest line"])
        await operator.sees("the newest line")
        await operator.types("pageup")
        await operator.until(lambda: "following" not in operator.frame.title_text())
        deployment.write(uow_id, ["not seen"])
        view = operator.frame.query_one(LogView)
        await operator.until(lambda: view.buffer.total == 3002)
        assert "not seen" not in text_of(operator.app)
        await operator.types("home")
        await operator.sees("line 0")
        await operator.types("end")
        await operator.sees("not seen")


async def test_a_search_finds_lines_that_are_not_held(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, ("needle" if number in {10, 2500} else f"line {number}" for number in range(5000)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 4999")
        await operator.types("slash", *"needle", "enter")
        await operator.sees("line 11", "“needle” 1/2")
        await operator.types("n")
        await operator.sees("line 2499", "2/2")


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


@pytest.mark.parametrize(("key", "text"), [("6", "Report::mail"), ("7", "exit 3"), ("8", "supervisor")])
async def test_the_smaller_screens_show_their_rows(tmp_path: Path, key: str, text: str) -> None:
    async with console(tmp_path) as operator:
        await operator.types(key)
        await operator.sees(text)


@pytest.mark.parametrize("key", "12345678")
async def test_nothing_is_wider_or_taller_than_a_small_terminal(tmp_path: Path, key: str) -> None:
    async with console(tmp_path, size=(80, 24)) as operator:
        await operator.types(key)
        await operator.sees("live", "? help")
        lines = text_of(operator.app).splitlines()
        assert len(lines) == 24
        assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("key", "234")
async def test_the_verbs_stand_in_the_footer_of_a_small_terminal(tmp_path: Path, key: str) -> None:
    async with console(tmp_path, size=(80, 24)) as operator:
        await operator.types(key)
        await operator.sees("enter in", "d why", "l log", "r reprocess", "s skip", "x cancel")


async def test_help_opens_and_closes(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("question_mark")
        await operator.sees("Keys of the screen “overview”")
        await operator.types("escape")
        await operator.until(lambda: isinstance(operator.app.screen, Frame))


async def test_the_palette_finds_actions_and_processes(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("ctrl+p")
        await operator.types(*"timetable FlightsD")
        await operator.sees("timetable FlightsDaily")
        await operator.types("down", "enter")
        await operator.until(lambda: isinstance(operator.app.screen, TimetableScreen))


@pytest.mark.parametrize("key", "12345678")
async def test_ascii_terminals_get_ascii(tmp_path: Path, key: str) -> None:
    async with console(tmp_path, unicode=False) as operator:
        await operator.types(key)
        await operator.sees("overview" if key == "1" else "overview > ", "live")
        await operator.until(lambda: text_of(operator.app).isascii())


async def test_ascii_terminals_tell_the_states_apart(tmp_path: Path) -> None:
    async with console(tmp_path, unicode=False, start=Go(Place("timetable"))) as operator:
        await operator.sees("#.>>>..", "! invalid")


async def test_what_is_shown_is_saved_beside_what_was_saved_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("ctrl+s")
        await operator.until(lambda: list(tmp_path.glob("synergy-processes*.txt")))
        await operator.types("ctrl+s")
        await operator.until(lambda: len(list(tmp_path.glob("synergy-processes*.txt"))) == 2)
        assert "FlightsYearly" in (tmp_path / "synergy-processes.txt").read_text()


async def test_without_a_daemon_the_reason_and_the_remedy_are_shown(tmp_path: Path) -> None:
    async def connect() -> ControlClient:
        return await ControlClient.connect(tmp_path / "none.sock", "test")

    app = ConsoleApp(connect)
    async with app.run_test(size=SIZE):
        await wait_until(lambda: "trying again" in text_of(app) and "synergyd start" in text_of(app))
        assert not app.screen.query_one(Panel).has_class("-stale"), "nothing is shown that could be stale"
