"""How the daemon is told to stop: by a signal or by a request."""

from __future__ import annotations

import asyncio
from typing import Final

from synergy.core.control import requests as q

_ANSWER_SECONDS: Final = 0.05


class Stop:
    """``event`` is set when the daemon shall end; ``keep_supervisor``: another daemon follows at once."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.keep_supervisor = False

    def by_signal(self) -> None:
        """SIGTERM or SIGINT."""
        self.event.set()

    def by_request(self, request: q.Shutdown) -> None:
        """A shutdown request; answered first."""
        self.keep_supervisor = request.keep_supervisor
        asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self.event.set)
