"""A broker outside of the daemon comes and goes: subscribers are told, and what it may have lost is offered again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from synergy.core.control.events import Event, HealthChanged
from synergy.core.ports import Broker

LOOK_SECONDS: Final = 0.5


class BrokerWatch:
    """Looks at the broker's state twice a second.

    Args:
        broker: the watched one; it reconnects by itself.
        came_back: called when it is up again, and when it found a queue deleted.
        announce: hands events to subscribers.
    """

    def __init__(
        self, broker: Broker, came_back: Callable[[], None], announce: Callable[[Sequence[Event]], None]
    ) -> None:
        self._broker = broker
        self._came_back = came_back
        self._announce = announce
        self._since = broker.state().since
        self._losses = broker.state().losses

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Compare with the last look; one that went and came back between two looks has changed too."""
        state = self._broker.state()
        if state.losses != self._losses:
            self._losses = state.losses
            self._came_back()
        if state.since == self._since:
            return
        self._since = state.since
        self._announce([HealthChanged("broker", up=state.up, detail=state.detail)])
        if state.up:
            self._came_back()
