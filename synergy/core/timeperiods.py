"""Timeperiods as numbers: a period of a qualifier is an ordinal, and casting, stepping and spans are arithmetic.

Ordinals count from 1970: hours and days since the epoch, months and years since January 1970; all UTC (DOMAIN: 3).
The texts that people and the store see, ``YYYYMMDDHH``, are made and read only here; what a calendar has to say of a
day or a month is asked once and kept, so that a million periods cost a million dictionary look-ups.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from synergy.core.errors import InvalidArgument


class Qualifier(StrEnum):
    """How long a period is; from the finest to the coarsest."""

    HOURLY = "hourly"
    DAILY = "daily"
    MONTHLY = "monthly"
    YEARLY = "yearly"


FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998
"""The last year whose timeperiods are accepted; its end can still be written."""

HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 86_400

_EPOCH_DAY: Final = date(FIRST_YEAR, 1, 1).toordinal()
_RANKS: Final = {qualifier: rank for rank, qualifier in enumerate(Qualifier)}
_HOUR_TEXTS: Final = tuple(f"{hour:02}" for hour in range(24))
_HOURS: Final = {text: hour for hour, text in enumerate(_HOUR_TEXTS)}
_EXAMPLES: Final = {
    Qualifier.HOURLY: "2026112314",
    Qualifier.DAILY: "2026112300",
    Qualifier.MONTHLY: "2026110000",
    Qualifier.YEARLY: "2026000000",
}
_CACHED_DAYS: Final = 8192


def is_coarser(one: Qualifier, other: Qualifier) -> bool:
    """Whether a period of ``one`` is longer than a period of ``other``."""
    return _RANKS[one] > _RANKS[other]


def ordinal_of(qualifier: Qualifier, timeperiod: str) -> int:
    """Read a timeperiod exactly as it is stored: ten digits, zeros where the qualifier has no field.

    Raises:
        InvalidArgument: not ten digits, no such date, or fields that the qualifier does not have; names the value.
    """
    try:
        if qualifier is Qualifier.HOURLY:
            return _day_of_text(timeperiod[:8]) * 24 + _HOURS[timeperiod[8:]]
        if qualifier is Qualifier.DAILY:
            return _day_of_text(timeperiod[:8]) + _zeros(timeperiod[8:], 2)
        if qualifier is Qualifier.MONTHLY:
            return _month_of_text(timeperiod[:6]) + _zeros(timeperiod[6:], 4)
        return _month_of_text(timeperiod[:4] + "01") // 12 + _zeros(timeperiod[4:], 6)
    except (ValueError, KeyError):
        raise _refusal(qualifier, timeperiod) from None


def ordinals_of(qualifier: Qualifier, timeperiods: Sequence[str]) -> list[int]:
    """Read many timeperiods of one qualifier; the quick form of ``ordinal_of`` for a page of the store.

    Raises:
        InvalidArgument: one of them is not a timeperiod of this qualifier.
    """
    if qualifier is Qualifier.HOURLY:
        day_of, hours = _day_of_text, _HOURS
        try:
            return [day_of(text[:8]) * 24 + hours[text[8:]] for text in timeperiods]
        except (ValueError, KeyError):
            pass  # the loop below finds which one it was
    return [ordinal_of(qualifier, text) for text in timeperiods]


def timeperiod_of(qualifier: Qualifier, ordinal: int) -> str:
    """Write the period's name: ``2026112314``.

    Raises:
        InvalidArgument: the period lies outside the years 1970–9999.
    """
    try:
        if qualifier is Qualifier.HOURLY:
            day, hour = divmod(ordinal, 24)
            return _text_of_day(day) + _HOUR_TEXTS[hour]
        if qualifier is Qualifier.DAILY:
            return _text_of_day(ordinal) + "00"
        if qualifier is Qualifier.MONTHLY:
            return _text_of_day(_first_day(ordinal))[:6] + "0000"
        return _text_of_day(_first_day(ordinal * 12))[:4] + "000000"
    except (ValueError, OverflowError):
        raise InvalidArgument(
            f"{qualifier} period number {ordinal} is outside the years {FIRST_YEAR}–{LAST_YEAR + 1}",
            remedy="use a timeperiod of those years",
        ) from None


def enclosing(qualifier: Qualifier, timeperiod: str) -> int:
    """The period of this qualifier that a timeperiod of any qualifier begins in (``2013010114`` as a month: January).

    Raises:
        InvalidArgument: the timeperiod is none of any qualifier.
    """
    return ordinal_at(qualifier, start_of(*_of_any(timeperiod)))


def last_enclosing(qualifier: Qualifier, timeperiod: str) -> int:
    """The period of this qualifier that a timeperiod of any qualifier ends in (``2013010000`` as a day: the 31st).

    Raises:
        InvalidArgument: the timeperiod is none of any qualifier.
    """
    return ordinal_at(qualifier, end_of(*_of_any(timeperiod)) - 1.0)


def ordinal_at(qualifier: Qualifier, epoch_seconds: float) -> int:
    """The period that holds an instant; the instant of a boundary belongs to the period that begins there."""
    if qualifier is Qualifier.HOURLY:
        return int(epoch_seconds // HOUR_SECONDS)
    return cast(Qualifier.DAILY, int(epoch_seconds // DAY_SECONDS), qualifier)


def start_of(qualifier: Qualifier, ordinal: int) -> float:
    """When the period begins, in seconds since the epoch."""
    if qualifier is Qualifier.HOURLY:
        return float(ordinal * HOUR_SECONDS)
    if qualifier is Qualifier.DAILY:
        return float(ordinal * DAY_SECONDS)
    return float(_first_day(ordinal if qualifier is Qualifier.MONTHLY else ordinal * 12) * DAY_SECONDS)


def end_of(qualifier: Qualifier, ordinal: int) -> float:
    """When the period ends and the next one begins, in seconds since the epoch."""
    return start_of(qualifier, ordinal + 1)


def cast(from_qualifier: Qualifier, ordinal: int, to_qualifier: Qualifier) -> int:
    """The period of the same or a coarser qualifier that encloses this one.

    Raises:
        InvalidArgument: ``to_qualifier`` is finer; see ``span``.
    """
    if from_qualifier is to_qualifier:
        return ordinal
    if not is_coarser(to_qualifier, from_qualifier):
        raise InvalidArgument(f"a {from_qualifier} period has no {to_qualifier} period around it")
    if from_qualifier is Qualifier.MONTHLY:
        return ordinal // 12
    day = ordinal // 24 if from_qualifier is Qualifier.HOURLY else ordinal
    if to_qualifier is Qualifier.DAILY:
        return day
    month = _month_of_day(day)
    return month if to_qualifier is Qualifier.MONTHLY else month // 12


def span(from_qualifier: Qualifier, ordinal: int, to_qualifier: Qualifier) -> range:
    """The periods of the same or a finer qualifier that lie inside this one.

    Raises:
        InvalidArgument: ``to_qualifier`` is coarser; see ``cast``.
    """
    if from_qualifier is to_qualifier:
        return range(ordinal, ordinal + 1)
    if is_coarser(to_qualifier, from_qualifier):
        raise InvalidArgument(f"a {from_qualifier} period has no {to_qualifier} periods inside it")
    if to_qualifier is Qualifier.MONTHLY:
        return range(ordinal * 12, ordinal * 12 + 12)
    days = _days(from_qualifier, ordinal)
    return days if to_qualifier is Qualifier.DAILY else range(days.start * 24, days.stop * 24)


def real_time_period(epoch_seconds: float) -> str:
    """The name of a real-time period, ``YYYYMMDDHHMMSS`` (UTC): freerun units of work and session stamps."""
    return datetime.fromtimestamp(int(epoch_seconds // 1), UTC).strftime("%Y%m%d%H%M%S")


def _days(qualifier: Qualifier, ordinal: int) -> range:
    """The days of a day, month or year, since the epoch."""
    if qualifier is Qualifier.DAILY:
        return range(ordinal, ordinal + 1)
    if qualifier is Qualifier.MONTHLY:
        return range(_first_day(ordinal), _first_day(ordinal + 1))
    return range(_first_day(ordinal * 12), _first_day(ordinal * 12 + 12))


@lru_cache(maxsize=_CACHED_DAYS)
def _first_day(month: int) -> int:
    """The first day of a month since 1970, in days since the epoch."""
    return date(FIRST_YEAR + month // 12, month % 12 + 1, 1).toordinal() - _EPOCH_DAY


@lru_cache(maxsize=_CACHED_DAYS)
def _month_of_day(day: int) -> int:
    """The month since 1970 that holds a day since the epoch."""
    found = date.fromordinal(day + _EPOCH_DAY)
    return (found.year - FIRST_YEAR) * 12 + found.month - 1


@lru_cache(maxsize=_CACHED_DAYS)
def _text_of_day(day: int) -> str:
    """``YYYYMMDD`` of a day since the epoch."""
    if day < 0:
        raise ValueError(day)
    return date.fromordinal(day + _EPOCH_DAY).strftime("%Y%m%d")


@lru_cache(maxsize=_CACHED_DAYS)
def _day_of_text(text: str) -> int:
    """The day since the epoch that ``YYYYMMDD`` names; ValueError when there is none."""
    month = _month_of_text(text[:6])
    day = _number(text[6:], 2)
    return date(FIRST_YEAR + month // 12, month % 12 + 1, day).toordinal() - _EPOCH_DAY


@lru_cache(maxsize=_CACHED_DAYS)
def _month_of_text(text: str) -> int:
    """The month since 1970 that ``YYYYMM`` names; ValueError when there is none."""
    year, month = _number(text[:4], 4), _number(text[4:], 2)
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise ValueError(text)
    return (year - FIRST_YEAR) * 12 + month - 1


def _number(text: str, digits: int) -> int:
    """Exactly so many ASCII digits; ``int`` alone would take signs, spaces, underscores and other scripts."""
    if len(text) != digits or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _zeros(text: str, digits: int) -> int:
    """0 for exactly so many zeros; ValueError otherwise."""
    if text != "0" * digits:
        raise ValueError(text)
    return 0


def _of_any(timeperiod: str) -> tuple[Qualifier, int]:
    """Read a timeperiod as one of the finest qualifier that it can be one of."""
    for qualifier in Qualifier:
        try:
            return qualifier, ordinal_of(qualifier, timeperiod)
        except InvalidArgument:
            continue
    raise InvalidArgument(
        f'"{timeperiod}" is no timeperiod',
        remedy=f"write it as {', '.join(_EXAMPLES.values())} (hour, day, month, year; UTC)",
    )


def _refusal(qualifier: Qualifier, timeperiod: str) -> InvalidArgument:
    """The error for a text that names no period of the qualifier."""
    return InvalidArgument(
        f'"{timeperiod}" is no {qualifier} timeperiod',
        remedy=f"write it as {_EXAMPLES[qualifier]} (YYYYMMDDHH, UTC, years {FIRST_YEAR}–{LAST_YEAR}, "
        "zeros for what the qualifier leaves out)",
    )
