"""The real ``synergy-console --web`` with the real console behind it: what a tab shows, and how all of it ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

pytest.importorskip("textual_serve", reason="pip install -e '.[test]'")

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

from synergy.core.control import requests as q
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.web.program import web_program
from tests.waiting import wait_until, within

pytestmark = pytest.mark.real


class Served:
    """A server and one tab of it."""

    def __init__(self, process: asyncio.subprocess.Process, tab: ClientWebSocketResponse) -> None:
        self.process = process
        self.tab = tab
        self.seen = ""

    @property
    def console(self) -> psutil.Process:
        """The process behind the tab."""
        (child,) = psutil.Process(self.process.pid).children()
        return child

    async def shows(self, *texts: str) -> None:
        """Wait until the texts were sent to the tab."""
        while not all(text in self.seen for text in texts):
            message = await within(20, self.tab.receive())
            assert message.type in {WSMsgType.BINARY, WSMsgType.TEXT}, f"{texts} not in {self.seen}"
            self.seen += message.data.decode() if message.type is WSMsgType.BINARY else ""

    async def ends(self) -> None:
        """Wait until the tab is closed from the other side."""
        async with asyncio.timeout(20):
            while (await self.tab.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED}:
                pass

    async def types(self, keys: str) -> None:
        """Type in the tab."""
        await self.tab.send_json(["stdin", keys])


@asynccontextmanager
async def web_console(folder: Path, deployment: FakeDeployment, *words: str) -> AsyncIterator[Served]:
    async with (
        web_program(folder, deployment, *words) as program,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        await session.get(program.link)
        address = f"{program.origin}/ws?width=120&height=40"
        yield Served(program.process, await session.ws_connect(address, headers={"Origin": program.origin}))


def crash_reports(folder: Path) -> list[Path]:
    return list(folder.glob("**/*crash*"))


def gone(process: psutil.Process) -> Callable[[], bool]:
    return lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def test_a_tab_shows_the_console_which_only_looks(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with web_console(tmp_path, deployment) as served:
        await served.shows("overview", "READ-ONLY", "Flights", "live")
        await served.types("2")
        await served.shows("▸▸▸")
        await served.types("r")
        await served.shows("this console is read-only")
        assert not any(isinstance(request, q.MakePlan) for request in deployment.asked)
        await served.types(":q\r")
        await served.ends()


async def test_changes_are_offered_when_they_are_allowed(tmp_path: Path) -> None:
    async with web_console(tmp_path, FakeDeployment(), "--allow-changes", "tt") as served:
        await served.shows("▸▸▸", "live")
        await served.types("r")
        await served.shows("would change")
        assert "READ-ONLY" not in served.seen


async def test_a_signal_ends_server_and_consoles_in_order(tmp_path: Path) -> None:
    async with web_console(tmp_path, FakeDeployment()) as served:
        await served.shows("live")
        console = served.console
        served.process.send_signal(signal.SIGTERM)
        assert await within(15, served.process.wait()) == 0
        assert gone(console)()


async def test_a_console_does_not_outlive_a_server_that_is_killed(tmp_path: Path) -> None:
    async with web_console(tmp_path, FakeDeployment()) as served:
        await served.shows("live")
        console = served.console
        served.process.kill()
        await served.process.wait()
        await wait_until(gone(console))
    assert crash_reports(tmp_path) == []
