"""The jobs that aggregate what happened in [start_timeperiod, end_timeperiod), per airport, into the table ``sink``."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from flights import data, results
from synergy.definitions import Result, UnitOfWork


@dataclass(slots=True)
class Mean:
    """The mean of the values that there are; None when there is none."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float | None) -> None:
        """Take one more value; None is no value."""
        if value is not None:
            self.total += value
            self.count += 1

    @property
    def value(self) -> float | None:
        """The mean so far."""
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class FlightTally:
    """Departures from one airport; delays in minutes."""

    flights: int = 0
    cancelled: int = 0
    departure_delay: Mean = field(default_factory=Mean)
    arrival_delay: Mean = field(default_factory=Mean)


@dataclass(slots=True)
class WeatherTally:
    """Readings of one airport's station."""

    readings: int = 0
    temperature: Mean = field(default_factory=Mean)
    wind_speed: Mean = field(default_factory=Mean)
    visibility: Mean = field(default_factory=Mean)
    precipitation: float = 0.0


def departures(uow: UnitOfWork) -> Result:
    """Departures, cancellations and mean delays; noop when nothing was to depart."""
    return write_departures(uow.sink or "flights_hourly", uow.timeperiod, uow.start_timeperiod, uow.end_timeperiod)


def write_departures(table: str, timeperiod: str, start_timeperiod: str, end_timeperiod: str) -> Result:
    """Aggregate the flights in [start_timeperiod, end_timeperiod) and replace the rows of the timeperiod."""
    tallies = tally_departures(data.departures().between(start_timeperiod, end_timeperiod))
    rows = results.replace(
        table,
        timeperiod,
        (
            (origin, tally.flights, tally.cancelled, tally.departure_delay.value, tally.arrival_delay.value)
            for origin, tally in sorted(tallies.items())
        ),
    )
    flights = sum(tally.flights for tally in tallies.values())
    print(f"{timeperiod}: {flights} flights from {rows} airports")
    return Result(processed=flights, aggregated=rows) if flights else Result("noop")


def tally_departures(departures: Iterable[data.Departure]) -> dict[str, FlightTally]:
    """Tallies by origin; a flight without a departure delay never left."""
    tallies: dict[str, FlightTally] = {}
    for origin, departure_delay, arrival_delay in departures:
        tally = tallies.get(origin)
        if tally is None:
            tally = tallies[origin] = FlightTally()
        tally.flights += 1
        tally.cancelled += departure_delay is None
        tally.departure_delay.add(departure_delay)
        tally.arrival_delay.add(arrival_delay)
    return tallies


def weather(uow: UnitOfWork) -> Result:
    """Means of the readings, and the precipitation in all; noop when no station gave a reading."""
    tallies: dict[str, WeatherTally] = {}
    for origin, reading in data.readings().between(uow.start_timeperiod, uow.end_timeperiod):
        tally = tallies.setdefault(origin, WeatherTally())
        tally.readings += 1
        tally.temperature.add(reading.temperature)
        tally.wind_speed.add(reading.wind_speed)
        tally.visibility.add(reading.visibility)
        tally.precipitation += reading.precipitation or 0.0
    rows = results.replace(
        uow.sink or "weather_hourly",
        uow.timeperiod,
        (
            (
                origin,
                tally.readings,
                tally.temperature.value,
                tally.wind_speed.value,
                tally.visibility.value,
                round(tally.precipitation, 2),
            )
            for origin, tally in sorted(tallies.items())
        ),
    )
    readings = sum(tally.readings for tally in tallies.values())
    print(f"{uow.timeperiod}: {readings} readings from {rows} stations")
    return Result(processed=readings, aggregated=rows) if readings else Result("noop")
