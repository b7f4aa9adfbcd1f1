"""Where a campaign of faults takes place: a deployment with its boxes, servers, disk and clocks, all of it private."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from synergy.core.ports.archive import ArchiveStore
from synergy.stores.mongodb.archive import MongoArchive
from synergy.stores.sqlite.archive import SqliteArchive
from tests.campaign.backstage import Backstage
from tests.campaign.chaos.clocks import SteppedClock, stepped_clocks
from tests.campaign.chaos.keeper import Kept
from tests.campaign.chaos.plan import LEASE_SECONDS, boxes_of
from tests.campaign.chaos.story import Story
from tests.campaign.chaos.workload import SPEED, write_workload
from tests.campaign.servers import Servers, servers
from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.disks import fill, mount_small_disk, no_growth, unmount

DISK_MEGABYTES: Final = 300
SETTINGS: Final[dict[str, str | float]] = {
    "slots": 5,
    "lease_seconds": LEASE_SECONDS,
    "heartbeat_seconds": 2.0,
    "gc.release_lag_minutes": 0.05,
    "gc.resubmit_after_hours": 0.01,
    "gc.run_interval": 5.0,
}


class Field(NamedTuple):
    """A deployment at work. ``boxes``: the deployment of each box, the first one is the daemon's.

    ``clocks``: none where there is no libfaketime. ``no_disk``: why there is no small disk under the daemon's box.
    ``over`` is set when the campaign is to end at once.
    """

    boxes: dict[str, Deployment]
    servers: Servers
    backstage: Backstage
    clocks: dict[str, SteppedClock]
    no_disk: str | None
    story: Story
    over: threading.Event

    @property
    def main(self) -> Deployment:
        """The daemon's."""
        return next(iter(self.boxes.values()))

    @property
    def is_embedded(self) -> bool:
        """Whether store and broker are the daemon's own."""
        return self.servers.rabbit is None

    @property
    def schedule_hours(self) -> float:
        """How many hours of the schedule are over, about: nobody is asked."""
        return self.story.seconds * SPEED / 3600

    def status(self) -> dict[str, Any]:
        """What ``synergyctl status`` says; empty when nothing."""
        done = self.main.ctl("status", "-o", "json", expect=None)
        told: dict[str, Any] = {} if done.returncode else json.loads(done.stdout)
        return told

    def start(self) -> None:
        """Write the projects, start the daemon and, where no daemon keeps them, the supervisors."""
        for box_id, deployment in self.boxes.items():
            own = self.servers.settings(far=deployment is not self.main)
            write_workload(deployment.folder, self.main.folder, {**SETTINGS, "box_id": box_id, **own})
            if box_id in self.clocks:
                deployment.environment = self.clocks[box_id].environment
        self.main.start()
        for deployment in list(self.boxes.values())[1:]:
            deployment.synergyd("supervisor", "start")

    def kept(self) -> tuple[Kept, ...]:
        """What has to run."""
        daemon = Kept("daemon", lambda: self.main.daemon_pid, lambda: self.main.synergyd("start", expect=None))
        if self.is_embedded:
            return (daemon,)
        return (daemon, *(_supervisor(box_id, deployment) for box_id, deployment in self.boxes.items()))

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No room for anything under the daemon's box; where it has no disk of its own, its files may not grow."""
        if self.no_disk is not None:
            with no_growth((self.main.daemon_pid, self.main.supervisor_pid)):
                yield
            return
        filler = self.main.paths.sqlite_path.with_name("filler")
        try:
            fill(filler)
            yield
        finally:
            filler.unlink()

    @contextmanager
    def lock_store(self) -> Iterator[None]:
        """Another process writes to the store's file, and does not end."""
        path = self.main.paths.sqlite_path
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                other.execute("ROLLBACK")

    def archive(self) -> ArchiveStore:
        """Its store, to be read past the daemon."""
        if self.servers.mongo is None:
            return SqliteArchive(self.main.paths.sqlite_path)
        return MongoArchive(str(self.servers.settings(far=False)["store"]))


def _supervisor(box_id: str, deployment: Deployment) -> Kept:
    def start() -> object:
        return deployment.synergyd("supervisor", "start", expect=None)

    return Kept(f"supervisor of {box_id}", lambda: deployment.supervisor_pid, start)


@contextmanager
def field(backend: str, story: Story) -> Iterator[Field]:
    """One that is not started yet; after the block everything is stopped, and its folders are gone."""
    with ExitStack() as stack:
        backstage = stack.enter_context(Backstage())
        outside = stack.enter_context(servers(backend, backstage))
        folder = new_folder()
        if "SYNERGY_KEEP" not in os.environ:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        names = boxes_of(backend)
        clocks = stack.enter_context(stepped_clocks(folder / "clocks", names))
        boxes = {box_id: Deployment(folder / box_id) for box_id in names}
        no_disk = _small_disk(boxes[names[0]].folder / ".synergy", stack)
        made = Field(boxes, outside, backstage, clocks, no_disk, story, threading.Event())
        stack.callback(_close, made)
        yield made


def _small_disk(folder: Path, stack: ExitStack) -> str | None:
    why_not = mount_small_disk(folder, DISK_MEGABYTES)
    if why_not is None:
        stack.callback(unmount, folder)
    return why_not


def _close(made: Field) -> None:
    for deployment in reversed(made.boxes.values()):
        left = deployment.close()
        if left:
            made.story.complain(f"stop left {left} behind in {deployment.folder}")
