"""A supervisor's store: MongoDB's side of ``WorkerStore``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from synergy.core.ports import Claim, Finish
from synergy.core.records import BoxProcess, LogChunk, SupervisorRecord, UnitOfWork, UowId
from synergy.stores.mongodb import claiming, documents, logs, schema
from synergy.stores.mongodb.link import Link, Options

DEFAULTS = Options()

MOST_CLAIMED: Final = 4_096
"""So many units of work are known as they were claimed; others are read before their end is stored."""


class MongoWorkerStore:
    """See WorkerStore. ``url`` names servers and database: ``mongodb://host1,host2/synergy?replicaSet=rs0``."""

    def __init__(self, url: str, options: Options = DEFAULTS) -> None:
        self._link = Link(url, options)
        self._claimed: dict[UowId, UnitOfWork] = {}

    async def open(self) -> None:
        """See WorkerStore.open; the schema is made when the daemon has not made it yet.

        Raises:
            InvalidDefinition: the URL is wrong.
        """
        await self._link.open()
        async with self._link.use() as database:
            await schema.prepare(database, self._link.options.log_ttl_seconds)

    async def close(self) -> None:
        """See WorkerStore.close."""
        await self._link.close()

    async def claim(self, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.claim."""
        if not claims:
            return ()
        async with self._link.use() as database:
            taken = await claiming.claim(database, claims)
        self._claimed.update((uow.uow_id, uow) for uow in taken)
        while len(self._claimed) > MOST_CLAIMED:
            del self._claimed[next(iter(self._claimed))]
        return taken

    async def release(self, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
        """See WorkerStore.release. One for which cancel is requested is given back too; the daemon cancels it."""
        self._forget(uow_ids)
        if uow_ids:
            async with self._link.use() as database:
                await claiming.release(database, uow_ids, supervisor_id)

    async def set_pid(self, uow_id: UowId, attempt: int, pid: int, pid_started: float) -> None:
        """See WorkerStore.set_pid."""
        self._forget([uow_id])
        async with self._link.use() as database:
            await claiming.set_pid(database, uow_id, attempt, pid, pid_started)

    async def finish(self, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.finish. The very same report sent again is answered as before, and changes nothing."""
        if not finishes:
            return ()
        claimed = self._forget([one.uow_id for one in finishes])
        async with self._link.use() as database:
            return await claiming.finish(database, finishes, claimed)

    async def beat(self, record: SupervisorRecord) -> tuple[UowId, ...]:
        """See WorkerStore.beat."""
        async with self._link.use() as database:
            return await claiming.beat(database, record)

    async def append_log(self, chunks: Sequence[LogChunk]) -> None:
        """See WorkerStore.append_log. An empty chunk says nothing and is not stored."""
        async with self._link.use() as database:
            await logs.append(database, chunks)

    async def held(self, box_id: str) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.held."""
        async with self._link.use() as database:
            return await claiming.held(database, box_id)

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """See LeaderStore.box_processes."""
        async with self._link.use() as database:
            return documents.read(BoxProcess, await database["box_configuration"].find().to_list())

    def _forget(self, uow_ids: Sequence[UowId]) -> Mapping[UowId, UnitOfWork]:
        """What was claimed of these: nothing is known of them any more once they are written anew."""
        return {uow_id: uow for uow_id in uow_ids if (uow := self._claimed.pop(uow_id, None)) is not None}
