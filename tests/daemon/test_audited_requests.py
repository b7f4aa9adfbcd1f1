"""Every request of the protocol over a real socket: what changes something leaves one audit entry, what looks none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from synergy.client import ControlClient
from synergy.core.audit_check import ChainWalk
from synergy.core.context import DaemonSpec, FreerunSpec, Work
from synergy.core.control import grid_requests as g
from synergy.core.control import log_requests as d
from synergy.core.control import process_requests as p
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.control.methods import METHODS
from synergy.core.control.roles import Role
from synergy.core.engine import changes
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import DiskFull, IllegalState, InvalidArgument, NotFound, StoreDown, SynergyError
from synergy.core.ports import AuditQuery, Batch
from synergy.core.records import AuditEntry, UnitOfWork
from synergy.daemon.leases import Leases
from synergy.daemon.loading import Deployment
from synergy.daemon.own_logs import OwnLogs
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.service import Service
from synergy.daemon.standing import Standing
from synergy.loading import ProjectPaths
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.unix_sockets import user_name
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.manual_clock import ManualClock
from tests.serving import serving
from tests.waiting import wait_until
from tests.worker.local_broker import LocalBroker

JOB: Final = "MainHourly@2013013020"
ENTRY: Final = "Report::mail"
WORK: Final = Work(command=("true",))
BOX: Final = settings_of().box_id

REQUESTS: Final[dict[str, q.Request[Any] | None]] = {
    "hello": None,
    "status": q.Status(),
    "trees": q.Trees(),
    "directives": q.Directives(lifted=True),
    "plans": q.ListPlans(),
    "why": y.Why(JOB),
    "why_all": y.WhyAll(),
    "blocks": y.Blocks(JOB),
    "why_ran": y.WhyRan(JOB),
    "batch": q.ShowBatch("p0"),
    "processes": q.Processes(),
    "boxes": q.Boxes(),
    "process": p.ShowProcess("MainHourly"),
    "workers": q.Workers(),
    "gc": q.Collector(),
    "grid": q.Grid("hourly", "2013013020", 5),
    "roll_up": g.RollUp("daily", "2013013000", 5),
    "ls": q.ListJobs("MainHourly"),
    "show": q.Show(JOB),
    "history": q.JobHistory(JOB),
    "attempts": q.Attempts(JOB),
    "logs": q.Logs(JOB),
    "search_log": q.SearchLog(JOB, "x"),
    "daemon_logs": d.DaemonLogs(),
    "daemon_log": d.DaemonLog(),
    "search_daemon_log": d.SearchDaemonLog("x"),
    "follow_log": q.FollowLog(f"{JOB}.1"),
    "uows": q.ListUows(),
    "uow": q.ShowUow(f"{JOB}.1"),
    "plan": q.MakePlan("skip", (JOB,)),
    "freerun_ls": q.ListEntries(),
    "subscribe": q.Subscribe(),
    "audit": q.ListAudit(since="2h"),
    "audit_walk": q.WalkAudit(),
    "apply": None,  # needs a plan of its own
    "trigger": q.Trigger("MainHourly"),
    "switch_process": q.SwitchProcess("MainHourly", is_on=False, reason="r"),
    "switch_on_box": q.SwitchOnBox(BOX, "Feed", is_on=False, reason="r"),
    "frequency": q.ChangeFrequency("MainHourly", "every 5", reason="r"),
    "freerun_save": q.SaveEntry(ENTRY, trigger_frequency="every 7"),
    "freerun_rm": q.RemoveEntry(ENTRY),
    "freerun_run": q.RunEntry(ENTRY, {"a": 1}),
    "gc_refresh": q.CollectorRefresh(),
    "gc_flush": q.CollectorFlush(),
    "shutdown": q.Shutdown(),
}
CHANGES: Final = sorted(name for name, kind in METHODS.items() if kind.needs is not Role.VIEWER)


class FullStore(SqliteLeaderStore):
    """Takes no write while ``trouble`` is set; a write that ``vanishes`` is stored, and its answer lost."""

    trouble: SynergyError | None = None
    vanishes = False

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        if self.trouble is not None:
            raise self.trouble
        missed = await super().commit(batch)
        if self.vanishes and batch.audit:
            self.vanishes = False
            raise StoreDown("the answer is lost")
        return missed


class Served:
    """A scheduler behind its control socket, and one client; ``stopped``: the shutdowns that were let through."""

    def __init__(self, folder: Path) -> None:
        self.store = FullStore(folder / "synergy.db")
        entry = FreerunSpec("Report", "mail", "every 60", WORK)
        context = replace(context_of(spec("MainHourly", "Main"), entries=(entry,)), daemons=(DaemonSpec("Feed", WORK),))
        self.clock = clock = ManualClock("2013-01-30T21:30:00Z")
        deployment = Deployment(context, settings_of())
        self.scheduler = Scheduler(self.store, LocalBroker(), clock, deployment, lambda _events: None)
        leases = Leases(self.store, clock, deployment.settings, self.scheduler.lease_lost)
        self.stopped: list[q.Shutdown] = []
        standing = Standing(self.scheduler, leases, "d1")
        logs = OwnLogs(ProjectPaths(folder=folder, settings=deployment.settings), lambda: leases.people)
        self.service = Service(self.scheduler, leases, standing, logs, self.stopped.append)
        self.client: ControlClient

    async def ask(self, name: str) -> None:
        """Ask the method's request, whatever it answers."""
        request = REQUESTS[name]
        if name == "apply":
            plan = await self.client.call(q.MakePlan("skip", (JOB,)))
            request = q.ApplyPlan(plan.plan_id, "r")
        if request is None:  # hello is said
            return
        with suppress(NotFound, InvalidArgument, IllegalState) if name not in CHANGES else nullcontext():
            await self.client.call(request)  # a look may find nothing

    async def entries(self) -> tuple[AuditEntry, ...]:
        return await self.store.audit(AuditQuery())


