"""Text goldens: every screen at 80x24 as plain text. ``SYNERGY_GOLDENS=write pytest`` writes them anew: then look."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from synergy.core.control import replies as r
from synergy.tui.app import ConsoleApp
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.fake_plans import REAL_TIME
from tests.tui.operator import Operator, console, text_of
from tests.waiting import wait_until

GOLDENS = Path(__file__).parent / "goldens"
PICTURES = {
    "overview": (Place("overview"), "Weather"),
    "timetable": (Place("timetable"), "waits"),
    "tree": (Place("tree", "Flights"), "2013-03  FlightsMonthly  · 2"),
    "job": (Place("job", "FlightsDaily@2013010100"), "log of attempt"),
    "uows": (Place("uows"), "exit 3"),
    "log": (Place("log", "FlightsDaily@2013010100"), "lines 1–3"),
    "merged": (Place("merged", "FlightsDaily@2013010100 FlightsHourly@2013010100"), "6 lines"),
    "diff": (Place("diff", "FlightsDaily@2013010100"), "has run once"),
    "logs": (Place("logs"), "leads with term"),
    "processes": (Place("processes"), "every 60"),
    "process": (Place("process", "FlightsHourly"), "max_attempts"),
    "freerun": (Place("freerun"), "Report::mail"),
    "collector": (Place("collector"), "exit 3"),
    "workers": (Place("workers"), "warm child"),
    "box": (Place("box", "box-1"), "child"),
    "directives": (Place("directives"), "81 jobs"),
    "batch": (Place("batch", "b1"), "running"),
    "problems": (Place("problems"), "y copies it"),
    "audit": (Place("audit"), "chain whole"),
}
LEVELS = tuple(
    r.Level("Flights", f"Flights{name}", name.lower(), jobs, seconds, seconds * jobs)
    for name, jobs, seconds in (("Hourly", 24, 42.0), ("Daily", 1, 130.0), ("Monthly", 1, 610.0))
)
FULL: dict[str, object] = {
    "levels": LEVELS,
    "seconds": 1748.0,
    "at_risk": ("FlightsDaily@2013030500",),
    "sealed": ("FlightsHourly@2013030514",),
    "kills": ("FlightsHourly@2013030514.1",),
    "kept": 2,
}
DIALOGS: dict[str, tuple[tuple[str, ...], str, dict[str, object]]] = {
    "dialog-hold": (("h",), "Hold FlightsHourly", {}),
    "dialog-reprocess": (("b",), "At once", {}),
    "dialog-mark": (("m",), "its work is done", {}),
    "dialog-plan": (("r",), "Deadlines at risk", FULL),
    "dialog-undo": (("u",), "cannot come back", {"lost": ("the log of FlightsHourly@2013030512.1",)}),
    "dialog-drain": (("ctrl+d", "down", "u", "p", "enter"), "Type drain", {}),
}
"""Keys in the timetable, what is to be seen then, and what the plan says besides."""


def deployment() -> FakeDeployment:
    """With something of each kind that can be ordered, where the picture is of that."""
    played = FakeDeployment()
    played.directives = [
        r.Directive("h1", "hold", "WeatherDaily", "olga", REAL_TIME, reason="bad feed", until="2026-11-23T10:00:00Z"),
        r.Directive("s1", "seal", "Flights@2013010100..2013013123", "igor", REAL_TIME, reason="reported"),
        r.Directive(
            "b1",
            "batch",
            "81 jobs",
            "olga",
            REAL_TIME,
            reason="late data",
            max_parallel=2,
            total=81,
            left=79,
            running=1,
        ),
    ]
    return played


def picture(app: ConsoleApp) -> str:
    return "\n".join(line.rstrip() for line in text_of(app).splitlines()) + "\n"


@pytest.mark.parametrize("name", PICTURES)
async def test_a_screen_looks_as_it_was_looked_at(tmp_path: Path, name: str) -> None:
    place, text = PICTURES[name]
    played = deployment() if name in {"directives", "batch"} else FakeDeployment()
    async with console(tmp_path, played, size=(80, 24), start=Go(place)) as operator:
        await operator.sees(text, "Updated 08:33:27")
        await looks_as_before(operator, name)


@pytest.mark.parametrize("name", DIALOGS)
async def test_a_dialog_looks_as_it_was_looked_at(tmp_path: Path, name: str) -> None:
    keys, text, extras = DIALOGS[name]
    played = FakeDeployment()
    played.plan_extras = dict(extras)
    async with console(tmp_path, played, size=(80, 24), start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··", "waits")
        await operator.types(*keys)
        await operator.sees(text)
        await looks_as_before(operator, name)


async def looks_as_before(operator: Operator, name: str) -> None:
    """The picture is the golden one; or is written, where that is asked for."""
    golden = GOLDENS / f"{name}.txt"
    if os.environ.get("SYNERGY_GOLDENS") == "write":
        await operator.pilot.pause(1.0)
        GOLDENS.mkdir(exist_ok=True)
        golden.write_text(picture(operator.app))
    expected = golden.read_text()
    with contextlib.suppress(AssertionError):  # the difference below says more
        await wait_until(lambda: picture(operator.app) == expected)
    assert picture(operator.app) == expected
