"""The supervisor of one box: puts its parts together, and brings them up and down in order.

Up: store, leftovers, broker, first heartbeat, queues. Down: no new work, what is not begun goes back, the grace, the
rest is ended and goes back too, daemon processes, last reports, a last heartbeat that says gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, assert_never

from synergy.core.errors import PeerError, WorldError
from synergy.core.messages import (
    BY_HAND,
    Q_UOW_STATUS,
    CancelUow,
    QueueLost,
    ReloadDefinitions,
    SupervisorStarted,
    SwitchProcess,
    box_queue,
    decode_box_message,
    process_queue,
)
from synergy.core.ports import Broker, Clock, Delivery, WorkerStore
from synergy.core.records import UnitOfWork, WorkerInfo
from synergy.worker.backoff import WorldTrouble, until_answered
from synergy.worker.children import ChildPool
from synergy.worker.commands import CommandRunner
from synergy.worker.daemons import Daemons
from synergy.worker.exits import OomWatch
from synergy.worker.footprints import Footprints
from synergy.worker.heartbeat import Heartbeat
from synergy.worker.intake import Intake
from synergy.worker.killing import Killer
from synergy.worker.leftovers import end_leftovers
from synergy.worker.logs import LogShipper
from synergy.worker.memory import MemoryWatch
from synergy.worker.reaping import Reaper
from synergy.worker.redefining import Load, Redefiner
from synergy.worker.reports import Reports
from synergy.worker.site import Site
from synergy.worker.slots import Slots
from synergy.worker.tasks import Tasks
from synergy.worker.unit import Ending
from synergy.worker.workers import describe_workers

DRAIN_SECONDS: Final = 5.0
END_MARGIN_SECONDS: Final = 10.0
BOX_PREFETCH: Final = 64

log = logging.getLogger(__name__)


class Supervisor:
    """One life of a supervisor; ``run`` it once."""

    def __init__(self, site: Site, clock: Clock, store: WorkerStore, broker: Broker, load: Load) -> None:
        """``load`` reads the project anew, in a thread, when its definitions may have changed."""
        self._site = site
        self._store = store
        self._broker = broker
        self._reports = Reports(store, broker, site.supervisor_id)
        self._shipper = LogShipper(store, clock, self._reports.log_grew)
        self._slots = Slots(site, clock, self._reports, self._shipper)
        self._footprints = Footprints(clock)
        self._heartbeat = Heartbeat(site, clock, store, self._slots, self._footprints)
        self._intake = Intake(site, clock, self._slots, self._reports)
        self._intake.connect(store, broker)
        self._redefiner = Redefiner(site, load, self._redefine)
        self._redefiner.on_begin, self._redefiner.on_end = self._intake.hold, self._intake.go_on
        self._intake.on_unknown = self._redefiner.ask
        self._clock = clock
        self._losses = 0
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()

    def stop(self, *, now: bool = False) -> None:
        """Ask it to end; ``now`` skips the wait for running work. May be called again, also to hurry."""
        self._stop.set()
        if now:
            self._stop_now.set()

    def reload(self) -> None:
        """Look whether the definitions changed, and work by them if so."""
        self._redefiner.ask()

    def workers(self) -> tuple[WorkerInfo, ...]:
        """The processes of this box, as its heartbeat tells them."""
        return self._heartbeat.workers()

    async def run(self, ready: Callable[[], None], *, adopts: bool) -> None:
        """Work until stopped. ``ready`` is called when work is taken; ``adopts``: this process is a subreaper.

        Raises:
            StoreCorrupt, StoreDown: the store cannot be opened.
        """
        await self._store.open()
        try:
            async with asyncio.TaskGroup() as group:
                await self._serve(Tasks(group), group, ready, adopts=adopts)
        finally:
            await self._broker.stop()
            await self._store.close()

    async def _serve(self, tasks: Tasks, group: asyncio.TaskGroup, ready: Callable[[], None], *, adopts: bool) -> None:
        reaper, oom = Reaper(adopts=adopts), OomWatch()
        pool = self._pool = ChildPool(self._site, self._slots, reaper, oom)
        commands = CommandRunner(self._site, self._store, self._slots, tasks.spawn)
        killer = Killer(self._site.box_id, self._clock, self._reports, self._shipper)
        commands.equip(reaper, oom, killer)
        self._slots.equip(pool, commands, killer, tasks.spawn)
        daemons = self._daemons = Daemons(self._site, self._clock, self._store, reaper, tasks.spawn)
        self._heartbeat.workers = lambda: describe_workers(pool, self._slots, daemons, self._clock, self._footprints)
        self._heartbeat.on_beat = lambda: self._on_beat(pool, reaper)
        services: list[asyncio.Task[None]] = []
        try:
            if not await self._clean_up():
                return
            reports = (self._shipper.run(), self._reports.run_finishes(self._shipper), self._reports.run_statuses())
            services += [group.create_task(service) for service in reports]
            self._warm()
            if await self._connect():
                memory = MemoryWatch(self._slots)
                work = (self._intake.run(), self._heartbeat.run(), daemons.run(), self._redefiner.run(), memory.run())
                services += [group.create_task(service) for service in work]
                ready()
                log.info("supervisor works", extra={"action": "supervisor_ready", "box_id": self._site.box_id})
                await self._stop.wait()
            await self._wind_down(pool, daemons)
        finally:
            tasks.cancel()
            for service in services:
                service.cancel()

    def _on_beat(self, pool: ChildPool, reaper: Reaper) -> None:
        pool.recycle_fat()
        reaper.orphans()
        losses = self._broker.state().losses
        if losses != self._losses:
            self._losses = losses
            self._reports.say(QueueLost(self._site.supervisor_id))

    async def _clean_up(self) -> bool:
        """End what an earlier supervisor left; False when stopped before all of it was gone."""
        cleaning = asyncio.ensure_future(end_leftovers(self._site))
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait((cleaning, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not cleaning.done():
            cleaning.cancel()
            return False
        await cleaning
        return True

    async def _connect(self) -> bool:
        """Reach the broker and store the first heartbeat, however long that takes; False when stopped before."""
        queues = [Q_UOW_STATUS, box_queue(self._site.box_id), *_queues(self._site)]
        try:
            await self._until(self._broker.start, "broker_start")
            await self._until(self._heartbeat.beat, "first_beat")
            await self._until(lambda: self._broker.declare(queues), "declare")
            await self._until(self._tell_start, "tell_start")
            box = box_queue(self._site.box_id)
            await self._until(lambda: self._broker.consume(box, BOX_PREFETCH, self._on_box_messages), "consume_box")
            await self._intake.start()
        except WorldTrouble:
            return False
        return True

    async def _tell_start(self) -> None:
        """There is one supervisor of a box at a time: whoever else holds work of it is dead, and what it left, too."""
        site = self._site
        held = await self._store.held(site.box_id)
        earlier = {uow.claimed_by for uow in held if uow.claimed_by is not None} - {site.supervisor_id}
        self._reports.say(SupervisorStarted(site.supervisor_id, site.box_id, tuple(sorted(earlier))))

    async def _redefine(self, site: Site) -> None:
        """Put other definitions to work; what runs goes on as it was begun."""
        self._site = site
        try:
            await self._until(lambda: self._broker.declare(_queues(site)), "declare")
        except WorldTrouble:
            return
        await self._intake.redefine(site)
        self._daemons.redefine(site)
        self._warm()

    def _warm(self) -> None:
        if any(work.run for work in self._site.works().values()):
            self._pool.warm()

    async def _until(self, call: Callable[[], Awaitable[None]], action: str) -> None:
        await until_answered(call, action, lambda: not self._stop.is_set())

    def _on_box_messages(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            try:
                message = decode_box_message(delivery.body)
            except PeerError as error:
                log.error("a box message is set aside: %s", error, extra={"action": "message_set_aside"})  # noqa: TRY400
                delivery.set_aside(error.message)
                continue
            match message:
                case CancelUow(uow_id):
                    self._slots.cancel(uow_id)
                case SwitchProcess():
                    self._daemons.wake()
                case ReloadDefinitions(digest):
                    self._redefiner.ask(digest)
                case _:
                    assert_never(message)
            delivery.ack()

    async def _wind_down(self, pool: ChildPool, daemons: Daemons) -> None:
        """Everything that runs is given its time, then ended; what did not finish goes back."""
        settings = self._site.settings
        log.info("supervisor stops", extra={"action": "supervisor_stops", "running": self._slots.running})
        self._slots.held_back = True
        await self._intake.stop()
        unbegun = self._slots.take_waiting(0.0)
        stopping_daemons = asyncio.ensure_future(daemons.close())
        await self._wait_for_work(settings.stop_grace_seconds)
        self._slots.end_all(Ending.STOPPING)
        hurrying = asyncio.ensure_future(self._hurry_when_told(daemons))
        graces = [unit.work.grace_seconds for unit in self._slots.units]
        await self._slots.wait_until_empty(max([0.0, *graces]) + END_MARGIN_SECONDS)
        await stopping_daemons
        hurrying.cancel()
        await pool.close(DRAIN_SECONDS)
        await self._end_what_is_left()
        await self._hand_back([*unbegun, *self._slots.take_given_back()])

    async def _end_what_is_left(self) -> None:
        """What a callable started and did not wait for would else outlive its supervisor."""
        with suppress(TimeoutError):
            async with asyncio.timeout(END_MARGIN_SECONDS):
                await end_leftovers(self._site)

    async def _hurry_when_told(self, daemons: Daemons) -> None:
        await self._stop_now.wait()
        self._slots.hurry()
        daemons.hurry()

    async def _wait_for_work(self, limit_seconds: float) -> None:
        """Until nothing runs, the limit passed, or somebody is in a hurry."""
        empty = asyncio.ensure_future(self._slots.wait_until_empty(limit_seconds))
        hurry = asyncio.ensure_future(self._stop_now.wait())
        await asyncio.wait((empty, hurry), return_when=asyncio.FIRST_COMPLETED)
        for waiter in (empty, hurry):
            waiter.cancel()

    async def _hand_back(self, uows: list[UnitOfWork]) -> None:
        """The last words: finishes, given-back units, statuses and a heartbeat that says gone; all within limits."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                if uows:
                    await self._reports.give_back(uows)
                await self._reports.drain(DRAIN_SECONDS)
                if not self._intake.is_claiming:  # else what that took is offered again once the lease is lost
                    await self._heartbeat.beat(gone=True)
        except (TimeoutError, WorldError, WorldTrouble) as error:
            log.warning("the end could not be told in full: %s", error, extra={"action": "end_untold"})
        self._reports.give_up()
        self._shipper.give_up()


def _queues(site: Site) -> list[str]:
    return sorted({process_queue(name) for name, _ in site.works()} | {process_queue(BY_HAND)})
