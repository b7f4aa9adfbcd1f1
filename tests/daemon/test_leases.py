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
from tests.waiting import wait_until, within

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


async def test_of_a_box_only_the_last_supervisor_is_kept_when_it_is_lost(tmp_path: Path) -> None:
    store, worker = SqliteLeaderStore(tmp_path / "s.db"), SqliteWorkerStore(tmp_path / "s.db")
    await store.open()
    await worker.open()
    for number in (1, 2):
        await worker.beat(SupervisorRecord(f"s{number}", "box-1", "here", number, 1.0, "0", 1, float(number), slots=2))
    told: list[str] = []
    both = asyncio.Event()

    async def lost(supervisor_id: str) -> None:
        told.append(supervisor_id)
        if len(told) == 2:
            both.set()

    leases = Leases(store, RealClock(), SETTINGS, lost)
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(leases.run(lambda _events: None))
        await within(10, both.wait())
        await wait_until(lambda: _kept(store, "s2"))
        looking.cancel()
    assert [record.supervisor_id for record in leases.people] == ["s2"]
    await worker.close()
    await store.close()


async def _kept(store: SqliteLeaderStore, *names: str) -> bool:
    return tuple(record.supervisor_id for record in await store.supervisors()) == names
