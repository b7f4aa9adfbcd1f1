"""(e) An idle deployment with 100,000 known jobs: CPU seconds a minute and memory of each of its processes.

Those are the daemon, the supervisor and its warm children. The sum of RSS counts shared pages once for each process;
PSS shares them out, and is what the deployment costs.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
from bench_project import running, temporary, write_project

from synergy.core.control import requests as q

SECONDS = 60
DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name="Hour", time_qualifier="hourly", run="jobs:nothing", is_on=False),
]
timetable_context = [Tree(tree_name="T", enclosed_processes=["Hour"])]
"""


async def measure() -> None:
    """Look at the processes' CPU time before and after a quiet minute."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS, "2013010100", "2024053000")
        async with running(folder) as client:
            await asyncio.sleep(3)
            workers = (await client.call(q.Workers())).workers
            daemon = psutil.Process((await client.call(q.Status())).pid)
            watched = {"daemon": daemon}
            watched.update({f"{row.kind} {row.pid}": psutil.Process(row.pid) for row in workers})
            before = {title: _cpu(process) for title, process in watched.items()}
            known = sum((await client.call(q.Status())).jobs.values())
            await asyncio.sleep(SECONDS)
            print(f"{known} known jobs, {SECONDS} s idle")
            rows = [
                (title, _cpu(process) - before[title], process.memory_info().rss, process.memory_full_info().pss)
                for title, process in watched.items()
            ]
            rows.append(("sum", sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows)))
            for title, cpu, rss, pss in rows:
                print(f"{title:22} {cpu:6.2f} CPU s/min   {rss / 1e6:6.1f} MB RSS   {pss / 1e6:6.1f} MB PSS")


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    asyncio.run(measure())
