"""Waiting for the outside world in tests: look often, give up loudly.

Only for what gives no event, such as a real process that writes a file. Everything else is awaited.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

Answer = TypeVar("Answer")
STEP_SECONDS: Final = 0.01


async def wait_until(
    condition: Callable[[], object | Awaitable[object]], seconds: float = 10.0, what: str | None = None
) -> None:
    """Return once the condition, or what it promises, is true.

    Raises:
        AssertionError: it was not true within ``seconds``.
    """
    until = time.monotonic() + seconds
    while True:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        if time.monotonic() > until:
            raise AssertionError(_complaint(condition, seconds, what))
        await asyncio.sleep(STEP_SECONDS)


def poll(
    condition: Callable[[], object], seconds: float = 10.0, what: str | None = None, step_seconds: float = STEP_SECONDS
) -> None:
    """See wait_until; for tests without a loop. ``step_seconds``: longer where a look is dear.

    Raises:
        AssertionError: it was not true within ``seconds``.
    """
    until = time.monotonic() + seconds
    pause = time.sleep
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(_complaint(condition, seconds, what))
        pause(step_seconds)


def _complaint(condition: Callable[[], object], seconds: float, what: str | None) -> str:
    return f"not true within {seconds} s: {what or getattr(condition, '__qualname__', condition)}"


async def within(seconds: float, awaited: Awaitable[Answer]) -> Answer:
    """What is awaited, if it comes in time.

    Raises:
        TimeoutError: it did not.
    """
    async with asyncio.timeout(seconds):
        return await awaited
