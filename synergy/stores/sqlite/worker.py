"""A supervisor's store: SQLite's side of ``WorkerStore``. It shares the files with the daemon's process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synergy.core.ports import Claim, Finish
from synergy.core.records import BoxProcess, LogChunk, SupervisorRecord, UnitOfWork, UowId
from synergy.stores.sqlite import claiming, queries, rows
from synergy.stores.sqlite.threads import StoreThreads


class SqliteWorkerStore:
    """See WorkerStore. ``path`` names synergy.db; the months of logs lie in ``log_folder`` (None: beside it)."""

    def __init__(self, path: Path, log_folder: Path | None = None) -> None:
        self._threads = StoreThreads(path, log_folder)

    async def open(self) -> None:
        """See WorkerStore.open; the store is made when the daemon has not made it yet."""
        await self._threads.open()

    async def close(self) -> None:
        """See WorkerStore.close."""
        await self._threads.close()

    async def claim(self, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.claim."""
        if not claims:
            return ()
        return await self._threads.write(lambda connection: claiming.claim(connection, claims))

    async def release(self, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
        """See WorkerStore.release. One for which cancel is requested is given back too; the daemon cancels it."""
        if uow_ids:
            await self._threads.write(lambda connection: claiming.release(connection, uow_ids, supervisor_id))

    async def set_pid(self, uow_id: UowId, attempt: int, pid: int, pid_started: float) -> None:
        """See WorkerStore.set_pid."""
        await self._threads.write(lambda connection: claiming.set_pid(connection, uow_id, attempt, pid, pid_started))

    async def finish(self, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.finish. The very same report sent again is answered as before, and changes nothing."""
        if not finishes:
            return ()
        return await self._threads.write(lambda connection: claiming.finish(connection, finishes))

    async def beat(self, record: SupervisorRecord) -> tuple[UowId, ...]:
        """See WorkerStore.beat."""
        return await self._threads.write(lambda connection: claiming.beat(connection, record))

    async def append_log(self, chunks: Sequence[LogChunk]) -> None:
        """See WorkerStore.append_log. An empty chunk says nothing and is not stored."""
        if chunks:
            await self._threads.logs(lambda files: files.append(chunks))

    async def held(self, box_id: str) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.held."""
        return await self._threads.read(lambda connection: queries.held(connection, box_id))

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        """See LeaderStore.box_processes."""
        return await self._threads.read(rows.BOX_PROCESSES.select)
