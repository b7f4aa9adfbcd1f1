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

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside everything else."""
        self._group.create_task(self._guard(work))

    @staticmethod
    async def _guard(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("a task failed", extra={"action": "task_failed"})
