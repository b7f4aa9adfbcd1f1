from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from synergy.core.errors import SourceDown
from synergy.core.ports import Boundaries
from synergy.stores.sqlite.source import SqliteDataSource

ROW = "INSERT INTO \"odd \"\"name\" (timeperiod, at) VALUES ('2013010100', 'x')"


def made(folder: Path, *statements: str) -> SqliteDataSource:
    """A source with a table."""
    with closing(sqlite3.connect(folder / "data.db")) as database, database:
        for statement in statements:
            database.execute(statement)
    return SqliteDataSource(folder / "data.db")


@pytest.mark.parametrize(
    ("columns", "boundaries"),
    [("timeperiod, at", Boundaries("1", "1")), ("timeperiod, at PRIMARY KEY", Boundaries("x", "x"))],
)
async def test_keys_are_those_of_the_table(tmp_path: Path, columns: str, boundaries: Boundaries) -> None:
    source = made(tmp_path, f'CREATE TABLE "odd ""name" ({columns})', ROW)
    assert await source.boundaries('odd "name', "2013010100", "2013010101") == boundaries


async def test_what_cannot_be_asked_is_told_with_file_and_table(tmp_path: Path) -> None:
    missing = SqliteDataSource(tmp_path / "none.db")
    with pytest.raises(SourceDown, match=r"none\.db, table \"events\": unable to open"):
        await missing.boundaries("events", "2013010100", "2013010101")
    source = made(tmp_path, "CREATE TABLE other (id)")
    with pytest.raises(SourceDown, match='has no table "events"'):
        await source.boundaries("events", "2013010100", "2013010101")
    with pytest.raises(SourceDown, match="no such column: timeperiod"):
        await source.boundaries("other", "2013010100", "2013010101")
    await source.close()
