"""A data source that is an SQLite file of the user's: which primary keys a table holds of a timeperiod."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from synergy.core.errors import SourceDown
from synergy.core.ports import Boundaries

LOCK_SECONDS: Final = 5.0


class SqliteDataSource:
    """See DataSource. Keys are in SQLite's own order; a table without a primary key is read by its rowid."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def boundaries(self, source: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        """See DataSource.boundaries."""
        return await asyncio.to_thread(self._read, source, start_timeperiod, end_timeperiod)

    async def close(self) -> None:
        """See DataSource.close. Each question has a connection of its own."""

    def _read(self, table: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=LOCK_SECONDS)) as database:
                key = _primary_key(database, table)
                if key is None:
                    raise SourceDown(
                        f'data source {self._path} has no table "{table}"', remedy="it is asked again when it is due"
                    )
                query = (
                    f"SELECT min({key}), max({key}) FROM {_quoted(table)}"  # noqa: S608 - quoted names
                    " WHERE timeperiod >= ? AND timeperiod < ?"
                )
                lowest, highest = database.execute(query, (start_timeperiod, end_timeperiod)).fetchone()
        except sqlite3.Error as error:
            raise SourceDown(
                f'data source {self._path}, table "{table}": {error}',
                remedy="the table needs a column timeperiod, and this user must be able to read the file",
            ) from error
        return None if lowest is None else Boundaries(str(lowest), str(highest))


def _primary_key(database: sqlite3.Connection, table: str) -> str | None:
    """The first column of the table's primary key, quoted; None when there is no such table."""
    columns = database.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    if not columns:
        return None
    return next((_quoted(name) for name, position in columns if position == 1), "rowid")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
