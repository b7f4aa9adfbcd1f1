"""(k) A move of a store and back: ``python benchmarks/migrate.py [--jobs N] [--to URL]``, the URL of a MongoDB server.

The store holds finished jobs with a unit of work and three transitions each. Prints, for each way, the records, the
seconds of the command, the records a second, and the most memory that it took. Without ``--to`` it moves to another
SQLite file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench_project import temporary, write_project
from restart import finished

from synergy.core.ports import Batch
from synergy.core.records import HistoryEntry, Job, ProcessOverride
from synergy.core.states import JobState
from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of
from synergy.stores.sqlite.leader import SqliteLeaderStore

PART = 10_000
START = "1970010100"
NAME = "Hour"
PASSAGES = (
    (JobState.EMBRYO, JobState.IN_PROGRESS, "due"),
    (JobState.IN_PROGRESS, JobState.FINAL_RUN, "due"),
    (JobState.FINAL_RUN, JobState.PROCESSED, "uow_finished"),
)


def measure(jobs: int, to: str) -> None:
    """Fill a store, move it, and move it back; each of the two folders has one of the stores."""
    first = ordinal_of(Qualifier.HOURLY, START)
    end = timeperiod_of(Qualifier.HOURLY, first + jobs)
    with temporary() as name:
        here, there = Path(name, "here"), Path(name, "there")
        for folder, store in ((here, "sqlite:.synergy/synergy.db"), (there, to)):
            folder.mkdir()
            write_project(folder, "", START, end, (store, "embedded:"))
        path = here / ".synergy" / "synergy.db"
        asyncio.run(fill(path, range(first, first + jobs)))
        print(f"{jobs} finished jobs stored, {path.stat().st_size / 1e6:.0f} MB")
        scheme = to.partition(":")[0]
        move(here, _absolute(there, to), f"sqlite to {scheme}")
        move(there, f"sqlite:{name}/back/synergy.db", f"{scheme} to sqlite")


def _absolute(folder: Path, url: str) -> str:
    return f"sqlite:{folder / url.removeprefix('sqlite:')}" if url.startswith("sqlite:") else url


async def fill(path: Path, hours: range) -> None:
    """Every hour is processed."""
    path.parent.mkdir()
    store = SqliteLeaderStore(path)
    await store.open()
    term = await store.take_term("benchmark")
    await store.commit(Batch(term, overrides=(ProcessOverride(NAME, time_qualifier="hourly"),)))
    for start in range(0, len(hours), PART):
        periods = [timeperiod_of(Qualifier.HOURLY, hour) for hour in hours[start : start + PART]]
        uows = tuple(finished(NAME, period) for period in periods)
        jobs = tuple(Job(NAME, uow.timeperiod, JobState.PROCESSED, 1, uow.uow_id, changed=2.0) for uow in uows)
        history = tuple(
            HistoryEntry(NAME, uow.timeperiod, 1.0, old, new, "scheduler", cause, uow_id=uow.uow_id)
            for uow in uows
            for old, new, cause in PASSAGES
        )
        await store.commit(Batch(term, jobs=jobs, new_uows=uows, history=history))
    await store.keep_term(term, resign=True)
    await store.close()


def move(folder: Path, to: str, what: str) -> None:
    """Run the command as a user does, and print what it took."""
    words = [sys.executable, "-m", "synergy.cli.synergyd", "migrate", "--to", to, "-C", str(folder), "-o", "json"]
    began = time.monotonic()
    moving = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert moving.stdout is not None
    report = json.loads(moving.stdout.read())
    _, _, usage = os.wait4(moving.pid, 0)
    seconds = time.monotonic() - began
    records = sum(one["target"] for one in report["counts"])
    print(
        f"{what}: {records} records in {seconds:.1f} s, {records / seconds:.0f}/s, {usage.ru_maxrss / 1024:.0f} MB"
        f"{'' if report['same'] else '; THE STORES ARE NOT THE SAME'}"
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--jobs", type=int, default=100_000)
    arguments.add_argument("--to", default="sqlite:.synergy/synergy.db")
    given = arguments.parse_args()
    measure(given.jobs, given.to)
