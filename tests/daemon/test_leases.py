"""Watching the leases of supervisors goes on, whatever comes of a loss that was found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.clocks import RealClock
from synergy.core.errors import InvalidArgument
from synergy.core.records import SupervisorRecord
from synergy.core.settings import Settings
from synergy.daemon.leases import Away, Leases, StillLost
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from tests.manual_clock import ManualClock
from tests.waiting import wait_until, within

SETTINGS = Settings(context="none", synergy_start_timeperiod="2013010100", lease_seconds=0.4, heartbeat_seconds=0.05)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteLeaderStore]:
    opened = SqliteLeaderStore(tmp_path / "s.db")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[SqliteWorkerStore]:
    """A supervisor's side of the same store."""
    opened = SqliteWorkerStore(tmp_path / "s.db")
    await opened.open()
    yield opened
    await opened.close()


async def test_a_loss_that_cannot_be_applied_is_told_again(store: SqliteLeaderStore, worker: SqliteWorkerStore) -> None:
    await worker.beat(SupervisorRecord("s1", "box-1", "here", 1, 1.0, "0", counter=1, started=1.0, slots=2))
    told: list[str] = []
    applied = asyncio.Event()

    async def lost(supervisor_id: str, _is_still_lost: StillLost) -> bool:
        told.append(supervisor_id)
        if len(told) == 1:
            raise InvalidArgument("a record cannot be stored")
        applied.set()
        return True

    leases = Leases(store, RealClock(), SETTINGS, lost)
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(leases.run(lambda _events: None))
        await within(10, applied.wait())
        looking.cancel()
    assert told == ["s1", "s1"]


async def test_of_a_box_only_the_last_supervisor_is_kept_when_it_is_lost(
    store: SqliteLeaderStore, worker: SqliteWorkerStore
) -> None:
    for number in (1, 2):
        await worker.beat(SupervisorRecord(f"s{number}", "box-1", "here", number, 1.0, "0", 1, float(number), slots=2))
    told: list[str] = []
    both = asyncio.Event()

    async def lost(supervisor_id: str, _is_still_lost: StillLost) -> bool:
        told.append(supervisor_id)
        if len(told) == 2:
            both.set()
        return True

    leases = Leases(store, RealClock(), SETTINGS, lost)
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(leases.run(lambda _events: None))
        await within(10, both.wait())
        await wait_until(lambda: _kept(store, "s2"))
        looking.cancel()
    assert [record.supervisor_id for record in leases.people] == ["s2"]


async def test_a_box_is_told_as_silent_before_its_lease_is_lost_and_as_well_when_it_is_heard_again(
    store: SqliteLeaderStore, worker: SqliteWorkerStore
) -> None:
    clock, lost = ManualClock(), list[str]()

    async def lose(supervisor_id: str, is_still_lost: StillLost) -> bool:
        lost.append(supervisor_id)
        return await is_still_lost()

    async def look_until(moment: float, counter: int) -> list[tuple[float, bool]]:
        """What was told, and when, while the counter stood so."""
        told = []
        await worker.beat(SupervisorRecord("s1", "box-1", "here", 1, 1.0, "0", counter, started=1.0, slots=2))
        while clock.monotonic() < moment:
            await leases.look()
            told += [(clock.monotonic(), event.up) for event in leases.events]
            leases.events.clear()
            clock.advance(1.0)
        return told

    leases = Leases(store, clock, Settings(context="none", synergy_start_timeperiod="2013010100"), lose)
    began = clock.monotonic()
    assert await look_until(began + 15.0, counter=1) == [(began, True), (began + 10.0, False)]
    assert list(leases.away) == [Away("box-1", "here", 14.0, is_lost=False)]
    assert leases.alive == {"s1"}
    assert await look_until(began + 20.0, counter=2) == [(began + 15.0, True)]
    assert not leases.away
    assert await look_until(began + 40.0, counter=2) == [(began + 25.0, False), (began + 35.0, False)]
    assert [(box.seconds, box.is_lost) for box in leases.away] == [(24.0, True)]
    assert not leases.alive
    assert lost == ["s1"]
    assert await look_until(began + 41.0, counter=3) == [(began + 40.0, True)]
    assert not leases.away


async def test_a_supervisor_that_lives_is_shown_though_a_lost_one_is_told_to_have_started_later(
    store: SqliteLeaderStore, worker: SqliteWorkerStore
) -> None:
    clock = ManualClock()

    async def lose(_supervisor_id: str, _is_still_lost: StillLost) -> bool:
        return True

    leases = Leases(store, clock, Settings(context="none", synergy_start_timeperiod="2013010100"), lose)
    await worker.beat(SupervisorRecord("s1", "box-1", "here", 1, 1.0, "0", 1, started=5_000.0, slots=2))
    for counter in range(30):
        await worker.beat(SupervisorRecord("s2", "box-1", "here", 2, 1.0, "0", counter, started=1_000.0, slots=2))
        await leases.look()
        clock.advance(1.0)

    assert leases.alive == {"s2"}
    assert await _kept(store, "s2")


async def test_who_renews_its_lease_while_its_work_is_looked_for_keeps_it(
    store: SqliteLeaderStore, worker: SqliteWorkerStore
) -> None:
    clock, asked = ManualClock(), list[bool]()

    async def beat(counter: int) -> None:
        await worker.beat(SupervisorRecord("s1", "box-1", "here", 1, 1.0, "0", counter, started=1.0, slots=2))

    async def lose(_supervisor_id: str, is_still_lost: StillLost) -> bool:
        await beat(2)
        asked.append(await is_still_lost())
        return asked[-1]

    leases = Leases(store, clock, Settings(context="none", synergy_start_timeperiod="2013010100"), lose)
    await beat(1)
    for _ in range(42):
        await leases.look()
        clock.advance(1.0)
    assert asked == [False, True]  # once for each time that the counter stood still for 20 s


async def _kept(store: SqliteLeaderStore, *names: str) -> bool:
    return tuple(record.supervisor_id for record in await store.supervisors()) == names
