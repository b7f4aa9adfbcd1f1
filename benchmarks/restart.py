"""(f) A start over a store that holds 1,000,000 finished jobs: ``python benchmarks/restart.py [--jobs N]``.

The store is filled through its own commits: jobs, and the unit of work of each. Prints the seconds of the command until
the daemon answers, and what of that is reading the schedule.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from bench_project import running, synergyd, temporary, write_project

from synergy.core.control import requests as q
from synergy.core.engine.schedule import Now
from synergy.core.ports import Batch
from synergy.core.records import Job, UnitOfWork, derive_uow_id
from synergy.core.states import JobState, UowState
from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of
from synergy.daemon.loading import Deployment, load_schedule
from synergy.loading import load_project
from synergy.stores.sqlite.leader import SqliteLeaderStore

PROCESSES = 8
PART = 10_000
START = "2000010100"
DEFINITIONS = f"""\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name=f"Hour{{n}}", time_qualifier="hourly", run="jobs:nothing") for n in range({PROCESSES})
]
timetable_context = [Tree(tree_name=f"T{{n}}", enclosed_processes=[f"Hour{{n}}"]) for n in range({PROCESSES})]
"""


async def measure(jobs: int) -> None:
    """Fill a store, then start a daemon on it."""
    first, hours = ordinal_of(Qualifier.HOURLY, START), jobs // PROCESSES
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS, START, timeperiod_of(Qualifier.HOURLY, first + hours))
        project = load_project(folder)
        began = time.monotonic()
        await fill(project.sqlite_path, range(first, first + hours))
        size = project.sqlite_path.stat().st_size / 1e6
        print(f"{PROCESSES * hours} finished jobs stored in {time.monotonic() - began:.0f} s, {size:.0f} MB")
        store = SqliteLeaderStore(project.sqlite_path)
        await store.open()
        began, now = time.monotonic(), time.time()  # noqa: TID251 - a benchmark has no other clock
        await load_schedule(store, Deployment(project.context, project.settings), Now(now, now), accept_plan=False)
        print(f"schedule read in {time.monotonic() - began:.2f} s")
        await store.close()
        began = time.monotonic()
        async with running(folder) as client:
            status = await client.call(q.Status())
            print(f"synergyd start: {time.monotonic() - began:.2f} s, {sum(status.jobs.values())} known jobs")
            began = time.monotonic()
            synergyd(folder, "restart")
            print(f"synergyd restart: {time.monotonic() - began:.2f} s")


async def fill(path: Path, hours: range) -> None:
    """Every hour of every process is processed."""
    store = SqliteLeaderStore(path)
    await store.open()
    term = await store.take_term("benchmark")
    for number in range(PROCESSES):
        for start in range(0, len(hours), PART):
            periods = [timeperiod_of(Qualifier.HOURLY, hour) for hour in hours[start : start + PART]]
            uows = tuple(finished(f"Hour{number}", period) for period in periods)
            jobs = tuple(
                Job(uow.process_name, uow.timeperiod, JobState.PROCESSED, 1, uow.uow_id, changed=2.0) for uow in uows
            )
            await store.commit(Batch(term, jobs=jobs, new_uows=uows))
    await store.keep_term(term, resign=True)  # or the daemon would wait for the lease
    await store.close()


def finished(process_name: str, period: str) -> UnitOfWork:
    return UnitOfWork(
        derive_uow_id(process_name, None, period, 1), process_name, period, 1, period, period,
        state=UowState.PROCESSED, created=1.0, submitted=1.0, started=1.0, finished=2.0, applied=True,
    )  # fmt: skip


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--jobs", type=int, default=1_000_000)
    asyncio.run(measure(arguments.parse_args().jobs))
