"""Records and tables: the same fields, every bit of them, found by an index."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields, replace

from synergy.core.errors import StoreCorrupt
from synergy.core.ports import AuditQuery, JobQuery, UowQuery
from synergy.core.states import JOB_STATES, JobState, UowState
from synergy.stores.sqlite import claiming, expiry, queries, rows
from synergy.stores.sqlite.bulk import write_rows
from synergy.stores.sqlite.connection import STORE, create_or_connect
from synergy.stores.sqlite.failures import translate
from synergy.stores.sqlite.statements import statements
from tests.contract.store.samples import NOW, claim, finish, job, key, uow, uow_id

KINDS = [kind for kind in vars(rows).values() if isinstance(kind, rows.Rows)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "synergy.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    made = create_or_connect(path, STORE)
    yield made
    made.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_a_table_has_the_fields_of_its_record(connection: sqlite3.Connection, kind: rows.Rows[Any]) -> None:
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({kind.table})")}
    assert columns - {"seq"} == set(kind.columns) - {"seq"}, "a new field needs a column in schema.sql"


def test_every_record_has_a_table() -> None:
    assert len(KINDS) == 12
    assert set(rows.UOWS.columns) == {field.name for field in fields(type(uow(1)))}


def test_no_bit_of_a_stamp_is_lost(connection: sqlite3.Connection) -> None:
    numbers = random.Random(7)  # noqa: S311 - stamps, not secrets
    jobs = [job(n, changed=numbers.uniform(1.6e9, 2e9), inputs_finished=numbers.random()) for n in range(20_000)]
    write_rows(connection, rows.JOBS.replace, [rows.JOBS.row(one) for one in jobs])
    found = sorted(rows.JOBS.select(connection), key=lambda one: one.timeperiod)
    assert found == jobs


@pytest.mark.parametrize("count", [0, 1, 2, 3, 31, 127, 128, 129, 300])
def test_any_number_of_rows_is_written_once(connection: sqlite3.Connection, count: int) -> None:
    given = [rows.JOBS.row(job(number)) for number in range(count)]
    assert write_rows(connection, rows.JOBS.replace, given) == count
    assert len(rows.JOBS.select(connection)) == count


def test_the_store_s_codes_are_those_of_the_states(connection: sqlite3.Connection) -> None:
    jobs = [job(number, state) for number, state in enumerate(JOB_STATES)]
    write_rows(connection, rows.JOBS.replace, [rows.JOBS.row(one) for one in jobs])
    assert queries.job_page(connection, "Hourly", "").codes == bytes(range(len(JOB_STATES)))


def test_a_state_nobody_knows_is_told(connection: sqlite3.Connection, path: Path) -> None:
    write_rows(connection, rows.JOBS.replace, [rows.JOBS.row(job(1))])
    connection.execute("UPDATE job SET state = 'state_odd'")
    with pytest.raises(StoreCorrupt, match="unknown state"):
        queries.job_page(connection, "Hourly", "")
    with pytest.raises(Exception, match="state_odd") as refused:
        queries.jobs(connection, [key(1)])
    assert isinstance(translate(refused.value, path), StoreCorrupt)


def test_no_question_or_write_walks_a_large_table(connection: sqlite3.Connection) -> None:
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    states = frozenset({UowState.INVALID, UowState.PROCESSED})
    write_rows(connection, rows.UOWS.append, [rows.UOWS.row(uow(1))])
    queries.job_page(connection, "Hourly", "")
    queries.active_jobs(connection)
    queries.jobs(connection, [key(1)])
    queries.find_jobs(connection, JobQuery("Hourly", "1", "2", frozenset(JobState)))
    queries.uows(connection, [uow_id(1)])
    queries.open_uows(connection)
    for query in (UowQuery(), UowQuery(states, "Hourly"), UowQuery(None, "Hourly", "2", uow_id(1)), UowQuery(states)):
        queries.find_uows(connection, query)
    queries.history(connection, key(1), 5, 0)
    queries.attempts(connection, key(1), None)
    queries.held(connection, "box-1")
    queries.audit(connection, AuditQuery(since=0.0, before=7, limit=5))
    queries.audit_after(connection, 3, 5)
    claiming.claim(connection, [claim(1)])
    claiming.finish(connection, [finish(1), finish(1, "s2")])
    claiming.release(connection, [uow_id(1)], "s1")
    expiry.expirable(connection, NOW, expiry.START)
    expiry.delete_uows(connection, [uow_id(1)])
    connection.set_trace_callback(None)
    large = {"job", "unit_of_work", "attempt", "history", "audit"}
    scans = {
        (step, sql)
        for sql in asked
        if sql.lstrip().startswith(("SELECT", "WITH", "DELETE", "UPDATE"))
        for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}")
        for table in large
        if step == f"SCAN {table}" or (step.startswith("SCAN stored") and "unit_of_work" in sql)
    }
    assert scans == set()


def test_statements_are_found_by_name_without_comments() -> None:
    for name in ("leader", "worker"):
        for statement in statements(name).values():
            assert sqlite3.complete_statement(f"{statement};")
            assert "--" not in statement


def test_a_replaced_record_keeps_no_field_of_the_old_one(connection: sqlite3.Connection) -> None:
    old = job(1, run=5, related_unit_of_work=uow_id(1), inputs_finished=NOW)
    for one in (old, replace(old, related_unit_of_work=None, inputs_finished=None)):
        write_rows(connection, rows.JOBS.replace, [rows.JOBS.row(one)])
    (found,) = rows.JOBS.select(connection)
    assert (found.related_unit_of_work, found.inputs_finished) == (None, None)
