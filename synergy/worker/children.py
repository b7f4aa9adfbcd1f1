"""The pool of warm children: started ahead of need, kept, recycled, and replaced when they die."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections import deque
from typing import Final

from synergy.core.states import UowState
from synergy.worker.backoff import Backoff
from synergy.worker.child_process import ChildProcess
from synergy.worker.exits import OomWatch, death_reason
from synergy.worker.footprints import resident_bytes
from synergy.worker.frames import Done, Outcome, RunUow
from synergy.worker.reaping import Reaper
from synergy.worker.site import Site
from synergy.worker.unit import Unit, UnitOwner

FAILED_STARTS: Final = 3
"""So many children in a row that died before they were ready make the waiting units of work invalid."""

MEGABYTE: Final = 1024 * 1024

log = logging.getLogger(__name__)


class ChildPool:
    """Runs callables; at most ``site.slots`` children, of which one for each CPU is always kept ready."""

    def __init__(self, site: Site, owner: UnitOwner, reaper: Reaper, oom: OomWatch) -> None:
        self._site = site
        self._owner = owner
        self._reaper = reaper
        self._oom = oom
        self._children: set[ChildProcess] = set()
        self._idle: list[ChildProcess] = []
        self._waiting: deque[Unit] = deque()
        self._backoff = Backoff()
        self._failed_starts = 0
        self._retry: asyncio.TimerHandle | None = None
        self._closing = False
        self._all_gone = asyncio.Event()
        self._all_gone.set()

    @property
    def children(self) -> tuple[ChildProcess, ...]:
        """Every living child, those on their way out too."""
        return tuple(self._children)

    def warm(self) -> None:
        """Have children ready before there is work: for a box that has callables at all. May be called again."""
        for _ in range(min(self._site.slots, os.cpu_count() or 1) - self._usable()):
            self._spawn()

    def submit(self, unit: Unit) -> None:
        """Run a unit of work in an idle child, or in the next one that is ready."""
        if self._idle:
            self._give(self._idle.pop(), unit)
            return
        self._waiting.append(unit)
        if self._usable() < self._site.slots and self._starting() < len(self._waiting):
            self._spawn()

    def withdraw(self, unit: Unit) -> None:
        """It is not wanted any more: forget it if no child has it yet."""
        if unit in self._waiting:
            self._waiting.remove(unit)

    def recycle_fat(self) -> None:
        """Replace idle children, and mark busy ones, that hold more than ``child_max_rss_mb``; called at each beat."""
        limit = self._site.settings.child_max_rss_mb * MEGABYTE
        for child in self.children:
            if not child.retiring and resident_bytes(child.pid) > limit:
                child.served = self._site.settings.child_max_uows
                if child in self._idle:
                    self._idle.remove(child)
                    self._retire(child, "memory")

    async def close(self, limit_seconds: float) -> None:
        """Let every child go, and wait until they are gone; those that stay are the caller's to kill."""
        self._closing = True
        if self._retry is not None:
            self._retry.cancel()
        for child in self.children:
            child.retire()
        try:
            async with asyncio.timeout(limit_seconds):
                await self._all_gone.wait()
        except TimeoutError:
            log.warning("%d children do not exit", len(self._children), extra={"action": "children_stay"})

    def child_ready(self, child: ChildProcess) -> None:
        """See ChildOwner."""
        self._failed_starts = 0
        self._backoff.reset()
        if not child.retiring:
            self._next(child)

    def child_done(self, child: ChildProcess, unit: Unit, done: Done) -> None:
        """See ChildOwner."""
        if child.served >= self._site.settings.child_max_uows:
            self._retire(child, "served")
        elif not child.retiring and unit.ending is None:
            self._next(child)
        self._owner.unit_ended(unit, done.outcome)

    def child_stale(self, child: ChildProcess, unit: Unit | None) -> None:
        """See ChildOwner: the unit of work goes to a fresh child, and idle ones are stale too."""
        for other in (*self._idle, child):
            self._retire(other, "modules changed")
        self._idle.clear()
        if unit is not None:
            unit.execution = None
            self._waiting.appendleft(unit)
        for _ in range(min(self._site.slots - self._usable(), max(1, len(self._waiting)) - self._starting())):
            self._spawn()

    def child_died(self, child: ChildProcess, unit: Unit | None, return_code: int) -> None:
        """See ChildOwner."""
        self._children.discard(child)
        if child in self._idle:
            self._idle.remove(child)
        if not self._children:
            self._all_gone.set()
        reason = death_reason(return_code, oom_killed=return_code < 0 and self._oom.killed_since())
        if not child.is_ready and not child.retiring:
            self._start_failed(child, reason)
        elif not child.retiring:
            log.warning("child %d died: %s", child.pid, reason, extra={"action": "child_died", "pid": child.pid})
            self._spawn()
        if unit is not None:
            self._owner.unit_ended(unit, Outcome(UowState.INVALID, reason=reason))

    def import_is_late(self, unit: Unit) -> None:
        """See ChildOwner."""
        self._owner.import_is_late(unit)

    def output(self, unit: Unit, stream: str, texts: list[str]) -> None:
        """See ChildOwner."""
        self._owner.output(unit, stream, texts)

    def _next(self, child: ChildProcess) -> None:
        if self._waiting:
            self._give(child, self._waiting.popleft())
        else:
            self._idle.append(child)

    def _give(self, child: ChildProcess, unit: Unit) -> None:
        work = unit.work
        folder = str(self._site.folder_of(work))
        child.run(unit, RunUow(unit.uow, work.run or "", folder, work.env))

    def _spawn(self) -> None:
        if self._closing:
            return
        try:
            child = ChildProcess(self._site, secrets.token_hex(8), self, self._reaper)
        except OSError as error:
            self._failed(f"cannot be started: {error.strerror}")
            return
        self._children.add(child)
        self._all_gone.clear()

    def _retire(self, child: ChildProcess, why: str) -> None:
        log.info("child %d is recycled: %s", child.pid, why, extra={"action": "child_recycled", "pid": child.pid})
        child.retire()
        if why != "modules changed":
            self._spawn()

    def _start_failed(self, child: ChildProcess, reason: str) -> None:
        last = child.last_words[-1] if child.last_words else "it said nothing"
        self._failed(f"{reason}: {last}")

    def _failed(self, why: str) -> None:
        """A child did not start: try again later; after three in a row the waiting work is told."""
        self._failed_starts += 1
        log.error("a child did not start: %s", why, extra={"action": "child_start_failed"})
        if self._failed_starts >= FAILED_STARTS:
            while self._waiting:
                reason = f"worker child cannot start: {why}"
                self._owner.unit_ended(self._waiting.popleft(), Outcome(UowState.INVALID, reason=reason))
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(self._backoff.next(), self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        if self._usable() < min(self._site.slots, max(1, len(self._waiting))):
            self._spawn()

    def _usable(self) -> int:
        return sum(not child.retiring for child in self._children)

    def _starting(self) -> int:
        return sum(not child.is_ready for child in self._children)
