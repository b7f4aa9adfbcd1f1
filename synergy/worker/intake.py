"""Takes units of work from the broker: buffers what is delivered, and claims as many as there is room for.

A message is acknowledged once its claim is stored, or missed. A box whose slots, or a pool, stay full gives back the
deliveries that wait for them, so that another box can take them, and asks for them again when there is room.
While the definitions are read anew nothing is claimed, and what they do not tell yet waits for the answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from synergy.core.context import Work
from synergy.core.errors import PeerError, WorldError
from synergy.core.messages import UowMessage, decode_uow_message, process_queue
from synergy.core.ports import Broker, Claim, Clock, Delivery, WorkerStore
from synergy.core.records import UnitOfWork, UowId
from synergy.worker.backlog import Backlog, Waiting
from synergy.worker.backoff import WorldTrouble, until_answered
from synergy.worker.reports import Reports
from synergy.worker.site import Site
from synergy.worker.slots import Slots
from synergy.worker.works import Works

FULL_SECONDS: Final = 1.0
"""Slots or pools that are full this long make a box give back what it cannot begin."""

CLAIM_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class Intake:
    """The consumer of the queues of every process that is present on this box."""

    def __init__(self, site: Site, clock: Clock, slots: Slots, reports: Reports) -> None:
        self._site = site
        self._clock = clock
        self._slots = slots
        self._reports = reports
        self._works = Works(site)
        self._names: frozenset[str] = frozenset()
        self._backlog = Backlog()
        self._given_back: set[str] = set()
        self._holding = False
        self._wake = asyncio.Event()
        self._full_timer: asyncio.TimerHandle | None = None
        self._stuck_timer: asyncio.TimerHandle | None = None
        self._is_full = False
        self._stopping = False
        self._claiming = asyncio.Lock()
        slots.on_room = self._wake.set
        self.on_unknown: Callable[[], None] = lambda: None
        """Called when something is delivered that no definition tells; it waits until ``go_on``."""

    def connect(self, store: WorkerStore, broker: Broker) -> None:
        """Hand over the ports; before ``start``."""
        self._store = store
        self._broker = broker

    @property
    def is_claiming(self) -> bool:
        """Whether a claim has no answer yet: nobody knows what it took."""
        return self._claiming.locked()

    async def start(self) -> None:
        """Consume every queue from now on."""
        self._names = self._works.names
        for name in sorted(self._names):
            await self._consume(name)

    def hold(self) -> None:
        """Claim nothing until ``go_on``: the definitions may be others now."""
        self._holding = True

    def go_on(self) -> None:
        """Claim again; what is unknown even now is set aside."""
        self._holding = False
        for message, delivery in self._works.take_parked():
            self._take(message, delivery)
        self._wake.set()

    async def redefine(self, site: Site) -> None:
        """Run what these definitions tell, from the next claim on; queues of other processes are left to others."""
        self._works.redefine(site)
        before, self._names = self._names, self._works.names
        for name in sorted(before - self._names):
            if name in self._given_back:
                self._given_back.remove(name)
            else:
                await self._cancel(name)
        for name in sorted(self._names - before):
            await self._consume(name)

    async def run(self) -> None:
        """Claim until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while picks := self._next():
                async with self._claiming:
                    await self._claim(picks)
            await self._balance()

    async def stop(self) -> None:
        """Take nothing more; what was delivered and not claimed goes back to its queue. May be called twice.

        A claim under way is waited for: what it took would else be held by nobody.
        """
        if self._stopping:
            return
        self._stopping = True
        self._disarm()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLAIM_SECONDS), self._claiming:
                pass
        for name in sorted(self._names - self._given_back):
            await self._cancel(name)

    def _next(self) -> list[Waiting]:
        """What is to be claimed now, taken out of the backlog."""
        room = self._slots.room()
        if not len(self._backlog) or room <= 0 or self._holding or self._stopping:
            return []
        return self._backlog.take(room, self._clock.monotonic(), self._pool_room())

    def _pool_room(self) -> dict[str, int]:
        return self._works.room(unit.work for unit in self._slots.units)

    def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            try:
                message = decode_uow_message(delivery.body)
            except PeerError as error:
                self._set_aside(delivery, error.message)
                continue
            self._take(message, delivery)
        self._wake.set()

    def _take(self, message: UowMessage, delivery: Delivery) -> None:
        work = self._works.find(message)
        if work is not None:
            self._backlog.add(Waiting(message, delivery, self._clock.monotonic()), work)
        elif self._works.park(message, delivery):
            self.on_unknown()
        else:
            self._set_aside(delivery, f"{message.process_name} is not known on box {self._site.box_id}")

    @staticmethod
    def _set_aside(delivery: Delivery, reason: str) -> None:
        log.error("a message on %s is set aside: %s", delivery.queue, reason, extra={"action": "message_set_aside"})
        delivery.set_aside(reason)

    async def _claim(self, picks: list[Waiting]) -> None:
        """Claim and begin; a pick that misses was taken, canceled or done by someone else meanwhile."""
        at, fences, began = self._clock.real_time(), self._slots.fences, self._clock.monotonic()
        site = self._site
        # Looked up before the answer: a claim that is stored must be run, whatever is redefined meanwhile.
        wanted = {pick.message.record_db_id: work for pick in picks if (work := self._works.find(pick.message))}
        claims = [Claim(uow_id, site.supervisor_id, site.box_id, site.host, at) for uow_id in wanted]
        try:
            taken, uncertain = await until_answered(
                lambda: self._store.claim(claims), "claim", lambda: not self._stopping
            )
            if uncertain:
                taken = await self._with_lost_answers(taken, wanted)
        except WorldTrouble:
            return  # stopping: the deliveries go back to the queue
        self._slots.claim_took(self._clock.monotonic() - began)
        for pick in picks:
            if pick.message.record_db_id in wanted:
                pick.delivery.ack()
            else:
                self._take(pick.message, pick.delivery)
        for uow in taken:
            self._slots.start(uow, wanted[uow.uow_id], fences)
        self._slots.forget_cancels()

    async def _with_lost_answers(
        self, taken: Sequence[UnitOfWork], wanted: Mapping[UowId, Work]
    ) -> tuple[UnitOfWork, ...]:
        """Also what an earlier try took although its answer never came, but nothing that was begun before."""
        # Before the store is asked: what ends meanwhile has been begun, too.
        begun = {unit.uow.uow_id for unit in self._slots.units} | self._reports.leaving
        known = begun | {uow.uow_id for uow in taken}
        held, _ = await until_answered(lambda: self._store.held(self._site.box_id), "held", lambda: not self._stopping)
        ours = (uow for uow in held if uow.claimed_by == self._site.supervisor_id)
        return (*taken, *(uow for uow in ours if uow.uow_id in wanted and uow.uow_id not in known))

    async def _balance(self) -> None:
        """Give back what cannot be begun for long; ask for it again when there is room."""
        if self._stopping:
            return
        if self._slots.has_waiting:
            await self._give_back_stuck()
        await self._ask_again()
        if not len(self._backlog) or self._holding:
            self._disarm()
        elif self._is_full:
            self._is_full = False
            for name in self._backlog.processes():
                self._given_back.add(name)
                await self._cancel(name)
        elif self._full_timer is None:
            self._full_timer = asyncio.get_running_loop().call_later(FULL_SECONDS, self._full)

    async def _ask_again(self) -> None:
        """Consume again what was given back and can be begun now."""
        if self._slots.room() > 0:
            room = self._pool_room()
            for name in sorted(self._given_back):
                if name in self._given_back and self._works.may_run(name, room):
                    self._given_back.remove(name)
                    await self._consume(name)

    async def _give_back_stuck(self) -> None:
        """What was claimed ahead and waits behind longer work is for others to run."""
        if stuck := self._slots.take_waiting(FULL_SECONDS):
            await self._give_back(stuck)
        if self._slots.has_waiting and self._stuck_timer is None:
            self._stuck_timer = asyncio.get_running_loop().call_later(FULL_SECONDS, self._look_for_stuck)

    async def _give_back(self, uows: Sequence[UnitOfWork]) -> None:
        try:
            await self._reports.give_back(uows)
        except WorldTrouble as trouble:
            log.warning("%d units of work stay ours: %s", len(uows), trouble, extra={"action": "release_failed"})

    def _look_for_stuck(self) -> None:
        self._stuck_timer = None
        self._wake.set()

    def _full(self) -> None:
        self._full_timer = None
        self._is_full = True
        self._wake.set()

    def _disarm(self) -> None:
        self._is_full = False
        if self._full_timer is not None:
            self._full_timer.cancel()
            self._full_timer = None

    async def _consume(self, name: str) -> None:
        if self._stopping:
            return
        prefetch = self._site.settings.mq_prefetch
        try:
            await until_answered(
                lambda: self._broker.consume(process_queue(name), prefetch, self._deliver),
                "consume",
                lambda: not self._stopping,
            )
        except WorldTrouble:
            return

    async def _cancel(self, name: str) -> None:
        try:
            await self._broker.cancel(process_queue(name))
        except WorldError as error:
            # The connection is gone, and with it the consumer: its deliveries are back already.
            log.warning("consumer of %s: %s", name, error, extra={"action": "consumer_cancel_failed"})
        self._backlog.drop(name)
