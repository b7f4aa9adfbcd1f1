"""The overview: what is wrong first, and each line leads to the screen that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.control import replies as r
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of

PROBLEMS = {
    "FlightsHourly@2013030418": "FlightsHourly@2013030418 is invalid: exit 3",
    "box:box-2": "box box-2 is down: no heartbeat",
    "Report::mail@20130305063000.1": "Report::mail@20130305063000 is invalid: exit 1",
    "batch:b1": "batch b1 is paused",
}


class Troubled(FakeDeployment):
    """With these problems; an earlier daemon does not tell what they are about."""

    def __init__(self, *about: str, is_old: bool = False) -> None:
        super().__init__()
        self._about = about
        self._is_old = is_old

    def status(self) -> r.Status:
        texts = tuple(PROBLEMS[about] for about in self._about)
        return replace(super().status(), problems=texts, about=() if self._is_old else self._about)


@pytest.mark.parametrize(
    ("about", "place"),
    [
        ("FlightsHourly@2013030418", ("job", "FlightsHourly@2013030418")),
        ("box:box-2", ("box", "box-2")),
        ("Report::mail@20130305063000.1", ("log", "Report::mail@20130305063000.1")),
        ("batch:b1", ("batch", "b1")),
    ],
)
async def test_a_problem_leads_to_what_it_is_about(tmp_path: Path, about: str, place: tuple[str, str]) -> None:
    async with console(tmp_path, Troubled(about)) as operator:
        await operator.sees(PROBLEMS[about])
        await operator.types("tab", "home", "enter")
        await operator.until(lambda: operator.frame.place == place)


async def test_the_cursor_goes_up_from_the_trees_through_every_line_and_down_again(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.sees("Weather")
        places = []
        for number in range(1, 7):
            await operator.types(*["up"] * number, "enter")
            await operator.until(lambda: operator.frame.place.screen != "overview")
            places.append(operator.frame.place.screen)
            await operator.types("1")
            await operator.until(lambda: operator.frame.place.screen == "overview")
            await operator.types(*["down"] * number)
        assert places == ["uows", "timetable", "job", "workers", "logs", "uows"]
        assert operator.app.focused is operator.frame.query_one("#main")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place == ("tree", "Flights"))


async def test_a_line_of_invalid_work_leads_to_it_filtered(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.sees("2 units of work are invalid")
        await operator.types("tab", "home", "enter")
        await operator.sees("/state:invalid")


async def test_what_an_earlier_daemon_tells_leads_nowhere_and_breaks_nothing(tmp_path: Path) -> None:
    async with console(tmp_path, Troubled("box:box-2", is_old=True)) as operator:
        await operator.sees("box box-2 is down")
        await operator.types("tab", "home", "enter")
        await operator.until(lambda: operator.frame.place.screen == "uows")


async def test_a_low_terminal_names_few_problems_and_leads_to_the_rest(tmp_path: Path) -> None:
    async with console(tmp_path, Troubled(*PROBLEMS), size=(80, 24)) as operator:
        await operator.sees("… and 2 more: :problems", "Delays")
        assert "batch b1 is paused" not in text_of(operator.app)
        await operator.pilot.resize_terminal(120, 50)
        await operator.sees("batch b1 is paused")
        await operator.pilot.resize_terminal(80, 24)
        await operator.sees("… and 2 more")
        await operator.types("tab", "home", "down", "down", "down", "enter")
        await operator.until(lambda: operator.frame.place.screen == "problems")
