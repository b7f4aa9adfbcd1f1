"""The console as an operator meets it: the screens, and the ways between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.client import ControlClient
from synergy.core.states import UowState
from synergy.tui.app import ConsoleApp
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import Frame
from synergy.tui.screens.timetable import TimetableScreen
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.panel import Panel
from tests.tui.operator import SIZE, console, text_of
from tests.waiting import wait_until


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


async def test_a_job_that_does_not_exist_is_explained(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", "Nothing@2013010100"))) as operator:
        await operator.sees('job "Nothing@2013010100" is unknown')


async def test_a_job_whose_name_is_wrong_is_explained_where_it_would_stand(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("job FlightsHourly@20130101xx")
        await operator.sees('"20130101xx"', "esc goes back")
        assert "Reading" not in text_of(operator.app)
        assert operator.toasts == ""


async def test_the_job_leads_to_its_neighbours_and_its_log(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", "FlightsDaily@2013010100"))) as operator:
        await operator.sees("FlightsMonthly@2013010000", "log of attempt 1 of 1")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place.target == "FlightsMonthly@2013010000")
        await operator.types("escape", "l")
        await operator.sees("INFO flights: reading", "lines 1–3 of 3")


async def test_units_of_work_are_paged_and_changed_in_place(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("uows"))) as operator:
        await operator.sees("[200]", "FlightsHourly")
        table = operator.frame.query_one(LineTable)
        await operator.types("end")
        await operator.until(lambda: len(table.shown.rows) > 200)
        await operator.types("home")
        operator.deployment.finish_uow("FlightsHourly", -3, UowState.INVALID)
        await operator.until(lambda: "invalid" in table.shown.rows[0].text)


@pytest.mark.parametrize(("key", "text"), [("6", "Report::mail"), ("7", "exit 3"), ("8", "warm child")])
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


async def test_a_sorted_column_says_so_in_its_title(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("P")
        await operator.sees("Process▴")
        await operator.types("P")
        await operator.sees("Process▾")


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


async def test_what_is_down_is_told_on_top_of_every_screen(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable", "Flights"))) as operator:
        assert "DOWN" not in text_of(operator.app)
        operator.deployment.store_is_down, operator.deployment.boxes_down = True, ("box-2",)
        await operator.sees("STORE DOWN", "BOX-2 DOWN")
        operator.deployment.boxes_down = ("box-2", "box-3", "box-4")
        await operator.sees("STORE DOWN", "3 BOXES DOWN")
        operator.deployment.store_is_down, operator.deployment.boxes_down = False, ()
        await operator.until(lambda: "DOWN" not in text_of(operator.app))
