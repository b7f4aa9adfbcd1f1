"""One limit for many waits: a timer for the oldest of them, instead of one for each.

A timer for each request, made and cancelled a thousand times a second, costs more than handing the request over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple


class _Wait(NamedTuple):
    until: float
    future: asyncio.Future[Any]


class Deadlines:
    """Fails futures that are not done in time; used on one loop at a time.

    Args:
        late: makes the exception for one that is late.
    """

    def __init__(self, late: Callable[[], Exception]) -> None:
        self._late = late
        self._waits: deque[_Wait] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def watch(self, future: asyncio.Future[Any], seconds: float) -> None:
        """Give the future so many seconds; waits are thought to be equally long, or an earlier one covers a later."""
        loop = future.get_loop()
        if loop is not self._loop:  # futures of a loop that is gone wait for nothing
            self._loop, self._timer = loop, None
            self._waits.clear()
        while self._waits and self._waits[0].future.done():
            self._waits.popleft()
        self._waits.append(_Wait(loop.time() + seconds, future))
        if self._timer is None:
            self._timer = loop.call_later(seconds, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        self._timer = None
        while self._waits:
            until, future = self._waits[0]
            if not future.done():
                if until > loop.time():
                    self._timer = loop.call_at(until, self._look, loop)
                    return
                future.set_exception(self._late())
            self._waits.popleft()
