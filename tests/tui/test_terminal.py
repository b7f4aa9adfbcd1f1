from __future__ import annotations

import asyncio
import signal
import time
import zlib
from pathlib import Path

import pytest

from tests.fresh_interpreter import loaded_by
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.terminal import console_in_terminal
from tests.waiting import wait_until

LEAVES_FULL_SCREEN = "\x1b[?1049l"
SHOWS_CURSOR = "\x1b[?25h"
DRIVERS = {"sqlite3", "pika", "pymongo", "psutil", "click", "cronsim", "daemon", "prometheus_client"}


def test_starting_loads_only_textual_rich_msgspec_core_and_client() -> None:
    loaded = loaded_by("import synergy.tui.app")
    assert loaded & DRIVERS == set()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("synergy.")}
    assert rooms <= {"core", "client", "tui", "unix_sockets"}


def test_what_the_first_picture_does_not_need_is_not_loaded() -> None:
    loaded = loaded_by("import synergy.tui.app, synergy.tui.screens.overview")
    later = ("screens.tree", "screens.log", "screens.plan_dialog", "screens.help", "palette", "plain", "crash")
    assert loaded & {f"synergy.tui.{name}" for name in later} == set()
    assert not {name for name in loaded if name.startswith(("rich.markdown", "markdown_it", "pygments", "tree_sitter"))}


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_leaves_the_terminal_whole(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        terminal.process.send_signal(number)
        assert await terminal.ends() == 0
        await terminal.shows(LEAVES_FULL_SCREEN)
        await terminal.shows(SHOWS_CURSOR)


@pytest.mark.real
async def test_a_terminal_that_takes_nothing_more_does_not_keep_the_console_alive(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    deployment = FakeDeployment()
    async with fake_daemon(path, deployment), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        asyncio.get_running_loop().remove_reader(terminal.master)
        asked = len(deployment.asked)
        terminal.press("2345678123456781234567812345678")
        await wait_until(lambda: len(deployment.asked) > asked)
        terminal.process.send_signal(signal.SIGTERM)
        await terminal.ends()


@pytest.mark.real
async def test_quitting_ends_with_zero(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        terminal.press(":q\r")
        assert await terminal.ends() == 0


@pytest.mark.real
async def test_an_idle_console_writes_less_than_300_bytes_a_second(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        await asyncio.sleep(2)  # noqa: ASYNC251, RUF100 - silence is what is measured
        before, start = len(terminal.output), time.monotonic()
        await asyncio.sleep(6)
        rate = (len(terminal.output) - before) / (time.monotonic() - start)
        assert rate < 300, f"{rate:.0f} bytes a second"


@pytest.mark.real
async def test_twenty_changes_a_second_are_drawn_in_few_frames_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    deployment = FakeDeployment()
    async with fake_daemon(path, deployment), console_in_terminal(tmp_path, ["--socket", str(path), "tt"]) as terminal:
        await terminal.shows("DelaysDaily")
        await terminal.shows("▸▸▸")
        before, start = len(terminal.output), time.monotonic()
        for number in range(100):
            deployment.put("WeatherHourly", -10 - number % 150, "13"[number % 2])
            await asyncio.sleep(0.05)
        written = bytes(terminal.output[before:])
        seconds = time.monotonic() - start
        rate = len(zlib.compress(written)) / seconds
        assert rate < 4_000, f"{rate:.0f} bytes a second when ssh has compressed them"
        frames = written.count(b"\x1b[?2026h") or written.count(b"\x1b[1;2H")
        assert frames / seconds <= 8
