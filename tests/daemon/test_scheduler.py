"""The scheduler's shell over a real store: what nobody announced is found, and ages count from the end of an outage."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeVar

import pytest

from synergy.core.context import MachineKind
from synergy.core.control.events import Alert, Event
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import StoreDown
from synergy.core.messages import (
    Q_UOW_STATUS,
    KillUnproved,
    QueueLost,
    StatusMessage,
    SupervisorStarted,
    UowClaimed,
    UowFinished,
    UowMessage,
    encode,
)  # fmt: skip
from synergy.core.ports import Batch, Claim, Finish
from synergy.core.records import JobKey, UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from synergy.daemon.data_source import BoundaryReader
from synergy.daemon.loading import Deployment
from synergy.daemon.scheduler import Scheduler
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.source import SqliteDataSource
from synergy.stores.sqlite.worker import SqliteWorkerStore
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.manual_clock import ManualClock
from tests.waiting import wait_until
from tests.worker.local_broker import LocalBroker, LocalDelivery

T = TypeVar("T")
JOB = JobKey("MainHourly", "2013013020")
UOW = UowId(f"{JOB}.1")


class Said:
    """A message that nobody waits for."""

    queue = Q_UOW_STATUS

    def __init__(self, body: bytes) -> None:
        self.body = body

    def ack(self) -> None:
        pass

    def set_aside(self, reason: str) -> None:
        raise AssertionError(reason)


class Told(Said):
    """One of which is known whether it was acknowledged."""

    is_acknowledged = False

    def ack(self) -> None:
        self.is_acknowledged = True


async def yes() -> bool:
    return True


class Moody(SqliteLeaderStore):
    """A store that may not tell what is open, or take a write."""

    is_readable = True
    is_writable = True
    refused = 0

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        if not self.is_writable:
            raise StoreDown("it cannot be written")
        return await super().commit(batch)

    async def begun_uows(self) -> tuple[UnitOfWork, ...]:
        if self.is_readable:
            return await super().begun_uows()
        self.refused += 1
        raise StoreDown("it cannot be read")


class Running:
    """A scheduler that runs, and what is around it."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock("2013-01-30T21:30:00Z")
        self.broker = LocalBroker()
        self.store = Moody(path)
        self.workers = SqliteWorkerStore(path)
        deployment = Deployment(context_of(spec("MainHourly", "Main")), settings_of())
        self.events: list[Event] = []
        self.scheduler_ended = asyncio.Event()
        self.scheduler = Scheduler(self.store, self.broker, self.clock, deployment, self.events.extend)

    async def tell(self, *messages: StatusMessage) -> None:
        """What a supervisor says, and the batch that it is taken in."""
        self.scheduler.mailbox.deliver([Said(encode(one)) for one in messages])
        await self.look(lambda schedule: schedule.now)

    async def look(self, question: Callable[[Schedule], T]) -> T:
        """The answer after a whole batch."""
        return await self.scheduler.mailbox.ask(question)

    async def offered(self) -> list[bytes]:
        """Requests that workers would get."""
        await self.look(lambda schedule: schedule.now)
        return list(self.broker.queues.get("q_MainHourly", ()))


@asynccontextmanager
async def running_in(folder: Path, *, recomputing: bool = False) -> AsyncIterator[Running]:
    one = Running(folder / "synergy.db")
    reader = BoundaryReader(SqliteDataSource(folder / "data.db"), one.scheduler.mailbox)
    if recomputing:
        machine = spec("MainHourly", "Main", state_machine=MachineKind.RECOMPUTING, source="flights")
        one.scheduler.deployment = Deployment(context_of(machine), settings_of())
        one.scheduler.ask = reader.ask
    await one.store.open()
    await one.workers.open()
    one.scheduler.term = await one.store.take_term("d1")
    await one.scheduler.load(accept_plan=False)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.scheduler.run())
        running.add_done_callback(lambda _: one.scheduler_ended.set())
        reading = tasks.create_task(reader.run())
        yield one
        one.scheduler.stop()
        reading.cancel()
    await one.workers.close()
    await one.store.close()


