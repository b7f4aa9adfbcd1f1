"""Many rows in one statement, one step (see the package's docstring)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

Value = str | int | float | bytes | None

ROWS: Final = "/*rows*/"
"""Where a statement takes its rows: ``VALUES /*rows*/``."""

SIZES: Final = (128, 32, 8, 4, 2, 1)
"""Rows per statement: few sizes, so that each statement is parsed once. 128 rows of 30 columns: 3,840 of SQLite's
32,766 parameters."""


def write_rows(connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Value]]) -> int:
    """Run the statement over all rows, in as few steps as may be; returns the number of records changed."""
    return sum(connection.execute(sql, values).rowcount for sql, values in _parts(statement, rows))


def query_rows(connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Value]]) -> Iterator[str]:
    """The one text that the query answers for each part of the rows."""
    for sql, values in _parts(statement, rows):
        yield connection.execute(sql, values).fetchone()[0]


def _parts(statement: str, rows: Sequence[Sequence[Value]]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            part = rows[start : start + size]
            start += size
            yield _expand(statement, len(part[0]), size), tuple(chain.from_iterable(part))


@lru_cache(maxsize=512)
def _expand(statement: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return statement.replace(ROWS, ", ".join([row] * count))
