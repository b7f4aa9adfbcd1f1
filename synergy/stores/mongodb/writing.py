"""The leader's side of a commit, one at a time: stamps, intent, application, and the settling of what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from pymongo.errors import NotPrimaryError

from synergy.core.errors import InvalidArgument, StoreDown, SynergyError
from synergy.core.ports import Batch
from synergy.core.records import LeaderRecord, ProcessOverride, UnitOfWork
from synergy.stores.mongodb import commits, documents, leading, storable
from synergy.stores.mongodb.failures import RAISED, nothing_was_written, translate
from synergy.stores.mongodb.leading import STAMPS_PER_TERM, Intent, Lead
from synergy.stores.mongodb.link import Database, Link
from synergy.stores.mongodb.schema import JOB_COLLECTIONS, UNKNOWN_QUALIFIER

REST_SECONDS: Final = 5.0
"""How long a store that is closed waits for a write under way."""


class Pen:
    """Whoever writes or settles holds the lock; ``collection_of`` knows where the jobs of each process lie."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lock = asyncio.Lock()
        self._qualifiers: dict[str, str] = {}
        self._stamp = 0
        self._unsettled = False

    def collection_of(self, process_name: str) -> str:
        """By the qualifier that the daemon stores before a process's first job."""
        return JOB_COLLECTIONS[self._qualifiers.get(process_name, UNKNOWN_QUALIFIER)]

    async def begin(self) -> None:
        """Learn where jobs lie, and complete what a leader left half done; it may still be at it."""
        async with self._lock, self._link.use() as database:
            await self._learn_all(database)
            await self._complete(database, await leading.read_lead(database))

    async def rest(self) -> None:
        """Wait until nothing is being written, but not for ever."""
        try:
            async with asyncio.timeout(REST_SECONDS), self._lock:
                return
        except TimeoutError:
            return

    async def take_term(self, holder: str, *, above: int = 0, after: LeaderRecord | None = None) -> int:
        """See LeaderStore.take_term and ArchiveStore.lead."""
        async with self._lock, self._link.use() as database:
            lead = await leading.raise_term(database, holder, above=above, after=after)
            await self._learn_all(database)
            await self._complete(database, lead)
            self._unsettled = False
            return lead.term

    async def settle(self) -> None:
        """Find out what became of a commit that failed, and complete it if its intent is stored."""
        if not self._unsettled:
            return
        async with self._lock, self._link.use() as database:
            await self._settle(database)

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.commit."""
        async with self._lock, self._link.use() as database:
            await self._settle(database)
            packed = storable.pack(batch)
            self._unsettled = True
            try:
                stamp = await self._declare(database, batch, packed)
            except SynergyError:
                self._unsettled = False  # nothing was written
                raise
            except RAISED as error:
                raise nothing_was_written(translate(error, self._link.place), error) from error
            self.learn(batch.overrides)
            try:
                missed = await self._apply(database, batch, stamp)
            except NotPrimaryError:  # the driver does not repeat updates of many documents by itself; we may
                missed = await self._apply(database, batch, stamp)
            self._unsettled = False
            return missed

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        """See LeaderStore.refusal. What a server of yours checks besides sizes is not known before it is tried."""
        try:
            storable.pack(batch)
        except InvalidArgument as error:
            return error
        except RAISED as error:
            told = translate(error, self._link.place)
            if isinstance(told, InvalidArgument):
                return told
            raise told from error
        return None

    async def _apply(self, database: Database, batch: Batch, stamp: int) -> tuple[UnitOfWork, ...]:
        """Make a batch so whose intent is stored.

        Raises:
            StoreDown: also when the server refuses a record, for this batch can no longer be taken back.
        """
        try:
            return await commits.apply(database, batch, stamp, self.collection_of)
        except RAISED as error:
            told = translate(error, self._link.place)
            if isinstance(told, InvalidArgument):
                raise StoreDown(
                    told.message, remedy="have the server accept it: the batch is stored already"
                ) from error
            raise

    async def _declare(self, database: Database, batch: Batch, packed: bytes) -> int:
        """Store the intent; returns the first stamp of the batch."""
        count = commits.count_stamps(batch)
        while True:
            stamp = max(self._stamp, batch.term * STAMPS_PER_TERM) + 1
            self._stamp = stamp + count - 1
            highest = await leading.write_intent(database, batch.term, Intent(stamp, packed), self._stamp)
            if highest is None:
                return stamp
            self._stamp = highest

    async def _settle(self, database: Database) -> None:
        if not self._unsettled:
            return
        lead = await leading.read_lead(database)
        while not await leading.fence(database, lead):
            lead = await leading.read_lead(database)
        await self._complete(database, lead)
        self._unsettled = False

    async def _complete(self, database: Database, lead: Lead) -> None:
        if lead.intent is None:
            return
        batch = documents.unpack_batch(lead.intent.packed)
        self.learn(batch.overrides)
        await self._apply(database, batch, lead.intent.stamp)

    async def _learn_all(self, database: Database) -> None:
        found = await database["managed_process"].find().to_list()
        self.learn(documents.read(ProcessOverride, found))

    def learn(self, overrides: Iterable[ProcessOverride]) -> None:
        """Take note of the qualifiers that these tell."""
        for one in overrides:
            if one.time_qualifier is not None and one.time_qualifier in JOB_COLLECTIONS:
                self._qualifiers[one.process_name] = one.time_qualifier
