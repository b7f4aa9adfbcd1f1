"""Durations as people say them; the daemon's sentences and the command line's tables say them alike."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s"))


def lasting(seconds: float) -> str:
    """In at most two units: ``0.25 s``, ``3 m 20 s``, ``35 d 13 h``."""
    whole = int(seconds)
    for unit, name, smaller, smaller_name in _UNITS:
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name} {rest} {smaller_name}" if rest else f"{whole // unit} {name}"
    return f"{seconds:.3g} s"