@asynccontextmanager
async def served_in(folder: Path) -> AsyncIterator[Served]:
    one = Served(folder)
    await one.store.open()
    one.scheduler.term = await one.store.take_term("d1")
    await one.scheduler.load(accept_plan=False)
    async with asyncio.TaskGroup() as tasks, serving(folder / "c.sock", one.service.handle):
        tasks.create_task(one.scheduler.run())
        one.client = await ControlClient.connect(folder / "c.sock", "test")
        await one.scheduler.mailbox.ask(lambda schedule: schedule.now)
        yield one
        await one.client.close()
        one.scheduler.stop()
    await one.store.close()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with served_in(tmp_path) as one:
        yield one


def test_every_method_is_tried_here() -> None:
    assert set(REQUESTS) == set(METHODS)


async def test_looking_is_never_recorded(served: Served) -> None:
    for name in sorted(set(REQUESTS) - set(CHANGES)):
        await served.ask(name)
        assert await served.entries() == (), name


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_leaves_one_entry_with_who_and_what(served: Served, name: str) -> None:
    await served.ask(name)
    (entry,) = await served.entries()
    assert (entry.seq, entry.actor) == (1, user_name(os.getuid()))
    assert entry.verb
    assert entry.target


async def test_a_change_that_is_refused_leaves_none(served: Served) -> None:
    for request in (q.ChangeFrequency("MainHourly", "nonsense"), q.RemoveEntry("No::body"), q.Trigger("Nothing")):
        with pytest.raises(SynergyError):
            await served.client.call(request)
    assert await served.entries() == ()


@pytest.mark.parametrize(
    ("request_", "before", "after"),
    [
        (q.ChangeFrequency("MainHourly", "every 5"), "every 60", "every 5"),
        (q.SwitchProcess("MainHourly", is_on=False), "on", "off"),
        (q.SwitchOnBox(BOX, "Feed", is_on=False), "on", "off"),
        (q.SaveEntry(ENTRY, description="d"), None, '{"description":"d"}'),
        (q.SaveEntry(ENTRY, is_on=False), '{"is_on":true}', '{"is_on":false}'),
        (q.RemoveEntry(ENTRY), '{"trigger_frequency":"every 60","is_on":true}', None),
        (q.CollectorFlush(), None, "0 units of work offered again"),
    ],
)
async def test_an_entry_tells_what_was_before_and_what_is_after(
    served: Served, request_: q.Request[Any], before: str | None, after: str | None
) -> None:
    await served.client.call(request_)
    (entry,) = await served.entries()
    assert (entry.before, entry.after) == (before, after)


@pytest.mark.parametrize("request_", [q.CollectorRefresh(), q.CollectorFlush(), q.CollectorFlush("MainHourly")])
async def test_the_collector_is_asked_as_any_other_change_is(
    served: Served, request_: q.CollectorRefresh | q.CollectorFlush
) -> None:
    told = await served.client.call(replace(request_, preview=True))
    assert "would be" in told.message
    assert await served.entries() == ()

    first = await served.client.call(replace(request_, key="k", reason="late"))
    again = await served.client.call(replace(request_, key="k", reason="late"))

    (entry,) = await served.entries()
    assert (entry.reason, entry.plan_id, again.plan_id) == ("late", first.plan_id, first.plan_id)
    assert "was done before" in again.message


async def test_the_queue_of_a_process_that_nobody_knows_is_not_flushed(served: Served) -> None:
    for preview in (True, False):
        with pytest.raises(NotFound, match="Nothing"):
            await served.client.call(q.CollectorFlush("Nothing", preview=preview))


