"""A whole supervisor in a test: real store, real processes, a broker inside the test."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from synergy.clocks import RealClock
from synergy.core.context import DaemonSpec, FreerunSpec, ManagedSpec, ProcessContext, TreeSpec, Work, digest_of
from synergy.core.errors import InvalidDefinition
from synergy.core.kills import KillReport
from synergy.core.messages import (
    CancelUow,
    QueueLost,
    ReloadDefinitions,
    StatusMessage,
    SupervisorStarted,
    UowFinished,
    UowMessage,
    box_queue,
    encode,
    process_queue,
)
from synergy.core.ports import Batch, Message, StoredLog, WorkerStore
from synergy.core.records import UnitOfWork, UowId, UowPatch, derive_uow_id
from synergy.core.settings import Settings
from synergy.core.states import UowState
from synergy.core.timeperiods import Qualifier
from synergy.loading import Project
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from synergy.worker.marks import box_mark
from synergy.worker.site import Site
from synergy.worker.supervisor import Supervisor
from tests.waiting import within
from tests.worker.local_broker import LocalBroker

LIMIT_SECONDS = 20.0
S = TypeVar("S", bound=StatusMessage)


def make_site(folder: Path, works: dict[str, Work], **settings: object) -> Site:
    """A project of hourly processes, one for each work."""
    specs = tuple(ManagedSpec(name, Qualifier.HOURLY, "Tree", work) for name, work in works.items())
    runtime = folder / ".synergy"
    runtime.mkdir(exist_ok=True)
    (runtime / "logs").mkdir(exist_ok=True)
    values: dict[str, object] = {"stop_grace_seconds": 0.2, "slots": 2, **settings}
    made = Settings(context="jobs", synergy_start_timeperiod="2013010100", **values)  # type: ignore[arg-type]
    return Site(
        folder=folder,
        log_folder=runtime / "logs",
        settings=made,
        context=ProcessContext(managed=specs, trees=(TreeSpec("Tree", tuple(works)),)),
        supervisor_id="box-1.test",
        host="here",
        box_mark=box_mark("box-1", folder),
        slots=made.slots or 2,
    )


def with_context(site: Site, freerun: Sequence[FreerunSpec] = (), daemons: Sequence[DaemonSpec] = ()) -> Site:
    """The same place, with entries and daemon processes."""
    context = ProcessContext(site.context.managed, tuple(freerun), tuple(daemons), site.context.trees)
    return Site(
        site.folder,
        site.log_folder,
        site.settings,
        context,
        site.supervisor_id,
        site.host,
        site.box_mark,
        site.slots,
    )


def write_jobs(folder: Path, source: str) -> None:
    """The user's module ``jobs``."""
    (folder / "jobs.py").write_text(textwrap.dedent(source))


