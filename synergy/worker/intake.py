"""Takes units of work from the broker: buffers what is delivered, and claims as many as there is room for.

A message is acknowledged once its claim is stored, or missed. A box whose slots stay full gives its deliveries back, so
that another box can take them, and asks for them again when a slot is free.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from synergy.core.context import Work
from synergy.core.errors import WorldError
from synergy.core.messages import BY_HAND, UowMessage, decode_uow_message, process_queue
from synergy.core.ports import Broker, Claim, Clock, Delivery, WorkerStore
from synergy.core.records import UnitOfWork, UowId
from synergy.worker.backlog import Backlog, Waiting
from synergy.worker.backoff import WorldTrouble, until_answered
from synergy.worker.reports import Reports
from synergy.worker.site import Site
from synergy.worker.slots import Slots

FULL_SECONDS: Final = 1.0
"""Slots that are full this long make a box give back what it cannot begin."""

CLAIM_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class Intake:
    """The consumer of the queues of every process that is present on this box."""

    def __init__(self, site: Site, clock: Clock, slots: Slots, reports: Reports) -> None:
        self._site = site
        self._clock = clock
        self._slots = slots
        self._reports = reports
        self._works = site.works()
        self._names = sorted({name for name, _ in self._works} | {BY_HAND})
        self._backlog = Backlog()
        self._given_back: set[str] = set()
        self._wake = asyncio.Event()
        self._full_timer: asyncio.TimerHandle | None = None
        self._is_full = False
        self._stopping = False
        self._claiming = asyncio.Lock()
        slots.on_room = self._wake.set

    def connect(self, store: WorkerStore, broker: Broker) -> None:
        """Hand over the ports; before ``start``."""
        self._store = store
        self._broker = broker

    async def start(self) -> None:
        """Consume every queue from now on."""
        for name in self._names:
            await self._consume(name)

    async def run(self) -> None:
        """Claim until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while len(self._backlog) and (room := self._slots.room()) > 0 and not self._stopping:
                async with self._claiming:
                    await self._claim(self._backlog.take(room, self._clock.monotonic()))
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
        for name in self._names:
            if name not in self._given_back:
                await self._cancel(name)

    def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        now = self._clock.monotonic()
        for delivery in deliveries:
            try:
                message = decode_uow_message(delivery.body)
            except msgspec.MsgspecError as error:
                self._set_aside(delivery, f"it cannot be read: {error}")
                continue
            work = self._work(message)
            if work is None:
                self._set_aside(delivery, f"{message.process_name} is not known on box {self._site.box_id}")
                continue
            self._backlog.add(Waiting(message, delivery, now), work.priority)
        self._wake.set()

    def _work(self, message: UowMessage) -> Work | None:
        return message.work or self._works.get((message.process_name, message.entry_name))

    @staticmethod
    def _set_aside(delivery: Delivery, reason: str) -> None:
        log.error("a message on %s is set aside: %s", delivery.queue, reason, extra={"action": "message_set_aside"})
        delivery.set_aside(reason)

    async def _claim(self, picks: list[Waiting]) -> None:
        """Claim and begin; a pick that misses was taken, canceled or done by someone else meanwhile."""
        at = self._clock.real_time()
        site = self._site
        wanted = {pick.message.record_db_id: pick.message for pick in picks}
        claims = [Claim(uow_id, site.supervisor_id, site.box_id, site.host, at) for uow_id in wanted]
        try:
            taken, uncertain = await until_answered(
                lambda: self._store.claim(claims), "claim", lambda: not self._stopping
            )
            if uncertain:
                taken = await self._with_lost_answers(taken, wanted)
        except WorldTrouble:
            return  # stopping: the deliveries go back to the queue
        for pick in picks:
            pick.delivery.ack()
        for uow in taken:
            work = self._work(wanted[uow.uow_id])
            if work is not None:
                self._reports.claimed(uow)
                self._slots.start(uow, work)
        self._slots.forget_cancels()

    async def _with_lost_answers(
        self, taken: Sequence[UnitOfWork], wanted: Mapping[UowId, UowMessage]
    ) -> tuple[UnitOfWork, ...]:
        """Also what an earlier try took although its answer never came."""
        held, _ = await until_answered(lambda: self._store.held(self._site.box_id), "held", lambda: not self._stopping)
        known = {uow.uow_id for uow in taken} | {unit.uow.uow_id for unit in self._slots.units}
        ours = (uow for uow in held if uow.claimed_by == self._site.supervisor_id)
        return (*taken, *(uow for uow in ours if uow.uow_id in wanted and uow.uow_id not in known))

    async def _balance(self) -> None:
        """Give back what cannot be begun for long; ask for it again when there is room."""
        if self._stopping:
            return
        if self._slots.room() > 0:
            self._disarm()
            while self._given_back:
                await self._consume(self._given_back.pop())
        elif self._is_full:
            self._is_full = False
            for name in self._backlog.processes():
                self._given_back.add(name)
                await self._cancel(name)
            if stuck := self._slots.take_waiting(FULL_SECONDS):
                await self._give_back(stuck)
        elif len(self._backlog) and self._full_timer is None:
            self._full_timer = asyncio.get_running_loop().call_later(FULL_SECONDS, self._full)

    async def _give_back(self, uows: Sequence[UnitOfWork]) -> None:
        try:
            await self._reports.give_back(uows)
        except WorldTrouble as trouble:
            log.warning("%d units of work stay ours: %s", len(uows), trouble, extra={"action": "release_failed"})

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
