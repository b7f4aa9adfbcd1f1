"""A store that is a server may hold a connection open and answer nothing: that is told before the driver gives up.

A driver waits for its time-outs, twice, until a write has failed; nobody shall have to wait that long to hear of it.
What is asked here is small and waits for no write, so a store that is only busy answers it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from synergy.core.errors import StoreDown
from synergy.core.ports import LeaderStore

LOOK_SECONDS: Final = 2.0
SILENT_SECONDS: Final = 4.0


class StoreWatch:
    """Asks the store for a sign of life every other second.

    Args:
        store: the watched one.
        place: what and where it is, without a password.
        silent: called with what is wrong when it has given no answer for so long.
        answers: called whenever it has answered.
    """

    def __init__(
        self,
        store: LeaderStore,
        place: str,
        silent: Callable[[StoreDown], None],
        answers: Callable[[], None],
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._store = store
        self._place = place
        self._silent = silent
        self._answers = answers
        self._silent_seconds = silent_seconds

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Ask once, for as long as the driver waits. A refusal is no silence: whoever writes finds out what it is."""
        text = f"store {self._place} has given no answer for {self._silent_seconds:g} s"
        problem = StoreDown(text, remedy="it is asked again until it answers; check its server and the network")
        timer = asyncio.get_running_loop().call_later(self._silent_seconds, self._silent, problem)
        try:
            await self._store.leader()
        except StoreDown:
            return
        finally:
            timer.cancel()
        self._answers()
