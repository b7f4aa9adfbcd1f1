"""How a command reaches the daemon: through the control socket of the project, and through nothing else."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from synergy.cli.program import Invocation
from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.control.events import Event, Events
from synergy.core.errors import DaemonUnreachable, InvalidDefinition

Answer = TypeVar("Answer")
ANSWER_SECONDS: Final = 60.0
"""How long one answer may take: longer than the daemon's own limit, so that its reason arrives first."""


def control_socket(folder: Path) -> Path:
    """The control socket of the project; reads its settings, but imports none of the user's code.

    Raises:
        InvalidDefinition: there is no readable ``synergy.toml``; names the socket of a daemon that runs.
    """
    from synergy.loading import load_paths

    try:
        return load_paths(folder).control_socket
    except InvalidDefinition as error:
        from synergy.cli.wrong_settings import paths_despite

        running = paths_despite(folder)
        if running is None or not running.control_socket.exists():
            raise
        way = f"the daemon that runs is reached with: synergyctl --socket {shlex.quote(str(running.control_socket))}"
        remedy = f"{error.remedy}; until then {way}" if error.remedy else way
        raise InvalidDefinition(error.message, remedy=remedy, problems=error.problems) from None


@asynccontextmanager
async def connected(invocation: Invocation) -> AsyncIterator[ControlClient]:
    """A connection that has said hello."""
    client = await ControlClient.connect(
        invocation.socket or control_socket(invocation.folder), client=invocation.program
    )
    try:
        yield client
    finally:
        await client.close()


def ask(invocation: Invocation, request: q.Request[Answer]) -> Answer:
    """One question, one answer, on a connection of its own."""

    async def once() -> Answer:
        async with connected(invocation) as client:
            return await client.call(request, timeout=ANSWER_SECONDS)

    return asyncio.run(once())


class Updates:
    """The events of a connection, to be waited for with a limit; make it before anything is read."""

    def __init__(self, client: ControlClient) -> None:
        self.client = client
        self._stream = aiter(client.events())
        self._next: asyncio.Future[Events] | None = None

    async def wait(self, seconds: float | None) -> tuple[Event, ...]:
        """The next events; none of them when the time is up, None waits as long as it takes.

        Raises:
            DaemonUnreachable: the connection ended.
        """
        return tuple(event for batch in await self.batches(seconds) for event in batch.events)

    async def batches(self, seconds: float | None) -> tuple[Events, ...]:
        """The next notification as it came, or none. See ``wait``."""
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._stream))
        done, _ = await asyncio.wait({self._next}, timeout=seconds)
        if not done:
            return ()
        arrived, self._next = self._next, None
        try:
            return (arrived.result(),)
        except StopAsyncIteration:
            raise DaemonUnreachable("the daemon closed the connection", remedy="see synergyd status") from None

    async def close(self) -> None:
        """Stop waiting; may be called twice."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait({self._next})
            self._next = None


@asynccontextmanager
async def followed(invocation: Invocation) -> AsyncIterator[tuple[ControlClient, Updates]]:
    """A connection with its events from now on."""
    async with connected(invocation) as client, subscribed(client) as updates:
        yield client, updates


@asynccontextmanager
async def subscribed(client: ControlClient) -> AsyncIterator[Updates]:
    """Events of this connection from now on; what is read afterwards is not older than the first of them."""
    await client.call(q.Subscribe(), timeout=ANSWER_SECONDS)
    updates = Updates(client)
    try:
        yield updates
    finally:
        await updates.close()
