"""Times that the timetable goes to, as an operator writes them; schedule time, UTC."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from synergy.core.errors import InvalidArgument
from synergy.core.timeperiods import DAY_SECONDS, HOUR_SECONDS, Qualifier, ordinal_at, ordinal_of
from synergy.tui.model.zoom import ZOOMS


class Jump(NamedTuple):
    """A period."""

    qualifier: Qualifier
    ordinal: int


_DATE: Final = re.compile(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?(?:[ t]?(\d{2})(?:h|:00)?)?")
_AGO: Final = re.compile(r"-?(\d{1,6})([hdw])")
_UNITS: Final = {
    "h": (Qualifier.HOURLY, HOUR_SECONDS),
    "d": (Qualifier.DAILY, DAY_SECONDS),
    "w": (Qualifier.DAILY, 7 * DAY_SECONDS),
}
_WORDS: Final = {"now": ("h", 0), "today": ("d", 0), "yesterday": ("d", 1)}


def parse_at(text: str, now: float) -> Jump:
    """Read a time; ``now`` is schedule time in seconds since the epoch.

    Raises:
        InvalidArgument: it is none.
    """
    wanted = " ".join(text.split()).lower()
    if found := _AGO.fullmatch(wanted):
        return _ago(found[2], int(found[1]), now)
    if wanted in _WORDS:
        return _ago(*_WORDS[wanted], now)
    if (found := _DATE.fullmatch(wanted)) is not None:
        return _date([part for part in found.groups() if part is not None], text)
    raise _refusal(text)


def _ago(unit: str, number: int, now: float) -> Jump:
    qualifier, seconds = _UNITS[unit]
    return Jump(qualifier, max(0, ordinal_at(qualifier, now - number * seconds)))


def _date(parts: list[str], text: str) -> Jump:
    while len(parts) > 1 and parts[-1] == "00" and (len(parts) < 4 or parts[2] == "00"):
        parts.pop()  # a month is stored as 2013060000; an hour 00 is one only behind a day
    qualifier = ZOOMS[len(parts) - 1]
    try:
        return Jump(qualifier, ordinal_of(qualifier, "".join(parts).ljust(10, "0")))
    except InvalidArgument:
        raise _refusal(text) from None


def _refusal(text: str) -> InvalidArgument:
    return InvalidArgument(
        f'"{text}" is no time to go to',
        remedy="write now, today, yesterday, 3d or 12h (ago), 2013, 2013-06, 2013-06-01, 2013060112 or oldest",
    )
