"""Debian's Chromium without a screen, driven through its debugging protocol: no driver program, no further library."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.waiting import wait_until, within

PROGRAM: Final = Path("/usr/bin/chromium")
FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--enable-unsafe-swiftshader", "--remote-debugging-port=0", "--window-size=1280,800",
)  # fmt: skip
ANSWER_SECONDS: Final = 30.0


class Page:
    """One tab. ``requests``: every address that it asked for; ``complaints``: of its scripts and of its policy."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Take answers and events until the tab is closed."""
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                continue
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] in {"Network.requestWillBeSent", "Network.webSocketCreated"}:
                self.requests.append(told["params"].get("url") or told["params"]["request"]["url"])
            elif told["method"] == "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol."""
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        told = await within(ANSWER_SECONDS, answer)
        assert "result" in told, told
        result: dict[str, Any] = told["result"]
        return result

    async def before_each_page(self, script: str) -> None:
        """Run this in every page before its own scripts."""
        await self.ask("Page.addScriptToEvaluateOnNewDocument", source=script)

    async def open(self, address: str) -> None:
        """Go there."""
        await self.ask("Page.navigate", url=address)

    async def evaluate(self, expression: str) -> Any:
        """What JavaScript says."""
        return (await self.ask("Runtime.evaluate", expression=expression))["result"].get("value")

    async def types(self, text: str) -> None:
        """Press the keys of these characters."""
        for character in text:
            await self.ask("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", key=character)

    async def picture(self) -> bytes:
        """What is to be seen, as PNG."""
        return base64.b64decode((await self.ask("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def chromium_page(folder: Path) -> AsyncIterator[Page]:
    """A browser with an empty profile and one empty tab; both are gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *FLAGS, f"--user-data-dir={folder}", "about:blank",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        door = folder / "DevToolsActivePort"
        await wait_until(lambda: door.exists() and "\n" in door.read_text(), 60, "Chromium answers")
        port = door.read_text().split()[0]
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                target = next(one for one in await answer.json() if one["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                async with asyncio.TaskGroup() as tasks:
                    listening = tasks.create_task(page.listen())
                    for domain in ("Page", "Network", "Log", "Runtime"):
                        await page.ask(f"{domain}.enable")
                    yield page
                    listening.cancel()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