async def test_who_asks_a_scheduler_that_has_ended_is_refused_and_waits_for_nothing(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        running.scheduler.stop()
        await running.scheduler_ended.wait()
        async with asyncio.timeout(5):
            with pytest.raises(StoreDown, match="the daemon is stopping"):
                await running.look(lambda schedule: schedule.now)


async def test_the_collector_finds_an_end_that_its_worker_stored_and_never_announced(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        await running.workers.claim([Claim(UOW, "s1", "box", "host", running.clock.real)])
        await running.workers.finish([Finish(UOW, 1, "s1", UowState.PROCESSED, running.clock.real)])

        running.clock.advance(60.0)
        await running.look(lambda schedule: schedule.now)

        node = running.scheduler.schedule.timetable.node(JOB)
        assert running.scheduler.schedule.state(node) is JobState.PROCESSED


async def test_a_collector_that_cannot_read_the_store_asks_it_once_a_second_and_not_in_each_batch(
    tmp_path: Path,
) -> None:
    async with running_in(tmp_path) as running:
        running.store.is_readable = False
        running.clock.advance(60.0)
        for second in range(3):
            for _ in range(9):
                await running.look(lambda schedule: schedule.now)
            assert running.store.refused == second + 1
            running.clock.advance(1.0)


async def test_work_of_a_lost_supervisor_is_offered_again_and_that_of_one_that_came_back_is_left(
    tmp_path: Path,
) -> None:
    async def no() -> bool:
        return False

    async with running_in(tmp_path) as running:
        await running.offered()
        await running.workers.claim([Claim(UOW, "s1", "box", "host", running.clock.real)])

        assert not await running.scheduler.lease_lost("s1", no)
        assert [uow.attempt for uow in await running.store.uows([UOW])] == [1]

        assert await running.scheduler.lease_lost("s1", yes)
        assert [(uow.attempt, uow.state) for uow in await running.store.uows([UOW])] == [(2, UowState.REQUESTED)]


async def test_what_a_supervisor_takes_after_its_work_was_looked_for_is_not_taken_from_it(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()

        async def takes_work() -> bool:
            return bool(await running.workers.claim([Claim(UOW, "s1", "box", "host", running.clock.real)]))

        await running.scheduler.lease_lost("s1", takes_work)

        assert [(uow.attempt, uow.claimed_by) for uow in await running.store.uows([UOW])] == [(1, "s1")]


async def test_what_a_supervisor_finds_of_earlier_ones_of_its_box_is_offered_again_and_its_own_is_not(
    tmp_path: Path,
) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        await running.workers.claim([Claim(UOW, "s0", "box", "host", running.clock.real)])

        await running.tell(SupervisorStarted("s1", "box", ("s0",)))
        assert [(uow.attempt, uow.state) for uow in await running.store.uows([UOW])] == [(2, UowState.REQUESTED)]

        await running.workers.claim([Claim(UOW, "s1", "box", "host", running.clock.real)])
        await running.tell(SupervisorStarted("s1", "box", ("s0",)))  # once more
        assert [(uow.attempt, uow.claimed_by) for uow in await running.store.uows([UOW])] == [(2, "s1")]


async def test_who_is_told_as_dead_is_not_forgotten_when_that_cannot_be_stored(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        await running.workers.claim([Claim(UOW, "s0", "box", "host", running.clock.real)])

        running.store.is_writable = False
        running.scheduler.mailbox.deliver([Said(encode(SupervisorStarted("s1", "box", ("s0",))))])
        await wait_until(lambda: running.scheduler.store_problem is not None)
        running.store.is_writable = True

        async def is_offered_again() -> bool:
            running.clock.advance(1.0)
            running.scheduler.mailbox.wake()
            return [uow.attempt for uow in await running.store.uows([UOW])] == [2]

        await wait_until(is_offered_again)


async def test_who_is_told_as_dead_while_memory_is_built_anew_is_not_forgotten(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        await running.workers.claim([Claim(UOW, "s0", "box", "host", running.clock.real)])

        running.store.is_writable = False
        running.clock.advance(3_600.0)
        running.scheduler.mailbox.wake()
        await wait_until(lambda: running.scheduler.store_problem is not None)
        told = Told(encode(SupervisorStarted("s1", "box", ("s0",))))
        running.scheduler.mailbox.deliver([told])
        await wait_until(lambda: told.is_acknowledged)
        running.store.is_writable = True

        async def is_offered_again() -> bool:
            running.clock.advance(1.0)
            running.scheduler.mailbox.wake()
            return [uow.attempt for uow in await running.store.uows([UOW])] == [2]

        await wait_until(is_offered_again)


async def test_what_the_broker_did_not_confirm_is_offered_as_soon_as_it_is_back(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        running.broker.is_down = True
        running.clock.advance(3_600.0)
        assert await running.offered() == []

        running.broker.is_down = False
        running.scheduler.mailbox.wake()

        await wait_until(lambda: running.broker.queues.get("q_MainHourly"))


async def test_what_was_in_a_deleted_queue_is_offered_again_when_a_supervisor_tells(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        running.broker.queues["q_MainHourly"].clear()
        delivery = LocalDelivery(running.broker, Q_UOW_STATUS, encode(QueueLost("s1")))
        delivery.settled = True  # nobody waits for its acknowledgement

        running.scheduler.mailbox.deliver([delivery])

        await wait_until(lambda: running.broker.queues["q_MainHourly"])
        assert await running.offered() == [encode(UowMessage("MainHourly", UOW))]


async def test_ages_count_from_the_end_of_an_outage_of_the_broker(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        running.broker.is_down = True
        running.clock.advance(50.0 * 3_600.0)
        await running.offered()

        running.broker.is_down = False
        uow = await running.look(lambda schedule: schedule.uows[UOW])

        assert (uow.state, uow.gave_up) == (UowState.REQUESTED, False)
        assert await running.look(lambda schedule: schedule.counted_from) == running.clock.real


@pytest.mark.parametrize("hours", [50.0, -50.0])
async def test_ages_count_from_a_jump_of_the_wall_clock(tmp_path: Path, *, hours: float) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()

        running.clock.real += hours * 3_600.0
        uow = await running.look(lambda schedule: schedule.uows[UOW])

        assert (uow.state, uow.gave_up) == (UowState.REQUESTED, False)
        assert await running.look(lambda schedule: schedule.counted_from) == running.clock.real
        assert abs(running.scheduler.rounds.last - running.clock.real) <= 60.0


async def test_a_jump_that_is_seen_when_memory_is_built_anew_moves_nothing_twice(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        await running.workers.claim([Claim(UOW, "s1", "box", "host", running.clock.real)])
        (failed,) = await running.workers.finish([Finish(UOW, 1, "s1", UowState.INVALID, running.clock.real)])
        await running.tell(UowFinished(failed))
        due = running.clock.real + 60.0 * settings_of().gc_release_lag_minutes

        running.clock.real += 600.0
        await running.scheduler.load(accept_plan=True)
        release = await running.look(lambda schedule: schedule.queues.release_time(UOW))

        assert release == due  # memory that is built anew goes by the clock as it is then


async def test_what_outlives_kill_is_an_alert_until_its_end_is_told(tmp_path: Path) -> None:
    async with running_in(tmp_path) as running:
        await running.offered()
        (claimed,) = await running.workers.claim([Claim(UOW, "s1", "box", "host", running.clock.real)])
        await running.tell(
            UowClaimed(claimed), KillUnproved(UOW, 1, (7, 9), "box"), KillUnproved(UOW, 1, (7, 9), "box")
        )

        assert [event.code for event in running.events if isinstance(event, Alert)] == ["kill_unproved"]
        assert running.scheduler.survivors.pids(UOW) == (7, 9)

        (ended,) = await running.workers.finish([Finish(UOW, 1, "s1", UowState.NOOP, running.clock.real)])
        await running.tell(UowFinished(ended))

        assert running.scheduler.survivors.problems() == ()


def make_flights(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "data.db")) as data, data:
        data.execute("CREATE TABLE flights (id INTEGER PRIMARY KEY, timeperiod TEXT)")
        data.executemany("INSERT INTO flights (timeperiod) VALUES (?)", [("2013013020",)] * 3)


async def test_a_recomputing_job_is_issued_with_the_boundaries_of_its_data(tmp_path: Path) -> None:
    make_flights(tmp_path)

    async with running_in(tmp_path, recomputing=True) as running:
        await wait_until(running.offered)

        uow = running.scheduler.schedule.uows[UOW]
        assert (uow.start_id, uow.end_id) == ("1", "3")


async def test_an_answer_that_comes_while_the_store_is_silent_is_not_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_flights(tmp_path)
    caplog.set_level(logging.INFO)

    async with running_in(tmp_path, recomputing=True) as running:
        running.scheduler.store_is_silent(StoreDown("no answer for 4 s"))
        await wait_until(lambda: "asked again" in caplog.text)

        running.scheduler.store_answers()  # what is in memory was not built anew

        await wait_until(lambda: UOW in running.scheduler.schedule.uows)


async def test_a_data_source_that_cannot_be_asked_is_asked_again_at_the_next_firing(tmp_path: Path) -> None:
    async with running_in(tmp_path, recomputing=True) as running:
        await wait_until(lambda: running.look(lambda schedule: schedule.lanes[0].without_data))
        assert await running.look(lambda schedule: schedule.jobs) == {}

        make_flights(tmp_path)
        running.clock.advance(60.0)

        await wait_until(running.offered)
