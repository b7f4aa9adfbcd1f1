"""What is copied: the bytes that a real terminal gets, and the file where it gets none."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from synergy.tui.commands import Go
from synergy.tui.model.clipboard import MOST_BYTES, sequences
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.operator import console
from tests.tui.terminal import console_in_terminal

JOB = "FlightsDaily@2013010100"
LONG = f"{JOB}\n" * (MOST_BYTES // len(JOB) + 1)


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
