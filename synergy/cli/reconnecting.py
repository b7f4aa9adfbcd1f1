"""How a command that follows the daemon outlasts a restart of it: it connects again, for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

from synergy.core.errors import DaemonUnreachable

Link = TypeVar("Link")

AWAY_SECONDS: Final = 30.0
"""How long a daemon that was there may be away before that is an error."""

RETRY_SECONDS: Final = 0.5


async def outlast_restarts(
    connect: Callable[[], AbstractAsyncContextManager[Link]],
    use: Callable[[Link], Awaitable[None]],
    tell_lost: Callable[[], None] = lambda: None,
) -> None:
    """Connect and use the connection to its end, anew each time it is lost; ``tell_lost`` is called once a loss.

    Raises:
        DaemonUnreachable: the daemon was never there, or was away for AWAY_SECONDS.
    """
    clock = asyncio.get_running_loop().time
    away_since = float("-inf")
    while True:
        try:
            async with connect() as link:
                away_since = float("inf")
                await use(link)
                return
        except DaemonUnreachable:
            if away_since == float("inf"):
                away_since = clock()
                tell_lost()
            if clock() - away_since > AWAY_SECONDS:
                raise
            await asyncio.sleep(RETRY_SECONDS)
