from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from synergy.clocks import RealClock
from synergy.core.errors import AlreadyRunning
from synergy.core.ports import ArchiveStore, LeaderStore, WorkerStore
from synergy.core.settings import Settings
from synergy.daemon.leading import new_daemon_id
from synergy.migrating.quiet import await_quiet
from tests.contract.store.samples import supervisor
from tests.waiting import within

SETTINGS = Settings(context="none", synergy_start_timeperiod="2013010100", lease_seconds=0.8, heartbeat_seconds=0.1)
ELSEWHERE = "elsewhere:1:aaaaaa-1"


async def quiet(store: ArchiveStore) -> list[str]:
    told: list[str] = []
    await store.prepare()
    await within(20, await_quiet([store], RealClock(), SETTINGS, told.append))
    return told


@asynccontextmanager
async def beating(beat: Callable[[int], Awaitable[object]]) -> AsyncIterator[None]:
    async def go_on() -> None:
        counter = 1
        while True:
            counter += 1
            await beat(counter)
            await asyncio.sleep(SETTINGS.heartbeat_seconds)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(go_on())
        yield
        task.cancel()


async def test_a_store_that_nobody_ever_led_is_quiet(source: ArchiveStore) -> None:
    assert await quiet(source) == []


async def test_a_leader_whose_heartbeat_moves_is_named(source: ArchiveStore, leader: LeaderStore) -> None:
    term = await leader.take_term(ELSEWHERE)
    async with beating(lambda _: leader.keep_term(term)):
        with pytest.raises(AlreadyRunning, match=f"{ELSEWHERE} that leads .* with term 1; stop it first"):
            await quiet(source)


async def test_a_leader_that_stands_still_for_a_lease_is_dead(source: ArchiveStore, leader: LeaderStore) -> None:
    await leader.take_term(ELSEWHERE)
    (told,) = await quiet(source)
    assert ELSEWHERE in told


async def test_one_that_resigned_is_not_waited_for(source: ArchiveStore, leader: LeaderStore) -> None:
    await leader.keep_term(await leader.take_term(ELSEWHERE), resign=True)
    assert await quiet(source) == []


@pytest.fixture
def dead_daemon() -> str:
    """The id of a process of this machine that has ended."""
    name = "from synergy.daemon.leading import new_daemon_id; print(new_daemon_id())"
    return subprocess.run([sys.executable, "-c", name], capture_output=True, text=True, check=True).stdout.strip()


async def test_one_that_died_on_this_machine_is_not_waited_for(
    source: ArchiveStore, leader: LeaderStore, dead_daemon: str
) -> None:
    await leader.take_term(dead_daemon)
    assert await quiet(source) == []


async def test_one_that_lives_on_this_machine_is_waited_for(source: ArchiveStore, leader: LeaderStore) -> None:
    term = await leader.take_term(new_daemon_id())
    async with beating(lambda _: leader.keep_term(term)):
        with pytest.raises(AlreadyRunning):
            await quiet(source)


async def test_a_supervisor_that_lives_is_named(source: ArchiveStore, worker: WorkerStore) -> None:
    async with beating(lambda counter: worker.beat(supervisor("s1", counter))):
        with pytest.raises(AlreadyRunning, match=r"supervisor s1 of box-1 .* on host-1"):
            await quiet(source)


async def test_supervisors_that_went_or_died_are_no_hindrance(source: ArchiveStore, worker: WorkerStore) -> None:
    await worker.beat(supervisor("s1", gone=True))
    await worker.beat(supervisor("s2"))
    (told,) = await quiet(source)
    assert "supervisor s2" in told
