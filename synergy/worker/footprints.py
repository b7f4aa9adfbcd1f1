"""What the processes of a box cost, as its heartbeat tells it: memory, and CPU time as a rate.

The one place that asks psutil. Its process objects know a pid that became another process, and measure each process's
rate from its own last look: a child that has just started, or was just taken over, does not count as a burst.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import psutil
from msgspec import Struct

from synergy.core.ports import Clock

SHORTEST_SECONDS: Final = 1.0
"""Over less than this, ticks of 10 ms make no rate: the last one is told again."""


class Footprint(Struct, frozen=True):
    """One process: the memory that it holds, and its CPU time since the look before; 100 is one CPU."""

    rss_bytes: int = 0
    cpu_percent: float = 0.0


class _Known:
    """A process that was looked at before."""

    __slots__ = ("cpu_percent", "looked", "process")

    def __init__(self, pid: int, now: float) -> None:
        self.process = psutil.Process(pid)
        # The first look is where the first rate begins.
        self.process.cpu_percent()
        self.looked = now
        self.cpu_percent = 0.0


class Footprints:
    """Looks at processes again and again; one that is gone costs nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[int, _Known] = {}

    def of(self, pid: int) -> Footprint:
        """One process now."""
        try:
            known = self._known.get(pid)
            if known is None or not known.process.is_running():
                known = self._known[pid] = _Known(pid, self._clock.monotonic())
            return Footprint(known.process.memory_info().rss, self._rate(known))
        except psutil.Error:
            self._known.pop(pid, None)
            return Footprint()

    def keep(self, pids: Collection[int]) -> None:
        """Forget every other process."""
        for pid in self._known.keys() - set(pids):
            del self._known[pid]

    def _rate(self, known: _Known) -> float:
        now = self._clock.monotonic()
        if now - known.looked >= SHORTEST_SECONDS:
            known.cpu_percent = known.process.cpu_percent()
            known.looked = now
        return known.cpu_percent


def resident_bytes(pid: int) -> int:
    """The memory a process holds; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def started_at(pid: int) -> float:
    """When a process started, in seconds since the epoch; 0.0 when it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def memory_percent(rss_bytes: int) -> float:
    """How much of this machine's memory that is."""
    return float(round(100 * rss_bytes / psutil.virtual_memory().total, 2))
