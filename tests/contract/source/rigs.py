"""The data sources that are held to the contract, each with a way to put data in. A further one is an entry here."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol

from pymongo import MongoClient

from synergy.core.ports import DataSource
from synergy.stores.mongodb.link import Options
from synergy.stores.mongodb.source import MongoDataSource
from synergy.stores.sqlite.source import SqliteDataSource


class Rig(Protocol):
    """One kind of source, empty."""

    def source(self) -> DataSource:
        """The source as the daemon sees it."""
        ...

    async def fill(self, table: str, rows: Sequence[tuple[int, str]]) -> None:
        """Add rows of (primary key, timeperiod); none: the table is there and empty."""
        ...


class SqliteRig:
    """A file in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "events.db"

    def source(self) -> DataSource:
        """See Rig."""
        return SqliteDataSource(self.path)

    async def fill(self, table: str, rows: Sequence[tuple[int, str]]) -> None:
        """See Rig."""
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute(f'CREATE TABLE IF NOT EXISTS "{table}" (id INTEGER PRIMARY KEY, timeperiod TEXT)')
            database.executemany(f'INSERT INTO "{table}" VALUES (?, ?)', rows)  # noqa: S608 - a name from here


class MongoRig:
    """A database of its own. A set of one is asked as a standalone server is, so one server will do."""

    def __init__(self, url: str) -> None:
        self.url = url

    def source(self) -> DataSource:
        """See Rig."""
        return MongoDataSource(self.url, UNHURRIED)

    async def fill(self, table: str, rows: Sequence[tuple[int, str]]) -> None:
        """See Rig."""
        with MongoClient[dict[str, object]](self.url) as client:
            collection = client.get_default_database()[table]
            collection.create_index(["timeperiod", "_id"])
            if rows:
                collection.insert_many([{"_id": key, "timeperiod": timeperiod} for key, timeperiod in rows])


UNHURRIED: Final = Options(server_selection_seconds=20, socket_seconds=60)
"""For a machine that is busy with other tests."""
