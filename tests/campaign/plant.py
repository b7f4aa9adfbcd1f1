"""The deployment of a campaign: private servers, a daemon with its box, and a second box in a folder of its own.

The second box reaches both servers over stretches of wire of its own, so that it can be cut off from them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple

from synergy.clocks import RealClock
from synergy.core.ports.archive import ArchiveStore
from synergy.stores.mongodb.archive import MongoArchive
from synergy.stores.sqlite.archive import SqliteArchive
from tests.campaign.backstage import Backstage
from tests.campaign.workload import Witness, write_workload
from tests.endtoend.deployment import Deployment, new_folder
from tests.servers.mongodb import MongoServer, new_database
from tests.servers.rabbitmq import RabbitNode
from tests.servers.tcp_relay import TcpRelay
from tests.waiting import poll

BACKENDS: Final = ("mongodb+rabbitmq", "sqlite+rabbitmq")
BOXES: Final = ("box-1", "box-2")
Settings = dict[str, str | float]
STEADY_SECONDS: Final = 300.0
STEADY_LAG_SECONDS: Final = 4 * 3600.0
"""Of schedule time: a few hours are always under way."""


class Servers(NamedTuple):
    """What stands outside of the deployment. ``mongo`` and its wire are None where the store is a file."""

    rabbit: RabbitNode
    rabbit_wire: TcpRelay
    mongo: MongoServer | None
    mongo_wire: TcpRelay | None


class Plant:
    """A running deployment and its servers."""

    def __init__(self, main: Deployment, second: Deployment, servers: Servers, backstage: Backstage) -> None:
        self.main = main
        self.second = second
        self.servers = servers
        self.backstage = backstage
        self.witness = Witness(main.folder)
        self._database = new_database()

    @property
    def now(self) -> float:
        """The wall clock, as its jobs tell it."""
        return RealClock().real_time()

    def start(self, settings: Settings | None = None) -> None:
        """Write both projects and start daemon and boxes; returns when work streams."""
        servers = self.servers
        common = {"slots": 5, "gc.release_lag_minutes": 0.05, "gc.run_interval": 10.0, **(settings or {})}
        store, far_store = self._stores()
        broker, far_broker = servers.rabbit.url(), servers.rabbit.url(port=servers.rabbit_wire.port)
        for deployment, own in (
            (self.main, {"box_id": BOXES[0], "store": store, "broker": broker}),
            (self.second, {"box_id": BOXES[1], "store": far_store, "broker": far_broker}),
        ):
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
        mongo = self.servers.mongo
        return MongoArchive(self._stores()[0]) if mongo else SqliteArchive(self.main.paths.sqlite_path)

    def _stores(self) -> tuple[str, str]:
        """The store as the daemon's box and as the second one reaches it."""
        mongo, wire = self.servers.mongo, self.servers.mongo_wire
        if mongo is None or wire is None:
            path = f"sqlite:{self.main.folder}/.synergy/synergy.db"
            return path, path
        # A set's member tells its own address, which would lead around the wire.
        far = f"mongodb://127.0.0.1:{wire.port}/{self._database}?directConnection=true"
        return mongo.url(self._database), far


@contextmanager
def plant(backend: str) -> Iterator[Plant]:
    """One that is not started yet; at its end everything is stopped, and its folders are gone."""
    if backend not in BACKENDS:
        raise ValueError(f"backend {backend} is none of {', '.join(BACKENDS)}")
    with ExitStack() as stack:
        backstage = stack.enter_context(Backstage())
        rabbit = RabbitNode()
        stack.callback(rabbit.stop)
        rabbit.start()
        mongo = mongo_wire = None
        if backend.startswith("mongodb"):
            folder = new_folder()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            mongo = MongoServer(folder / "server", standalone=False)
            stack.callback(mongo.kill)
            mongo.start()
            mongo_wire = _wire(stack, backstage, mongo.port)
        servers = Servers(rabbit, _wire(stack, backstage, rabbit.port), mongo, mongo_wire)
        main, second = Deployment(new_folder()), Deployment(new_folder() / BOXES[1])
        made = Plant(main, second, servers, backstage)
        if "SYNERGY_KEEP" not in os.environ:
            stack.callback(shutil.rmtree, second.folder.parent, ignore_errors=True)
        stack.callback(main.close)
        stack.callback(second.close)
        yield made


def _wire(stack: ExitStack, backstage: Backstage, port: int) -> TcpRelay:
    relay = TcpRelay(port)
    backstage.do(relay.start())
    stack.callback(lambda: backstage.do(relay.stop()))
    return relay
