"""One record that the store refuses stops its own job, until an operator acts, and nobody else's."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace

from synergy.core.context import ProcessContext
from synergy.core.control.events import Alert, Event
from synergy.core.engine.aside import split
from synergy.core.engine.plans import draft
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.verbs import Acceptance, apply_plan
from synergy.core.engine.why import Around, Outlook, waiting_for
from synergy.core.errors import InvalidArgument
from synergy.core.ports import Batch, LeaderStore
from synergy.core.records import JobKey, UnitOfWork
from synergy.core.states import JobState
from synergy.core.wishes import Wish
from synergy.daemon.leases import Leases
from synergy.daemon.loading import Deployment
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.standing import Standing
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Options
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.core.engine.contexts import context_of, entry, settings_of, spec
from tests.manual_clock import ManualClock
from tests.servers.mongodb import MongoServer, new_database, running
from tests.waiting import wait_until
from tests.worker.local_broker import LocalBroker

T = TypeVar("T")
HOURS = ("2013013020", "2013013021", "2013013022")
REFUSED = f"MainHourly@{HOURS[1]}"
CONTEXT = context_of(spec("MainHourly", "Main", concurrency=9))
REFUSE_ONE = """
    CREATE TRIGGER picky BEFORE INSERT ON unit_of_work WHEN NEW.timeperiod = '2013013021' AND NEW.entry_name IS NULL
    BEGIN SELECT RAISE(ABORT, 'not this one'); END
