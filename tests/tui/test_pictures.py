"""Text goldens: every screen at 80x24 as plain text. ``SYNERGY_GOLDENS=write pytest`` writes them anew: then look."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from synergy.tui.app import ConsoleApp
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.operator import console, text_of
from tests.waiting import wait_until

GOLDENS = Path(__file__).parent / "goldens"
PICTURES = {
    "overview": (Place("overview"), "Weather"),
    "timetable": (Place("timetable"), "waits"),
    "tree": (Place("tree", "Flights"), "2013-03  FlightsMonthly  · 2"),
    "job": (Place("job", "FlightsDaily@2013010100"), "log of attempt"),
    "uows": (Place("uows"), "exit 3"),
    "log": (Place("log", "FlightsDaily@2013010100"), "lines 1–3"),
    "processes": (Place("processes"), "every 60"),
    "freerun": (Place("freerun"), "Report::mail"),
    "collector": (Place("collector"), "exit 3"),
    "workers": (Place("workers"), "child"),
}


def picture(app: ConsoleApp) -> str:
    return "\n".join(line.rstrip() for line in text_of(app).splitlines()) + "\n"


@pytest.mark.parametrize("name", PICTURES)
async def test_a_screen_looks_as_it_was_looked_at(tmp_path: Path, name: str) -> None:
    place, text = PICTURES[name]
    async with console(tmp_path, size=(80, 24), start=Go(place)) as operator:
        await operator.sees(text, "Updated 08:33:27")
        golden = GOLDENS / f"{name}.txt"
        if os.environ.get("SYNERGY_GOLDENS") == "write":
            await operator.pilot.pause(1.0)
            GOLDENS.mkdir(exist_ok=True)
            golden.write_text(picture(operator.app))
        expected = golden.read_text()
        with contextlib.suppress(AssertionError):  # the difference below says more
            await wait_until(lambda: picture(operator.app) == expected)
        assert picture(operator.app) == expected
