"""A supervisor's writes, each a compare-and-set inside one transaction of the writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from synergy.core.ports import Claim, Finish
from synergy.core.records import SupervisorRecord, UnitOfWork, UowId
from synergy.stores.sqlite import rows
from synergy.stores.sqlite.bulk import Value, write_rows
from synergy.stores.sqlite.statements import statements


def claim(connection: sqlite3.Connection, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.claim. Of two claims of one unit of work in one call the first counts."""
    sql = statements("worker")
    free = set(rows.read_ids(connection, sql["claimable"], (rows.id_list([one.uow_id for one in claims]),)))
    given: list[tuple[Value, ...]] = []
    for one in claims:
        if one.uow_id in free:
            free.discard(one.uow_id)
            given.append((one.uow_id, one.supervisor_id, one.box_id, one.host, one.at, one.pid, one.pid_started))
    if not given:
        return ()
    write_rows(connection, sql["claim"], given)
    write_rows(connection, sql["start_attempts"], given)
    return _read(connection, [str(row[0]) for row in given])


def release(connection: sqlite3.Connection, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
    """See WorkerStore.release."""
    sql = statements("worker")
    values = (supervisor_id, rows.id_list(uow_ids))
    connection.execute(sql["forget_attempts"], values)
    connection.execute(sql["release"], values)


def set_pid(connection: sqlite3.Connection, uow_id: UowId, attempt: int, pid: int, pid_started: float) -> None:
    """See WorkerStore.set_pid."""
    sql = statements("worker")
    connection.execute(sql["set_attempt_pid"], (uow_id, attempt, pid, pid_started))
    connection.execute(sql["set_uow_pid"], (uow_id, attempt, pid))


def finish(connection: sqlite3.Connection, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.finish. The very same report sent again is answered as before, and changes nothing."""
    sql = statements("worker")
    again = _positions(connection, sql["accepted_before"], finishes)
    now = _positions(connection, sql["acceptable"], finishes)
    accepted: dict[str, tuple[Value, ...]] = {}
    refused: list[tuple[Value, ...]] = []
    for position, one in enumerate(finishes):
        if position in now and one.uow_id not in accepted:
            accepted[one.uow_id] = _finish_row(one)
        elif position not in again and _finish_row(one) != accepted.get(one.uow_id):
            refused.append(_finish_row(one))
    write_rows(connection, sql["finish"], tuple(accepted.values()))
    write_rows(connection, sql["finish_attempts"], tuple(accepted.values()))
    write_rows(connection, sql["keep_evidence"], refused)
    return _read(connection, sorted(accepted.keys() | {finishes[position].uow_id for position in again}))


def beat(connection: sqlite3.Connection, record: SupervisorRecord) -> tuple[UowId, ...]:
    """See WorkerStore.beat."""
    write_rows(connection, rows.SUPERVISORS.replace, [rows.SUPERVISORS.row(record)])
    found = rows.read_ids(connection, statements("worker")["to_cancel"], (record.supervisor_id,))
    return tuple(UowId(uow_id) for uow_id in found)


def _finish_row(one: Finish) -> tuple[Value, ...]:
    return (
        one.uow_id,
        one.attempt,
        one.supervisor_id,
        one.state.value,
        one.at,
        one.exit_reason,
        one.number_of_processed_documents,
        one.number_of_aggregated_documents,
        one.log_lines,
    )


def _positions(connection: sqlite3.Connection, sql: str, finishes: Sequence[Finish]) -> frozenset[int]:
    given = [
        (position, one.uow_id, one.attempt, one.supervisor_id, one.state.value, one.at)
        for position, one in enumerate(finishes)
    ]
    return frozenset(rows.read_arrays(connection, sql, given, int))


def _read(connection: sqlite3.Connection, uow_ids: Sequence[str]) -> tuple[UnitOfWork, ...]:
    if not uow_ids:
        return ()
    tail = "WHERE uow_id IN (SELECT value FROM json_each(?))"
    return rows.UOWS.select(connection, tail, (rows.id_list(uow_ids),))
