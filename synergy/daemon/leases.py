"""Which supervisors are alive: their counters in the store, read every heartbeat (CLARIFICATIONS: leases)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from functools import partial
from typing import Final, NamedTuple

from synergy.core.control.events import HealthChanged
from synergy.core.errors import InvalidArgument, StoreDown
from synergy.core.leases import LeaseWatch
from synergy.core.ports import Clock, LeaderStore
from synergy.core.records import SupervisorRecord
from synergy.core.settings import Settings
from synergy.daemon.box_past import BoxPast, Footprint

log = logging.getLogger(__name__)

_FIRST_LOOKS_SECONDS: Final = 0.5
_LOOKS_PER_BEAT: Final = 4
_SILENT_BEATS: Final = 2
"""One that has missed so many heartbeats is told as silent, long before its lease is lost."""

StillLost = Callable[[], Awaitable[bool]]
Lost = Callable[[str, StillLost], Awaitable[bool]]
"""Takes its work from a supervisor, unless that is found to be alive after all: then it answers False.

What it holds is to be read first, and only then whether its lease is still lost. Else work could be taken from it that
it took when it had just renewed its lease.
"""


class _Sign(Enum):
    """A supervisor's last sign of life; NONE: its lease is lost."""

    FRESH = auto()
    LATE = auto()
    NONE = auto()


class Away(NamedTuple):
    """A box whose supervisor has given no sign of life for so long; ``is_lost``: its work is waited for no more."""

    box_id: str
    host: str
    seconds: float
    is_lost: bool


class BoxSeen(NamedTuple):
    """A box as it is shown: its last heartbeat, how it stands, how old the heartbeat is, and the ones before.

    ``state``: ``up``, ``silent`` (it missed heartbeats), ``down`` (its work is waited for no more) or ``stopped``.
    """

    record: SupervisorRecord
    state: str
    seconds: float | None = 0.0
    past: tuple[Footprint, ...] = ()


_STATES: Final = {_Sign.FRESH: "up", _Sign.LATE: "silent", _Sign.NONE: "down"}


class Leases:
    """Reads heartbeats and tells whose lease is lost; ``people`` are the supervisors to show, one per box."""

    def __init__(self, store: LeaderStore, clock: Clock, settings: Settings, lost: Lost) -> None:
        self.people: tuple[SupervisorRecord, ...] = ()
        self.alive: frozenset[str] = frozenset()
        self.away: tuple[Away, ...] = ()
        """Boxes that are silent or lost, by name."""
        self.events: list[HealthChanged] = []
        self._store = store
        self._clock = clock
        self._settings = settings
        self._lost = lost
        self._watch = LeaseWatch(settings.lease_seconds)
        self._gone: set[str] = set()
        self._signs: dict[str, _Sign] = {}
        self._past = BoxPast()

    def slots(self) -> dict[str, int]:
        """Of each box whose supervisor lives, how many slots it has."""
        return {record.box_id: record.slots for record in self.people if record.supervisor_id in self.alive}

    def boxes(self) -> tuple[BoxSeen, ...]:
        """Every box that is known of, in order of name."""
        now = self._clock.monotonic()
        seen = [
            BoxSeen(
                record,
                _STATES[self._signs[record.supervisor_id]],
                round(self._watch.stood_still(record.supervisor_id, now), 1),
                self._past.footprints(record.box_id),
            )
            for record in self.people
        ]
        stopped = [BoxSeen(record, "stopped", None) for record in self._past.stopped]
        return tuple(sorted([*seen, *stopped], key=lambda box: box.record.box_id))

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
            beat = self._settings.heartbeat_seconds
            await asyncio.sleep(beat / _LOOKS_PER_BEAT if self.alive else min(beat, _FIRST_LOOKS_SECONDS))

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
            if await self._lost(supervisor_id, partial(self._is_still_lost, supervisor_id)):
                self._gone.add(supervisor_id)
            else:
                log.warning("%s has renewed its lease", supervisor_id, extra={"action": "lease_renewed"})
        self._gone &= lost
        self._show(records)
        await self._retire_replaced()

    async def _is_still_lost(self, supervisor_id: str) -> bool:
        for record in await self._store.supervisors():
            self._watch.observe(record.supervisor_id, record.counter, self._clock.monotonic())
        return supervisor_id in self._watch.lost(self._clock.monotonic())

    async def _retire_replaced(self) -> None:
        """A box's last supervisor is shown, also as down; earlier ones that are dealt with are of no use to anybody."""
        replaced = self._gone - {record.supervisor_id for record in self.people}
        if replaced:
            await self._store.retire(sorted(replaced))

    def _show(self, records: tuple[SupervisorRecord, ...]) -> None:
        latest: dict[str, SupervisorRecord] = {}
        # One that lives counts more than one that is told to have started later: clocks are set back.
        for record in sorted(records, key=lambda record: (record.supervisor_id not in self._gone, record.started)):
            latest[record.box_id] = record
        self.people = tuple(latest[box_id] for box_id in sorted(latest))
        self._past.look(self.people)
        now = self._clock.monotonic()
        before, self._signs = self._signs, {record.supervisor_id: self._sign_of(record, now) for record in self.people}
        away = []
        for record in self.people:
            sign = self._signs[record.supervisor_id]
            if sign is not before.get(record.supervisor_id, _Sign.NONE):
                told = f"{record.box_id} on {record.host}"
                self.events.append(HealthChanged("supervisor", up=sign is _Sign.FRESH, detail=told))
            if sign is not _Sign.FRESH:
                seconds = self._watch.stood_still(record.supervisor_id, now)
                away.append(Away(record.box_id, record.host, seconds, is_lost=sign is _Sign.NONE))
        self.alive = frozenset(name for name, sign in self._signs.items() if sign is not _Sign.NONE)
        self.away = tuple(away)

    def _sign_of(self, record: SupervisorRecord, now: float) -> _Sign:
        if record.supervisor_id in self._gone:
            return _Sign.NONE
        limit = _SILENT_BEATS * self._settings.heartbeat_seconds
        return _Sign.LATE if self._watch.stood_still(record.supervisor_id, now) >= limit else _Sign.FRESH
