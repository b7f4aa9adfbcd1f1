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
A_KEY_BYTES, A_CHANGE_BYTES = 2_000, 150
"""A screen of 200x50 has 10,000 cells; what a job's facts say of it is a part of the key's bytes."""
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
async def test_a_terminal_that_was_left_is_drawn_anew_when_it_is_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        terminal.process.send_signal(signal.SIGTSTP)
        await terminal.shows(LEAVES_FULL_SCREEN)
        terminal.output.clear()
        terminal.process.send_signal(signal.SIGCONT)
        for text in ("overview", "Flights", "Weather", "live"):
            await terminal.shows(text)


@pytest.mark.real
async def test_ctrl_r_draws_all_of_it_anew(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        await terminal.is_silent()
        terminal.output.clear()
        terminal.press("\x12")
        for text in ("overview", "Flights", "Weather", "live"):
            await terminal.shows(text)


@pytest.mark.real
async def test_a_key_and_a_change_cost_what_they_change_and_never_a_whole_screen(tmp_path: Path) -> None:
    path, deployment = tmp_path / "c.sock", FakeDeployment()
    async with (
        fake_daemon(path, deployment),
        console_in_terminal(tmp_path, ["--socket", str(path), "tt"]) as terminal,
    ):
        await terminal.shows("▸▸▸")
        await terminal.is_silent()
        for key in ("\x1b[D", "\x1b[B", "\x1b[D", "\x1b[A"):
            terminal.output.clear()
            terminal.press(key)
            await terminal.is_silent()
            assert 0 < len(terminal.output) < A_KEY_BYTES
        terminal.output.clear()
        for index in range(-40, -20):
            deployment.put("WeatherHourly", index, "4")
            await asyncio.sleep(0.05)  # noqa: ASYNC251, RUF100 - so that they come in several frames
        await terminal.is_silent()
        assert terminal.output.count("○".encode()) == 20
        assert len(terminal.output) < 20 * A_CHANGE_BYTES


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
