"""Moments as operators type them: an age (``2h``, ``3d``), a date, or a time; in UTC where no offset is named."""

from __future__ import annotations

import re
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.core.settings_reading import parse_instant

END_OF_TIME: Final = 253_370_764_800.0
"""The first second of the year 9999, UTC: what lies beyond is no date for everybody who has to write it."""

_AGE: Final = re.compile(r"(\d{1,9})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_moment(text: str, now: float) -> float:
    """Seconds since the epoch; an age is meant from ``now`` back.

    Raises:
        InvalidArgument: it is none of these.
    """
    if age := _AGE.fullmatch(text.strip()):
        return now - int(age[1]) * _SECONDS[age[2]]
    try:
        return parse_instant(text.strip())
    except InvalidArgument:
        remedy = 'write an age ("2h", "3d"), a date ("2026-11-26") or a time ("2026-11-26T06:30:00Z")'
        raise InvalidArgument(f'"{text}" is no moment', remedy=remedy) from None
