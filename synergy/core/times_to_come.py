"""Times as people give them: an hour of the day, a length of time, or a date; UTC unless a zone is named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from synergy.core.errors import InvalidArgument

_LENGTH: Final = re.compile(r"(\d+)\s*(s|m|h|d)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REMEDY: Final = "write 06:00 (the next one, UTC), 90m, 2h, 1d, or 2026-11-26T06:00"


def parse_until(text: str, now: float) -> float:
    """A time to come, seen from ``now``; both in seconds since the epoch, UTC.

    Raises:
        InvalidArgument: it cannot be read.
    """
    at = datetime.fromtimestamp(now, UTC)
    try:
        if match := _LENGTH.fullmatch(text.strip()):
            return (at + timedelta(seconds=int(match[1]) * _SECONDS[match[2]])).timestamp()
        if match := _CLOCK.fullmatch(text.strip()):
            found = at.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
            return (found if found > at else found + timedelta(days=1)).timestamp()
        given = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise InvalidArgument(f'time "{text}" cannot be read', remedy=_REMEDY) from None
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()
