"""What is typed: filters, commands and what is told of wrong ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.operator import console, text_of


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


async def test_a_colon_behind_a_refused_command_begins_a_new_one(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("foo")
        await operator.until(lambda: '":foo" is no command' in operator.toasts)
        await operator.enters("tt Flights")
        await operator.sees("timetable [4/9]", "/Flights")


async def test_a_refused_command_may_be_gone_on_with(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("theme")
        await operator.until(lambda: ":theme needs one name" in operator.toasts)
        await operator.types(*" no", "enter")
        await operator.sees(":theme no")
        await operator.types("colon", *"tt", "enter")
        await operator.sees("timetable")


async def test_rows_that_are_all_hidden_say_why_and_which_key_shows_them(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("slash", *"nothing", "enter")
        await operator.sees("No row passes /nothing: esc drops the filter.")
        await operator.types("escape")
        await operator.sees("FlightsYearly")
        await operator.enters("freerun")
        await operator.sees("Report::mail")
        await operator.types("ctrl+z")
        await operator.sees("Nothing is wrong here: ctrl+z shows all rows.")
        await operator.enters("tt nothing")
        await operator.sees("No process passes /nothing: esc drops the filter.")


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


async def test_any_action_can_be_typed_and_one_of_another_screen_is_refused(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("waits")
        await operator.enters("zoom_out")
        await operator.sees("FlightsHourly   2013-03-05")
        await operator.types("up")
        await operator.enters("mark-row")
        await operator.sees("1 marked")
        await operator.enters("filter")
        await operator.types(*"Weather", "enter")
        await operator.sees("/Weather")
        await operator.enters("back")
        await operator.until(lambda: "marked" not in text_of(operator.app))
        await operator.enters("flush")
        await operator.until(lambda: ":flush does nothing on this screen; it works on: collector" in operator.toasts)


@pytest.mark.parametrize("turns", range(0, 24, 3))
async def test_what_comes_in_two_bursts_is_typed_in_their_order(tmp_path: Path, turns: int) -> None:
    line = "job FlightsDaily@2013010100"
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("waits")
        for burst in (":" + line[:13], line[13:]):
            for sign in burst:
                operator.app.post_message(Key("colon" if sign == ":" else sign, sign))
            for _ in range(turns):
                await asyncio.sleep(0)
        typed = operator.frame.query_one("TypedLine Input", Input)
        await operator.until(lambda: len(typed.value) == len(line))
        assert typed.value == line
