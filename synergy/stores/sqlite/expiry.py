"""The end of records' lives: bounded deletions, so that the scheduler's writes never wait for long."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from synergy.stores.sqlite import rows
from synergy.stores.sqlite.statements import statements

ROWS_PER_TRANSACTION: Final = 1_000

Place = tuple[float, str]
"""When a unit of work was created, and its id: how far the scan of the expirable ones has come."""

START: Final[Place] = (-1e300, "")


def expire_history(connection: sqlite3.Connection, before: float) -> int:
    """Remove up to ROWS_PER_TRANSACTION of the oldest entries; fewer than that: nothing older is left."""
    return connection.execute(statements("leader")["expire_history"], (before, ROWS_PER_TRANSACTION)).rowcount


def expire_plans(connection: sqlite3.Connection, before: float) -> int:
    """Remove plans that are done; their transitions' history goes at the same age."""
    return connection.execute(statements("leader")["expire_plans"], (before,)).rowcount


def expire_directives(connection: sqlite3.Connection, before: float) -> int:
    """Remove directives that were lifted so long ago."""
    return connection.execute(statements("leader")["expire_directives"], (before,)).rowcount


def expirable(connection: sqlite3.Connection, before: float, after: Place) -> tuple[list[str], Place | None]:
    """The next ones that are old enough and nobody's related unit of work; None: there are no more.

    Read outside the writer: most old units of work are some job's related one, and stay.
    """
    sql = statements("leader")
    text = connection.execute(sql["expirable_page"], (before, *after, ROWS_PER_TRANSACTION)).fetchone()[0]
    page = msgspec.json.decode(text, type=list[tuple[str, str]])
    if not page:
        return [], None
    ids = rows.read_ids(connection, sql["unrelated"], (rows.id_list([uow_id for _, uow_id in page]),))
    created, uow_id = page[-1]
    return ids, (float(created), uow_id)


def delete_uows(connection: sqlite3.Connection, uow_ids: list[str]) -> int:
    """Remove those that are still nobody's, with their attempts; returns how many units of work."""
    sql = statements("leader")
    ids = rows.id_list(rows.read_ids(connection, sql["unrelated"], (rows.id_list(uow_ids),)))
    connection.execute(sql["delete_attempts"], (ids,))
    return connection.execute(sql["delete_uows"], (ids,)).rowcount
