"""(c) From the predecessor's stored finish to the dependent's code running. Prints milliseconds."""

from __future__ import annotations

import asyncio
import statistics
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from bench_project import running, temporary, wait_for_processed, write_project

from synergy.client import ControlClient
from synergy.core.control import requests as q

PERIODS = 2_000

DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

process_context = [ManagedProcess(process_name="Chain", time_qualifier="hourly", run="jobs:stamp")]
timetable_context = [Tree(tree_name="Chain", enclosed_processes=["Chain"])]
"""


async def measure() -> None:
    """Run a chain of 2,000 hours; compare each start in the job's code with the finish stamp before it."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS, "2013010100", "2013032508")
        async with running(folder) as client:
            await wait_for_processed(client, PERIODS)
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
        f" ({len(waits)} starts; the stamp is taken before the commit, so the commit is in it)"
    )


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
