"""The writer thread: groups, failures that stay alone, and a file that goes away."""

# ruff: noqa: ASYNC240 - the loop has nothing else to do in these tests

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from synergy.core.errors import DiskFull, InvalidArgument, StoreDown, SynergyError
from synergy.core.ports import Batch
from synergy.stores.sqlite.connection import STORE, create_or_connect
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.log_files import LogFiles
from synergy.stores.sqlite.writer import Writer
from tests.contract.store.samples import chunk, job, key, uow, uow_id
from tests.waiting import within


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "synergy.db"


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[Writer]:
    create_or_connect(path, STORE).close()
    made = Writer(path, STORE)
    made.start()
    yield made
    await made.stop()


@pytest.fixture
async def leader(path: Path) -> AsyncIterator[SqliteLeaderStore]:
    store = SqliteLeaderStore(path)
    await store.open()
    yield store
    await store.close()


def insert(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT INTO meta (name, value) VALUES (?, 1)", (name,))
    return connection.total_changes


def append(files: LogFiles, first_line: int) -> None:
    files.append([chunk(first_line, "x")])


def names(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("SELECT name FROM meta")}
    connection.close()
    return found - {"leader_term", "leader_holder"}


async def test_all_that_wait_are_committed_together(writer: Writer, path: Path) -> None:
    entered, go = threading.Event(), threading.Event()
    commits: list[str] = []

    def hold(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        entered.set()
        assert go.wait(10)

    async with asyncio.TaskGroup() as group:
        group.create_task(writer.write(hold))
        await asyncio.to_thread(entered.wait, 10)
        for number in range(50):
            group.create_task(writer.write(partial(insert, name=f"n{number}")))
        await asyncio.sleep(0)
        go.set()
    assert len(commits) == 2
    assert len(names(path)) == 50


async def test_a_request_that_fails_takes_nobody_with_it(writer: Writer, path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        insert(connection, "half")
        connection.execute("INSERT INTO meta (name) VALUES ('leader_term')")

    results = await asyncio.gather(
        writer.write(lambda connection: insert(connection, "a")),
        writer.write(fail),
        writer.write(lambda connection: insert(connection, "b")),
        return_exceptions=True,
    )
    assert [isinstance(result, InvalidArgument) for result in results] == [False, True, False]
    assert names(path) == {"a", "b"}


async def test_a_programming_error_reaches_who_asked_and_the_thread_lives(writer: Writer, path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        insert(connection, "half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await writer.write(fail)
    await writer.write(lambda connection: insert(connection, "a"))
    assert names(path) == {"a"}


async def test_who_gave_up_waiting_disturbs_nobody(writer: Writer, path: Path) -> None:
    with pytest.raises(TimeoutError):
        await within(0, writer.write(lambda connection: insert(connection, "a")))
    await writer.write(lambda connection: insert(connection, "b"))
    assert "b" in names(path)


async def test_a_record_that_cannot_be_stored_is_the_caller_s_fault(leader: SqliteLeaderStore) -> None:
    term = await leader.take_term("t")
    results = await asyncio.gather(
        leader.commit(Batch(term, jobs=(job(1),))),
        leader.commit(Batch(term, jobs=(job(2, run=2**70),))),
        leader.commit(Batch(term, new_uows=(uow(1, source="bad \udcff"),))),
        leader.commit(Batch(term, new_uows=(uow(1), uow(1, uow_id=uow_id(77))))),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [tuple, InvalidArgument, InvalidArgument, InvalidArgument]
    assert len(await leader.active_jobs()) == 1
    assert await leader.open_uows() == ()


async def test_a_full_disk_stores_nothing_and_is_left_again(leader: SqliteLeaderStore) -> None:
    term = await leader.take_term("t")

    def fill_up(connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 2}")

    await leader._threads.write(fill_up)
    batch = Batch(term, jobs=(job(9999),), new_uows=tuple(uow(number) for number in range(500)))
    with pytest.raises(DiskFull, match="disk is full"):
        await leader.commit(batch)
    assert await leader.jobs([key(9999)]) == ()
    assert await leader.commit(batch) == ()  # a new connection knows no limit: there is room again
    assert len(await leader.open_uows()) == 500


async def test_a_store_that_is_removed_is_noticed(leader: SqliteLeaderStore, path: Path) -> None:
    term = await leader.take_term("t")
    path.unlink()
    with pytest.raises(StoreDown, match="removed"):
        await leader.commit(Batch(term, jobs=(job(1),)))
    with pytest.raises(StoreDown, match="missing"):
        await leader.commit(Batch(term, jobs=(job(1),)))
    assert not path.exists()


async def test_a_store_that_is_put_back_is_used_again(leader: SqliteLeaderStore, path: Path) -> None:
    term = await leader.take_term("t")
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    with pytest.raises(StoreDown):
        await leader.commit(Batch(term))
    elsewhere.rename(path)
    await leader.commit(Batch(term, jobs=(job(1),)))
    assert len(await leader.active_jobs()) == 1


async def test_a_closed_store_says_so(leader: SqliteLeaderStore) -> None:
    await leader.close()
    for question in (leader.take_term("t"), leader.active_jobs(), leader.log(uow_id(1), 1, 0, 1)):
        with pytest.raises(StoreDown, match="closed"):
            await question


async def test_a_store_that_is_replaced_is_read_as_it_is_now(leader: SqliteLeaderStore, path: Path) -> None:
    term = await leader.take_term("test")
    await leader.commit(Batch(term, jobs=(job(1),)))
    assert await leader.jobs([key(1)]) == (job(1),)
    other = path.with_name("other.db")
    create_or_connect(other, STORE).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.replace(path)
    with pytest.raises(StoreDown, match="replaced"):
        await leader.jobs([key(1)])
    assert await leader.jobs([key(1)]) == ()


def test_a_log_file_that_is_damaged_is_set_aside_and_made_anew(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    files.append([chunk(0, "lost")])
    (path,) = tmp_path.glob("logs-??????.db")
    files.close()
    path.write_bytes(b"no database at all" * 1000)
    files.append([chunk(1, "kept")])
    assert [line.text for line in files.page(uow_id(1), 1, 0, 10).lines] == ["kept"]
    assert path.with_name(f"damaged-{path.name}").exists()
    files.close()


async def test_a_log_file_that_is_removed_is_made_anew(leader: SqliteLeaderStore, tmp_path: Path) -> None:
    for first_line in (0, 1):
        await leader._threads.logs(partial(append, first_line=first_line))
        (month,) = tmp_path.glob("logs-*.db")
        if first_line == 0:
            month.unlink()
    assert (await leader.log(uow_id(1), 1, 0, 10)).first_line == 1


async def test_closing_waits_for_what_was_asked_before(path: Path) -> None:
    store = SqliteLeaderStore(path)
    await store.open()
    term = await store.take_term("t")
    commits = [asyncio.ensure_future(store.commit(Batch(term, jobs=(job(number),)))) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*commits) == [()] * 20
    assert not isinstance(commits[0].exception(), SynergyError)
