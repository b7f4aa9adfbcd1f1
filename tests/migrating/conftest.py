from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.core.ports import ArchiveStore, LeaderStore, WorkerStore
from synergy.stores.sqlite.archive import SqliteArchive
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore


def source_path(folder: Path) -> Path:
    return folder / "source" / "synergy.db"


def target_path(folder: Path) -> Path:
    return folder / "target" / "synergy.db"


@pytest.fixture
async def leader(tmp_path: Path) -> AsyncIterator[LeaderStore]:
    """The daemon's side of the source, which makes it."""
    store = SqliteLeaderStore(source_path(tmp_path))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[WorkerStore]:
    store = SqliteWorkerStore(source_path(tmp_path))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[ArchiveStore]:
    store = SqliteArchive(source_path(tmp_path))
    yield store
    await store.close()


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[ArchiveStore]:
    store = SqliteArchive(target_path(tmp_path))
    yield store
    await store.close()
