"""Watching the leases of supervisors goes on, whatever comes of a loss that was found."""

from __future__ import annotations

import asyncio
from pathlib import Path

from synergy.clocks import RealClock
from synergy.core.errors import InvalidArgument
from synergy.core.records import SupervisorRecord
from synergy.core.settings import Settings
from synergy.daemon.leases import Leases
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from tests.waiting import within

SETTINGS = Settings(context="none", synergy_start_timeperiod="2013010100", lease_seconds=0.4, heartbeat_seconds=0.05)


async def test_a_loss_that_cannot_be_applied_is_told_again(tmp_path: Path) -> None:
    store, worker = SqliteLeaderStore(tmp_path / "s.db"), SqliteWorkerStore(tmp_path / "s.db")
    await store.open()
    await worker.open()
    await worker.beat(SupervisorRecord("s1", "box-1", "here", 1, 1.0, "0", counter=1, started=1.0, slots=2))
    told: list[str] = []
    applied = asyncio.Event()

    async def lost(supervisor_id: str) -> None:
        told.append(supervisor_id)
        if len(told) == 1:
            raise InvalidArgument("a record cannot be stored")
        applied.set()

    leases = Leases(store, RealClock(), SETTINGS, lost)
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(leases.run(lambda _events: None))
        await within(10, applied.wait())
        looking.cancel()
    assert told == ["s1", "s1"]
    await worker.close()
    await store.close()
