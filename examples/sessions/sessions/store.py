"""What the sessions' database does, whichever it is.

Events are kept as they came (``site_events``, key ``event_id``): that table only grows, and its lowest and highest key
of an hour are the boundaries that a recomputing job is given. A session (``site_sessions``) is folded from its events,
each once, in whatever order they come; it is stored no later than they are.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from sessions.project import places
from sessions.stream import Event

RESULTS = ("site_hourly", "site_daily", "site_monthly")


class Session(NamedTuple):
    """One visit, from its first page view to its last."""

    site: str
    visitor: str
    seconds: float
    pages: int


class Row(NamedTuple):
    """The statistics of one site in one period."""

    site: str
    visits: int
    visitors: int
    mean_seconds: float
    pages: int


class Store(Protocol):
    """One database."""

    def fold(self, events: Sequence[Event]) -> int:
        """Store events and what they do to their sessions, those that are there already once only; how many are new."""
        ...

    def sessions(self, start_timeperiod: str, end_timeperiod: str, end_id: int | None) -> Iterable[Session]:
        """Those in [start_timeperiod, end_timeperiod) that began no later than with event ``end_id`` (None: all)."""
        ...

    def replace(self, table: str, timeperiod: str, rows: Sequence[Row]) -> None:
        """Put these rows in the place of the period's old ones; ``table`` is one of RESULTS."""
        ...

    def rows(self, table: str) -> dict[str, list[Row]]:
        """All that a table holds, by timeperiod, each in the order of sites."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def open_store(url: str) -> Store:
    """The database of that URL, with its tables and indexes."""
    if url.startswith("sqlite:"):
        from sessions.sqlite_store import SqliteStore  # noqa: PLC0415 - only what is used

        return SqliteStore(url.removeprefix("sqlite:"))
    from sessions.mongodb_store import MongoStore  # noqa: PLC0415 - pymongo is loaded only by those who use it

    return MongoStore(url)


@lru_cache(maxsize=1)
def project_store() -> Store:
    """The project's own, kept open from job to job."""
    return open_store(places().data)
