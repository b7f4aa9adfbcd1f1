"""Memory limits: what an attempt's processes hold together is looked at every second, where its definition says so.

A limit of the kernel's own (setrlimit) would count address space, which says little, and each process by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from synergy.worker.footprints import resident_bytes
from synergy.worker.process_table import ProcessRow, descendants, read_table
from synergy.worker.process_tree import TreeRoot
from synergy.worker.slots import Slots

LOOK_SECONDS: Final = 1.0
MEGABYTE: Final = 1024 * 1024


class MemoryWatch:
    """Ends units of work that hold more than their ``memory_limit_mb``. Costs nothing while none has one."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Measure all that have a limit, and end those that are over it."""
        limited = {
            unit: unit.execution.tree()
            for unit in self._slots.units
            if unit.work.memory_limit_mb is not None and unit.execution is not None and unit.ending is None
        }
        if not limited:
            return
        held = await asyncio.to_thread(_held, tuple(limited.values()))
        for unit, size in zip(limited, held, strict=True):
            limit = unit.work.memory_limit_mb
            if limit is not None and size > limit * MEGABYTE:
                self._slots.end_for_memory(unit, size // MEGABYTE)


def _held(trees: Iterable[TreeRoot]) -> list[int]:
    table = read_table()
    return [sum(map(resident_bytes, members(table, tree))) for tree in trees]


def members(table: Mapping[int, ProcessRow], root: TreeRoot) -> set[int]:
    """Its processes by descent, group and session: marks are looked for at its end, which takes longer."""
    roots = set(root.pids)
    known = {row.pid for row in table.values() if row.group in roots or row.session in roots}
    return descendants(table, known | (roots & table.keys()))
