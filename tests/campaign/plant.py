"""The deployment of a campaign: private servers, a daemon with its box, and a second box in a folder of its own.

The second box reaches both servers over stretches of wire of its own, so that it can be cut off from them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from synergy.clocks import RealClock
from synergy.core.ports.archive import ArchiveStore
from synergy.stores.mongodb.archive import MongoArchive
from synergy.stores.sqlite.archive import SqliteArchive
from tests.campaign.backstage import Backstage
from tests.campaign.servers import Servers, servers
from tests.campaign.workload import Witness, write_workload
from tests.endtoend.deployment import Deployment, new_folder
from tests.waiting import poll

BACKENDS: Final = ("mongodb+rabbitmq", "sqlite+rabbitmq")
BOXES: Final = ("box-1", "box-2")
Settings = dict[str, str | float]
STEADY_SECONDS: Final = 300.0
STEADY_LAG_SECONDS: Final = 4 * 3600.0
"""Of schedule time: a few hours are always under way."""


class Plant:
    """A running deployment and its servers."""

    def __init__(self, main: Deployment, second: Deployment, servers: Servers, backstage: Backstage) -> None:
        self.main = main
        self.second = second
        self.servers = servers
        self.backstage = backstage
        self.witness = Witness(main.folder)

    @property
    def now(self) -> float:
        """The wall clock, as its jobs tell it."""
        return RealClock().real_time()

    def start(self, settings: Settings | None = None) -> None:
        """Write both projects and start daemon and boxes; returns when work streams."""
        servers = self.servers
        common = {"slots": 5, "gc.release_lag_minutes": 0.05, "gc.run_interval": 10.0, **(settings or {})}
        shared: Settings = {} if servers.mongo else {"store": f"sqlite:{self.main.folder}/.synergy/synergy.db"}
        for deployment, box_id in zip((self.main, self.second), BOXES, strict=True):
            own = {"box_id": box_id, **shared, **servers.settings(far=deployment is self.second)}
            write_workload(deployment.folder, self.main.folder, {**common, **own})
        self.main.start()
        self.second.synergyd("supervisor", "start")
        self.await_steady()

    def status(self) -> dict[str, Any]:
        """What ``synergyctl status`` says."""
        told: dict[str, Any] = self.main.ctl_json("status")
        return told

    def await_steady(self) -> float:
        """Wait until nothing is wrong, both boxes work and little is overdue; returns after how many seconds."""
        began = time.monotonic()
        seen: dict[str, Any] = {}

        def is_steady() -> bool:
            seen.update(self.status())
            whole = seen["state"] == "running" and not seen["problems"] and seen["supervisors"] == len(BOXES)
            return bool(whole and seen["lag_seconds"] < STEADY_LAG_SECONDS)

        try:
            poll(is_steady, STEADY_SECONDS, "work streams steadily")
        except AssertionError as error:
            told = {name: seen.get(name) for name in ("state", "problems", "supervisors", "lag_seconds", "queued")}
            raise AssertionError(f"{error}: {told}") from error
        return time.monotonic() - began

    def come_to_rest(self) -> str:
        """Let nothing new begin, and wait for what runs; returns the schedule time up to which all must be done."""
        until: str = self.status()["clock"]["schedule_time"]
        for process_name in ("Calls", "CallsDaily", "Commands"):
            self.main.ctl("deactivate", process_name)

        def is_at_rest() -> bool:
            told = self.status()
            return not any((told["running"], told["queued"], told["jobs"].get("state_in_progress", 0)))

        poll(is_at_rest, STEADY_SECONDS, "all that was begun is done")
        return until

    def stop(self) -> None:
        """Stop it in order."""
        self.second.synergyd("supervisor", "stop")
        self.main.synergyd("supervisor", "stop")
        self.main.synergyd("stop")

    def archive(self) -> ArchiveStore:
        """Its store, to be read past the daemon."""
        if self.servers.mongo is not None:
            return MongoArchive(str(self.servers.settings(far=False)["store"]))
        return SqliteArchive(self.main.paths.sqlite_path)


@contextmanager
def plant(backend: str) -> Iterator[Plant]:
    """One that is not started yet; at its end everything is stopped, and its folders are gone."""
    if backend not in BACKENDS:
        raise ValueError(f"backend {backend} is none of {', '.join(BACKENDS)}")
    with ExitStack() as stack:
        backstage = stack.enter_context(Backstage())
        outside = stack.enter_context(servers(backend, backstage))
        main, second = Deployment(new_folder()), Deployment(new_folder() / BOXES[1])
        made = Plant(main, second, outside, backstage)
        if "SYNERGY_KEEP" not in os.environ:
            stack.callback(shutil.rmtree, second.folder.parent, ignore_errors=True)
        stack.callback(main.close)
        stack.callback(second.close)
        yield made
