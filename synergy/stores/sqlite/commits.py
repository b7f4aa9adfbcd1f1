"""The daemon's write: one batch, inside one transaction of the writer."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from msgspec import UNSET

from synergy.core.audit_chain import START, head_after
from synergy.core.errors import InvalidArgument
from synergy.core.ports import Batch
from synergy.core.records import AuditEntry, UnitOfWork, UowPatch
from synergy.core.states import UowState
from synergy.stores.sqlite import rows
from synergy.stores.sqlite.bulk import ROWS, Value, write_rows
from synergy.stores.sqlite.failures import RAISED, translate
from synergy.stores.sqlite.statements import statements
from synergy.stores.sqlite.terms import check_term
from synergy.stores.waves import waves

_CONDITION: Final = "uow_id, expect_state, expect_attempt, any_holder, expect_claimed_by"
"""The columns of ``_condition``."""


def write_batch(connection: sqlite3.Connection, batch: Batch) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.commit."""
    check_term(connection, batch.term)
    _write_records(connection, batch)
    return _write_patches(connection, batch.patches)


def refusal(connection: sqlite3.Connection, batch: Batch, path: Path) -> InvalidArgument | None:
    """See LeaderStore.refusal: it is written and taken back."""
    connection.execute("SAVEPOINT trial")
    try:
        write_batch(connection, batch)
    except RAISED as error:
        told = translate(error, path)
        if isinstance(told, InvalidArgument):
            return told
        raise
    finally:
        if connection.in_transaction:  # else SQLite has rolled all of it back by itself
            connection.execute("ROLLBACK TO trial")
            connection.execute("RELEASE trial")
    return None


def _write_records(connection: sqlite3.Connection, batch: Batch) -> None:
    sql = statements("leader")
    for kind, given in (
        (rows.JOBS, [job for job in batch.jobs if not job.is_untouched]),
        (rows.PLANS, batch.plans),
        (rows.OVERRIDES, batch.overrides),
        (rows.ENTRIES, batch.entries),
        (rows.BOX_PROCESSES, batch.box_processes),
        (rows.DIRECTIVES, batch.directives),
    ):
        # mypy cannot know that each kind stands beside records of its own
        write_rows(connection, kind.replace, [kind.row(cast("Any", record)) for record in given])
    untouched = [(job.process_name, job.timeperiod) for job in batch.jobs if job.is_untouched]
    if untouched:
        connection.executemany(sql["forget_job"], untouched)
    write_rows(connection, rows.UOWS.add % "uow_id", [rows.UOWS.row(uow) for uow in batch.new_uows])
    write_rows(connection, sql["add_history"], [rows.HISTORY.row(entry) for entry in batch.history])
    _write_audit(connection, batch.audit)


def _write_audit(connection: sqlite3.Connection, entries: Sequence[AuditEntry]) -> None:
    """Entries that are there already come from a batch that is committed a second time: each number is taken once."""
    if entries:
        write_rows(connection, rows.AUDIT.add % "seq", [rows.AUDIT.row(entry) for entry in entries])
        write_rows(connection, rows.AUDIT_HEAD.add % "seq", [rows.AUDIT_HEAD.row(head_after(entries, START))])
        connection.execute(statements("leader")["drop_older_heads"])


def _write_patches(connection: sqlite3.Connection, patches: Sequence[UowPatch]) -> tuple[UnitOfWork, ...]:
    missed: set[str] = set()
    for wave in waves(patches):
        late = _missed(connection, wave)
        missed.update(late)
        _apply(connection, [patch for patch in wave if patch.uow_id not in late] if late else wave)
    if not missed:
        return ()
    wanted = rows.id_list(sorted(missed))
    return rows.UOWS.select(connection, "WHERE uow_id IN (SELECT value FROM json_each(?))", (wanted,))


def _missed(connection: sqlite3.Connection, patches: Sequence[UowPatch]) -> frozenset[str]:
    conditions = [_condition(patch) for patch in patches]
    return frozenset(rows.read_arrays(connection, statements("leader")["missed_patches"], conditions, str))


def _condition(patch: UowPatch) -> tuple[Value, ...]:
    holder = patch.expect_claimed_by
    given = (patch.uow_id, patch.expect_state.value, patch.expect_attempt)
    return (*given, 1, None) if holder is UNSET else (*given, 0, holder)


def _apply(connection: sqlite3.Connection, patches: Sequence[UowPatch]) -> None:
    """Write patches whose condition holds; those that set the same fields go together."""
    _close_attempts(connection, patches)
    alike: dict[tuple[str, ...], list[tuple[Value, ...]]] = defaultdict(list)
    for patch in patches:
        if changes := patch.changes():
            alike[tuple(changes)].append((*_condition(patch), *map(_plain, changes.values())))
    for names, given in alike.items():
        write_rows(connection, _update(names), given)


def _plain(value: object) -> Value:
    return value.value if isinstance(value, UowState) else cast("Value", value)


def _update(names: Sequence[str]) -> str:
    changes = ", ".join(f"{name} = given.new_{name}" for name in names)
    given = ", ".join(f"new_{name}" for name in names)
    return (
        f"WITH given ({_CONDITION}, {given}) AS (VALUES {ROWS}) "  # noqa: S608 - field names
        f"UPDATE unit_of_work SET {changes} FROM given WHERE unit_of_work.uow_id = given.uow_id "
        "AND unit_of_work.state = given.expect_state AND unit_of_work.attempt = given.expect_attempt "
        "AND (given.any_holder OR unit_of_work.claimed_by IS given.expect_claimed_by)"
    )


def _close_attempts(connection: sqlite3.Connection, patches: Sequence[UowPatch]) -> None:
    """A patch that takes a unit of work out of a worker's hands ends the worker's attempt."""
    taken: list[tuple[Value, ...]] = []
    for patch in patches:
        if patch.expect_state is not UowState.IN_PROGRESS or patch.state is UNSET:
            continue
        state = patch.state if patch.state.is_finished else UowState.INVALID
        reason = None if patch.exit_reason is UNSET else patch.exit_reason
        taken.append((patch.uow_id, patch.expect_attempt, state.value, reason))
    write_rows(connection, statements("leader")["close_attempts"], taken)
