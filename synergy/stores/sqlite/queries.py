"""What the daemon reads, one function for each question of LeaderStore; all run on the reader's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from synergy.core.errors import StoreCorrupt
from synergy.core.ports import JobPage, JobQuery, UowQuery
from synergy.core.records import Attempt, AuditEntry, HistoryEntry, Job, JobKey, PlanRecord, UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.stores.sqlite import rows
from synergy.stores.sqlite.bulk import Value
from synergy.stores.sqlite.statements import statements

PAGE: Final = 50_000
"""Jobs per page of a restart's scan."""

OPEN_PAGE: Final = 5_000
"""Units of work per step of a scan of the open ones."""

_IN_IDS: Final = "uow_id IN (SELECT value FROM json_each(?))"
_ACTIVE_JOB: Final = "state IN ('state_embryo', 'state_in_progress', 'state_final_run')"
_ACTIVE_UOW: Final = (UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID)
_MANY: Final = frozenset({UowState.PROCESSED, UowState.NOOP})
_UNAPPLIED_UOW: Final = "NOT applied AND state IN ('state_processed', 'state_noop', 'state_canceled')"
_DIGITS: Final = bytes.maketrans(b"012345", bytes(range(6)))


def job_page(connection: sqlite3.Connection, process_name: str, after: str) -> JobPage:
    """The next PAGE jobs with a timeperiod above ``after``; an empty page is the end."""
    found = connection.execute(statements("leader")["job_state_page"], (process_name, after, PAGE)).fetchone()
    if found[0] is None:
        return JobPage((), b"")
    if "?" in found[1]:
        raise StoreCorrupt(f"process {process_name}: a job after {after or 'the start'} has an unknown state")
    return JobPage(tuple(found[0].split(",")), found[1].encode().translate(_DIGITS))


def active_jobs(connection: sqlite3.Connection) -> tuple[Job, ...]:
    """See LeaderStore.active_jobs."""
    return rows.JOBS.select(connection, f"WHERE {_ACTIVE_JOB}")


def jobs(connection: sqlite3.Connection, keys: Sequence[JobKey]) -> tuple[Job, ...]:
    """See LeaderStore.jobs."""
    wanted = msgspec.json.encode([(key.process_name, key.timeperiod) for key in keys]).decode()
    tail = "WHERE (process_name, timeperiod) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))"
    return rows.JOBS.select(connection, tail, (wanted,))


def find_jobs(connection: sqlite3.Connection, query: JobQuery) -> tuple[Job, ...]:
    """See LeaderStore.find_jobs."""
    conditions, values = ["process_name = ?"], list[Value]([query.process_name])
    if query.from_timeperiod is not None:
        conditions.append("timeperiod >= ?")
        values.append(query.from_timeperiod)
    if query.to_timeperiod is not None:
        conditions.append("timeperiod <= ?")
        values.append(query.to_timeperiod)
    if query.states is not None:
        conditions.append("state IN (SELECT value FROM json_each(?))")
        values.append(rows.id_list(sorted(query.states)))
    tail = f"WHERE {' AND '.join(conditions)} ORDER BY timeperiod LIMIT ?"
    found = rows.JOBS.select(connection, tail, (*values, query.limit))
    return tuple(sorted(found, key=lambda job: job.timeperiod))


