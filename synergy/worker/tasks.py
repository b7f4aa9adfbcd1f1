"""The tasks of a supervisor: all in one group, and none of them can fail unheard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

Spawn = Callable[[Coroutine[Any, Any, None]], None]

log = logging.getLogger(__name__)


class Tasks:
    """Spawns work into a TaskGroup. A failure of one unit's task is logged and does not end the others."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside everything else."""
        task = self._group.create_task(self._guard(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def cancel(self) -> None:
        """End what still waits, such as for a process that outlives KILL: the group could not end without it."""
        for task in self._running:
            task.cancel()

    @staticmethod
    async def _guard(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("a task failed", extra={"action": "task_failed"})
