"""The daemon without its sockets: service and scheduler over a store in a folder, on a loop of their own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace

from synergy.core.context import DaemonSpec, FreerunSpec, Work
from synergy.core.ports import Claim
from synergy.core.records import LogChunk, LogLine, UowId
from synergy.daemon.leases import Leases
from synergy.daemon.loading import Deployment
from synergy.daemon.own_logs import OwnLogs
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.service import Service
from synergy.daemon.standing import Standing
from synergy.loading import ProjectPaths
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.manual_clock import ManualClock
from tests.worker.local_broker import LocalBroker

T = TypeVar("T")
MOST_SECONDS: Final = 20.0
FIRST_UOW: Final = UowId("MainHourly@2013013020.1")


def small_deployment() -> Deployment:
    """Two trees, an entry and a daemon process."""
    work = Work(command=("true",))
    specs = (spec("MainDaily", "Main"), spec("MainHourly", "Main"), spec("OtherHourly", "Other"))
    entries = (FreerunSpec("Report", "mail", "every 60", work),)
    context = context_of(*specs, dependent_on={"Other": ("Main",)}, entries=entries)
    return Deployment(replace(context, daemons=(DaemonSpec("Feed", work),)), settings_of())


class Daemon:
    """Service and scheduler; ``run`` takes one step of the world."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop, deployment: Deployment | None = None) -> None:
        self.loop = loop
        self.store = SqliteLeaderStore(folder / "synergy.db")
        self.workers = SqliteWorkerStore(folder / "synergy.db")
        deployment = deployment or small_deployment()
        clock = ManualClock("2013-01-30T23:30:00Z")
        self.scheduler = Scheduler(self.store, LocalBroker(), clock, deployment, lambda _events: None)
        leases = Leases(self.store, clock, deployment.settings, self.scheduler.lease_lost)
        standing = Standing(self.scheduler, leases, "d1")
        paths = ProjectPaths(folder=folder, settings=deployment.settings)
        self._log = paths.daemon_log
        logs = OwnLogs(paths, lambda: leases.people)
        self.service = Service(self.scheduler, leases, standing, logs, lambda _request: None)
        self._standing = standing
        self._running: asyncio.Task[None]

    async def start(self) -> None:
        """Lead, with a first job claimed, and something in its log and the daemon's."""
        self._log.parent.mkdir(parents=True)
        self._log.write_text(
            "no JSON\n" + '{"at":"2013-01-30T23:30:00Z","level":"INFO","message":"a","action":"b"}\n' * 9
        )
        await self.store.open()
        await self.workers.open()
        self.scheduler.term = await self.store.take_term("d1")
        await self.scheduler.load(accept_plan=False)
        self._running = self.loop.create_task(self.scheduler.run())
        await self.scheduler.mailbox.ask(lambda schedule: schedule.now)
        await self.workers.claim([Claim(FIRST_UOW, "s1", "box-1", "host", 1.0)])
        lines = tuple(LogLine(1.0, "stdout", "", f"line {number} xX") for number in range(20))
        await self.workers.append_log([LogChunk(FIRST_UOW, 1, 0, lines)])

    async def stop(self) -> None:
        """End all of it."""
        self.scheduler.stop()
        await self._running
        await self._standing.close()
        await self.workers.close()
        await self.store.close()

    def run(self, what: Awaitable[T]) -> T:
        """The result, in bounded time."""

        async def within() -> T:
            async with asyncio.timeout(MOST_SECONDS):
                return await what

        return self.loop.run_until_complete(within())

    def check(self) -> None:
        """That it lives, and that nothing was set aside for its content."""
        if self._running.done():
            self._running.result()
            raise AssertionError("the scheduler ended")
        aside = self.scheduler.schedule.aside
        assert not aside, f"set aside: {aside}"


@contextmanager
def daemon_of(deployment: Deployment | None = None) -> Iterator[Daemon]:
    """One that works, and its end."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder, asyncio.Runner() as runner:
        daemon = Daemon(Path(folder), runner.get_loop(), deployment)
        runner.run(daemon.start())
        yield daemon
        runner.run(daemon.stop())
