"""Toasts tell what happened, and never lie over what an operator decides by."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.tui.app import TOAST_SECONDS
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import Frame
from tests.tui.operator import Operator, console, text_of

LONG = "a toast of many words " * 12
START = LONG[:16]


def told(operator: Operator, text: str = LONG) -> None:
    operator.app.notify(text, severity="error", markup=False)


@pytest.mark.parametrize(
    ("place", "key", "texts"),
    [
        ("processes", "o", ("Deactivate FlightsYearly?", "Cancel", "Do it")),
        ("timetable", "r", ("1 job would change", "Cancel", "Reprocess")),
        ("timetable", "question_mark", ("Keys of the screen", "esc closes")),
    ],
)
async def test_a_dialog_tells_of_an_error_on_its_border_and_the_toast_is_there_behind_it(
    tmp_path: Path, place: str, key: str, texts: tuple[str, ...]
) -> None:
    async with console(tmp_path, size=(80, 24), start=Go(Place(place))) as operator:
        await operator.sees("■·▸▸▸··" if place == "timetable" else "FlightsYearly")
        await operator.types(key)
        await operator.sees(*texts)
        told(operator, "another one")
        await operator.until(lambda: "another one" in operator.toasts)
        await operator.sees("another one")
        assert "another one" in next(line for line in text_of(operator.app).splitlines() if "╰" in line)
        assert text_of(operator.app).count("another one") == 1
        await operator.types("escape")
        await operator.until(lambda: isinstance(operator.app.screen, Frame))
        await operator.sees("another one")


async def test_a_toast_of_no_error_waits_behind_the_dialog(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24), start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("o")
        await operator.sees("Do it")
        operator.app.notify("by the way")
        await operator.until(lambda: "by the way" in operator.toasts)
        await operator.pilot.pause()
        assert "by the way" not in text_of(operator.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_facts_of_the_timetable_are_not_covered(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsHourly@2013030514", "is not finished")
        facts = text_of(operator.app).splitlines()[-7:]
        told(operator)
        await operator.sees(START)
        assert text_of(operator.app).splitlines()[-7:] == facts


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("place", ["overview", "processes", "job", "log"])
async def test_the_border_that_tells_whether_all_is_live_is_not_covered(
    tmp_path: Path, size: tuple[int, int], place: str
) -> None:
    target = {"job": "FlightsDaily@2013010100", "log": "FlightsDaily@2013010100#1"}.get(place, "")
    async with console(tmp_path, size=size, start=Go(Place(place, target))) as operator:
        await operator.sees("live")
        told(operator)
        await operator.sees(START)
        border = text_of(operator.app).splitlines()[-2]
        assert border.startswith("╰")
        assert border.endswith("╯")
        assert "live" in border


async def test_only_the_newest_toast_is_shown(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        told(operator, "the first one")
        await operator.sees("the first one")
        told(operator, "the second one")
        await operator.sees("the second one")
        await operator.until(lambda: "the first one" not in text_of(operator.app))


async def test_an_error_is_told_longer_than_what_was_done(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        operator.app.notify("done")
        told(operator, "failed")
        await operator.sees("failed")
        assert {toast.message: toast.timeout for toast in operator.app._notifications} == {
            "done": TOAST_SECONDS["information"],
            "failed": TOAST_SECONDS["error"],
        }
        assert TOAST_SECONDS["information"] <= 4 < TOAST_SECONDS["error"]


@pytest.mark.parametrize(
    ("place", "rows"),
    [
        (Place("uows"), "2013030418"),
        (Place("log", "FlightsDaily@2013010100#1"), "nothing serious"),
        (Place("timetable"), "is not finished"),
        (Place("processes"), "DelaysDaily"),
    ],
)
async def test_a_key_takes_a_toast_away_from_the_rows_and_does_nothing_else(
    tmp_path: Path, place: Place, rows: str
) -> None:
    async with console(tmp_path, size=(80, 24), start=Go(place)) as operator:
        await operator.sees(rows)
        before = await operator.rests()
        told(operator)
        await operator.sees(START)
        assert text_of(operator.app) != before
        await operator.types("backspace")
        await operator.until(lambda: text_of(operator.app) == before)
        assert not operator.toasts
