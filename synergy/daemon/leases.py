"""Which supervisors are alive: their counters in the store, read every heartbeat (CLARIFICATIONS: leases)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from synergy.core.control.events import HealthChanged
from synergy.core.errors import InvalidArgument, StoreDown
from synergy.core.leases import LeaseWatch
from synergy.core.ports import Clock, LeaderStore
from synergy.core.records import SupervisorRecord
from synergy.core.settings import Settings

log = logging.getLogger(__name__)

_FIRST_LOOKS_SECONDS: Final = 0.5

Lost = Callable[[str], Awaitable[None]]


class Leases:
    """Reads heartbeats and tells whose lease is lost; ``people`` are the supervisors to show, one per box."""

    def __init__(self, store: LeaderStore, clock: Clock, settings: Settings, lost: Lost) -> None:
        self.people: tuple[SupervisorRecord, ...] = ()
        self.alive: frozenset[str] = frozenset()
        self.events: list[HealthChanged] = []
        self._store = store
        self._clock = clock
        self._settings = settings
        self._lost = lost
        self._watch = LeaseWatch(settings.lease_seconds)
        self._gone: set[str] = set()

    async def run(self, announce: Callable[[list[HealthChanged]], None]) -> None:
        """Look for ever; what fails is done again at the next beat."""
        while True:
            try:
                await self.look()
            except StoreDown as error:
                log.warning("heartbeats cannot be read: %s", error, extra={"action": "leases_unknown"})
            except InvalidArgument as error:  # of the batch that the loss was in; its schedule is built anew
                log.warning("what a lost supervisor held waits: %s", error, extra={"action": "lease_lost_refused"})
            if self.events:
                announce(list(self.events))
                self.events.clear()
            await asyncio.sleep(self._settings.heartbeat_seconds if self.alive else _FIRST_LOOKS_SECONDS)

    async def look(self) -> None:
        """Read the heartbeats once, and report whose lease is lost."""
        records = await self._store.supervisors()
        now = self._clock.monotonic()
        for record in records:
            self._watch.observe(record.supervisor_id, record.counter, now)
        self._watch.forget_all_but({record.supervisor_id for record in records})
        lost = set(self._watch.lost(now))
        for supervisor_id in sorted(lost - self._gone):
            log.warning("lease of %s is lost", supervisor_id, extra={"action": "lease_lost"})
            await self._lost(supervisor_id)
            self._gone.add(supervisor_id)
        self._gone &= lost
        self._show(records)
        await self._retire_replaced()

    async def _retire_replaced(self) -> None:
        """A box's last supervisor is shown, also as down; earlier ones that are dealt with are of no use to anybody."""
        replaced = self._gone - {record.supervisor_id for record in self.people}
        if replaced:
            await self._store.retire(sorted(replaced))

    def _show(self, records: tuple[SupervisorRecord, ...]) -> None:
        latest: dict[str, SupervisorRecord] = {}
        for record in sorted(records, key=lambda record: record.started):
            latest[record.box_id] = record
        alive = frozenset(
            record.supervisor_id
            for record in latest.values()
            if not record.gone and record.supervisor_id not in self._gone
        )
        for record in latest.values():
            was, is_now = record.supervisor_id in self.alive, record.supervisor_id in alive
            if was != is_now:
                self.events.append(HealthChanged("supervisor", up=is_now, detail=f"{record.box_id} on {record.host}"))
        self.people = tuple(latest[box_id] for box_id in sorted(latest))
        self.alive = alive
