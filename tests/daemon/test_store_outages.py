"""A store that can be read and takes no writes: told while it lasts, and over by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from synergy.brokers.embedded import EmbeddedBroker
from synergy.clocks import RealClock
from synergy.core.context import ManagedSpec, ProcessContext, TreeSpec, Work
from synergy.core.control import log_requests as d
from synergy.core.control import requests as q
from synergy.core.control.events import Event, HealthChanged
from synergy.core.control.roles import Role
from synergy.core.engine import changes
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import DiskFull, InvalidArgument, StoreCorrupt, StoreDown, SynergyError
from synergy.core.ports import Batch
from synergy.core.records import UnitOfWork
from synergy.core.settings import Settings
from synergy.core.states import UowState
from synergy.core.timeperiods import Qualifier
from synergy.daemon import standing as standing_module
from synergy.daemon.callers import Caller
from synergy.daemon.leases import Leases, StillLost
from synergy.daemon.loading import Deployment
from synergy.daemon.own_logs import OwnLogs
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.service import Service
from synergy.daemon.standing import Standing
from synergy.loading import ProjectPaths
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.core.engine.world import BY
from tests.waiting import wait_until, within

SETTINGS = Settings(context="jobs", synergy_start_timeperiod="2013010100", synergy_end_timeperiod="2013010101")
CONTEXT = ProcessContext(
    managed=(ManagedSpec("Hourly", Qualifier.HOURLY, "Tree", Work(command=("true",))),),
    trees=(TreeSpec("Tree", ("Hourly",)),),
)


class FullStore(SqliteLeaderStore):
    """A real store that is read, but not written, while ``trouble`` is set."""

    trouble: SynergyError | None = None
    refused = 0
    unstorable = False
    """What processes are is refused, which belongs to no job that could be set aside."""
    frozen: asyncio.Event | None = None
    """While there is one, what is written and counted waits for it."""
    held = 0
    """So much waits, or has waited."""

    async def count_uows(self) -> Mapping[UowState, int]:
        await self._thaw()
        return await super().count_uows()

    async def _thaw(self) -> None:
        if self.frozen is not None:
            self.held += 1
            await self.frozen.wait()

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        await self._thaw()
        if self.unstorable and batch.overrides:
            self.refused += 1
            raise InvalidArgument("a record cannot be stored")
        if self.trouble is not None:
            self.refused += 1
            raise self.trouble
        return await super().commit(batch)

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        return InvalidArgument("a record cannot be stored") if self.unstorable and batch.overrides else None


class Leader:
    """A running scheduler, and what it announced."""

    def __init__(self, store: FullStore, broker: EmbeddedBroker) -> None:
        self.store = store
        self.told: list[HealthChanged] = []
        self.scheduler = Scheduler(store, broker, RealClock(), Deployment(CONTEXT, SETTINGS), self._announce)

    def _announce(self, events: Sequence[Event]) -> None:
        self.told += [event for event in events if isinstance(event, HealthChanged)]

    async def change(self) -> str:
        def act(schedule: Schedule) -> str:
            return changes.switch(schedule, schedule.lanes[0], is_on=False, by=BY)

        return await self.scheduler.mailbox.ask(act)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FullStore]:
    opened = FullStore(tmp_path / "synergy.db")
    await opened.open()
    yield opened
    await opened.close()


@asynccontextmanager
async def leading(store: FullStore, folder: Path) -> AsyncIterator[Leader]:
    broker = EmbeddedBroker(folder / "broker.sock")
    made = Leader(store, broker)
    scheduler = made.scheduler
    scheduler.term = await store.take_term("test")
    await scheduler.load(accept_plan=False)
    await broker.start()
    running = asyncio.ensure_future(scheduler.run())
    yield made
    scheduler.stop()
    await within(20, running)
    await broker.stop()


@pytest.fixture
async def leader(store: FullStore, tmp_path: Path) -> AsyncIterator[Leader]:
    async with leading(store, tmp_path) as made:
        yield made


async def test_a_store_that_takes_no_write_counts_as_down_until_it_takes_one(leader: Leader) -> None:
    leader.store.trouble = DiskFull("the disk is full")
    with pytest.raises(DiskFull):
        await leader.change()
    for _ in range(3):
        with pytest.raises(DiskFull):
            await leader.change()
    await wait_until(lambda: leader.store.refused >= 3, what="it was tried again in vain")
    assert leader.scheduler.store_problem is leader.store.trouble
    assert [event.up for event in leader.told] == [False]

    leader.store.trouble = None
    await wait_until(lambda: leader.scheduler.store_problem is None)
    assert [event.up for event in leader.told] == [False, True]
    assert "Hourly" in await leader.change()


async def test_a_store_that_takes_no_write_is_noticed_though_nothing_happens(leader: Leader) -> None:
    leader.store.trouble = DiskFull("the disk is full")
    await wait_until(lambda: leader.scheduler.store_problem is leader.store.trouble, 15.0)


async def test_who_reads_boundaries_is_known_after_an_outage_too(leader: Leader) -> None:
    leader.scheduler.ask = lambda _questions: None
    leader.store.trouble = DiskFull("the disk is full")
    with pytest.raises(DiskFull):
        await leader.change()
    leader.store.trouble = None
    await wait_until(lambda: leader.scheduler.store_problem is None)
    assert leader.scheduler.schedule.has_source


async def test_a_store_that_cannot_be_read_is_waited_for_too(leader: Leader) -> None:
    leader.store.trouble = StoreCorrupt("it is malformed")
    with pytest.raises(StoreCorrupt):
        await leader.change()
    await wait_until(lambda: leader.store.refused >= 2)
    leader.store.trouble = None
    await wait_until(lambda: leader.scheduler.store_problem is None)


async def test_what_the_store_refuses_again_and_again_is_not_tried_in_a_busy_loop(
    store: FullStore, tmp_path: Path
) -> None:
    store.unstorable = True
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(20), leading(store, tmp_path) as leader:
        await wait_until(lambda: store.refused >= 4)
        assert asyncio.get_running_loop().time() - began >= 0.7

        store.unstorable = False
        await wait_until(lambda: any("Hourly" in uow_id for uow_id in leader.scheduler.schedule.uows))


SILENT = StoreDown("store db1 has given no answer for 4 s")


def leases_of(leader: Leader) -> Leases:
    async def lost(_supervisor_id: str, _is_still_lost: StillLost) -> bool:
        return True

    return Leases(leader.store, RealClock(), SETTINGS, lost)


async def test_a_store_that_is_silent_has_changes_refused_at_once_until_it_answers(leader: Leader) -> None:
    scheduler, store = leader.scheduler, leader.store
    store.frozen = asyncio.Event()
    in_the_batch = asyncio.ensure_future(leader.change())
    await wait_until(lambda: store.held, what="the change is being stored")
    behind_it = asyncio.ensure_future(leader.change())
    await asyncio.sleep(0)

    scheduler.store_is_silent(SILENT)
    scheduler.store_is_silent(StoreDown("and again"))
    for refused in (behind_it, asyncio.ensure_future(leader.change())):
        with pytest.raises(StoreDown, match="no answer for 4 s"):
            await within(5, refused)
    assert (scheduler.store_problem, [event.up for event in leader.told]) == (SILENT, [False])

    store.frozen.set()
    store.frozen = None
    scheduler.store_answers()
    assert "Hourly" in await within(5, in_the_batch)
    assert (scheduler.store_problem, [event.up for event in leader.told]) == (None, [False, True])


async def test_an_answer_is_not_enough_for_a_store_whose_writes_have_failed(leader: Leader) -> None:
    leader.store.trouble = DiskFull("the disk is full")
    with pytest.raises(DiskFull):
        await leader.change()
    leader.scheduler.store_answers()
    assert leader.scheduler.store_problem is leader.store.trouble
    leader.store.trouble = None
    await wait_until(lambda: leader.scheduler.store_problem is None)


async def test_while_the_store_is_silent_what_needs_it_is_refused_and_the_rest_is_answered(leader: Leader) -> None:
    leases = leases_of(leader)
    logs = OwnLogs(ProjectPaths(folder=Path("nowhere"), settings=leader.scheduler.deployment.settings), lambda: ())
    service = Service(leader.scheduler, leases, Standing(leader.scheduler, leases, "d1"), logs, lambda _request: None)
    caller = Caller("op", 0, 0, 1, Role.OPERATOR)
    leader.scheduler.store_is_silent(SILENT)
    for request in (q.Boxes(), q.Show("Hourly@2013010100"), q.ListUows(), q.SwitchOnBox("box-1", "Feed", is_on=True)):
        with pytest.raises(StoreDown, match="no answer for 4 s"):
            await within(5, service.handle(request, caller))
    for look in (q.Trees(), q.Processes(), q.Workers(), q.Collector(), q.Status(), d.DaemonLog()):
        await within(5, service.handle(look, caller))


async def test_the_status_comes_though_the_store_does_not_count(leader: Leader) -> None:
    standing = Standing(leader.scheduler, leases_of(leader), "d1")
    leader.store.frozen = asyncio.Event()
    status = await within(10, standing.status())
    assert (status.state, status.store.up) == ("running", True)
    leader.scheduler.store_is_silent(SILENT)
    status = await within(10, standing.status())
    assert (status.state, status.store.detail) == ("store_down", str(SILENT))
    assert status.problems[0] == f"store is down: {SILENT}"

    leader.scheduler.store_answers()
    leader.store.frozen.set()
    await wait_until(lambda: standing._counted, what="the count has come")
    await standing.close()


async def test_what_a_store_counts_slowly_it_counts_seldom_and_the_status_says_as_of_when(
    leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = Standing(leader.scheduler, leases_of(leader), "d1")
    monkeypatch.setattr(leader.store, "count_uows", count := SlowCount())
    first = await within(10, standing.status())
    assert first.uows["state_processed"] == 1
    begun = leader.scheduler.clock.real_time() - SlowCount.seconds
    assert first.uows_at is not None
    assert abs(datetime.fromisoformat(first.uows_at).timestamp() - begun) < 5
    monkeypatch.setattr(standing_module, "_COUNT_SECONDS", 0.0)  # as if two seconds were over
    again = await within(10, standing.status())
    assert (again.uows, again.uows_at) == (first.uows, first.uows_at)
    assert count.asked == 1
    monkeypatch.setattr(standing_module, "_COUNT_SHARE", 0)
    standing._count_again = 0.0
    assert (await within(10, standing.status())).uows["state_processed"] == 2
    assert (await within(10, standing.status())).uows["state_processed"] == 3
    await standing.close()


class SlowCount:
    """Counts one more each time."""

    seconds = 0.5

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> Mapping[UowState, int]:
        await asyncio.sleep(self.seconds)
        self.asked += 1
        return {UowState.PROCESSED: self.asked}
