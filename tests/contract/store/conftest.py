"""Every test of this folder runs over every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path

import pytest

from synergy.core.ports import LeaderStore, WorkerStore
from tests.contract.store.implementations import IMPLEMENTATIONS, Implementation
from tests.servers.mongodb import MongoServer, database_of_its_own, new_database, running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What needs a server is left out of the quick gate, and what is only in memory of tests of several processes."""
    if "implementation_name" not in metafunc.fixturenames:
        return
    hands_on = "implementation_name" in signature(metafunc.function).parameters
    moves = {"archive", "target"}.intersection(metafunc.fixturenames)
    parameters = [
        pytest.param(name, marks=() if chosen.server is None else pytest.mark.real)
        for name, chosen in sorted(IMPLEMENTATIONS.items())
        if not (chosen.in_memory and (hands_on or moves))
    ]
    metafunc.parametrize("implementation_name", parameters)


@pytest.fixture
def implementation(implementation_name: str) -> Implementation:
    return IMPLEMENTATIONS[implementation_name]


@pytest.fixture(scope="module")
def standalone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with running(tmp_path_factory.mktemp("standalone"), standalone=True) as server:
        yield server


@pytest.fixture(scope="module")
def set_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with running(tmp_path_factory.mktemp("set"), standalone=False) as server:
        yield server


@pytest.fixture
def place(implementation: Implementation, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty store of this test."""
    with empty_store(implementation, tmp_path / "store", request) as url:
        yield url


@pytest.fixture
def other_place(implementation: Implementation, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A second empty store of the same kind."""
    with empty_store(implementation, tmp_path / "other", request) as url:
        yield url


@contextmanager
def empty_store(implementation: Implementation, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    match implementation.server:
        case None:
            yield str(folder / "synergy.db")
        case "given":
            with database_of_its_own() as url:
                yield url
        case name:
            server: MongoServer = request.getfixturevalue(f"{name}_server")
            yield server.url(new_database())


@pytest.fixture
def many(implementation: Implementation) -> Callable[[int], int]:
    """Scales a number of records to what the store is good for in a test; a multiple of ten stays whole."""
    return lambda count: round(count * implementation.share)


@pytest.fixture
async def leader(implementation: Implementation, place: str) -> AsyncIterator[LeaderStore]:
    store = implementation.leader(place)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def term(leader: LeaderStore) -> int:
    return await leader.take_term("daemon-1")


@pytest.fixture
async def worker(implementation: Implementation, place: str) -> AsyncIterator[WorkerStore]:
    store = implementation.worker(place)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def other_worker(implementation: Implementation, place: str) -> AsyncIterator[WorkerStore]:
    store = implementation.worker(place)
    await store.open()
    yield store
    await store.close()
