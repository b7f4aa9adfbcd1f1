"""Who answers the control socket: the service of a daemon that leads, and before that only that it stands by."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.errors import StandingBy
from synergy.daemon.callers import Caller
from synergy.daemon.control_server import Handler
from synergy.daemon.leading import Leadership

log = logging.getLogger(__name__)


class Reception:
    """Hands requests to ``serve`` once that is set. A daemon that stands by can be stopped, and nothing else."""

    def __init__(self, leadership: Leadership, stop: Callable[[q.Shutdown], None]) -> None:
        self.serve: Handler | None = None
        self._leadership = leadership
        self._stop = stop

    async def handle(self, request: q.Request[Any], caller: Caller) -> replies.Reply:
        """Serve one request.

        Raises:
            StandingBy: another daemon leads. SynergyError: why it was not served.
        """
        if self.serve is not None:
            return await self.serve(request, caller)
        if isinstance(request, q.Shutdown):
            # only who leads may write to the store, and so to the audit
            log.info("stop is asked by %s", caller.user, extra={"action": "stop_asked"})
            self._stop(request)
            return replies.Done(message="stopping")
        leader = self._leadership.follows
        told = f"daemon {leader} leads" if leader else "no leader is known yet"
        raise StandingBy(f"this daemon stands by; {told}", remedy="ask the daemon that leads")
