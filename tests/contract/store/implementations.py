"""The stores that are held to the contract. A further one is a further entry here; the tests stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synergy.core.ports import LeaderStore, WorkerStore
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore


@dataclass(frozen=True)
class Implementation:
    """``new_place`` makes an empty store for one test in its folder and names it: a path, a URL."""

    new_place: Callable[[Path], str]
    leader: Callable[[str], LeaderStore]
    worker: Callable[[str], WorkerStore]


IMPLEMENTATIONS = {
    "sqlite": Implementation(
        new_place=lambda folder: str(folder / "store" / "synergy.db"),
        leader=lambda place: SqliteLeaderStore(Path(place)),
        worker=lambda place: SqliteWorkerStore(Path(place)),
    ),
}
