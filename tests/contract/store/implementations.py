"""The stores that are held to the contract. A further one is a further entry here; the tests stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synergy.core.ports import ArchiveStore, LeaderStore, WorkerStore
from synergy.stores.mongodb.archive import MongoArchive
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Options
from synergy.stores.mongodb.worker import MongoWorkerStore
from synergy.stores.sqlite.archive import SqliteArchive
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from tests.servers.mongodb import GIVEN_URL
from tests.simulation.shelf import Shelf
from tests.simulation.store import SimulatedLeaderStore, SimulatedWorkerStore, SureLine

UNHURRIED = Options(server_selection_seconds=20, socket_seconds=60, log_ttl_days=20_000)
"""For a machine that is busy with other tests, and for samples that grow old."""


@dataclass(frozen=True)
class Implementation:
    """Stores at a place: a path, a URL. ``server`` is what has to run for it, and whether a test is a ``real`` one.

    ``share``: how much of a test's many records this store gets. The server that stands in for MongoDB takes one to
    five seconds for ten thousand of them, which shows nothing more than a thousand do. ``in_memory``: no other process
    finds it, and there is nothing to be moved elsewhere.
    """

    leader: Callable[[str], LeaderStore]
    worker: Callable[[str], WorkerStore]
    archive: Callable[[str], ArchiveStore]
    server: str | None = None
    share: float = 1.0
    in_memory: bool = False


def _mongodb(server: str) -> Implementation:
    return Implementation(
        leader=lambda place: MongoLeaderStore(place, UNHURRIED),
        worker=lambda place: MongoWorkerStore(place, UNHURRIED),
        archive=lambda place: MongoArchive(place, UNHURRIED),
        server=server,
        share=0.1,
    )


def _no_archive(place: str) -> ArchiveStore:
    raise AssertionError(f"{place} is in memory only")


def _simulated() -> Implementation:
    """The store of the simulation: what is found there is worth as much as it keeps to the contract."""
    shelves: defaultdict[str, Shelf] = defaultdict(Shelf)
    return Implementation(
        leader=lambda place: SimulatedLeaderStore(shelves[place], SureLine()),
        worker=lambda place: SimulatedWorkerStore(shelves[place], SureLine()),
        archive=_no_archive,
        share=0.1,
        in_memory=True,
    )


IMPLEMENTATIONS = {
    "simulated": _simulated(),
    "sqlite": Implementation(
        leader=lambda place: SqliteLeaderStore(Path(place)),
        worker=lambda place: SqliteWorkerStore(Path(place)),
        archive=lambda place: SqliteArchive(Path(place)),
    ),
    "mongodb-standalone": _mongodb("standalone"),
    "mongodb-set": _mongodb("set"),
}
if GIVEN_URL is not None:
    IMPLEMENTATIONS["mongodb-given"] = _mongodb("given")
