"""The web server: textual-serve's application behind our guard, with a bounded number of tabs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import WSCloseCode, web
from textual_serve.server import Server, to_int

from synergy.tui.web.guard import TOKEN, Admission, Guard, Head
from synergy.tui.web.page import OPENED, SCRIPT, TEMPLATES, headers
from synergy.tui.web.tab import Tab

MOST_TABS: Final = 4
MOST_MESSAGE_BYTES: Final = 64 * 1024
HEARTBEAT_SECONDS: Final = 15.0
MOST_CELLS: Final = 1_000
"""As many columns or rows a tab may ask for."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


class WebConsole(Server):
    """See textual_serve's Server, which answers what the guard lets pass.

    Args:
        argv: the command of one tab's console.
        guard: of the port that it is served on.
        title: of the page.
    """

    def __init__(self, argv: Sequence[str], guard: Guard, title: str) -> None:
        super().__init__("", title=title, public_url=guard.origin, templates_path=TEMPLATES)
        self.guard = guard
        self._argv = argv
        self._headers = headers(guard.host)
        self._tabs: dict[Tab, web.WebSocketResponse] = {}
        self._open = 0

    async def application(self) -> web.Application:
        """What is to be served."""

        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._let_in(request, handler)

        application = await self._make_app()
        application.router.add_get(f"/{SCRIPT.name}", _script)
        application.middlewares.append(web.middleware(guarded))
        application.on_response_prepare.append(self._add_headers)
        return application

    async def on_startup(self, app: web.Application) -> None:
        """See Server; what is to be told is told by the command."""

    async def on_shutdown(self, app: web.Application) -> None:
        """See Server: every tab ends with it."""
        del app
        async with asyncio.TaskGroup() as tasks:
            for tab, websocket in tuple(self._tabs.items()):
                tasks.create_task(self._hang_up(tab, websocket))

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """See Server: one tab, from its first word to its last."""
        self._open += 1
        try:
            return await self._serve_tab(request)
        finally:
            self._open -= 1

    async def _serve_tab(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MOST_MESSAGE_BYTES)
        await websocket.prepare(request)
        tab = Tab(self._argv, websocket, self.download_manager)
        self._tabs[tab] = websocket
        try:
            await tab.start(_cells(request, "width", 80), _cells(request, "height", 24))
            await self._process_messages(websocket, tab)
        except (ValueError, LookupError, TypeError, AssertionError, AttributeError) as problem:
            log.warning("a tab sent what is no message: %r", problem, extra={"action": "tab_refused"})
        finally:
            self._tabs.pop(tab, None)
            await self._hang_up(tab, websocket)
        return websocket

    async def _hang_up(self, tab: Tab, websocket: web.WebSocketResponse) -> None:
        await tab.end()
        await websocket.close(code=WSCloseCode.GOING_AWAY)

    async def _let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        verdict = self.guard.check(_head(request, self.guard.cookie_name))
        if isinstance(verdict, Admission):
            opened = web.Response(text=OPENED, content_type="text/html")
            opened.set_cookie(self.guard.cookie_name, verdict.cookie, httponly=True, samesite="Strict", path="/")
            return opened
        if verdict is not None:
            return web.Response(status=verdict.status, text=f"{verdict.reason}\n")
        if self._open >= MOST_TABS and request.path in {"/", "/ws"}:
            return web.Response(status=503, text=f"{MOST_TABS} consoles are open already: close one, then try again\n")
        return await handler(request)

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        del request
        response.headers.update(self._headers)


async def _script(request: web.Request) -> web.StreamResponse:
    del request
    return web.FileResponse(SCRIPT)


def _head(request: web.Request, cookie_name: str) -> Head:
    return Head(
        method=request.method,
        path=request.path,
        host=request.headers.get("Host", ""),
        token=request.query.get(TOKEN, ""),
        cookie=request.cookies.get(cookie_name, ""),
        origin=request.headers.get("Origin", ""),
        site=request.headers.get("Sec-Fetch-Site", ""),
        is_upgrade="Upgrade" in request.headers or request.path == "/ws",
    )


def _cells(request: web.Request, name: str, usual: int) -> int:
    return max(1, min(MOST_CELLS, to_int(request.query.get(name, ""), usual)))
