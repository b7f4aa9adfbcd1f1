"""Where results go: ``flights.db`` in the project's folder, one table per process, one row per period and airport.

A job that runs again replaces its rows, in one short transaction: whatever happens in between, a period's rows are
either the old ones or the new ones, and never both.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

FLIGHTS_COLUMNS = ("flights", "cancelled", "mean_departure_delay", "mean_arrival_delay")
WEATHER_COLUMNS = ("readings", "mean_temperature", "mean_wind_speed", "mean_visibility", "precipitation")
TABLES = {
    "flights_hourly": FLIGHTS_COLUMNS,
    "flights_daily": FLIGHTS_COLUMNS,
    "flights_monthly": FLIGHTS_COLUMNS,
    "flights_yearly": FLIGHTS_COLUMNS,
    "weather_hourly": WEATHER_COLUMNS,
    "weather_daily": WEATHER_COLUMNS,
    "weather_monthly": WEATHER_COLUMNS,
}
WAIT_SECONDS = 30.0


def database_path() -> Path:
    """The result file: jobs run in the project's folder."""
    return Path.cwd() / "flights.db"


def connection() -> sqlite3.Connection:
    """A connection to the result file, kept open from job to job as long as it is the same file."""
    path = database_path()
    if not path.exists():
        path.touch()
    return _connect(path, path.stat().st_ino)


@lru_cache(maxsize=1)
def _connect(path: Path, _inode: int) -> sqlite3.Connection:
    opened = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    opened.execute("PRAGMA journal_mode = WAL")
    opened.execute("PRAGMA synchronous = NORMAL")
    for table, columns in TABLES.items():
        opened.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (timeperiod TEXT, origin TEXT, {', '.join(columns)},"
            " PRIMARY KEY (timeperiod, origin)) WITHOUT ROWID"
        )
    return opened


def replace(table: str, timeperiod: str, rows: Iterable[Sequence[Any]]) -> int:
    """Put these rows, (origin, values of the table's columns …), in the place of the period's old ones; how many."""
    marks = ", ".join("?" * (2 + len(TABLES[table])))
    new = [(timeperiod, *row) for row in rows]
    database = connection()
    database.execute("BEGIN IMMEDIATE")
    try:
        database.execute(f"DELETE FROM {table} WHERE timeperiod = ?", (timeperiod,))  # noqa: S608 - a name from TABLES
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", new)  # noqa: S608 - likewise
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
    return len(new)