class Workshop:
    """What a test asks of a running supervisor, in the daemon's place."""

    def __init__(self, site: Site, leader: SqliteLeaderStore, broker: LocalBroker, supervisor: Supervisor) -> None:
        self.site = site
        self.leader = leader
        self.broker = broker
        self.supervisor = supervisor
        self.context: ProcessContext | None = site.context
        """What the definitions say when they are loaded anew; None: they do not load."""
        self.loads = 0
        self._term = 0

    def load(self) -> Project:
        """The project as its files are now."""
        self.loads += 1
        if self.context is None:
            raise InvalidDefinition("the test's definitions are wrong")
        return Project(folder=self.site.folder, settings=self.site.settings, context=self.context)

    async def redefine(self, context: ProcessContext) -> None:
        """The files change, and a daemon that starts says so."""
        self.context = context
        message = ReloadDefinitions(digest_of(context))
        await self.broker.publish([Message(box_queue(self.site.box_id), encode(message))])

    async def offer(
        self, process_name: str, timeperiod: str = "2013010100", *, send: bool = True, **fields: object
    ) -> UowId:
        """Request a unit of work and send its message."""
        (uow_id,) = await self.offer_all([(process_name, timeperiod)], send=send, **fields)
        return uow_id

    async def offer_all(self, wanted: Sequence[tuple[str, str]], *, send: bool = True, **fields: object) -> list[UowId]:
        """Request several at once; without ``send`` their messages are the test's to write."""
        self._term = self._term or await self.leader.take_term("test")
        uows = [
            UnitOfWork(
                uow_id=derive_uow_id(name, None, timeperiod, 1),
                process_name=name,
                timeperiod=timeperiod,
                run=1,
                start_timeperiod=timeperiod,
                end_timeperiod="2013010101",
                **fields,  # type: ignore[arg-type]
            )
            for name, timeperiod in wanted
        ]
        await self.leader.commit(Batch(self._term, new_uows=tuple(uows)))
        if not send:
            return [uow.uow_id for uow in uows]
        messages = [
            Message(process_queue(uow.process_name), encode(UowMessage(uow.process_name, uow.uow_id))) for uow in uows
        ]
        await self.broker.publish(messages)
        return [uow.uow_id for uow in uows]

    async def cancel(self, uow_id: UowId) -> None:
        """Request its cancel and tell the box."""
        await self.request_cancel(uow_id)
        await self.broker.publish([Message(box_queue(self.site.box_id), encode(CancelUow(uow_id)))])

    async def request_cancel(self, uow_id: UowId) -> None:
        """Store that it is to be canceled; the box is not told."""
        patch = UowPatch(uow_id, UowState.IN_PROGRESS, 1, cancel_requested=True)
        assert await self.leader.commit(Batch(self._term, patches=(patch,))) == ()

    async def status(self, kind: type[S], uow_id: UowId | None = None) -> S:
        """The first status of this kind (about this unit of work), once it was published."""
        while True:
            for status in self.broker.statuses:
                if isinstance(status, kind) and (uow_id is None or _subject(status) == uow_id):
                    return status
            await self.broker.grown(LIMIT_SECONDS)

    async def finished(self, uow_id: UowId) -> UnitOfWork:
        """The unit of work as its finish was announced."""
        return (await self.status(UowFinished, uow_id)).uow

    async def run(self, process_name: str, timeperiod: str = "2013010100", **fields: object) -> UnitOfWork:
        """Request one and wait for its end."""
        return await self.finished(await self.offer(process_name, timeperiod, send=True, **fields))

    async def stored(self, uow_id: UowId) -> UnitOfWork:
        """The unit of work as it is stored now."""
        (uow,) = await self.leader.uows([uow_id])
        return uow

    async def kill(self, uow_id: UowId) -> KillReport | None:
        """How the processes of its last attempt were ended, as it is stored."""
        uow = await self.stored(uow_id)
        return (await self.leader.attempts(uow.key))[-1].kill

    async def log(self, uow_id: UowId, attempt: int = 1) -> StoredLog:
        """The stored log of an attempt."""
        return await self.leader.log(uow_id, attempt, 0, 100_000)

    async def texts(self, uow_id: UowId) -> list[str]:
        """The lines of the first attempt's log."""
        return [line.text for line in (await self.log(uow_id)).lines]

    async def until_text(self, uow_id: UowId, text: str) -> None:
        """Wait until the stored log holds this line."""
        while text not in await self.texts(uow_id):
            await self.broker.grown(LIMIT_SECONDS)


def _subject(status: StatusMessage) -> UowId | None:
    if isinstance(status, SupervisorStarted | QueueLost):
        return None
    return status.uow.uow_id if hasattr(status, "uow") else status.uow_id


@asynccontextmanager
async def working(site: Site, store: WorkerStore | None = None) -> AsyncIterator[Workshop]:
    """A supervisor that takes work; stopped at the end, running work or not."""
    path = site.log_folder.parent / "synergy.db"
    leader = SqliteLeaderStore(path)
    await leader.open()
    broker = LocalBroker()
    shop: Workshop
    load = lambda: shop.load()  # noqa: E731, PLW0108 - each needs the other
    supervisor = Supervisor(site, RealClock(), store or SqliteWorkerStore(path), broker, load)
    shop = Workshop(site, leader, broker, supervisor)
    ready = asyncio.Event()
    running = asyncio.ensure_future(supervisor.run(ready.set, adopts=False))
    waiting = asyncio.ensure_future(ready.wait())
    try:
        await asyncio.wait((running, waiting), timeout=LIMIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        assert ready.is_set()
        yield shop
    finally:
        waiting.cancel()
        supervisor.stop(now=True)
        await within(LIMIT_SECONDS, running)
        await leader.close()
