"""One tab: the console behind it is a process of its own, which ends with the tab and with the server."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

END_SECONDS: Final = 3.0
"""How long a console may take to leave."""
DRIVER: Final = "synergy.tui.web.driver:BrowserDriver"
FRAMES_A_SECOND: Final = "15"


class Tab(AppService):
    """See AppService, which speaks with the process."""

    def __init__(self, argv: Sequence[str], websocket: web.WebSocketResponse, downloads: DownloadManager) -> None:
        super().__init__(
            "",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=self._left,
            download_manager=downloads,
        )
        self._websocket = websocket
        self._argv = argv

    async def _left(self) -> None:
        """The console was left by its operator."""
        await self._websocket.close()

    async def end(self) -> None:
        """Ask it to leave, then make it; may be called twice."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(END_SECONDS):
                await self.stop()
        process = self._process
        if process is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment: dict[str, str] = super()._build_environment(width, height)
        return environment | {"TEXTUAL_DRIVER": DRIVER, "TEXTUAL_FPS": FRAMES_A_SECOND, "LC_ALL": "C.UTF-8"}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """No shell, and no terminal that something could ask at: nobody would see the question."""
        process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._build_environment(width, height),
            start_new_session=True,
        )  # fmt: skip
        self._process, self._stdin = process, process.stdin
        return process
