"""A server that is killed loses nothing that it acknowledged; a store finds it again by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from synergy.core.errors import StoreDown
from synergy.core.ports import Batch
from synergy.core.records import HistoryEntry
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Options
from synergy.stores.mongodb.worker import MongoWorkerStore
from tests.contract.store.samples import claim, job, key, told, uow, uow_id
from tests.servers.mongodb import MongoServer, new_database, running

pytestmark = pytest.mark.real

HURRIED = Options(server_selection_seconds=1, socket_seconds=30)
PATIENT = Options(server_selection_seconds=30, socket_seconds=30)


@pytest.fixture(params=["standalone", "set"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MongoServer]:
    with running(tmp_path / "server", standalone=request.param == "standalone") as started:
        yield started


async def write_until_it_fails(store: MongoLeaderStore, term: int, killed: asyncio.Event) -> int:
    """Commit batches of five; returns how many were acknowledged. ``killed`` is set once the first few are."""
    for number in range(10_000):
        numbers = range(number * 5, number * 5 + 5)
        history: tuple[HistoryEntry, ...] = tuple(told(one) for one in numbers)
        batch = Batch(term, tuple(job(one) for one in numbers), tuple(uow(one) for one in numbers), history=history)
        try:
            await store.commit(batch)
        except StoreDown:
            return number
        if number == 5:
            killed.set()
    raise AssertionError("the server was never killed")


async def test_a_killed_server_loses_nothing_that_it_acknowledged(server: MongoServer) -> None:
    url = server.url(new_database())
    store = MongoLeaderStore(url, HURRIED)
    await store.open()
    term, enough = await store.take_term("daemon-1"), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(write_until_it_fails(store, term, enough))
        await enough.wait()
        server.kill()
    acknowledged = writing.result() * 5
    server.start()
    after = MongoLeaderStore(url, PATIENT)
    await after.open()
    kept = {one.timeperiod for one in await after.active_jobs()}
    assert {key(number).timeperiod for number in range(acknowledged)} <= kept
    assert len(kept) in {acknowledged, acknowledged + 5}, "a batch was stored in part"
    assert len(await after.open_uows()) == len(kept)
    assert [len(await after.history(key(n), 9)) for n in range(len(kept))] == [1] * len(kept)
    assert await after.take_term("daemon-2") == term + 1
    await after.close()
    await store.close()


async def test_a_frozen_server_is_given_up_in_time(server: MongoServer) -> None:
    options = Options(server_selection_seconds=0.5, socket_seconds=0.5)
    store = MongoLeaderStore(server.url(new_database()), PATIENT)
    await store.open()
    term = await store.take_term("daemon-1")
    impatient = MongoLeaderStore(server.url(new_database()), options)
    await impatient.open()
    own = await impatient.take_term("daemon-1")
    server.signal(signal.SIGSTOP)
    async with asyncio.timeout(10):
        with pytest.raises(StoreDown):
            await impatient.commit(Batch(own, new_uows=(uow(1),)))
    server.signal(signal.SIGCONT)
    assert await store.commit(Batch(term, new_uows=(uow(1),))) == ()
    await impatient.close()
    await store.close()


async def test_a_store_goes_on_when_its_server_is_back(server: MongoServer) -> None:
    url = server.url(new_database())
    leader, worker = MongoLeaderStore(url, HURRIED), MongoWorkerStore(url, HURRIED)
    await leader.open()
    await worker.open()
    term = await leader.take_term("daemon-1")
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    server.kill()
    with pytest.raises(StoreDown, match=r"127\.0\.0\.1"):
        await worker.claim([claim(1)])
    with pytest.raises(StoreDown):
        await leader.commit(Batch(term, new_uows=(uow(2),)))
    server.start()
    again = MongoWorkerStore(url, PATIENT)  # its client finds the server; that of the others is told by it
    await again.open()
    (taken,) = await again.claim([claim(1)])
    assert taken.uow_id == uow_id(1)
    await again.close()
    await worker.close()
    await leader.close()
