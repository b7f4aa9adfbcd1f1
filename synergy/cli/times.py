"""Times as people give them on a command line, seen from now."""

from __future__ import annotations

from synergy.clocks import RealClock
from synergy.core import times_to_come


def parse_until(text: str, now: float | None = None) -> float:
    """A time to come, in seconds since the epoch; see times_to_come."""
    return times_to_come.parse_until(text, RealClock().real_time() if now is None else now)
