"""The timetable and the tree as an operator meets them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from synergy.core.control import requests as q
from synergy.core.control.grid_requests import RollUp
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.tree import TreeScreen
from synergy.tui.widgets.lines import LinesView
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import Operator, console, text_of


def told_facts(operator: Operator) -> str:
    return operator.frame.query_one("#facts", LinesView).text


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
        await operator.sees("monthly periods", "FlightsHourly Σ", "FlightsHourly   2013-03")
        await operator.types("enter", "greater_than_sign")
        await operator.sees("hourly periods", "FlightsHourly ")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place.screen == "job")


async def test_years_show_the_worst_hour_and_count_all(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.types("less_than_sign", "less_than_sign", "less_than_sign")
        await operator.sees(
            "FlightsHourly Σ   !", "FlightsHourly   2013   1,527 jobs", "! 2 invalid", "1,519 processed"
        )
        operator.deployment.put("WeatherHourly", 5, "6")
        await operator.sees("WeatherHourly Σ   !")
        operator.deployment.put("WeatherHourly", 5, "3")
        await operator.sees("WeatherHourly Σ   ▸")
        hours = [at for at in operator.deployment.asked if isinstance(at, q.Grid) and at.time_qualifier == "hourly"]
        assert len(hours) <= 1, "but for the first picture, no hour was asked for"


async def test_a_rolled_up_cell_is_acted_on_as_a_range_and_has_no_log(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.types("less_than_sign")
        await operator.sees("FlightsHourly   2013-03-05")
        await operator.types("l")
        await operator.until(lambda: "log: this cell stands for 15 jobs" in operator.toasts)
        await operator.types("s")
        await operator.sees("skip FlightsHourly@2013030500..2013030514: 15 jobs would change")
        await operator.types("escape", "space", "left", "space")
        await operator.sees("39 marked")


async def test_a_time_is_gone_to_whatever_the_zoom(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514")
        await operator.types("a")
        await operator.types(*"2013-02-03 12", "enter")
        await operator.sees("FlightsHourly@2013020312")
        await operator.enters("at yesterday")
        await operator.sees("FlightsHourly@2013030400")
        await operator.enters("at 2012")
        await operator.sees("FlightsHourly@2013010100")
        await operator.until(lambda: "this is the nearest" in operator.toasts)
        await operator.types("less_than_sign", "less_than_sign")
        await operator.enters("at 2013-02")
        await operator.sees("FlightsHourly   2013-02")
        assert len(operator.app.screen_stack) == 2


async def test_a_time_is_gone_to_from_anywhere_and_a_wrong_one_stays_to_be_corrected(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("at soon")
        await operator.until(lambda: '"soon" is no time to go to' in operator.toasts)
        await operator.types("escape")
        await operator.enters("at 2013020312")
        await operator.sees("FlightsHourly@2013020312")


async def test_the_oldest_problem_of_all_rows_is_one_key_away(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514")
        await operator.types("E")
        await operator.sees("DelaysDaily@2013011100", "○ skipped")
        operator.deployment.put("WeatherHourly", 5, "6")
        await operator.types("E")
        await operator.sees("WeatherHourly@2013010105")
        await operator.enters("tt process:Flights*")
        await operator.enters("at oldest")
        await operator.sees("FlightsHourly@2013030419")
        sought = [at for at in operator.deployment.asked if isinstance(at, RollUp) and at.process_names]
        assert all(at.columns <= 31 for at in sought), "it is looked for where it can be, not everywhere"


async def test_all_that_the_filter_means_is_marked_in_the_window(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("slash", *"state:invalid", "enter", "ctrl+a")
        await operator.sees("2 marked")
        await operator.types("r")
        await operator.sees("reprocess 2 targets: 2 jobs would change")
        await operator.types("escape", "slash", *["backspace"] * 13, *"Weather", "enter")
        await operator.sees("2 marked, 2 of them hidden")
        await operator.types("r")
        await operator.until(lambda: "reprocess: what is marked is not shown" in operator.toasts)


async def test_of_cells_that_stand_for_many_only_the_jobs_that_the_filter_means_are_marked(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("<", "<")
        await operator.sees("monthly periods")
        await operator.types("slash", *"state:invalid process:FlightsHourly", "enter", "ctrl+a")
        await operator.sees("2 marked")
        await operator.types("r")
        await operator.sees("reprocess 2 targets: 2 jobs would change")


async def test_a_range_is_marked_over_several_rows(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514")
        await operator.types("space", "left", "left", "up", "ctrl+@")
        await operator.sees("4 marked")
        await operator.types("r")
        await operator.sees("reprocess 2 targets: 4 jobs would change")


async def test_only_problems_goes_to_the_oldest_where_none_is_in_sight(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24), start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514")
        await operator.enters("at 2013010400")
        await operator.sees("FlightsHourly@2013010400")
        await operator.types("ctrl+z")
        await operator.sees("problems only", "DelaysDaily@2013011100", "○ skipped")
        await operator.types("ctrl+z")
        await operator.sees("[9]", "DelaysDaily@2013011100")


async def test_the_facts_tell_since_when_how_long_and_what_keeps_it(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514", "blocked_children", "next look in 33s", "median 7.2s")
        await operator.types(*["left"] * 8)
        await operator.sees("FlightsHourly@2013030506", "retry_wait", "took 8.0s, median 7.2s")
        assert "next" not in told_facts(operator), "what the process does next starts no job that waits for its retry"


async def test_minus_goes_back_and_forth_from_the_timetable_too(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly periods")
        await operator.types("4")
        await operator.sees("units of work")
        await operator.types("minus")
        await operator.sees("hourly periods")
        await operator.types("minus")
        await operator.sees("units of work")


async def test_zooming_out_stays_on_the_process(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.types("down", "down", "down")
        await operator.sees("WeatherHourly@2013030514")
        await operator.types("less_than_sign")
        await operator.sees("WeatherHourly   2013-03-05")
        await operator.types("up")
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


async def test_marked_branches_are_planned_together(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("tree", "Flights"))) as operator:
        await operator.sees("2013-01  FlightsMonthly")
        await operator.types("down", "space", "space", "r")
        await operator.sees("reprocess 2 targets: 2 jobs would change")
        await operator.types("escape")
        await operator.sees("2 marked", "+ 2013-01  FlightsMonthly", "+ 2013-02  FlightsMonthly")
        await operator.types("escape")
        await operator.until(lambda: "marked" not in text_of(operator.app))
        await operator.types("ctrl+a")
        await operator.sees("4 marked")
        await operator.types("escape", "home", "down", "space", "down", "down", "ctrl+@")
        await operator.sees("3 marked")


async def test_branches_that_were_read_before_only_problems_were_wanted_are_not_shown(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("tree", "Flights"))) as operator:
        await operator.sees("2013-01  FlightsMonthly")
        tree = operator.frame
        assert isinstance(tree, TreeScreen)
        filling = asyncio.ensure_future(tree._fill(None))
        await asyncio.sleep(0)
        tree.do_only_problems()
        await filling
        assert not tree.branches.root.children
        await operator.sees("problems only", "2013-03  FlightsMonthly")


async def test_only_problems_leaves_the_branches_that_lead_to_one(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("tree", "Flights"))) as operator:
        await operator.sees("2013-01  FlightsMonthly")
        await operator.types("ctrl+z")
        await operator.sees("problems only", "2013-03  FlightsMonthly")
        await operator.until(lambda: "2013-01  FlightsMonthly" not in text_of(operator.app))
        await operator.types("down", "right")
        await operator.sees("2013-03-04  FlightsDaily", "2013-03-05  FlightsDaily")
        assert "2013-03-03" not in text_of(operator.app)
        operator.deployment.put("FlightsHourly", 3, "6")
        await operator.sees("2013-01  FlightsMonthly")
        await operator.types("ctrl+z")
        await operator.sees("2013-02  FlightsMonthly")
