"""Cancels that the driver forgets.

It waits with ``asyncio.wait_for``, which up to Python 3.11 drops a cancel that comes together with the answer. A daemon
that stands by and asks who leads, once a second and for ever, would then not stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cancels_kept() -> Iterator[None]:
    """Whoever is canceled inside is canceled at the latest when it leaves; what a time limit took back counts not."""
    before = count_cancels()
    try:
        yield
    finally:
        if count_cancels() > before:
            raise asyncio.CancelledError


def count_cancels() -> int:
    """How often the running task was canceled, without what was taken back."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def take_back_cancels(before: int) -> None:
    """Go back to a count: up to Python 3.11 a TaskGroup that fails leaves its own cancel of us behind."""
    task = asyncio.current_task()
    while task is not None and task.cancelling() > before:
        task.uncancel()
