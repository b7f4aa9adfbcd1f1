"""The sessions in an SQLite file; an event and what it does to its session are one transaction."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sessions.store import RESULTS, Row, Session
from sessions.stream import Event

WAIT_SECONDS = 30.0

TABLES = (
    """CREATE TABLE IF NOT EXISTS site_events
        (event_id INTEGER PRIMARY KEY, timeperiod TEXT, session TEXT, at REAL, page TEXT)""",
    "CREATE INDEX IF NOT EXISTS site_events_by_period ON site_events (timeperiod)",
    """CREATE TABLE IF NOT EXISTS site_sessions
        (session TEXT PRIMARY KEY, timeperiod TEXT, site TEXT, visitor TEXT, first_id INTEGER, started REAL, ended REAL,
         pages INTEGER) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS site_sessions_by_period ON site_sessions (timeperiod)",
    *(
        f"""CREATE TABLE IF NOT EXISTS {table}
            (timeperiod TEXT, site TEXT, visits INTEGER, visitors INTEGER, mean_seconds REAL, pages INTEGER,
             PRIMARY KEY (timeperiod, site)) WITHOUT ROWID"""
        for table in RESULTS
    ),
)
ADD_EVENT = "INSERT OR IGNORE INTO site_events VALUES (?, ?, ?, ?, ?)"
ADD_TO_SESSION = """
    INSERT INTO site_sessions VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (session) DO UPDATE SET
        first_id = min(first_id, excluded.first_id), started = min(started, excluded.started),
        ended = max(ended, excluded.ended), pages = pages + 1
"""
SESSIONS = """
    SELECT site, visitor, ended - started, pages FROM site_sessions
    WHERE timeperiod >= ? AND timeperiod < ? AND first_id <= ifnull(?, first_id)
"""


class SqliteStore:
    """See Store."""

    def __init__(self, path: str) -> None:
        """Open or make the file."""
        self._database = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        for statement in TABLES:
            self._database.execute(statement)

    def fold(self, events: Sequence[Event]) -> int:
        """See Store."""
        with self._transaction():
            new = [event for event in events if self._is_new(event)]
            self._database.executemany(
                ADD_TO_SESSION,
                (
                    (each.session, each.timeperiod, each.site, each.visitor, each.event_id, each.at, each.at)
                    for each in new
                ),
            )
        return len(new)

    def sessions(self, start_timeperiod: str, end_timeperiod: str, end_id: int | None) -> Iterator[Session]:
        """See Store."""
        found = self._database.execute(SESSIONS, (start_timeperiod, end_timeperiod, end_id))
        return (Session(*row) for row in found)

    def replace(self, table: str, timeperiod: str, rows: Sequence[Row]) -> None:
        """See Store."""
        with self._transaction():
            self._database.execute(f"DELETE FROM {table} WHERE timeperiod = ?", (timeperiod,))  # noqa: S608 - ours
            self._database.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - one of RESULTS
                [(timeperiod, *row) for row in rows],
            )

    def rows(self, table: str) -> dict[str, list[Row]]:
        """See Store."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for timeperiod, *values in self._database.execute(f"SELECT * FROM {table} ORDER BY timeperiod, site"):  # noqa: S608
            found[timeperiod].append(Row(*values))
        return dict(found)

    def close(self) -> None:
        """See Store."""
        self._database.close()

    def _is_new(self, event: Event) -> bool:
        values = (event.event_id, event.timeperiod, event.session, event.at, event.page)
        return self._database.execute(ADD_EVENT, values).rowcount == 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