"""


class Leader:
    """A running scheduler, and what it announced."""

    def __init__(self, store: LeaderStore, context: ProcessContext) -> None:
        self.store = store
        self.clock = ManualClock("2013-01-30T23:30:00Z")
        self.broker = LocalBroker()
        self.told: list[Event] = []
        self.scheduler = Scheduler(store, self.broker, self.clock, Deployment(context, settings_of()), self._announce)

    def _announce(self, events: Sequence[Event]) -> None:
        self.told += events

    async def look(self, question: Callable[[Schedule], T]) -> T:
        return await self.scheduler.mailbox.ask(question)

    async def problems(self) -> list[str]:
        scheduler = self.scheduler
        leases = Leases(self.store, self.clock, scheduler.deployment.settings, scheduler.lease_lost)
        return list((await Standing(scheduler, leases, "d1").status()).problems)

    async def requested(self) -> set[str]:
        return {f"{uow.process_name}@{uow.timeperiod}" for uow in await self.store.open_uows()}

    async def skip(self, name: str) -> None:
        def act(schedule: Schedule) -> None:
            apply_plan(schedule, draft(schedule, Wish("skip", (name,))), {}, Acceptance("p1", "anna", "it is refused"))

        await self.look(act)


@asynccontextmanager
async def leading(store: LeaderStore, context: ProcessContext = CONTEXT) -> AsyncIterator[Leader]:
    await store.open()
    made = Leader(store, context)
    made.scheduler.term = await store.take_term("d1")
    await made.scheduler.load(accept_plan=False)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(made.scheduler.run())
        yield made
        made.scheduler.stop()
    await store.close()


@pytest.fixture
async def picky(tmp_path: Path) -> str:
    """A store that refuses the unit of work of one hour."""
    store = SqliteLeaderStore(tmp_path / "synergy.db")
    await store.open()
    await store.close()
    with closing(sqlite3.connect(tmp_path / "synergy.db")) as connection:
        connection.execute(REFUSE_ONE)
    return str(tmp_path / "synergy.db")


async def test_the_job_of_a_refused_record_is_set_aside_and_the_others_go_on(picky: str) -> None:
    async with leading(SqliteLeaderStore(Path(picky))) as leader:
        await wait_until(lambda: leader.scheduler.last_schedule.aside)
        await wait_until(leader.requested)

        assert await leader.requested() == {f"MainHourly@{HOURS[0]}", f"MainHourly@{HOURS[2]}"}
        assert len(leader.broker.queues["q_MainHourly"]) == 2


async def test_what_is_set_aside_is_told_by_status_alert_history_and_the_job_itself(picky: str) -> None:
    async with leading(SqliteLeaderStore(Path(picky))) as leader:
        await wait_until(lambda: any(isinstance(event, Alert) for event in leader.told))

        (alert,) = [event for event in leader.told if isinstance(event, Alert)]
        assert (alert.code, alert.target) == ("set_aside", REFUSED)
        assert "not this one" in alert.message
        [problem] = [one for one in await leader.problems() if "set aside" in one]
        assert problem.startswith(f"{REFUSED} is set aside: store {picky}: a record cannot be stored: not this one")
        assert problem.endswith("correct that and restart the daemon, or skip the job")
        [line] = await leader.store.history(JobKey("MainHourly", HOURS[1]), 9)
        assert (line.cause, line.old_state, line.new_state) == ("set_aside", JobState.EMBRYO, JobState.EMBRYO)
        node = leader.scheduler.schedule.timetable.node(JobKey("MainHourly", HOURS[1]))
        [reason] = waiting_for(Outlook(leader.scheduler.schedule, Around()), node)
        assert reason.startswith("it is set aside, the store refuses it (store ")


async def test_an_operator_who_skips_the_job_ends_it(picky: str) -> None:
    async with leading(SqliteLeaderStore(Path(picky))) as leader:
        await wait_until(lambda: leader.scheduler.last_schedule.aside)

        await leader.skip(REFUSED)

        [stored] = await leader.store.jobs([JobKey("MainHourly", HOURS[1])])
        assert stored.state is JobState.SKIPPED
        assert not any("set aside" in one for one in await leader.problems())
        await leader.scheduler.load(accept_plan=True)
        assert leader.scheduler.schedule.aside == {}


async def test_one_that_was_corrected_runs_after_the_next_start(picky: str) -> None:
    async with leading(SqliteLeaderStore(Path(picky))) as leader:
        await wait_until(lambda: leader.scheduler.last_schedule.aside)
    with closing(sqlite3.connect(picky)) as connection:
        connection.execute("DROP TRIGGER picky")

    async with leading(SqliteLeaderStore(Path(picky))) as leader:

        async def is_requested() -> bool:
            return REFUSED in await leader.requested()

        await wait_until(is_requested)


class NarrowStore(SqliteLeaderStore):
    """A real store that refuses batches of more than so many records, and any with a wish of this operator."""

    most = 2
    unwanted = ""
    refused = 0

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        if (refusal := await self.refusal(batch)) is not None:
            self.refused += 1
            raise refusal
        return await super().commit(batch)

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        if len(split(batch)) > self.most:
            return InvalidArgument("too many records")
        if any(one.actor == self.unwanted for one in batch.audit):
            return InvalidArgument("not by you")
        return None


async def test_a_batch_that_is_too_large_only_as_a_whole_is_stored_in_parts(tmp_path: Path) -> None:
    async with leading(NarrowStore(tmp_path / "synergy.db")) as leader:
        await wait_until(leader.requested)

        async def are_all_there() -> bool:
            return len(await leader.requested()) == len(HOURS)

        await wait_until(are_all_there)
        assert await leader.look(lambda schedule: schedule.aside) == {}
        assert [one for one in leader.told if isinstance(one, Alert)] == []


async def test_an_operators_wish_that_is_refused_is_told_so_and_sets_nothing_aside(tmp_path: Path) -> None:
    store = NarrowStore(tmp_path / "synergy.db")
    store.most, store.unwanted = 99, "anna"
    async with leading(store) as leader:
        await wait_until(leader.requested)

        with pytest.raises(InvalidArgument, match="not by you"):
            await leader.skip(REFUSED)

        assert await leader.look(lambda schedule: schedule.aside) == {}
        assert REFUSED in await leader.requested()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with running(tmp_path_factory.mktemp("mongodb"), standalone=True) as started:
        yield started


@pytest.mark.real
async def test_on_mongodb_a_record_that_is_too_large_is_set_aside(server: MongoServer) -> None:
    large = {"text": "x" * (17 * 1024 * 1024)}
    context = context_of(
        spec("LargeHourly", "Large", arguments=large),
        spec("MainHourly", "Main", concurrency=9),
        entries=(replace(entry("large", "every 60"), arguments=large),),
    )
    url = server.url(new_database())
    async with leading(MongoLeaderStore(url, Options(20, 60)), context) as leader:

        async def is_settled() -> bool:
            return len(leader.scheduler.last_schedule.aside) == 2 and len(await leader.requested()) == len(HOURS)

        await wait_until(is_settled, 60)
        aside = await leader.look(lambda schedule: dict(schedule.aside))
        assert set(aside) == {"LargeHourly@2013013020", "Free::large"}
        assert all("over the limit of 15,728,640" in reason for reason in aside.values())
        assert await leader.requested() == {f"MainHourly@{hour}" for hour in HOURS}
