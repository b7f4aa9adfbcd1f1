"""Opening: what is made, what is refused, and what the operator is told."""

# ruff: noqa: ASYNC240 - the loop has nothing else to do in these tests

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synergy.core.errors import StoreCorrupt, StoreDown
from synergy.core.ports import AuditQuery, Batch, PlanQuery
from synergy.core.states import JobState
from synergy.stores.sqlite.connection import LOGS, STORE, begin, connect, connect_reader, create_or_connect
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.contract.store.samples import hold, job, key, period


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "synergy.db"


async def filled(path: Path) -> None:
    store = SqliteLeaderStore(path)
    await store.open()
    await store.commit(Batch(await store.take_term("t"), jobs=tuple(job(number) for number in range(2000))))
    await store.close()


async def open_and_read(store: SqliteLeaderStore) -> None:
    await store.open()
    await store.active_jobs()


async def refusal(path: Path) -> str:
    store = SqliteLeaderStore(path)
    with pytest.raises(StoreCorrupt) as refused:
        await open_and_read(store)
    await store.close()
    assert str(path) in refused.value.message
    assert refused.value.remedy
    return refused.value.message


async def test_files_are_for_their_user_only(path: Path) -> None:
    store = SqliteLeaderStore(path)
    await store.open()
    await store.take_term("t")
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.close()


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    for content in (b"hello\n", b"x" * 100_000):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        assert "not a database" in await refusal(path)
        assert path.read_bytes() == content


async def test_a_truncated_store_is_refused(path: Path) -> None:
    await filled(path)
    os.truncate(path, path.stat().st_size // 2)
    assert "malformed" in await refusal(path)


async def test_a_damaged_page_is_told_when_it_is_read(path: Path) -> None:
    await filled(path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    assert "malformed" in await refusal(path)


async def test_a_store_of_a_newer_version_is_refused(path: Path) -> None:
    await filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "version 99" in await refusal(path)


async def test_a_store_of_an_earlier_version_is_brought_up_to_date_with_all_that_is_in_it(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.executescript(Path(__file__).with_name("schema-1.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA application_id = {STORE.application_id}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO job VALUES ('Hourly', ?, 'state_processed', 1, NULL, 0, 0, 0, NULL, 1.5)", (period(1),)
        )
        connection.execute("INSERT INTO audit VALUES (1, 2.5, 'ann', 'skip', 'Hourly@2013010100', NULL, NULL, NULL)")
        connection.execute("INSERT INTO plan VALUES ('p1', 'skip', 'ann', 2.5, '[]', '[]', NULL, 1)")
    connection.close()

    store = SqliteLeaderStore(path)
    await store.open()
    assert await store.jobs([key(1)]) == (job(1, JobState.PROCESSED, run=1, changed=1.5),)
    (plan,) = await store.find_plans(PlanQuery(plan_id="p1"))
    assert (plan.actor, plan.targets, plan.inverse) == ("ann", (), None)
    await store.commit(Batch(await store.take_term("t"), directives=(hold("h1"),)))
    assert [one.directive_id for one in await store.directives()] == ["h1"]
    assert await store.audit(AuditQuery()) == ()
    await store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT actor FROM audit_unchained").fetchall() == [("ann",)]
    connection.close()

    fresh = SqliteLeaderStore(path.with_name("fresh.db"))
    await fresh.open()
    await fresh.close()
    assert _shape(path) == _shape(path.with_name("fresh.db"))


def _shape(path: Path) -> dict[str, object]:
    """The version, and each table's columns and indexes."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        tables = [name for (name,) in found if name != "audit_unchained"]
        columns = {name: sorted(row[1] for row in connection.execute(f"PRAGMA table_info({name})")) for name in tables}
        indexes = sorted(name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'"))
        version = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return {"version": version, "columns": columns, "indexes": indexes}


async def test_somebody_else_s_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    assert "no Synergy store" in await refusal(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (1,)
    connection.close()


def test_a_log_file_is_no_store(path: Path) -> None:
    create_or_connect(path, LOGS).close()
    with pytest.raises(StoreCorrupt, match="no Synergy store"):
        connect(path, STORE)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreDown, match=r"synergy\.db: (Not a directory|File exists)"):
        create_or_connect(tmp_path / "file" / "synergy.db", STORE)
    with pytest.raises(StoreDown, match="unable to open"):
        create_or_connect(tmp_path, STORE)


def test_a_missing_file_is_not_made_by_connecting(path: Path) -> None:
    with pytest.raises(StoreDown, match="missing"):
        connect(path, STORE)
    assert not path.exists()


def test_a_reader_cannot_write(path: Path) -> None:
    create_or_connect(path, STORE).close()
    connection = connect_reader(path, STORE)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM meta")
    connection.close()


def test_a_lock_that_is_never_given_back_ends_the_waiting(path: Path) -> None:
    first, second = create_or_connect(path, STORE), create_or_connect(path, STORE)
    begin(first)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(second, 0.05)
    first.execute("COMMIT")
    begin(second, 0.05)
    first.close()
    second.close()


def test_a_store_is_durable_and_logs_are_quick(path: Path) -> None:
    store, logs = create_or_connect(path, STORE), create_or_connect(path.with_name("logs-202601.db"), LOGS)
    modes = [connection.execute("PRAGMA synchronous").fetchone()[0] for connection in (store, logs)]
    assert modes == [2, 1]
    assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()
    logs.close()


def test_programs_that_start_together_make_one_store(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        connections = list(pool.map(lambda _: create_or_connect(path, STORE), range(24)))
    for connection in connections:
        begin(connection)
        connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'leader_term'")
        connection.execute("COMMIT")
    assert connections[0].execute("SELECT value FROM meta WHERE name = 'leader_term'").fetchone() == (24,)
    for connection in connections:
        connection.close()
