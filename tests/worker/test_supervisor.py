"""A supervisor's life: leftovers, outages, the fence, giving back, and messages that make no sense."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from synergy.core.context import Work
from synergy.core.errors import StoreDown
from synergy.core.messages import (
    QueueLost,
    SupervisorStarted,
    UowClaimed,
    UowFinished,
    UowMessage,
    box_queue,
    encode,
    process_queue,
)
from synergy.core.ports import Batch, Claim, Finish, Message
from synergy.core.records import LEASE_LOST, SupervisorRecord, UnitOfWork, UowId, derive_uow_id
from synergy.core.states import UowState
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from synergy.worker.process_table import carries, read_table
from tests.waiting import wait_until, within
from tests.worker.lonely_supervisor import lonely_site
from tests.worker.workshop import Workshop, make_site, working, write_jobs

FOREVER = """
    import os, subprocess, threading
    def forever(uow):
        with open("callable.new", "w") as file:
            print(os.getpid(), file=file)
        os.rename("callable.new", "callable.pid")
        threading.Event().wait()
    def by_year(uow):
        if uow.timeperiod.startswith("2014"):
            threading.Event().wait()
    def quick(uow):
        print("done")
    def counts(uow):
        with open("counts", "a") as file:
            file.write(uow.timeperiod)
    def leaves_one_behind(uow):
        subprocess.Popen(["setsid", "sleep", "600"])
