"""Trigger frequencies: when a process or a freerun entry is due (DOMAIN: section 2).

``every N`` seconds · ``at HH:MM`` and ``at D-HH:MM`` (0 or Mon is Monday), comma separated · ``cron`` and five fields
or an alias such as ``@daily``. Wall-clock triggers are meant in UTC unless a time zone follows, as in
``at 06:30 Europe/Berlin``. A local time that a clock change leaves out fires at the change; one that occurs twice
fires the first time. A cron whose minute or hour begins with a star goes by elapsed time instead, as on Debian.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from cronsim.explain import Expression
from msgspec import Struct

from synergy.core.errors import InvalidArgument

DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_DAY_SECONDS: Final = 86_400
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY: Final = 3
_SHORTEST_SECONDS: Final = 0.001
_LONGEST_SECONDS: Final = 1e10
"""Some 300 years: the next firing must be a date."""
_DAYS: Final = {name[:length].lower(): day for day, name in enumerate(DAY_NAMES) for length in (3, len(name))}
_ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_TIME: Final = re.compile(r"(?:(?P<day>[^-:]+)-)?(?P<hour>\d{1,2}):(?P<minute>\d{2})", re.ASCII)
_ZONE: Final = re.compile(r"(?P<rest>.*\S)\s+(?P<zone>[A-Za-z][^\s:,]*)")
_FORMS: Final = 'write "every 60", "at 06:30", "at 0-08:30, 4-17:00" or "cron 30 6 * * 1-5", a time zone may follow'


class Every(Struct, frozen=True, tag="every"):
    """Every so many seconds, counted from the epoch, so that a restart does not shift the beat."""

    seconds: float

    def first_at_or_after(self, epoch_seconds: float) -> float:
        """The same instant: what is due every N seconds is due at once when nothing has been done yet."""
        return epoch_seconds

    def next_after(self, epoch_seconds: float) -> float:
        """The next beat, strictly later."""
        beat = math.floor(epoch_seconds / self.seconds) + 1
        while beat * self.seconds <= epoch_seconds:  # rounding, for seconds such as 0.1
            beat += 1
        return beat * self.seconds

    def describe(self) -> str:
        """``every 60 seconds``."""
        return f"every {self.seconds:g} seconds"


class WallTime(Struct, frozen=True, order=True):
    """A time of the day, on one weekday (0 is Monday) or with day -1 on each."""

    hour: int
    minute: int
    day: int = -1


class At(Struct, frozen=True, tag="at"):
    """At given times of the day or week; ``zone`` None is UTC."""

    times: tuple[WallTime, ...]
    zone: str | None = None

    def first_at_or_after(self, epoch_seconds: float) -> float:
        """The first firing that is not earlier."""
        return next(instant for instant in self._firings(epoch_seconds) if instant >= epoch_seconds)

    def next_after(self, epoch_seconds: float) -> float:
        """The first firing that is later."""
        return next(instant for instant in self._firings(epoch_seconds) if instant > epoch_seconds)

    def describe(self) -> str:
        """``at 06:30, Monday 08:30 (Europe/Berlin)``."""
        names = [f"{DAY_NAMES[at.day]} " if at.day >= 0 else "" for at in self.times]
        times = [f"{name}{at.hour:02}:{at.minute:02}" for name, at in zip(names, self.times, strict=True)]
        return f"at {', '.join(times)} ({self.zone or 'UTC'})"

    def _firings(self, epoch_seconds: float) -> Iterator[float]:
        """Firings in ascending order, from at least one before the instant on."""
        day = _local_day(epoch_seconds, self.zone) - 1
        while True:
            today = [at for at in self.times if at.day in {-1, (day + _EPOCH_WEEKDAY) % 7}]
            yield from sorted(_instant(day, at, self.zone) for at in today)
            day += 1


class Cron(Struct, frozen=True, tag="cron"):
    """Five cron fields: minute, hour, day of the month, month, day of the week; ``zone`` None is UTC."""

    fields: str
    zone: str | None = None

    def first_at_or_after(self, epoch_seconds: float) -> float:
        """The first firing that is not earlier."""
        return self._search(math.ceil(epoch_seconds) - 1)

    def next_after(self, epoch_seconds: float) -> float:
        """The first firing that is later."""
        return self._search(math.floor(epoch_seconds))

    def describe(self) -> str:
        """In the words of cronsim: ``At 06:30 on Monday through Friday (UTC)``."""
        return f"{Expression([*'0', *self.fields.upper().split()]).explain()} ({self.zone or 'UTC'})"

    def _search(self, second: int) -> float:
        """The first firing after a whole second."""
        start = datetime.fromtimestamp(second, _zone(self.zone))
        # On the night of a clock change cronsim may answer with the first of two equal local times, already past.
        return next(found for at in CronSim(self.fields, start) if (found := at.timestamp()) > second)


Trigger = Every | At | Cron


def firings(trigger: Trigger, after: float, number: int) -> list[float]:
    """The next so many firings after an instant, ascending."""
    found: list[float] = []
    for _ in range(number):
        after = trigger.next_after(after)
        found.append(after)
    return found


def parse_trigger(text: str) -> Trigger:
    """Read a trigger frequency.

    Raises:
        InvalidArgument: it is none; the message names the field and the value.
    """
    kind, _, body = text.strip().partition(" ")
    body = body.strip()
    match kind.lower():
        case "every":
            return _parse_every(text, body)
        case "at":
            rest, zone = _split_zone(text, body)
            times = tuple(_parse_time(text, item.strip()) for item in rest.split(","))
            return At(tuple(dict.fromkeys(times)), zone)
        case "cron":
            return _parse_cron(text, body)
        case alias if alias.startswith("@"):
            return _parse_cron(text, text.strip())
        case _:
            raise InvalidArgument(f'trigger "{text}": begins with none of every, at, cron', remedy=_FORMS)


def _parse_every(text: str, body: str) -> Every:
    try:
        seconds = float(body)
    except ValueError:
        raise InvalidArgument(
            f'trigger "{text}": "{body}" is not a number of seconds', remedy='write for example "every 60"'
        ) from None
    if not (math.isfinite(seconds) and seconds >= _SHORTEST_SECONDS):
        raise InvalidArgument(f'trigger "{text}": {body} seconds is not above 0', remedy='write for example "every 60"')
    if seconds > _LONGEST_SECONDS:
        remedy = f"write at most {_LONGEST_SECONDS:.0f}; what shall never fire is deactivated"
        raise InvalidArgument(f'trigger "{text}": {body} seconds is too long', remedy=remedy)
    return Every(seconds)


def _parse_time(text: str, item: str) -> WallTime:
    found = _TIME.fullmatch(item)
    if found is None:
        raise InvalidArgument(f'trigger "{text}": "{item}" is not HH:MM or D-HH:MM', remedy=_FORMS)
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23:
        raise InvalidArgument(f'trigger "{text}": hour {hour} is not in 0–23', remedy=_FORMS)
    if minute > 59:
        raise InvalidArgument(f'trigger "{text}": minute {minute} is not in 0–59', remedy=_FORMS)
    return WallTime(hour, minute, -1 if found["day"] is None else _parse_day(text, found["day"]))


def _parse_day(text: str, name: str) -> int:
    is_number = name.isascii() and name.isdigit() and len(name) < 3
    day = int(name) if is_number else _DAYS.get(name.lower(), -1)
    if not 0 <= day <= 6:
        raise InvalidArgument(f'trigger "{text}": day {name} is not in 0–6 (0 is Monday) or Mon–Sun', remedy=_FORMS)
    return day


def _parse_cron(text: str, body: str) -> Cron:
    words = body.split()
    if words and words[0].startswith("@"):
        if words[0].lower() not in _ALIASES:
            raise InvalidArgument(
                f'trigger "{text}": "{words[0]}" is unknown', remedy=f"use one of: {', '.join(_ALIASES)}"
            )
        words[:1] = _ALIASES[words[0].lower()].split()
    if len(words) not in {5, 6}:
        raise InvalidArgument(
            f'trigger "{text}": {len(words)} fields where cron has 5',
            remedy="give minute, hour, day of the month, month, day of the week: cron 30 6 * * 1-5",
        )
    zone = _known_zone(text, words[5]) if len(words) == 6 else None
    trigger = Cron(" ".join(words[:5]), zone)
    try:
        trigger.next_after(0)
    except (CronSimError, AssertionError, TypeError, ValueError) as error:
        # cronsim asserts where a mixed list has a step, and reads numbers of any length
        reason = f": {str(error).lower()}" if isinstance(error, CronSimError) else ""
        raise InvalidArgument(f'trigger "{text}": not a cron expression{reason}', remedy=_FORMS) from None
    except StopIteration:
        raise InvalidArgument(f'trigger "{text}": never fires', remedy="name a day that the month has") from None
    return trigger


def _split_zone(text: str, body: str) -> tuple[str, str | None]:
    """The body without the zone that may follow it, and the zone."""
    found = _ZONE.fullmatch(body)
    if found is None:
        return body, None
    return found["rest"], _known_zone(text, found["zone"])


def _known_zone(text: str, name: str) -> str | None:
    """The zone's name, None for UTC; refused when the time zone database has no such zone."""
    if name.upper() in {"UTC", "Z"}:
        return None
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError, RecursionError):
        # The last: of a path of great depth, which is looked for as packages of Python, one in the other.
        raise InvalidArgument(
            f'trigger "{text}": time zone "{name}" is unknown',
            remedy='use a name of the tz database such as "Europe/Berlin" (is the tzdata package installed?)',
        ) from None
    return name


def _zone(name: str | None) -> tzinfo:
    return UTC if name is None else ZoneInfo(name)


def _local_day(epoch_seconds: float, zone: str | None) -> int:
    """The day since the epoch that a clock in the zone shows."""
    if zone is None:
        return int(epoch_seconds // _DAY_SECONDS)
    return datetime.fromtimestamp(epoch_seconds, _zone(zone)).toordinal() - _EPOCH_DAY


def _instant(day: int, at: WallTime, zone: str | None) -> float:
    """When a clock in the zone shows this time on this day; the clock change when it never does."""
    if zone is None:
        return float(day * _DAY_SECONDS + at.hour * 3600 + at.minute * 60)
    return _zoned_instant(day, at, zone)


@lru_cache(maxsize=4096)
def _zoned_instant(day: int, at: WallTime, zone: str) -> float:
    here = _zone(zone)
    local = datetime.fromordinal(day + _EPOCH_DAY).replace(hour=at.hour, minute=at.minute, tzinfo=here)
    while local.astimezone(UTC).astimezone(here).replace(fold=0) != local:
        local += timedelta(minutes=1)
    return local.timestamp()