async def test_a_frequency_that_was_changed_by_hand_is_what_was_before(served: Served) -> None:
    for frequency in ("every 5", "every 9"):
        await served.client.call(q.ChangeFrequency("MainHourly", frequency))
    assert [(entry.before, entry.after) for entry in await served.entries()] == [
        ("every 5", "every 9"), ("every 60", "every 5")
    ]  # fmt: skip


async def test_a_trigger_tells_from_which_period_on_all_are_due(served: Served) -> None:
    await served.client.call(q.ChangeFrequency("MainHourly", "at 23:50"))
    await served.client.call(q.Trigger("MainHourly"))
    newest, _ = await served.entries()
    assert (newest.before, newest.after) == ("due before 2013013020", "due before 2013013021")


async def test_a_store_that_takes_nothing_does_not_keep_the_daemon_from_ending(served: Served) -> None:
    served.store.trouble = DiskFull("the disk is full")
    assert (await served.client.call(q.Shutdown())).message == "stopping"
    assert len(served.stopped) == 1
    served.store.trouble = None


async def test_the_chain_goes_on_behind_what_is_stored(tmp_path: Path) -> None:
    for number in range(1, 3):
        async with served_in(tmp_path) as one:
            await one.client.call(q.CollectorRefresh())
            page = await one.client.call(q.WalkAudit())
            assert [row.seq for row in page.entries] == list(range(1, number + 1))
            assert page.daemon_head == page.store_head
            assert page.daemon_head is not None
            assert page.daemon_head.seq == number


async def test_an_entry_whose_commit_was_not_answered_is_neither_lost_nor_told_twice(served: Served) -> None:
    await served.client.call(q.CollectorRefresh())
    served.store.vanishes = True
    with pytest.raises(StoreDown):
        await served.client.call(q.CollectorFlush())

    def is_back() -> bool:
        served.clock.advance(0.1)
        return served.scheduler.store_problem is None

    await wait_until(is_back)
    await served.client.call(q.CollectorRefresh())

    page = await served.client.call(q.WalkAudit())
    walk = ChainWalk()
    walk.take(page.entries)
    assert page.daemon_head is not None
    walk.end([("the daemon", page.daemon_head)])
    assert ([row.verb for row in page.entries], walk.faults) == (["gc refresh", "gc flush", "gc refresh"], [])


async def test_pages_are_bounded_and_go_on(served: Served) -> None:
    for _ in range(5):
        await served.client.call(q.CollectorRefresh())
    page = await served.client.call(q.WalkAudit(after=1, limit=2))
    assert ([row.seq for row in page.entries], page.more, page.daemon_head) == ([2, 3], True, None)
    newest = await served.client.call(q.ListAudit(before=5, limit=2))
    assert ([row.seq for row in newest.entries], newest.more) == ([4, 3], True)
    with pytest.raises(SynergyError, match="limit 0 is below 1"):
        await served.client.call(q.ListAudit(limit=0))


@pytest.mark.parametrize("field", ["target", "reason", "detail", "before", "after"])
async def test_a_page_of_long_entries_ends_early(served: Served, field: str) -> None:
    def leave(schedule: Schedule) -> None:
        for _ in range(3):
            changes.note(schedule, "ann", "skip", **{"target": "x", field: "x" * 700_000})

    await served.scheduler.mailbox.ask(leave)
    seen, request = [], q.WalkAudit()
    while True:
        page = await served.client.call(request)
        seen.append([row.seq for row in page.entries])
        if not page.more:
            break
        request = replace(request, after=page.entries[-1].seq)
    assert seen == [[1], [2], [3]]


async def test_two_changes_under_one_key_at_once_are_one(served: Served) -> None:
    asked = [served.client.call(q.RunEntry(ENTRY, key="k")) for _ in range(2)]
    first, second = await asyncio.gather(*asked)

    assert second.message == f"freerun run {ENTRY} was done before, under the same key"
    assert first.plan_id == second.plan_id
    assert len(await served.entries()) == 1


async def test_a_key_that_was_used_for_another_change_is_refused(served: Served) -> None:
    await served.client.call(q.SwitchProcess("MainHourly", is_on=False, key="k"))

    for request in (q.SwitchProcess("MainHourly", is_on=True, key="k"), q.RemoveEntry(ENTRY, key="k")):
        with pytest.raises(InvalidArgument, match='key "k" was used already, for: deactivate MainHourly'):
            await served.client.call(request)
    assert len(await served.entries()) == 1


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_that_is_no_name_is_refused(served: Served, key: str) -> None:
    for request in (q.SwitchProcess("MainHourly", is_on=False, key=key), q.MakePlan("hold", ("Main",), key=key)):
        with pytest.raises(InvalidArgument, match=f"the key is {len(key)} characters long; use 1 to 200"):
            await served.client.call(request)
