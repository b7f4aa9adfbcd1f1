"""A real control server with a handler that a test writes, for tests of both ends of the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from synergy.client import ControlClient
from synergy.core.control import replies, requests
from synergy.core.control.events import Events
from synergy.core.control.lines import MAX_LINE_BYTES
from synergy.core.control.requests import PROTOCOL_VERSION, Request
from synergy.core.errors import NotFound
from synergy.daemon.callers import Access
from synergy.daemon.control_server import PRIVATE, Caller, ControlServer, Handler
from tests.manual_clock import ManualClock

NOW = "2013-01-01T00:00:00Z"
HELLO = b'{"jsonrpc":"2.0","id":1,"method":"hello","params":{"client":"raw"}}\n'

STATUS = replies.Status(
    version="1",
    daemon_id="d",
    pid=1,
    started="2026-01-01T00:00:00Z",
    state="running",
    store=replies.Component("sqlite:", up=True, detail="", since=""),
    broker=replies.Component("embedded:", up=True, detail="", since=""),
    clock=replies.ClockState("", "", 1.0),
    jobs={},
    uows={},
    workers=0,
    supervisors=0,
    slots=0,
    running=0,
    queued=0,
    lag_seconds=0.0,
    oldest_unfinished=None,
    problems=(),
    synergy_start_timeperiod="2013010100",
    synergy_end_timeperiod=None,
    term=1,
    rss_bytes=0,
    cpu_seconds=0.0,
)


def say_hello(caller: Caller) -> replies.Hello:
    return replies.Hello("1", PROTOCOL_VERSION, "d", caller.user, caller.may_change, role=caller.role)


async def answer(request: Request[Any], caller: Caller) -> replies.Reply:
    """Knows its status, triggers anything, and finds nothing."""
    match request:
        case requests.Status():
            return STATUS
        case requests.Subscribe():
            return replies.Subscribed(0, STATUS)
        case requests.Trigger():
            return replies.Done(f"triggered by {caller.user}")
        case _:
            raise NotFound("nothing is here", remedy="look elsewhere")


class Gate:
    """A handler that holds its request until it is let through."""

    def __init__(self, then: Handler = answer) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()
        self.left = asyncio.Event()
        self._then = then

    async def __call__(self, request: Request[Any], caller: Caller) -> replies.Reply:
        self.entered.set()
        await self.opened.wait()
        self.left.set()
        return await self._then(request, caller)


@asynccontextmanager
async def serving(
    path: Path,
    handler: Callable[[Request[Any], Caller], Awaitable[replies.Reply]] = answer,
    *,
    hello: Callable[[Caller], replies.Hello] = say_hello,
    access: Access = PRIVATE,
    timeout: float = 10.0,  # noqa: ASYNC109 - the server's own word
) -> AsyncIterator[ControlServer]:
    server = ControlServer(path, handler, hello, ManualClock(), access=access, timeout=timeout)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def raw(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection without a client."""
    return await asyncio.open_unix_connection(str(path), limit=MAX_LINE_BYTES)


async def line_of(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next line that the server writes."""
    async with asyncio.timeout(5):
        found: dict[str, Any] = json.loads(await reader.readline())
    return found


async def next_of(client: ControlClient) -> Events:
    """The next batch of events."""
    async with asyncio.timeout(5):
        return await anext(client.events())
