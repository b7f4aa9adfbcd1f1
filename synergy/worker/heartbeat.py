"""The heartbeat: a counter that rises in the store, the cancels that come back, and the fence when it cannot be stored.

The fence stands on this box's own monotonic clock: work is ended before any observer can call the lease lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable

from synergy import __version__
from synergy.core.errors import WorldError
from synergy.core.ports import Clock, WorkerStore
from synergy.core.records import SupervisorRecord, WorkerInfo
from synergy.worker.footprints import Footprints, memory_percent, started_at
from synergy.worker.site import Site
from synergy.worker.slots import Slots

log = logging.getLogger(__name__)

Workers = Callable[[], tuple[WorkerInfo, ...]]


class Heartbeat:
    """Beats until cancelled; ``on_beat`` is called after every beat, stored or not."""

    def __init__(self, site: Site, clock: Clock, store: WorkerStore, slots: Slots, footprints: Footprints) -> None:
        self._site = site
        self._clock = clock
        self._store = store
        self._slots = slots
        self._footprints = footprints
        self._counter = 0
        self._started = clock.real_time()
        self._pid_started = started_at(os.getpid())
        self._fence: asyncio.TimerHandle | None = None
        self._fenced = False
        self._trouble = False
        self.workers: Workers = tuple
        self.on_beat: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Beat every ``heartbeat_seconds``."""
        while True:
            await asyncio.sleep(self._site.settings.heartbeat_seconds)
            try:
                await self.beat()
            except WorldError as error:
                self._failed(error)
            self.on_beat()

    async def beat(self, *, gone: bool = False) -> None:
        """Store one heartbeat, and end what is to be canceled.

        Raises:
            WorldError: it could not be stored.
        """
        began = asyncio.get_running_loop().time()
        self._counter += 1
        canceled = await self._store.beat(self._record(gone=gone))
        self._renewed(began, gone=gone)
        held = {unit.uow.uow_id for unit in self._slots.units}
        for uow_id in canceled:
            if uow_id in held:
                self._slots.cancel(uow_id)

    def _renewed(self, began: float, *, gone: bool) -> None:
        if self._fence is not None:
            self._fence.cancel()
            self._fence = None
        if not gone:
            self._fence = asyncio.get_running_loop().call_at(began + self._site.fence_seconds, self._close_fence)
        if self._trouble:
            log.info("heartbeats are stored again", extra={"action": "heartbeat_recovered"})
            self._trouble = False
        if self._fenced:
            self._fenced = False
            self._slots.held_back = False
            self._slots.on_room()

    def _failed(self, error: WorldError) -> None:
        if not self._trouble:
            log.warning("a heartbeat could not be stored: %s", error, extra={"action": "heartbeat_failed"})
        self._trouble = True

    def _close_fence(self) -> None:
        """Nobody has heard of this box for too long: others may take its work soon, so it must end here."""
        self._fence = None
        self._fenced = True
        running = len(self._slots.units)
        log.error("the lease is lost: %d units of work are ended", running, extra={"action": "lease_lost"})
        self._slots.fence()

    def _record(self, *, gone: bool) -> SupervisorRecord:
        workers = self.workers()
        own = self._footprints.of(os.getpid())
        self._footprints.keep({os.getpid(), *(worker.pid for worker in workers)})
        resident = own.rss_bytes + sum(worker.rss_bytes for worker in workers)
        return SupervisorRecord(
            supervisor_id=self._site.supervisor_id,
            box_id=self._site.box_id,
            host=self._site.host,
            pid=os.getpid(),
            pid_started=self._pid_started,
            version=__version__,
            counter=self._counter,
            started=self._started,
            slots=self._site.slots,
            running=self._slots.running,
            rss_bytes=resident,
            cpu_percent=round(own.cpu_percent + sum(worker.cpu_percent for worker in workers), 1),
            memory_percent=memory_percent(resident),
            gone=gone,
            workers=workers,
        )
