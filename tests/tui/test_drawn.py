"""What stands on a real terminal after much was drawn over it piece by piece is what it is when all is drawn anew."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.endtoend.tmux import Tmux, in_tmux
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.waiting import wait_until

pytestmark = pytest.mark.real

PROGRAM = str(Path(sys.executable).with_name("synergy-console"))
QUIET_SECONDS = 0.5
TIME = re.compile(r"\d\d:\d\d:\d\d|in \d+ \w+|\d+ m?s\b")
WALKS = {
    "overview": ["1", "j", "j", "j"],
    "timetable": ["2", "Left", "Left", "Down", "Down", "Up", "e", "-", "-", "2", "z", "z"],
    "tree": ["3", "Enter", "Down", "Enter", "Down", "Down", "Left"],
    "dialogs": ["2", "r", "Escape", "?", "Escape", "C-p", "Escape", "/", "Escape", ":", "Escape"],
    "job and log": ["2", "Home", "Left", "d", "l", "Escape", "Escape", "Down", "d"],
    "tables": ["4", "Down", "5", "Down", "Down", "6", "7", "8", "Down", "4", "Down"],
}


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Tmux]:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()):
        with in_tmux(tmp_path, [PROGRAM, "--socket", str(path)]) as opened:
            await wait_until(lambda: looks(opened, "live"), 20)
            yield opened


async def looks(terminal: Tmux, text: str) -> bool:
    return text in await asyncio.to_thread(lambda: terminal.screen)


async def lacks(terminal: Tmux, text: str) -> bool:
    return not await looks(terminal, text)


async def quiet(terminal: Tmux) -> str:
    """The screen with its colours, once it stays as it is; times are left out."""
    before, now = "", "-"
    while before != now:
        before = now
        await asyncio.sleep(QUIET_SECONDS)
        now = TIME.sub("", await asyncio.to_thread(lambda: terminal.colored_screen))
    return now


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
async def test_after_a_walk_the_terminal_shows_what_it_shows_when_all_is_drawn_anew(
    terminal: Tmux, walk: list[str]
) -> None:
    for key in walk:
        await asyncio.to_thread(terminal.press, key)
        await asyncio.sleep(0.1)
    await wait_until(lambda: lacks(terminal, "Times are in"))
    walked = await quiet(terminal)
    await asyncio.to_thread(terminal.press, "C-r")
    assert await quiet(terminal) == walked
