"""Whether the year is all there: ``python -m flights.sums`` in the project's folder.

Exit code 0: every sum is what the data says; 1: something is missing or counted twice, and the lines say what.
"""

import sqlite3
import sys
from typing import NamedTuple

from flights import results


class Sum(NamedTuple):
    """One thing to count, and what it must come to."""

    name: str
    query: str
    expected: int


SUMS = (
    Sum("flights in the year", "SELECT sum(flights) FROM flights_yearly WHERE timeperiod = '2013000000'", 336_776),
    Sum("cancelled in the year", "SELECT sum(cancelled) FROM flights_yearly WHERE timeperiod = '2013000000'", 8_255),
    Sum("flights in January", "SELECT sum(flights) FROM flights_monthly WHERE timeperiod = '2013010000'", 27_004),
    Sum("flights on 1 January", "SELECT sum(flights) FROM flights_daily WHERE timeperiod = '2013010100'", 842),
    Sum("flights in all hours", "SELECT sum(flights) FROM flights_hourly", 336_776),
    Sum("flights in all days", "SELECT sum(flights) FROM flights_daily", 336_776),
    Sum("flights in all months", "SELECT sum(flights) FROM flights_monthly", 336_776),
    Sum("days with flights", "SELECT count(DISTINCT timeperiod) FROM flights_daily", 365),
    Sum("hours with weather", "SELECT count(DISTINCT timeperiod) FROM weather_hourly", 8_713),
)


def main() -> int:
    """Count, tell, and say by the exit code whether all is right."""
    path = results.database_path()
    if not path.exists():
        print(f"error: there is no {path}; run this in the project's folder, after its jobs have run", file=sys.stderr)
        return 1
    wrong = 0
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for name, query, expected in SUMS:
            found = database.execute(query).fetchone()[0] or 0
            right = found == expected
            wrong += not right
            print(f"{name:24}{found:>10,}" + ("" if right else f"   should be {expected:,}"))
    except sqlite3.Error as error:
        print(f"error: {path} cannot be read: {error}", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
