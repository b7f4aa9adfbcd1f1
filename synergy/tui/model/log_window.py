"""A window of time over a log, as it is typed: ``5m`` is its last five minutes, ``08:30..09:00`` from and to; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from synergy.core.errors import InvalidArgument
from synergy.tui.model.formats import moment

REMEDY: Final = "write 5m, 2h, 08:30, 08:30..09:00 or 2026-11-23T08:30..; nothing shows all times"
_AGE: Final = re.compile(r"(\d{1,5})\s*([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DAY: Final = timedelta(days=1)


class Window(NamedTuple):
    """From ``since`` on, and before ``until``; stamps as the lines of a log have them, or nothing."""

    since: str = ""
    until: str = ""


def parse_window(text: str, end: datetime, zone: tzinfo | None = UTC) -> Window:
    """Read a window. ``end``: the time of the log's last line, from which ages count; ``zone``: of times of the day.

    A time of the day is that of the last line's day, or of the day before where it would lie behind the log's end.

    Raises:
        InvalidArgument: it is none, or nothing lies within.
    """
    text = text.strip()
    if not text or text.lower() == "all":
        return Window()
    since, _, until = (part.strip() for part in text.partition(".."))
    local = end.astimezone(zone)
    first = _instant(since, text, local) if since else None
    last = _instant(until, text, local) if until else None
    if first is None and last is None:
        raise InvalidArgument(f'"{text}" is no window of time', remedy=REMEDY)
    if first is not None and last is not None and first >= last:
        raise InvalidArgument(f'"{text}" ends before it begins', remedy="write the earlier time first")
    return Window(_stamp(first), _stamp(last))


def describe_window(window: Window, zone: tzinfo | None = UTC, *, dated: bool = False) -> str:
    """``since 08:30:00``, ``08:30:00–09:00:00``, ``until 11-23 09:00:00`` (with its day), or nothing."""
    since, until = (moment(stamp, zone)[5 if dated else 11 :] if stamp else "" for stamp in window)
    if since and until:
        return f"{since}–{until}"
    return f"since {since}" if since else f"until {until}" if until else ""


def _instant(word: str, text: str, end: datetime) -> datetime:
    if age := _AGE.fullmatch(word):
        return end - timedelta(seconds=int(age[1]) * _SECONDS[age[2]])
    if clock := _CLOCK.fullmatch(word):
        hour, minute, second = (int(part or 0) for part in clock.groups())
        if hour < 24 and minute < 60 and second < 60:
            found = end.replace(hour=hour, minute=minute, second=second, microsecond=0)
            return found if found <= end else found - _DAY
    try:
        read = datetime.fromisoformat(word)
        return (read if read.tzinfo else read.replace(tzinfo=end.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidArgument(f'"{word}" of the window "{text}" is no time', remedy=REMEDY) from None


def _stamp(instant: datetime | None) -> str:
    if instant is None:
        return ""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
