"""Servers of this folder's tests, which obey their test commands, and stores on databases of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pymongo import MongoClient

from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Options
from synergy.stores.mongodb.worker import MongoWorkerStore
from tests.servers.mongodb import MongoServer, new_database, running
from tests.stores.mongodb.failpoints import Failpoints

PATIENT = Options(server_selection_seconds=20, socket_seconds=30)


@pytest.fixture(scope="module", params=["standalone", "set"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    standalone = request.param == "standalone"
    folder = tmp_path_factory.mktemp(request.param)
    with running(folder, standalone=standalone, arguments=["--enable-test-commands"]) as started:
        yield started


@pytest.fixture
def url(server: MongoServer) -> str:
    return server.url(new_database())


@pytest.fixture
async def leader(url: str) -> AsyncIterator[MongoLeaderStore]:
    store = MongoLeaderStore(url, PATIENT)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def worker(url: str) -> AsyncIterator[MongoWorkerStore]:
    store = MongoWorkerStore(url, PATIENT)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def new_leader(url: str) -> Callable[[], MongoLeaderStore]:
    return lambda: MongoLeaderStore(url, PATIENT)


@pytest.fixture
def client(url: str) -> Iterator[MongoClient[dict[str, object]]]:
    """For a look past the store; its commands are spared by failpoints."""
    with MongoClient[dict[str, object]](url) as opened:
        yield opened


@pytest.fixture
def failpoints(client: MongoClient[dict[str, object]]) -> Iterator[Failpoints]:
    points = Failpoints(client)
    yield points
    points.clear()
