"""What a store's writes and scans cost: ``python benchmarks/store.py [--jobs 1000000] [--store mongodb://…/DATABASE]``.

For MongoDB the server's own rates are printed beside, and what a job's whole life asks of it. Name an empty database.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from mongodb_rates import Calls, Counted, raw_rates
from pymongo import monitoring

from synergy.core.plan_records import PlannedChange, PlanRecord
from synergy.core.ports import Batch, Claim, Finish, LeaderStore, WorkerStore
from synergy.core.records import HistoryEntry, Job, LogChunk, LogLine, UnitOfWork, UowId, UowPatch, derive_uow_id
from synergy.core.states import JobState, UowState
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Options
from synergy.stores.mongodb.worker import MongoWorkerStore
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore

ROUNDS = 20


def period(number: int) -> str:
    return f"{number:010d}"


def uow(number: int, process_name: str = "Hourly") -> UnitOfWork:
    return UnitOfWork(
        derive_uow_id(process_name, None, period(number), 1),
        process_name,
        period(number),
        1,
        period(number),
        period(number + 1),
        source="flights",
        sink="flights_hourly",
        arguments={"origin": "all"},
        created=1.7e9 + number / 7,
    )


def job(number: int, state: JobState, process_name: str = "Hourly") -> Job:
    uow_id = derive_uow_id(process_name, None, period(number), 1)
    return Job(process_name, period(number), state, 1, uow_id, changed=1.7e9 + number / 7)


def told(number: int, process_name: str = "Hourly") -> HistoryEntry:
    return HistoryEntry(
        process_name, period(number), 1.7e9 + number / 7, JobState.EMBRYO, JobState.IN_PROGRESS, "scheduler", "due"
    )


async def milliseconds(work: Awaitable[object]) -> float:
    """Awaitables here begin their work when they are awaited."""
    started = time.perf_counter()
    await work
    return (time.perf_counter() - started) * 1000


async def batches(leader: LeaderStore, term: int) -> None:
    figures = []
    for turn in range(ROUNDS):
        numbers = range(turn * 100, turn * 100 + 100)
        batch = Batch(
            term,
            jobs=tuple(job(number, JobState.IN_PROGRESS) for number in numbers),
            new_uows=tuple(uow(number) for number in numbers),
            patches=tuple(UowPatch(uow(number).uow_id, UowState.REQUESTED, 1, submitted=1.7e9) for number in numbers),
            history=tuple(told(number) for number in numbers),
        )
        figures.append(await milliseconds(leader.commit(batch)))
    print(f"commit of 100 jobs, units of work, entries and patches  {statistics.median(figures):8.2f} ms  (< 6)")


async def single_runs(worker: WorkerStore, numbers: Sequence[int]) -> None:
    figures = []
    for number in numbers:
        uow_id = uow(number).uow_id
        started = time.perf_counter()
        await worker.claim([Claim(uow_id, "s1", "box-1", "host", 1.7e9)])
        await worker.finish([Finish(uow_id, 1, "s1", UowState.PROCESSED, 1.7e9 + 1)])
        figures.append((time.perf_counter() - started) * 1000)
    print(f"claim and finish of one unit of work                    {statistics.median(figures):8.2f} ms  (< 0.5)")


async def many_runs(worker: WorkerStore) -> None:
    ids = [uow(number).uow_id for number in range(500, 2000)]
    started = time.perf_counter()
    for start in range(0, len(ids), 100):
        part = ids[start : start + 100]
        await worker.claim([Claim(uow_id, "s1", "box-1", "host", 1.7e9) for uow_id in part])
        await worker.finish([Finish(uow_id, 1, "s1", UowState.PROCESSED, 1.7e9 + 1) for uow_id in part])
    each = (time.perf_counter() - started) * 1000 / len(ids)
    print(f"the same in hundreds, for each                          {each:8.3f} ms")


async def large_plan(leader: LeaderStore, term: int) -> None:
    numbers = range(10_000)
    changes = tuple(
        PlannedChange("Plan", period(number), JobState.PROCESSED, JobState.EMBRYO, "it is a target")
        for number in numbers
    )
    batch = Batch(
        term,
        jobs=tuple(job(number, JobState.EMBRYO, "Plan") for number in numbers),
        history=tuple(told(number, "Plan") for number in numbers),
        plans=(PlanRecord("p1", "reprocess", "me", 1.7e9, changes),),
    )
    for what in ("new", "replaced"):
        if what == "replaced":
            entries = tuple(told(number + 100_000, "Plan") for number in numbers)
            batch = Batch(term, jobs=batch.jobs, plans=batch.plans, history=entries)
        took = await milliseconds(leader.commit(batch))
        print(f"10,000 jobs ({what}), 10,000 entries and their plan {took:12.0f} ms  (< 500)")


async def scan(leader: LeaderStore, term: int, count: int) -> None:
    for start in range(0, count, 20_000):
        jobs = (job(number, JobState.PROCESSED, "Long") for number in range(start, min(count, start + 20_000)))
        await leader.commit(Batch(term, jobs=tuple(jobs)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    seen = 0
    async for page in leader.job_states("Long"):
        seen += len(page.codes)
    took = time.perf_counter() - started
    extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert seen == count
    print(f"scan of {count:,} finished jobs {took:30.2f} s   (< 1.2 for 1,000,000), {extra:.0f} MB more (< 60)")


async def beside_a_busy_loop(leader: LeaderStore, term: int) -> None:
    """The loop does its own work in slices of 1 ms all the time, as a daemon under full load."""
    busy = asyncio.Event()

    async def load() -> None:
        while not busy.is_set():
            until = time.perf_counter() + 0.001
            while time.perf_counter() < until:
                pass
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(load())
        figures = []
        for turn in range(ROUNDS):
            numbers = range(turn * 100, turn * 100 + 100)
            batch = Batch(
                term,
                jobs=tuple(job(number, JobState.IN_PROGRESS, "Busy") for number in numbers),
                new_uows=tuple(uow(number, "Busy") for number in numbers),
                history=tuple(told(number, "Busy") for number in numbers),
            )
            figures.append(await milliseconds(leader.commit(batch)))
        ids = [UowId(uow(number, "Busy").uow_id) for number in range(500)]
        reading = [await milliseconds(leader.uows(ids)) for _ in range(ROUNDS)]
        busy.set()
    print(f"commit of 100 of each beside a busy loop                {statistics.median(figures):8.2f} ms")
    print(f"read of 500 units of work beside a busy loop            {statistics.median(reading):8.2f} ms")


async def whole_lives(counted: Counted, term: int, numbers: range) -> float:
    """Jobs from embryo to processed, in hundreds, as daemon and supervisor write them; returns jobs a second."""
    started = time.perf_counter()
    for start in range(numbers.start, numbers.stop, 100):
        part = range(start, min(start + 100, numbers.stop))
        ids = [uow(number, "Life").uow_id for number in part]
        begun = Batch(
            term,
            jobs=tuple(job(number, JobState.IN_PROGRESS, "Life") for number in part),
            new_uows=tuple(uow(number, "Life") for number in part),
            history=tuple(told(number, "Life") for number in part),
        )
        await counted.daemon(begun)
        await counted.supervisor(
            [Claim(uow_id, "s1", "box-1", "host", 1.7e9) for uow_id in ids],
            [LogChunk(uow_id, 1, 0, (LogLine(1.7e9, "stdout", "", "done"),)) for uow_id in ids],
            [Finish(uow_id, 1, "s1", UowState.PROCESSED, 1.7e9 + 1) for uow_id in ids],
        )
        done = Batch(
            term,
            jobs=tuple(job(number, JobState.PROCESSED, "Life") for number in part),
            patches=tuple(UowPatch(uow_id, UowState.PROCESSED, 1, applied=True) for uow_id in ids),
            history=tuple(told(number + 1_000_000, "Life") for number in part),
        )
        await counted.daemon(done)
    return len(numbers) / (time.perf_counter() - started)


async def on_mongodb(url: str) -> None:
    calls = Calls()
    monitoring.register(calls)
    unhurried = Options(socket_seconds=60)
    leader, worker = MongoLeaderStore(url, unhurried), MongoWorkerStore(url, unhurried)
    await leader.open()
    await worker.open()
    try:
        updates = await raw_rates(url)
        term = await leader.take_term("benchmark")
        await batches(leader, term)
        await single_runs(worker, range(100))
        await many_runs(worker)
        rate = await whole_lives(Counted(calls, leader, worker), term, range(1_000))
        print(f"1,000 whole lives: {rate:,.0f} jobs/s, {rate / updates:.2f} of the server's update_one rate")
        calls.report(1_000)
    finally:
        await worker.close()
        await leader.close()


async def on_sqlite(jobs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synergy.db"
        leader, worker = SqliteLeaderStore(path), SqliteWorkerStore(path)
        await leader.open()
        await worker.open()
        try:
            term = await leader.take_term("benchmark")
            await batches(leader, term)
            await single_runs(worker, range(500))
            await many_runs(worker)
            await large_plan(leader, term)
            await beside_a_busy_loop(leader, term)
            await scan(leader, term, jobs)
        finally:
            await worker.close()
            await leader.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--store")
    chosen = parser.parse_args()
    asyncio.run(on_mongodb(chosen.store) if chosen.store else on_sqlite(chosen.jobs))
