"""Daemon processes: kept alive, switched, and stopped."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from synergy.clocks import RealClock
from synergy.core.context import DaemonSpec, Work
from synergy.core.messages import SwitchProcess, box_queue, encode
from synergy.core.ports import Batch, Message
from synergy.core.records import BoxProcess, WorkerInfo
from synergy.stores.sqlite.worker import SqliteWorkerStore
from synergy.worker import daemons
from synergy.worker.daemons import Daemons
from synergy.worker.marks import box_mark
from synergy.worker.process_table import ProcessId, carries, read_table
from synergy.worker.process_tree import Ended, Proof, TreeRoot, end_tree
from synergy.worker.reaping import Reaper
from synergy.worker.rotating_log import RotatingLog
from synergy.worker.site import Site
from tests.waiting import wait_until, within
from tests.worker.workshop import Workshop, make_site, with_context, working


def site_with(folder: Path, script: str, **fields: object) -> Site:
    work = Work(command=("sh", "-c", script), **fields)  # type: ignore[arg-type]
    return with_context(make_site(folder, {}, supervisor_interval_seconds=0.1), daemons=[DaemonSpec("Feed", work)])


def feeds(folder: Path) -> list[int]:
    marks = {"SYNERGY_DAEMON_PROCESS": "Feed", "SYNERGY_BOX": box_mark("box-1", folder)}
    return [pid for pid in read_table() if carries(pid, marks)]


async def test_a_daemon_process_runs_and_its_output_is_kept(tmp_path: Path) -> None:
    async with working(site_with(tmp_path, "echo feeding; echo badly >&2; exec sleep 600")):
        await wait_until(lambda: feeds(tmp_path))
        log = tmp_path / ".synergy" / "logs" / "Feed.log"
        await wait_until(lambda: log.exists() and log.read_text() == "feeding\nbadly\n")
    assert feeds(tmp_path) == []


async def test_one_that_outlived_kill_is_started_again_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = ProcessId(os.getpid(), 0)
    proofs = [Proof((Ended(stuck, "stuck", (("KILL", 0.0),)),), 0.0, 5.0)] * 2

    async def end_slowly(root: TreeRoot, grace_seconds: float) -> Proof:
        return proofs.pop() if proofs else await end_tree(root, grace_seconds)

    monkeypatch.setattr(daemons, "end_tree", end_slowly)
    monkeypatch.setattr(daemons, "RESCAN_SECONDS", 0.01)
    async with working(site_with(tmp_path, "echo x >> starts; exit 4")):
        await wait_until((tmp_path / "starts").exists)
        await wait_until(lambda: (tmp_path / "starts").read_text() == "x\nx\n")
    assert not proofs


async def test_one_that_dies_is_restarted_with_back_off(tmp_path: Path) -> None:
    async with working(site_with(tmp_path, "echo x >> starts; exit 4")) as shop:
        await wait_until((tmp_path / "starts").exists)
        await wait_until(_worker(shop, lambda worker: worker.restarts == 1 and worker.detail is not None))
        assert "exit 4; next start in 1 s" in (_info(shop).detail or "")
        await wait_until(lambda: (tmp_path / "starts").read_text() == "x\nx\n")
        await wait_until(_worker(shop, lambda worker: "next start in 2 s" in (worker.detail or "")))


async def test_its_descendants_end_before_it_is_started_again(tmp_path: Path) -> None:
    async with working(site_with(tmp_path, "setsid sleep 600 & exit 1", grace_seconds=0.2)) as shop:
        await wait_until(_worker(shop, lambda worker: worker.restarts == 1))
        await wait_until(lambda: not feeds(tmp_path))


async def test_an_operator_switches_it_off_and_on(tmp_path: Path) -> None:
    async with working(site_with(tmp_path, "exec sleep 600")) as shop:
        await wait_until(lambda: feeds(tmp_path))
        await _switch(shop, is_on=False)
        await wait_until(lambda: not feeds(tmp_path))
        await _switch(shop, is_on=True)
        await wait_until(lambda: feeds(tmp_path))


async def test_what_cannot_be_started_is_told(tmp_path: Path) -> None:
    site = with_context(make_site(tmp_path, {}), daemons=[DaemonSpec("Feed", Work(command=("no-such-program",)))])
    async with working(site) as shop:
        await wait_until(_worker(shop, lambda worker: "not executable: no-such-program" in (worker.detail or "")))


def test_its_log_is_rotated(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "Feed.log", max_bytes=10)
    for number in range(6):
        log.write(f"line {number}\n".encode())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Feed.log", "Feed.log.1", "Feed.log.2", "Feed.log.3"]
    assert (tmp_path / "Feed.log").read_text() == "line 5\n"
    assert (tmp_path / "Feed.log.3").read_text() == "line 2\n"


async def _switch(shop: Workshop, *, is_on: bool) -> None:
    term = await shop.leader.take_term("test")
    await shop.leader.commit(Batch(term, box_processes=(BoxProcess("box-1", "Feed", is_on=is_on),)))
    await shop.broker.publish([Message(box_queue("box-1"), encode(SwitchProcess("Feed", is_on)))])


def _info(shop: Workshop) -> WorkerInfo:
    return next(worker for worker in shop.supervisor.workers() if worker.kind == "daemon")


def _worker(shop: Workshop, condition: Callable[[WorkerInfo], bool]) -> Callable[[], bool]:
    return lambda: any(worker.kind == "daemon" and condition(worker) for worker in shop.supervisor.workers())


class WatchedStore(SqliteWorkerStore):
    """Tells when it was asked which daemon processes are on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = asyncio.Event()

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        answer = await super().box_processes()
        self.asked.set()
        return answer


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancel_that_comes_with_a_wake_is_not_lost(tmp_path: Path, turns: int) -> None:
    off = DaemonSpec("Feed", Work(command=("sleep", "600")), is_on=False)
    store = WatchedStore(tmp_path / "synergy.db")
    await store.open()
    site = with_context(make_site(tmp_path, {}), daemons=[off])
    keeping = Daemons(site, RealClock(), store, Reaper(adopts=False), lambda _: None)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(keeping.run())
        await within(5, store.asked.wait())
        for _ in range(5):
            await asyncio.sleep(0)
        keeping.wake()
        for _ in range(turns):
            await asyncio.sleep(0)

        running.cancel()

        await within(2, asyncio.wait((running,)))
    await store.close()
