"""A connection that comes back: for programs that stay, such as the console.

Who uses it is told each time the daemon is there or is lost, and must read everything anew after each return.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from msgspec import Struct

from synergy.client.control_client import ControlClient
from synergy.core.errors import NotPermitted, SynergyError

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 5.0
REFUSED_SECONDS: Final = 60.0
"""Who is not let in is so the next time too, and a guard may lock out whoever knocks too often."""


class Connected(Struct, frozen=True):
    """The daemon answers; ``client`` is good until the next state."""

    client: ControlClient


class Lost(Struct, frozen=True):
    """The daemon does not answer. ``since`` and ``retry_at`` are seconds of the loop's clock; ``failures`` in a row."""

    reason: SynergyError
    since: float
    failures: int
    retry_at: float


SessionState = Connected | Lost
Connect = Callable[[], Awaitable[ControlClient]]


class Session:
    """Keeps connecting, with pauses that double from ``first_seconds`` to ``longest_seconds``.

    When it is not let in, the pause is ``refused_seconds``.

    Args:
        connect: makes one connection, or raises a SynergyError.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        first_seconds: float = FIRST_SECONDS,
        longest_seconds: float = LONGEST_SECONDS,
        refused_seconds: float = REFUSED_SECONDS,
    ) -> None:
        self._connect = connect
        self._first = first_seconds
        self._longest = longest_seconds
        self._refused = refused_seconds
        self._client: ControlClient | None = None

    @property
    def client(self) -> ControlClient | None:
        """The living connection; None while there is none."""
        return self._client

    async def states(self) -> AsyncGenerator[SessionState, None]:
        """Each change of state, the first one included; for one reader. Closing the iterator closes the connection."""
        clock = asyncio.get_running_loop().time
        failures, since = 0, clock()
        while True:
            try:
                client = await self._connect()
            except SynergyError as error:
                reason, failures = error, failures + 1
            else:
                self._client = client
                try:
                    yield Connected(client)
                    reason = await client.lost()
                finally:
                    self._client = None
                    await client.close()
                failures, since = 0, clock()
            pause = min(self._first * 2 ** min(failures, 16), self._longest)
            if isinstance(reason, NotPermitted):
                pause = self._refused
            yield Lost(reason, since, failures, clock() + pause)
            await asyncio.sleep(pause)
