"""The timetable and the tree as an operator meets them."""

from __future__ import annotations

from pathlib import Path

from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of


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


async def test_the_timetable_is_filtered_by_the_states_of_its_jobs(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly periods")
        await operator.types("slash", *"state:skipped", "enter")
        await operator.sees("[1/9]", "DelaysDaily")
        await operator.types("slash", *[*["backspace"] * 20], *"state:invalid", "enter")
        await operator.sees("[1/9]", "FlightsHourly")


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


async def test_the_next_problem_behind_the_newest_is_the_oldest(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.put("FlightsHourly", -40, "4")
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514")
        for index in (-40, -20, -9, -40):
            await operator.types("e")
            await operator.sees(f"{deployment.key('FlightsHourly', index)} ")
        assert operator.toasts.count("the oldest problem of FlightsHourly") == 2


async def test_a_row_without_problems_says_so(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable", "FlightsDaily"))) as operator:
        await operator.sees("FlightsDaily@2013030500")
        await operator.types("e")
        await operator.until(lambda: "No problem in FlightsDaily." in operator.toasts)
