"""The leader's term: raised by whoever takes the lead, demanded by every write of the daemon, kept by heartbeats."""

from __future__ import annotations

import sqlite3

from synergy.core.errors import StoreCorrupt, TermSuperseded
from synergy.core.records import LeaderRecord
from synergy.stores.sqlite.failures import CORRUPT_REMEDY
from synergy.stores.sqlite.statements import statements


def leader(connection: sqlite3.Connection) -> LeaderRecord:
    """See LeaderStore.leader."""
    found = dict(connection.execute(statements("leader")["read_leader"]).fetchall())
    term = found.get("leader_term")
    if not isinstance(term, int):
        raise StoreCorrupt("the store has lost its leader's term", remedy=CORRUPT_REMEDY)
    return LeaderRecord(
        term=term,
        holder=found.get("leader_holder"),
        counter=found.get("leader_counter", 0),
        resigned=bool(found.get("leader_resigned")),
    )


def take_term(connection: sqlite3.Connection, holder: str, after: LeaderRecord | None = None) -> int:
    """See LeaderStore.take_term."""
    known = leader(connection)
    if after is not None and (known.term, known.holder) != (after.term, after.holder):
        raise _superseded(after.term, known)
    return _raise_term(connection, holder, known.term)


def lead(connection: sqlite3.Connection, holder: str, above: int) -> int:
    """See ArchiveStore.lead."""
    return _raise_term(connection, holder, max(leader(connection).term, above))


def keep_term(connection: sqlite3.Connection, term: int, *, resign: bool) -> None:
    """See LeaderStore.keep_term."""
    known = check_term(connection, term)
    _write(connection, LeaderRecord(term, known.holder, known.counter + 1, resign))


def check_term(connection: sqlite3.Connection, term: int) -> LeaderRecord:
    """Who leads, if not with a higher term.

    Raises:
        TermSuperseded: another one leads.
    """
    known = leader(connection)
    if known.term > term:
        raise _superseded(term, known)
    return known


def _superseded(term: int, known: LeaderRecord) -> TermSuperseded:
    return TermSuperseded(
        f"term {term} is superseded: {known.holder or 'another daemon'} leads with term {known.term}",
        remedy="this daemon must step down",
    )


def _raise_term(connection: sqlite3.Connection, holder: str, known: int) -> int:
    _write(connection, LeaderRecord(known + 1, holder))
    return known + 1


def _write(connection: sqlite3.Connection, record: LeaderRecord) -> None:
    connection.executemany(
        statements("leader")["write_leader"],
        (
            ("leader_term", record.term),
            ("leader_holder", record.holder),
            ("leader_counter", record.counter),
            ("leader_resigned", record.resigned),
        ),
    )
