"""(d) Reprocess of 10,000 finished hours: planned, applied, stored. Prints seconds; every job runs once more."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench_project import running, temporary, wait_for_processed, write_project

from synergy.core.control import requests as q

DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name="Month", time_qualifier="monthly", run="jobs:nothing", blocking_type="children"),
    ManagedProcess(process_name="Day", time_qualifier="daily", run="jobs:nothing", blocking_type="children",
                   concurrency=16),
    ManagedProcess(process_name="Hour", time_qualifier="hourly", run="jobs:nothing", concurrency=64),
]
timetable_context = [Tree(tree_name="T", enclosed_processes=["Month", "Day", "Hour"])]
"""


async def measure() -> None:
    """Finish 10,000 hours with their days and months, then reprocess all hours in one action."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS, "2013010100", "2014022116")
        async with running(folder) as client:
            status = await client.call(q.Status())
            total = sum(status.jobs.values())
            await wait_for_processed(client, total)
            await client.call(q.SwitchProcess("Hour", is_on=False))
            begun = time.monotonic()
            plan = await client.call(q.MakePlan("reprocess", ("Hour@2013010100..2014022115",)))
            planned = time.monotonic()
            applied = await client.call(q.ApplyPlan(plan.plan_id))
            stored = time.monotonic()
            print(f"planned {len(plan.changes)} jobs in {planned - begun:.3f} s, stored in {stored - planned:.3f} s,")
            print(f"together {stored - begun:.3f} s ({applied.changed} changed)")
            await client.call(q.SwitchProcess("Hour", is_on=True))
            await wait_for_processed(client, total)
            await asyncio.sleep(2.5)  # counts of units of work are at most two seconds old
            uows = (await client.call(q.Status())).uows
            print(f"units of work after it: {sum(uows.values())} for {total} jobs run twice")


if __name__ == "__main__":
    asyncio.run(measure())
