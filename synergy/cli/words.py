"""How values read for people: states as words, stamps without noise, durations and counts in short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from synergy.core.durations import lasting

NOTHING: Final = "-"
DATE: Final = 10
"""The width of a date; in a column of this width the time of day stands below it."""
COLORS: Final = {
    "processed": "green",
    "noop": "cyan",
    "skipped": "yellow",
    "canceled": "yellow",
    "in progress": "blue",
    "final run": "blue",
    "requested": "blue",
    "invalid": "red",
}
"""Colour of a state's word; it only repeats what the word says."""


def state_word(state: str | None) -> str:
    """``state_in_progress`` → ``in progress``."""
    return state.removeprefix("state_").replace("_", " ") if state else NOTHING


def when(stamp: str | None) -> str:
    """``2026-11-23T23:00:56.123Z`` → ``2026-11-23 23:00:56``; always UTC."""
    return stamp[:19].replace("T", " ") if stamp else NOTHING


def duration(seconds: float | None) -> str:
    """Seconds in at most two units: ``0.25 s``, ``3 m 20 s``, ``2 d 4 h``."""
    return NOTHING if seconds is None else lasting(seconds)


def size(count: int) -> str:
    """Bytes in binary units: ``512 B``, ``12.5 MiB``."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def counts(by_state: Mapping[str, int]) -> str:
    """``processed 8,760, invalid 1``; states that nothing is in are left out."""
    told = ", ".join(f"{state_word(state)} {count:,}" for state, count in by_state.items() if count)
    return told or NOTHING


def text(value: object) -> str:
    """Anything else; None and the empty text as a dash."""
    return NOTHING if value is None or value == "" else str(value)


def yes_no(value: bool) -> str:  # noqa: FBT001 - a value to show, not a switch
    """``on`` or ``off``."""
    return "on" if value else "off"
