"""An operator at the real app over a real socket: types keys, and waits for what is to be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from synergy.client import ControlClient
from synergy.tui.app import ConsoleApp
from synergy.tui.arguments import parse_arguments
from synergy.tui.commands import Go
from synergy.tui.model.settings import Settings
from synergy.tui.screens.frame import Frame
from synergy.tui.settings_file import SettingsFile
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.waiting import wait_until

SIZE = (120, 40)


def text_of(app: ConsoleApp) -> str:
    """The whole screen as plain text."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in lines[:height])


class Operator:
    """Types, and waits for what is to be seen."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None], deployment: FakeDeployment) -> None:
        self.app = app
        self.pilot = pilot
        self.deployment = deployment

    async def sees(self, *texts: str) -> None:
        try:
            await wait_until(lambda: all(text in text_of(self.app) for text in texts))
        except AssertionError:
            pytest.fail(f"not seen: {texts}\n{text_of(self.app)}\n{self.app.crash!r}")

    async def until(self, condition: Callable[[], object | Awaitable[object]]) -> None:
        await wait_until(condition)

    async def rests(self) -> str:
        """The screen once nothing moves on it any more."""
        shown, before = text_of(self.app), ""
        while shown != before:
            await self.pilot.pause(0.2)
            shown, before = text_of(self.app), shown
        return shown

    async def types(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def enters(self, line: str) -> None:
        await self.pilot.press("colon", *line, "enter")

    @property
    def frame(self) -> Frame:
        frame = self.app.screen
        assert isinstance(frame, Frame)
        return frame

    @property
    def toasts(self) -> str:
        return "\n".join(str(toast.message) for toast in self.app._notifications)


@asynccontextmanager
async def console(  # noqa: PLR0913 - each test says only what it needs
    folder: Path, deployment: FakeDeployment | None = None, *, size: tuple[int, int] = SIZE, read_only: bool = False,
    start: Go | None = None, unicode: bool = True, own: Settings | None = None, project: Path | None = None,
    through: Path | None = None,
) -> AsyncIterator[Operator]:  # fmt: skip
    played = deployment or FakeDeployment()
    path = folder / "c.sock"

    async def connect() -> ControlClient:
        return await ControlClient.connect(through or path, "test", read_only=read_only)

    settings = SettingsFile(own or Settings(read_only=read_only))
    shell_line = parse_arguments(["-C", str(project)]).shell_line if project else str
    app = ConsoleApp(connect, settings=settings, start=start, unicode=unicode, shell_line=shell_line)
    async with fake_daemon(path, played), app.run_test(size=size, notifications=True) as pilot:
        operator = Operator(app, pilot, played)
        await operator.sees("live")
        yield operator
