"""What is copied: the bytes that a real terminal gets, and the file where it gets none."""

from __future__ import annotations

import base64
import stat
from functools import partial
from pathlib import Path

import pytest

from synergy.core.control import replies as r
from synergy.tui.actions import ANYWHERE
from synergy.tui.commands import Go
from synergy.tui.model.clipboard import MOST_BYTES, sequences
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.fake_plans import REAL_TIME
from tests.tui.operator import console
from tests.tui.terminal import console_in_terminal
from tests.tui.test_diff import FIRST, SECOND, TwoAttempts

JOB = "FlightsDaily@2013010100"
LONG = f"{JOB}\n" * (MOST_BYTES // len(JOB) + 1)


COPIED = {
    "overview": (Place("overview"), "Weather", "Flights"),
    "timetable": (Place("timetable"), "waits", "FlightsHourly@"),
    "tree": (Place("tree", "Flights"), "2013-03  FlightsMonthly", "FlightsYearly@2013000000"),
    "job": (Place("job", JOB), "attempt 1", JOB),
    "uows": (Place("uows"), "exit 3", "FlightsHourly@"),
    "log": (Place("log", JOB), "lines 1–3", ""),
    "processes": (Place("processes"), "every 60", "FlightsYearly"),
    "process": (Place("process", "FlightsHourly"), "max_attempts", "FlightsHourly"),
    "freerun": (Place("freerun"), "Report::mail", "Report::mail"),
    "collector": (Place("collector"), "exit 3", ""),
    "workers": (Place("workers"), "warm child", "box-1"),
    "box": (Place("box", "box-1"), "child", ""),
    "directives": (Place("directives"), "81 jobs", ""),
    "batch": (Place("batch", "b1"), "running", ""),
    "problems": (Place("problems"), "y copies it", "FlightsHourly@"),
    "audit": (Place("audit"), "chain whole", ""),
    "logs": (Place("logs"), "lines 1–3", ""),
    "merged": (Place("merged", f"{JOB} FlightsDaily@2013010200"), " · 6 lines", ""),
    "diff": (Place("diff", JOB), "attempt 1 → 2", ""),
}
"""By screen where it is, what it shows once it is read, and what is copied there begins with."""


def test_every_screen_is_looked_at() -> None:
    assert set(COPIED) == ANYWHERE


@pytest.mark.parametrize("screen", COPIED)
async def test_every_screen_copies_what_its_cursor_stands_on(tmp_path: Path, screen: str) -> None:
    place, seen, beginning = COPIED[screen]
    played = TwoAttempts(FIRST, SECOND) if screen == "diff" else FakeDeployment()
    played.directives = [r.Directive("b1", "batch", "81 jobs", "olga", REAL_TIME, total=81, left=79, running=1)]
    async with console(tmp_path, played, start=Go(place)) as operator:
        await operator.sees(seen)
        await operator.types("c")
        await operator.until(lambda: "Copied: " in operator.toasts)
        assert operator.app.clipboard.strip()
        assert operator.app.clipboard.startswith(beginning)


async def test_what_is_marked_is_copied_a_line_each(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("space", "space", "c")
        await operator.until(lambda: operator.app.clipboard == "FlightsYearly\nFlightsMonthly")


async def test_a_line_of_the_overview_that_leads_to_no_job_is_copied_itself(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.sees("Weather")
        await operator.types("tab", "end", "c")
        await operator.until(lambda: operator.app.clipboard.startswith("work "))


async def test_where_nothing_is_to_be_copied_that_is_said(tmp_path: Path) -> None:
    async with console(tmp_path, FakeDeployment(), start=Go(Place("uows"), "nothing-is-called-so")) as operator:
        await operator.sees("[0/")
        await operator.types("c")
        await operator.until(lambda: "copy: the cursor stands on nothing" in operator.toasts)


@pytest.mark.real
@pytest.mark.parametrize("around", [{}, {"TMUX": "/run/tmux/default,1,0"}, {"STY": "1.pts-0"}])
async def test_a_real_terminal_gets_the_text(tmp_path: Path, around: dict[str, str]) -> None:
    path = tmp_path / "c.sock"
    words = ["--socket", str(path), "job", JOB]
    async with (
        fake_daemon(path, FakeDeployment()),
        console_in_terminal(tmp_path, words, variables=around) as terminal,
    ):
        await terminal.shows("attempt 1")
        terminal.press("c")
        await terminal.shows(sequences(JOB, around))
        await terminal.shows("Copied: ")
        assert terminal.output.count(base64.b64encode(JOB.encode())) == (2 if "TMUX" in around else 1)


@pytest.mark.real
async def test_a_terminal_without_a_clipboard_gets_nothing_and_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    words = ["--socket", str(path), "job", JOB]
    async with (
        fake_daemon(path, FakeDeployment()),
        console_in_terminal(tmp_path, words, variables={"TERM": "linux"}) as terminal,
    ):
        await terminal.shows("attempt 1")
        terminal.press("c")
        await terminal.shows("Copied into")
        assert b"\x1b]52;" not in terminal.output
        assert (tmp_path / "state" / "synergy" / "copied.txt").read_text() == JOB


async def test_what_is_too_long_is_copied_into_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", JOB))) as operator:
        operator.app.copy_to_clipboard(LONG)
        file = tmp_path / "state" / "synergy" / "copied.txt"
        await operator.until(lambda: f"Copied into {file}: " in operator.toasts)
        assert "at most" in operator.toasts
        assert file.read_text() == LONG
        assert file.stat().st_mode & 0o077 == 0
        operator.app.copy_to_clipboard(LONG + "again")
        await operator.until(lambda: file.read_text() == LONG + "again")
        assert [each.name for each in file.parent.iterdir()] == ["copied.txt"]


def holds(path: Path, text: str) -> bool:
    return path.read_text() == text


async def test_what_is_copied_replaces_no_other_file_and_is_for_its_owner_alone_whatever_was_there(
    tmp_path: Path,
) -> None:
    precious, folder = tmp_path / "precious", tmp_path / "state" / "synergy"
    precious.write_text("mine")
    precious.chmod(0o644)
    folder.mkdir(parents=True)
    copied = folder / "copied.txt"
    copied.symlink_to(precious)
    async with console(tmp_path, start=Go(Place("job", JOB))) as operator:
        for text in (LONG, f"{LONG}again"):
            operator.app.copy_to_clipboard(text)
            await operator.until(partial(holds, copied, text))
            assert copied.lstat().st_mode == stat.S_IFREG | 0o600
            copied.chmod(0o644)
    assert precious.read_text() == "mine"


async def test_what_cannot_be_copied_at_all_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    async with console(tmp_path) as operator:
        operator.app.copy_to_clipboard(LONG)
        await operator.until(lambda: "not copied: " in operator.toasts and "not written: " in operator.toasts)


async def test_a_dialog_tells_on_its_border_where_it_was_copied_to(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", JOB))) as operator:
        await operator.sees("attempt 1")
        await operator.types("question_mark")
        await operator.sees("Keys of the screen")
        operator.app.copy_to_clipboard(LONG)
        await operator.sees("Copied into")