"""


class FailingStore(SqliteWorkerStore):
    """A real store whose calls fail while ``failing`` names them; ``after`` fails them once they took effect."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.failing: set[str] = set()
        self.after: set[str] = set()
        self.slow: asyncio.Event | None = None
        """Answers of claims wait for it."""
        self.failed: set[str] = set()
        self.tried = asyncio.Event()

    async def claim(self, claims_wanted: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
        self._check("claim")
        taken = await super().claim(claims_wanted)
        if self.slow is not None:
            await self.slow.wait()
        if "claim" in self.after:
            self.after.clear()
            raise StoreDown("the answer is lost")
        return taken

    async def finish(self, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
        self._check("finish")
        return await super().finish(finishes)

    async def beat(self, record: SupervisorRecord) -> tuple[UowId, ...]:
        self._check("beat")
        return await super().beat(record)

    async def tried_to(self, name: str) -> None:
        """Wait until it has failed at this."""
        while name not in self.failed:
            self.tried.clear()
            await within(20, self.tried.wait())

    def _check(self, name: str) -> None:
        self.tried.set()
        if name in self.failing:
            self.failed.add(name)
            raise StoreDown("the test's store is down")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_jobs(tmp_path, FOREVER)
    return tmp_path


def database(folder: Path) -> Path:
    return folder / ".synergy" / "synergy.db"


def marked(site_mark: str) -> list[int]:
    return [pid for pid in read_table() if carries(pid, {"SYNERGY_BOX": site_mark}) and pid != os.getpid()]


async def test_what_a_killed_supervisor_left_is_ended_by_the_next_one(folder: Path) -> None:
    site = lonely_site(folder)
    lonely = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.worker.lonely_supervisor", str(folder))
    await wait_until(lambda: (folder / "callable.pid").exists() and (folder / "command.pid").exists())
    lonely.kill()
    await lonely.wait()
    child = int((folder / "callable.pid").read_text())
    await wait_until(lambda: child not in marked(site.box_mark), what="the child ends with its supervisor")
    assert int((folder / "command.pid").read_text()) in marked(site.box_mark)

    async with working(make_site(folder, {"Other": Work(command=("true",))})) as shop:
        await shop.status(SupervisorStarted)
        assert marked(site.box_mark) == []


async def test_who_held_work_of_the_box_before_is_told_as_dead(folder: Path) -> None:
    site = make_site(folder, {"Other": Work(command=("true",))})
    leader, earlier = SqliteLeaderStore(database(folder)), SqliteWorkerStore(database(folder))
    await leader.open()
    await earlier.open()
    uows = [UnitOfWork(derive_uow_id("A", None, at, 1), "A", at, 1, at, at) for at in ("2013010100", "2013010101")]
    await leader.commit(Batch(await leader.take_term("d1"), new_uows=tuple(uows)))
    await earlier.claim([Claim(uows[0].uow_id, "box-1.dead", "box-1", "here", 1.0)])
    await earlier.claim([Claim(uows[1].uow_id, "box-2.alive", "box-2", "there", 1.0)])

    async with working(site) as shop:
        assert (await shop.status(SupervisorStarted)).earlier == ("box-1.dead",)
    await earlier.close()
    await leader.close()


async def test_what_a_callable_left_running_goes_with_its_supervisor(folder: Path) -> None:
    site = make_site(folder, {"Job": Work(run="jobs:leaves_one_behind")})
    async with working(site) as shop:
        await shop.run("Job")
        assert len(marked(site.box_mark)) > 0
    assert marked(site.box_mark) == []


async def test_a_claim_whose_answer_was_lost_is_run_all_the_same(folder: Path) -> None:
    site = make_site(folder, {"Job": Work(run="jobs:quick")})
    store = FailingStore(database(folder))
    store.after.add("claim")
    async with working(site, store) as shop:
        assert (await shop.run("Job")).state is UowState.PROCESSED
        claims = [status for status in shop.broker.statuses if isinstance(status, UowFinished)]
    assert len(claims) == 1


async def test_what_has_ended_is_not_begun_again_before_its_end_is_stored(folder: Path) -> None:
    store = FailingStore(database(folder))
    async with working(make_site(folder, {"Job": Work(run="jobs:counts")}, slots=1), store) as shop:
        store.failing.add("finish")
        uow_id = await shop.offer("Job")
        await shop.status(UowClaimed, uow_id)
        await store.tried_to("finish")

        store.failing.add("claim")  # of the same message once more, so that its answer might have got lost
        await shop.broker.publish([Message(process_queue("Job"), encode(UowMessage("Job", uow_id)))])
        await store.tried_to("claim")
        store.failing.remove("claim")
        await wait_until(lambda: shop.broker.acked == 2)
        store.failing.clear()

        assert (await shop.run("Job", "2013010101")).state is UowState.PROCESSED  # in the only slot, after all others
    assert (folder / "counts").read_text() == "20130101002013010101"


async def test_nothing_runs_while_the_store_is_down(folder: Path) -> None:
    store = FailingStore(database(folder))
    store.failing.add("claim")
    async with working(make_site(folder, {"Job": Work(run="jobs:quick")}), store) as shop:
        store.tried.clear()
        uow_id = await shop.offer("Job")
        await store.tried.wait()
        assert (await shop.stored(uow_id)).state is UowState.REQUESTED
        assert shop.broker.acked == 0
        store.failing.clear()
        assert (await shop.finished(uow_id)).state is UowState.PROCESSED


async def test_a_finish_waits_until_the_store_takes_it(folder: Path) -> None:
    store = FailingStore(database(folder))
    store.failing.add("finish")
    async with working(make_site(folder, {"Job": Work(run="jobs:quick")}), store) as shop:
        uow_id = await shop.offer("Job")
        await shop.status(UowClaimed, uow_id)
        store.tried.clear()
        await store.tried.wait()
        assert (await shop.stored(uow_id)).state is UowState.IN_PROGRESS
        store.failing.clear()
        assert (await shop.finished(uow_id)).state is UowState.PROCESSED
        assert await shop.texts(uow_id) == ["done"]


async def test_statuses_wait_until_the_broker_takes_them(folder: Path) -> None:
    async with working(make_site(folder, {"Job": Work(command=("sleep", "0.2"))})) as shop:
        uow_id = await shop.offer("Job")
        shop.broker.is_down = True
        await wait_until(lambda: _finished(shop, uow_id))
        assert not any(isinstance(status, UowFinished) for status in shop.broker.statuses)
        shop.broker.is_down = False
        assert (await shop.finished(uow_id)).state is UowState.PROCESSED


async def _finished(shop: Workshop, uow_id: UowId) -> bool:
    return (await shop.stored(uow_id)).state is UowState.PROCESSED


async def test_the_daemon_is_told_once_that_a_queue_was_deleted(folder: Path) -> None:
    async with working(make_site(folder, {"Job": Work(command=("true",))}, heartbeat_seconds=0.1)) as shop:
        shop.broker.losses = 1
        told = QueueLost(shop.site.supervisor_id)
        await wait_until(lambda: told in shop.broker.statuses)
        beaten = (await shop.leader.supervisors())[0].counter

        async def has_beaten_twice() -> bool:
            return (await shop.leader.supervisors())[0].counter >= beaten + 2

        await wait_until(has_beaten_twice)
        assert shop.broker.statuses.count(told) == 1


async def test_work_is_ended_before_others_can_call_the_lease_lost(folder: Path) -> None:
    site = make_site(folder, {"Job": Work(command=("sleep", "600"))}, heartbeat_seconds=0.1, lease_seconds=5.0)
    store = FailingStore(database(folder))
    async with working(site, store) as shop:
        uow_id = await shop.offer("Job")
        await wait_until(lambda: marked(site.box_mark))
        store.failing.add("beat")
        lost = asyncio.get_running_loop().time()
        await wait_until(lambda: not marked(site.box_mark))
        assert asyncio.get_running_loop().time() - lost < site.settings.lease_seconds
        uow = await shop.finished(uow_id)
        assert (uow.state, uow.exit_reason) == (UowState.INVALID, "lease lost")
        store.failing.clear()
        await shop.status(UowClaimed, await shop.offer("Job", "2013010101"))


async def test_a_claim_that_is_answered_after_the_lease_was_lost_is_not_begun(folder: Path) -> None:
    store = FailingStore(database(folder))
    site = make_site(folder, {"Job": Work(run="jobs:counts")}, lease_seconds=1.0, heartbeat_seconds=0.1)
    async with working(site, store) as shop:
        store.slow = asyncio.Event()
        uow_id = await shop.offer("Job")
        await wait_until(lambda: _is_claimed(shop, uow_id))
        store.failing.add("beat")
        await wait_until(lambda: shop.supervisor._slots.fences)
        store.failing.clear()
        await wait_until(lambda: not shop.supervisor._slots.held_back)
        store.slow.set()

        ended = await shop.finished(uow_id)

        assert (ended.state, ended.exit_reason) == (UowState.INVALID, LEASE_LOST)
    assert not (folder / "counts").exists()


async def test_who_ends_while_a_claim_has_no_answer_leaves_its_lease_to_be_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synergy.worker.intake.CLAIM_SECONDS", 0.1)
    store = FailingStore(database(folder))
    site = make_site(folder, {"Job": Work(run="jobs:quick")})
    async with working(site, store) as shop:
        store.slow = asyncio.Event()
        uow_id = await shop.offer("Job")
        await wait_until(lambda: _is_claimed(shop, uow_id))
        shop.supervisor.stop(now=True)

    leader = SqliteLeaderStore(database(folder))
    await leader.open()
    assert [one.supervisor_id for one in await leader.supervisors()] == [site.supervisor_id]
    await leader.close()


async def test_a_full_box_gives_back_what_it_cannot_begin(folder: Path) -> None:
    site = make_site(folder, {"Job": Work(command=("sleep", "600"))}, slots=1)
    async with working(site) as shop:
        await shop.offer_all([("Job", f"20130101{hour:02}") for hour in range(3)])
        await wait_until(lambda: len(shop.broker.queues[process_queue("Job")]) == 2)
        (running,) = [status for status in shop.broker.statuses if isinstance(status, UowClaimed)]
        await shop.cancel(running.uow.uow_id)
        await shop.status(UowClaimed, UowId("Job@2013010101.1"))


async def test_what_was_claimed_ahead_of_long_work_is_not_told_as_running_and_goes_back(folder: Path) -> None:
    site = make_site(folder, {"Job": Work(run="jobs:by_year")}, slots=2)
    async with working(site) as shop:
        quick = [("Job", f"2013{month:02}{day:02}00") for month in range(1, 5) for day in range(1, 26)]
        for uow_id in await shop.offer_all(quick):
            await shop.finished(uow_id)
        long = await shop.offer_all([("Job", "2014010100"), ("Job", "2014010101"), ("Job", "2014010102")])
        await wait_until(lambda: _is_claimed(shop, long[2]))
        await wait_until(lambda: len(shop.broker.queues[process_queue("Job")]) == 1)
        assert (await shop.stored(long[2])).state is UowState.REQUESTED
        told = {status.uow.uow_id for status in shop.broker.statuses if isinstance(status, UowClaimed)}
        assert told >= set(long[:2])
        assert long[2] not in told


async def _is_claimed(shop: Workshop, uow_id: UowId) -> bool:
    return (await shop.stored(uow_id)).state is UowState.IN_PROGRESS


async def test_a_message_that_makes_no_sense_is_set_aside_with_its_reason(folder: Path) -> None:
    async with working(make_site(folder, {"Job": Work(run="jobs:quick")})) as shop:
        other = b'{"process_name": "Other", "record_db_id": "Other@2013010100.1"}'
        bodies = [(process_queue("Job"), b"garbage"), (process_queue("Job"), other), (box_queue("box-1"), b"{}")]
        await shop.broker.publish([Message(queue, body) for queue, body in bodies])
        assert (await shop.run("Job")).state is UowState.PROCESSED
        reasons = [reason for _, reason in shop.broker.aside]
    assert sum("it cannot be read" in reason for reason in reasons) == 2
    assert "Other is not known on box box-1" in reasons


async def test_work_that_no_file_defines_comes_with_its_message(folder: Path) -> None:
    async with working(make_site(folder, {"Job": Work(run="jobs:quick")})) as shop:
        uow_id = await shop.offer("Job")
        await shop.finished(uow_id)
        work = Work(command=("echo", "by hand"))
        second = await shop.offer("Job", "2013010101", send=False)
        message = UowMessage("Job", second, "made", work)
        await shop.broker.publish([Message(process_queue("Job"), encode(message))])
        await shop.finished(second)
        assert await shop.texts(second) == ["by hand"]
