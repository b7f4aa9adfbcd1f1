"""Reports of delay against weather, made from the hourly results of both other trees.

That those are complete when a report is written is what the trees' dependency is for: nothing here waits or checks.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from flights import results
from flights.jobs import Mean
from synergy.definitions import Result, UnitOfWork

BAR_WIDTH = 30
MINUTES_PER_MARK = 2.0

HOURS_WITH_WEATHER = """
    SELECT f.timeperiod, f.origin, f.flights, f.cancelled, f.mean_departure_delay,
           w.mean_wind_speed, w.mean_visibility, w.precipitation
    FROM flights_hourly f LEFT JOIN weather_hourly w ON w.timeperiod = f.timeperiod AND w.origin = f.origin
    WHERE f.timeperiod >= ? AND f.timeperiod < ?
    ORDER BY f.timeperiod, f.origin
"""


class Hour(NamedTuple):
    """One hour at one airport: minutes, miles an hour, miles, inches; None where there is no value."""

    timeperiod: str
    origin: str
    flights: int
    cancelled: int
    delay: float | None
    wind_speed: float | None
    visibility: float | None
    precipitation: float | None


class Band(NamedTuple):
    """Hours of one kind of weather."""

    name: str
    holds: Callable[[Hour], bool]


BANDS = (
    Band("wind below 10 mph", lambda hour: hour.wind_speed is not None and hour.wind_speed < 10),
    Band("wind 10 to 20 mph", lambda hour: hour.wind_speed is not None and 10 <= hour.wind_speed < 20),
    Band("wind of 20 mph or more", lambda hour: hour.wind_speed is not None and hour.wind_speed >= 20),
    Band("visibility below 5 miles", lambda hour: hour.visibility is not None and hour.visibility < 5),
    Band("visibility of 5 miles or more", lambda hour: hour.visibility is not None and hour.visibility >= 5),
    Band("dry", lambda hour: hour.precipitation == 0),
    Band("rain or snow", lambda hour: bool(hour.precipitation)),
    Band("no reading", lambda hour: hour.wind_speed is None and hour.visibility is None),
)


def daily(uow: UnitOfWork) -> Result:
    """The report of a day, a line for each hour."""
    day = f"{uow.timeperiod[:4]}-{uow.timeperiod[4:6]}-{uow.timeperiod[6:8]}"
    return _report(uow, day, lambda timeperiod: f"{timeperiod[8:10]}:00")


def monthly(uow: UnitOfWork) -> Result:
    """The report of a month, a line for each day."""
    month = f"{uow.timeperiod[:4]}-{uow.timeperiod[4:6]}"
    return _report(uow, month, lambda timeperiod: f"{timeperiod[4:6]}-{timeperiod[6:8]}")


def _report(uow: UnitOfWork, period: str, line_of: Callable[[str], str]) -> Result:
    rows = results.connection().execute(HOURS_WITH_WEATHER, (uow.start_timeperiod, uow.end_timeperiod))
    hours = [Hour(*row) for row in rows]
    if not hours:
        print(f"{period}: no flights, no report")
        return Result("noop")
    _write(Path.cwd() / "reports" / f"delays_{period}.txt", render(hours, period, line_of))
    print(f"{period}: a report from {len(hours)} hours of an airport")
    return Result(processed=len(hours), aggregated=1)


def render(hours: Sequence[Hour], period: str, line_of: Callable[[str], str]) -> str:
    """The report as text: a chart with a line for each of ``line_of``'s answers, then a table of kinds of weather."""
    lines = [
        f"Departure delay and weather, New York, {period}",
        "",
        f"{'':6}{'flights':>8}{'mean delay':>12}{'wind':>7}{'visib.':>8}{'precip.':>9}   one mark: 2 minutes",
    ]
    for label, group in groupby(hours, key=lambda hour: line_of(hour.timeperiod)):
        lines.append(_chart_line(label, list(group)))
    lines += ["", f"{'weather':32}{'flights':>8}{'cancelled':>11}{'mean delay':>12}"]
    lines += [_band_line(band.name, [hour for hour in hours if band.holds(hour)]) for band in BANDS]
    lines += [_band_line("all", hours)]
    return "\n".join(lines) + "\n"


def _chart_line(label: str, hours: Sequence[Hour]) -> str:
    delay = _mean_delay(hours)
    marks = min(BAR_WIDTH, round(max(delay or 0.0, 0.0) / MINUTES_PER_MARK))
    airports = len({hour.origin for hour in hours})
    rain = sum(hour.precipitation or 0.0 for hour in hours) / airports
    return (
        f"{label:6}{sum(hour.flights for hour in hours):>8,}{_number(delay):>12}"
        f"{_number(_mean(hour.wind_speed for hour in hours)):>7}{_number(_mean(hour.visibility for hour in hours)):>8}"
        f"{rain:>9.2f}   {'█' * marks}"
    ).rstrip()


def _band_line(name: str, hours: Sequence[Hour]) -> str:
    flights, cancelled = sum(hour.flights for hour in hours), sum(hour.cancelled for hour in hours)
    return f"{name:32}{flights:>8,}{cancelled:>11,}{_number(_mean_delay(hours)):>12}"


def _mean_delay(hours: Iterable[Hour]) -> float | None:
    """Over flights, not over hours: an hour counts by the flights that left in it."""
    total, left = 0.0, 0
    for hour in hours:
        if hour.delay is not None:
            total += hour.delay * (hour.flights - hour.cancelled)
            left += hour.flights - hour.cancelled
    return total / left if left else None


def _mean(values: Iterator[float | None]) -> float | None:
    mean = Mean()
    for value in values:
        mean.add(value)
    return mean.value


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _write(path: Path, text: str) -> None:
    """In one step: whoever reads the report sees the old one or the new one."""
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
