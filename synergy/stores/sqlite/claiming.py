"""A supervisor's writes, each a compare-and-set inside one transaction of the writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from synergy.core.ports import Claim, Finish
from synergy.core.records import SupervisorRecord, UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.stores.sqlite import rows
from synergy.stores.sqlite.bulk import Value, write_rows
from synergy.stores.sqlite.statements import statements


def claim(connection: sqlite3.Connection, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.claim. Of two claims of one unit of work in one call the first counts."""
    sql = statements("worker")
    stored = _read(connection, [one.uow_id for one in claims])
    taken: dict[UowId, UnitOfWork] = {}
    given: list[tuple[Value, ...]] = []
    for one in claims:
        uow = stored.get(one.uow_id)
        if uow is None or uow.state is not UowState.REQUESTED or uow.cancel_requested or one.uow_id in taken:
            continue
        taken[one.uow_id] = replace(
            uow, state=UowState.IN_PROGRESS, claimed_by=one.supervisor_id, box_id=one.box_id, pid=one.pid,
            started=one.at, finished=None, exit_reason=None, inputs_read=uow.inputs_finished,
        )  # fmt: skip
        given.append((one.uow_id, one.supervisor_id, one.box_id, one.host, one.at, one.pid, one.pid_started))
    write_rows(connection, sql["claim"], given)
    write_rows(connection, sql["start_attempts"], given)
    return tuple(taken.values())


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
    known = _read(connection, [one.uow_id for one in finishes])
    accepted: dict[UowId, UnitOfWork] = {}
    now: dict[UowId, tuple[Value, ...]] = {}
    refused: list[tuple[Value, ...]] = []
    for one in finishes:
        uow = known.get(one.uow_id)
        if uow is not None and _is_held(uow, one):
            now[one.uow_id] = _finish_row(one)
            known[one.uow_id] = accepted[one.uow_id] = _finished(uow, one)
        elif uow is not None and _is_said_again(uow, one, now):
            accepted[one.uow_id] = uow
        else:
            refused.append(_finish_row(one))
    write_rows(connection, sql["finish"], tuple(now.values()))
    write_rows(connection, sql["finish_attempts"], tuple(now.values()))
    write_rows(connection, sql["keep_evidence"], refused)
    return tuple(accepted.values())


def _is_held(uow: UnitOfWork, one: Finish) -> bool:
    """Whether the compare-and-set holds."""
    return uow.state is UowState.IN_PROGRESS and (uow.attempt, uow.claimed_by) == (one.attempt, one.supervisor_id)


def _is_said_again(uow: UnitOfWork, one: Finish, now: Mapping[UowId, tuple[Value, ...]]) -> bool:
    """Whether this is the report by which it ended: in an earlier call whose answer was lost, or in this one."""
    if one.uow_id in now:
        return now[one.uow_id] == _finish_row(one)
    told = (one.attempt, one.supervisor_id, one.state, one.at)
    return (uow.attempt, uow.claimed_by, uow.state, uow.finished) == told


def _finished(uow: UnitOfWork, one: Finish) -> UnitOfWork:
    return replace(
        uow, state=one.state, finished=one.at, exit_reason=one.exit_reason,
        started=uow.started if one.started is None else one.started,
        number_of_processed_documents=one.number_of_processed_documents,
        number_of_aggregated_documents=one.number_of_aggregated_documents,
    )  # fmt: skip


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
        one.started,
        None if one.kill is None else rows.json_text(one.kill),
    )


def _read(connection: sqlite3.Connection, uow_ids: Sequence[str]) -> dict[UowId, UnitOfWork]:
    tail = "WHERE uow_id IN (SELECT value FROM json_each(?))"
    return {uow.uow_id: uow for uow in rows.UOWS.select(connection, tail, (rows.id_list(uow_ids),))}
