"""The whole move: who may begin it, what it goes on from, and what it tells.

The source is only read, but for what a daemon that crashed left half done, which every start completes. The target is
led while it is filled, above every term of the source: no daemon starts on it meanwhile, and one of the source's that
was wrong about its death is fenced off. A mark in the target tells a move that was cut off from a store in use.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from synergy.core.errors import IllegalState, InvalidArgument, NotFound
from synergy.core.ports import ArchiveKind, ArchiveStore, Clock, MigrationMark
from synergy.core.records import LeaderRecord
from synergy.core.settings import Settings
from synergy.daemon.leading import new_daemon_id
from synergy.migrating.comparing import Comparison, compare
from synergy.migrating.copying import Progress, copy
from synergy.migrating.quiet import await_quiet

LOG_MARGIN_SECONDS: Final = 3_600.0
"""Logs that have less to live stay behind: the target may remove them at any time, and they would count as missing."""


class Counted(Struct, frozen=True):
    """How many records of a kind there are on either side."""

    kind: ArchiveKind
    source: int
    target: int


class Report(Struct, frozen=True):
    """What was found, or done. ``comparisons`` is None where contents were not compared."""

    source: str
    target: str
    copied: bool
    counts: tuple[Counted, ...]
    comparisons: tuple[Comparison, ...] | None = None

    @property
    def is_same(self) -> bool:
        """Whether nothing differs of all that was compared."""
        counted = all(one.source == one.target for one in self.counts)
        return counted and not any(one.differing for one in self.comparisons or ())


@dataclass(frozen=True)
class Surroundings:
    """What a move needs besides the stores. ``tell`` is given lines for people, ``progress`` figures."""

    clock: Clock
    settings: Settings
    tell: Callable[[str], None]
    progress: Progress


class Move:
    """One move from ``source`` to ``target``; whoever made the stores closes them."""

    def __init__(self, source: ArchiveStore, target: ArchiveStore, around: Surroundings) -> None:
        self._source = source
        self._target = target
        self._around = around

    async def plan(self) -> Report:
        """Count what there is on either side; changes nothing, and may be asked while a daemon leads.

        Raises:
            IllegalState: the target holds something else.
        """
        exists = await self._look()
        if exists:
            await self._begun(await self._source.leader())
        counts = [
            Counted(kind, await self._source.count(kind), await self._target.count(kind) if exists else 0)
            for kind in ArchiveKind
        ]
        return self._report(copied=False, counts=tuple(counts))

    async def run(self, *, verify: bool) -> Report:
        """Copy what is not copied yet; ``verify``: then compare everything. What is copied already is only compared.

        Raises:
            AlreadyRunning: somebody works on one of the stores.
            IllegalState: the target holds something else, is complete, or the source was led meanwhile.
            TermSuperseded: somebody took the lead of the target.
        """
        exists = await self._look()
        stores = [self._source, self._target] if exists else [self._source]
        await await_quiet(stores, self._around.clock, self._around.settings, self._around.tell)
        leader = await self._source.leader()
        mark = await self._begun(leader) if exists else self._fresh(leader)
        if mark.done:
            if not verify:
                raise IllegalState(
                    f"{self._target.place} holds a whole copy of {self._source.place} already",
                    remedy="compare them with --verify",
                )
            return await self._compared(copied=False)
        await self._source.prepare()
        await self._target.prepare()
        async with self._leading(leader.term):
            mark = await self._copy(mark, leader)
            return await self._compared(copied=True) if verify else await self._counted(mark)

    async def _look(self) -> bool:
        """Whether the target is there already."""
        if self._source.place == self._target.place:
            raise InvalidArgument(f"{self._source.place} is the project's store itself", remedy="name another one")
        if not await self._source.look():
            raise NotFound(f"there is no store at {self._source.place} yet", remedy="just name another one as store")
        return await self._target.look()

    async def _begun(self, leader: LeaderRecord) -> MigrationMark:
        """Where a move into this target goes on.

        Raises:
            IllegalState: it is not empty, and holds no copy of the source as it is now.
        """
        fresh, mark = self._fresh(leader), await self._target.mark()
        if mark is None:
            for kind in ArchiveKind:
                if count := await self._target.count(kind):
                    raise self._not_empty(f"is not empty, it has {count:,} records of {kind}")
            return fresh
        if mark.source != fresh.source:
            raise self._not_empty(f"holds what was moved there from {mark.source}")
        if (mark.term, mark.counter) != (fresh.term, fresh.counter):
            raise self._not_empty(f"holds a copy of {mark.source} as it was before a daemon led that again")
        return mark

    def _fresh(self, leader: LeaderRecord) -> MigrationMark:
        return MigrationMark(self._source.place, leader.term, leader.counter)

    def _not_empty(self, why: str) -> IllegalState:
        return IllegalState(f"{self._target.place} {why}", remedy="name another store, or move that one away first")

    @asynccontextmanager
    async def _leading(self, above: int) -> AsyncIterator[None]:
        """Lead the target inside the block; after a failure the lead is not let go of, but dies with this process."""
        term = await self._target.lead(new_daemon_id(), above)
        try:
            async with asyncio.TaskGroup() as group:
                beats = group.create_task(self._beat(term))
                yield
                beats.cancel()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        await self._target.keep_term(term, resign=True)

    async def _beat(self, term: int) -> None:
        while True:
            await asyncio.sleep(self._around.settings.heartbeat_seconds)
            await self._target.keep_term(term)

    async def _copy(self, mark: MigrationMark, leader: LeaderRecord) -> MigrationMark:
        await self._target.set_mark(mark)
        mark = await copy(self._source, self._target, mark, self._logs_from(), self._around.progress)
        if await self._source.leader() != leader:
            raise IllegalState(
                f"{self._source.place} was led by a daemon while it was copied",
                remedy="stop that one, move the target away, and begin again",
            )
        await self._target.set_mark(replace(mark, done=True))
        return mark

    async def _counted(self, mark: MigrationMark) -> Report:
        """Counts after copying; the mark ends with the last kind, logs, and tells how many are to be there."""
        counts = []
        for kind in ArchiveKind:
            wanted = mark.number if kind is mark.kind else await self._source.count(kind)
            counts.append(Counted(kind, wanted, await self._target.count(kind)))
        return self._report(copied=True, counts=tuple(counts))

    async def _compared(self, *, copied: bool) -> Report:
        logs_from, progress = self._logs_from(), self._around.progress
        self._around.tell(f"comparing {self._source.place} with {self._target.place}")
        found = tuple([await compare(self._source, self._target, kind, logs_from, progress) for kind in ArchiveKind])
        counts = tuple(Counted(one.kind, one.source, one.target) for one in found)
        return self._report(copied=copied, counts=counts, comparisons=found)

    def _logs_from(self) -> float:
        around = self._around
        return around.clock.real_time() - around.settings.db_log_ttl_days * 86_400.0 + LOG_MARGIN_SECONDS

    def _report(
        self, *, copied: bool, counts: tuple[Counted, ...], comparisons: tuple[Comparison, ...] | None = None
    ) -> Report:
        return Report(self._source.place, self._target.place, copied, counts, comparisons)
