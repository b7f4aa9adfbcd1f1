"""(c) From the predecessor's stored finish to the dependent's code running, beside 100 other jobs a second.

Prints milliseconds, and how much other load there was meanwhile.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from bench_project import running, temporary, write_project

from synergy.client import ControlClient
from synergy.core.control import requests as q

PERIODS = 2_000
OTHERS = 4
"""So many other jobs run at any time, 30 ms each."""

DEFINITIONS = f"""\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name="Chain", time_qualifier="hourly", run="jobs:stamp"),
    ManagedProcess(process_name="Other", time_qualifier="hourly", run="jobs:nap", concurrency={OTHERS}),
]
timetable_context = [Tree(tree_name=name, enclosed_processes=[name]) for name in ("Chain", "Other")]
"""
SETTINGS = "slots = 8\n"


async def measure() -> None:
    """Run a chain of 2,000 hours; compare each start in the job's code with the finish stamp before it."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS, "2013010100", "2013032508")
        with (folder / "synergy.toml").open("a", encoding="utf-8") as toml:
            toml.write(SETTINGS)
        async with running(folder) as client:
            others, seconds = await wait_for_chain(client)
            finished = await finish_stamps(client)
        started = {}
        for line in (folder / "stamps.txt").read_text(encoding="ascii").splitlines():
            timeperiod, stamp = line.split()
            started[timeperiod] = float(stamp)
    names = sorted(started)
    waits = [(started[after] - finished[before]) * 1000 for before, after in pairwise(names)]
    waits = sorted(waits[200:])
    print(
        f"finish stored to dependent's code: median {statistics.median(waits):.2f} ms,"
        f" p95 {waits[int(len(waits) * 0.95)]:.2f} ms, p99 {waits[int(len(waits) * 0.99)]:.2f} ms"
        f" ({len(waits)} starts beside {others / seconds:.0f} other jobs/s;"
        " the stamp is taken before the commit, so the commit is in it)"
    )


async def wait_for_chain(client: ControlClient) -> tuple[int, float]:
    """Wait until the chain is processed; returns how many other jobs were processed meanwhile, and the seconds."""
    began = time.monotonic()
    while True:
        rows = {row.process_name: row for row in (await client.call(q.Processes())).processes}
        if rows["Chain"].counts["state_processed"] >= PERIODS:
            return rows["Other"].counts["state_processed"], time.monotonic() - began
        await asyncio.sleep(0.25)


async def finish_stamps(client: ControlClient) -> dict[str, float]:
    """When each unit of work finished, by timeperiod, in epoch seconds."""
    stamps: dict[str, float] = {}
    before = None
    while True:
        page = await client.call(q.ListUows(process_name="Chain", limit=1000, before=before))
        for uow in page.uows:
            if uow.finished is not None:
                stamps[uow.timeperiod] = datetime.fromisoformat(uow.finished).timestamp()
        if not page.more:
            return stamps
        before = page.uows[-1].uow_id


if __name__ == "__main__":
    asyncio.run(measure())
