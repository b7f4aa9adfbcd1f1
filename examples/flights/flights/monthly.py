"""A month of departures as a command: ``python -m flights.monthly --period 2013010000``.

Exit code 0 means processed, 99 that there was nothing to do; anything else that it failed.
"""

import argparse
import sys

from flights.jobs import write_departures

NOOP = 99


def main() -> int:
    """Aggregate the month; the exit code says how it went."""
    parser = argparse.ArgumentParser(description="Aggregate the departures of a month.")
    parser.add_argument("--period", required=True, metavar="YYYYMM0000", help="the month, such as 2013010000")
    period: str = parser.parse_args().period
    if len(period) != 10 or not period.isdigit() or not 1 <= int(period[4:6]) <= 12:
        parser.error(f'period "{period}" is no month; give one such as 2013010000')
    year, month = int(period[:4]), int(period[4:6])
    following = f"{year + month // 12:04}{month % 12 + 1:02}0000"
    result = write_departures("flights_monthly", period, period, following)
    return NOOP if result.state == "noop" else 0


if __name__ == "__main__":
    sys.exit(main())
