"""Who leads: one daemon at a time for each store, by a term that fences its writes and a lease that others watch.

A daemon that starts is refused while another one's heartbeat moves; a standby waits until it stands still for the
lease. One that died on this machine is known to be dead, so its successor waits for nothing. Whoever was wrong about
another's death does no harm: the writes of the older term are refused from the moment the newer one is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import uuid
from pathlib import Path
from typing import Final, NoReturn

from synergy.core.errors import AlreadyRunning, StoreDown, TermSuperseded
from synergy.core.leases import LeaseWatch
from synergy.core.ports import Clock, LeaderStore
from synergy.core.records import LeaderRecord
from synergy.core.settings import Settings

log = logging.getLogger(__name__)

_MOST_LOOK_SECONDS: Final = 1.0
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_PID_SPACE: Final = Path("/proc/self/ns/pid")


def new_daemon_id() -> str:
    """``HOST:PID:PLACE-RANDOM``: unique, and whoever shares host and place with it can tell whether it lives."""
    return f"{os.uname().nodename}:{os.getpid()}:{_place()}-{uuid.uuid4().hex[:8]}"


def is_dead_here(daemon_id: str) -> bool:
    """Whether a daemon ran on this machine and is gone; False where nobody here can tell."""
    host, _, rest = daemon_id.partition(":")
    pid, _, mark = rest.partition(":")
    if host != os.uname().nodename or mark.partition("-")[0] != _place() or not pid.isdecimal():
        return False
    return not Path("/proc", pid).exists()


def _place() -> str:
    """Stands for this boot of this machine, and the space of process ids that this process sees."""
    try:
        seen = f"{_BOOT_ID.read_text(encoding='ascii')}{_PID_SPACE.readlink()}"
    except OSError:
        return uuid.uuid4().hex[:6]  # nobody can tell then
    return hashlib.blake2s(seen.encode(), digest_size=3).hexdigest()


class Leadership:
    """One daemon's way to the lead, and its hold on it."""

    def __init__(self, store: LeaderStore, clock: Clock, settings: Settings, daemon_id: str) -> None:
        self.daemon_id = daemon_id
        self.term = 0
        self.follows: str | None = None
        """Whoever leads while this daemon stands by."""
        self._store = store
        self._clock = clock
        self._beat_seconds = settings.heartbeat_seconds
        self._watch = LeaseWatch(settings.lease_seconds)

    async def win(self, *, standby: bool) -> int:
        """Take the lead once nobody else has it; returns the term. ``standby``: wait for that as long as it takes.

        Raises:
            AlreadyRunning: another daemon leads, and this one is no standby.
            StoreDown: the store does not answer; a standby goes on trying.
        """
        seen: LeaderRecord | None = None
        while True:
            try:
                record = await self._store.leader()
                if self._is_free(record):
                    return await self._take(record)
            except TermSuperseded as error:
                log.info("another daemon was quicker: %s", error.message, extra={"action": "lead_missed"})
                seen = record
            except StoreDown as error:
                if not standby:
                    raise
                log.warning("who leads is not known: %s", error, extra={"action": "leader_unknown"})
            else:
                if not standby and _moves(seen, record):
                    _refuse(record)
                self._follow(record)
                seen = record
            await asyncio.sleep(min(_MOST_LOOK_SECONDS, self._beat_seconds / 2))

    async def keep(self) -> None:
        """Beat for ever.

        Raises:
            TermSuperseded: another daemon leads now.
        """
        while True:
            await asyncio.sleep(self._beat_seconds)
            try:
                await self._store.keep_term(self.term)
            except StoreDown as error:
                log.warning("the lead cannot be kept: %s", error, extra={"action": "lead_uncertain"})

    async def resign(self) -> None:
        """Let go of the lead, so that a standby need not wait for the lease; who cannot, or has lost it, just goes."""
        try:
            await self._store.keep_term(self.term, resign=True)
        except (StoreDown, TermSuperseded) as error:
            log.warning("the lead is not let go of: %s", error, extra={"action": "resign_failed"})

    async def _take(self, record: LeaderRecord) -> int:
        """Of several that found the same leader gone, one gets the lead; the others go on watching.

        Raises:
            TermSuperseded: another one was quicker.
        """
        self.term = await self._store.take_term(self.daemon_id, record)
        self.follows = None
        return self.term

    def _is_free(self, record: LeaderRecord) -> bool:
        holder = record.holder
        if holder is None or record.resigned or is_dead_here(holder):
            return True
        now = self._clock.monotonic()
        name = f"{holder} {record.term}"
        self._watch.observe(name, record.counter, now)
        if name in self._watch.lost(now):
            log.warning("the lease of leader %s is lost", holder, extra={"action": "leader_lost"})
            return True
        return False

    def _follow(self, record: LeaderRecord) -> None:
        if self.follows != record.holder:
            self.follows = record.holder
            log.info("%s leads; waiting for its lease", record.holder, extra={"action": "standing_by"})


def _moves(seen: LeaderRecord | None, record: LeaderRecord) -> bool:
    return seen is not None and (seen.term, seen.counter) != (record.term, record.counter)


def _refuse(record: LeaderRecord) -> NoReturn:
    raise AlreadyRunning(
        f"daemon {record.holder} leads this store with term {record.term}",
        remedy="stop that one first, or start this one with --standby",
    )
