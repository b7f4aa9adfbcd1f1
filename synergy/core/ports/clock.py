"""The port to time."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Three kinds of time, never mixed."""

    def schedule_time(self) -> float:
        """Seconds since the epoch that decide timeperiods, lag and triggers; a replay runs faster than real time."""
        ...

    def real_time(self) -> float:
        """Wall-clock seconds since the epoch: the stamps of records and the collector's ages."""
        ...

    def monotonic(self) -> float:
        """Seconds for leases, time limits, graces and time-outs."""
        ...

    def real_seconds_until(self, schedule_time: float) -> float:
        """How many real seconds from now until the schedule time is reached; never negative."""
        ...
