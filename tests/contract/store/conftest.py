"""Every test of this folder runs over every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.core.ports import LeaderStore, WorkerStore
from tests.contract.store.implementations import IMPLEMENTATIONS, Implementation


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def implementation_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def implementation(implementation_name: str) -> Implementation:
    return IMPLEMENTATIONS[implementation_name]


@pytest.fixture
def place(implementation: Implementation, tmp_path: Path) -> str:
    return implementation.new_place(tmp_path)


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
