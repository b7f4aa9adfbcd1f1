"""Trying again: how long to wait, and the loop that waits until the world answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from synergy.core.errors import WorldError

FIRST_SECONDS: Final = 0.1
LAST_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 1.0
"""The longest pause before the world is asked again: work stands still until it answers."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Backoff:
    """Delays that double from ``first`` to ``last`` seconds, until reset."""

    def __init__(self, first: float = FIRST_SECONDS, last: float = LAST_SECONDS) -> None:
        self._first = first
        self._last = last
        self._delay = first

    def next(self) -> float:
        """The seconds to wait now."""
        delay = self._delay
        self._delay = min(self._delay * 2, self._last)
        return delay

    def reset(self) -> None:
        """It worked: begin with the first delay next time."""
        self._delay = self._first


class WorldTrouble(Exception):
    """Given up because the caller no longer wants the answer."""


async def until_answered(call: Callable[[], Awaitable[T]], action: str, wanted: Callable[[], bool]) -> tuple[T, bool]:
    """Make the call until it raises no WorldError; returns the answer, and whether an earlier try may have worked too.

    Logged once when trouble begins and once when it is over, under ``action``.

    Raises:
        WorldTrouble: ``wanted`` became false while waiting.
    """
    backoff = Backoff(last=ANSWER_SECONDS)
    failed = False
    while True:
        try:
            answer = await call()
        except WorldError as error:
            if not failed:
                log.warning("%s fails and is tried again: %s", action, error, extra={"action": f"{action}_failed"})
            failed = True
            if not wanted():
                raise WorldTrouble(str(error)) from error
            await asyncio.sleep(backoff.next())
        else:
            if failed:
                log.info("%s works again", action, extra={"action": f"{action}_recovered"})
            return answer, failed
