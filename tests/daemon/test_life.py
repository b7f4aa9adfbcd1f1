"""A daemon's life with a broker that is not there when it takes the lead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.clocks import RealClock
from synergy.core.context import ProcessContext
from synergy.core.errors import BrokerDown
from synergy.core.settings import Settings
from synergy.daemon.life import Adapters, Life
from synergy.daemon.stop import Stop
from synergy.loading import Project
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.waiting import wait_until, within
from tests.worker.local_broker import LocalBroker

SETTINGS = Settings(context="jobs", synergy_start_timeperiod="2013010100", broker="amqp://elsewhere")
SECONDS = 20.0


class AwaitedBroker(LocalBroker):
    """Tells how often it was tried."""

    tries = 0

    async def start(self) -> None:
        self.tries += 1
        await super().start()


class Lived:
    """A life whose broker is down, and how often it said that it was ready."""

    def __init__(self, folder: Path, store: SqliteLeaderStore) -> None:
        (folder / ".synergy").mkdir()
        project = Project(folder=folder, settings=SETTINGS, context=ProcessContext())
        self.store = store
        self.broker = AwaitedBroker()
        self.broker.is_down = True
        self.stop = Stop()
        self.ready = 0
        self.life = Life(project, RealClock(), Adapters(store, self.broker, None), self.stop)

    def _is_ready(self) -> None:
        self.ready += 1

    async def run(self, *, standby: bool) -> None:
        await within(SECONDS, self.life.run(self._is_ready, accept_plan=False, standby=standby))

    async def leads(self) -> bool:
        return (await self.store.leader()).holder == self.life.daemon_id


@pytest.fixture
async def lived(tmp_path: Path) -> AsyncIterator[Lived]:
    store = SqliteLeaderStore(tmp_path / "synergy.db")
    await store.open()
    yield Lived(tmp_path, store)
    await store.close()


async def test_a_start_without_its_broker_fails_with_the_reason(lived: Lived) -> None:
    with pytest.raises(BrokerDown):
        await lived.run(standby=False)
    assert lived.ready == 0


async def test_a_standby_that_takes_over_waits_for_the_broker(lived: Lived) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lived.run(standby=True))
        await wait_until(lambda: lived.broker.tries)
        assert await lived.leads()
        lived.broker.is_down = False
        await wait_until(lambda: lived.ready == 2)
        lived.stop.by_signal()


async def test_a_standby_that_waits_for_the_broker_can_be_stopped(lived: Lived) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lived.run(standby=True))
        await wait_until(lambda: lived.broker.tries)
        lived.stop.by_signal()
    assert (await lived.store.leader()).resigned
    assert lived.ready == 1