def uows(connection: sqlite3.Connection, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.uows."""
    return rows.UOWS.select(connection, f"WHERE {_IN_IDS}", (rows.id_list(uow_ids),))


def find_uows(connection: sqlite3.Connection, query: UowQuery) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.find_uows. Each state is read by itself, so that a rare one is found without a scan."""
    states: Sequence[UowState | None] = sorted(query.states) if query.states is not None else (None,)
    found = [uow for state in states for uow in _uow_page(connection, query, state)]
    found.sort(key=lambda uow: (uow.created, uow.uow_id), reverse=True)
    return tuple(found[: query.limit])


def _uow_page(connection: sqlite3.Connection, query: UowQuery, state: UowState | None) -> tuple[UnitOfWork, ...]:
    conditions: list[str] = []
    values: list[Value] = []
    for column, value in (("state", state), ("process_name", query.process_name), ("timeperiod", query.timeperiod)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(str(value))
    if query.before is not None:
        conditions.append(
            "(created, uow_id) < (SELECT last.created, last.uow_id FROM unit_of_work AS last WHERE last.uow_id = ?)",
        )
        values.append(query.before)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    index = _uow_index(query, state)
    return rows.UOWS.select(
        connection, f"INDEXED BY {index} {where} ORDER BY created DESC, uow_id DESC LIMIT ?", (*values, query.limit)
    )


def _uow_index(query: UowQuery, state: UowState | None) -> str:
    """The index that finds the fewest; SQLite knows nothing of how many there are of each state."""
    if query.process_name is not None and query.timeperiod is not None:
        return "uow_identity"
    if state in _MANY or state is None:
        return "uow_by_age" if query.process_name is None else "uow_by_process"
    return "uow_by_state"


def open_uows(connection: sqlite3.Connection) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.open_uows. One read transaction, so that nothing slips from one part to the other unseen."""
    connection.execute("BEGIN")
    try:
        active = [uow for state in _ACTIVE_UOW for uow in _all_in_state(connection, state)]
        return (*active, *_all_unapplied(connection))
    finally:
        connection.execute("ROLLBACK")


def _all_in_state(connection: sqlite3.Connection, state: UowState) -> Iterator[UnitOfWork]:
    query = UowQuery(limit=OPEN_PAGE)
    while found := _uow_page(connection, query, state):
        yield from found
        last = min(found, key=lambda uow: (uow.created, uow.uow_id))
        query = UowQuery(before=last.uow_id, limit=OPEN_PAGE)


def _all_unapplied(connection: sqlite3.Connection) -> Iterator[UnitOfWork]:
    last = ""
    tail = f"INDEXED BY uow_unapplied WHERE {_UNAPPLIED_UOW} AND uow_id > ? ORDER BY uow_id LIMIT ?"
    while found := rows.UOWS.select(connection, tail, (last, OPEN_PAGE)):
        yield from found
        last = max(uow.uow_id for uow in found)


def count_uows(connection: sqlite3.Connection) -> Mapping[UowState, int]:
    """See LeaderStore.count_uows; states without any are left out."""
    text = connection.execute(statements("leader")["count_uows"]).fetchone()[0]
    return msgspec.json.decode(text, type=dict[UowState, int])


def history(connection: sqlite3.Connection, key: JobKey, limit: int, offset: int) -> tuple[HistoryEntry, ...]:
    """See LeaderStore.history."""
    tail = "WHERE process_name = ? AND timeperiod = ? ORDER BY seq DESC LIMIT ? OFFSET ?"
    return rows.HISTORY.select(connection, tail, (key.process_name, key.timeperiod, limit, offset))


def attempts(connection: sqlite3.Connection, key: JobKey, entry_name: str | None) -> tuple[Attempt, ...]:
    """See LeaderStore.attempts."""
    tail = (
        "JOIN (SELECT uow_id, run FROM unit_of_work WHERE process_name = ? AND timeperiod = ? AND entry_name IS ?) "
        "USING (uow_id) ORDER BY run, attempt, started"
    )
    return rows.ATTEMPTS.select(connection, tail, (key.process_name, key.timeperiod, entry_name))


def open_plans(connection: sqlite3.Connection) -> tuple[PlanRecord, ...]:
    """See LeaderStore.open_plans; oldest first."""
    return tuple(sorted(rows.PLANS.select(connection, "WHERE NOT done"), key=lambda plan: (plan.at, plan.plan_id)))


def audit(connection: sqlite3.Connection, since: float, limit: int) -> tuple[AuditEntry, ...]:
    """See LeaderStore.audit."""
    return rows.AUDIT.select(connection, "WHERE at >= ? ORDER BY at DESC, seq DESC LIMIT ?", (since, limit))


def held(connection: sqlite3.Connection, box_id: str) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.held."""
    return rows.UOWS.select(connection, "WHERE state = 'state_in_progress' AND box_id = ?", (box_id,))
