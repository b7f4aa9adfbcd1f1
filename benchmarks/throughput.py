"""(b) 10,000 no-op callables end to end: independent, and as a strict chain. Prints jobs per second, warm.

Usage: python benchmarks/throughput.py [PERIODS [BROKER_URL]]
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from bench_project import processed, running, temporary, wait_for_processed, write_project

from synergy.core.control import requests as q

PERIODS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
BROKER = sys.argv[2] if len(sys.argv) > 2 else "embedded:"
WARM = 1_000

DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name="Nothing", time_qualifier="hourly", run="jobs:nothing", concurrency={concurrency}),
]
timetable_context = [Tree(tree_name="Nothing", enclosed_processes=["Nothing"])]
"""


async def measure(title: str, concurrency: int) -> None:
    """Run 10,000 hours and print the rate after the first thousand."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS.format(concurrency=concurrency), "2013010100", "2014022116", BROKER)
        async with running(folder) as client:
            await wait_for_processed(client, WARM)
            begun = processed(await client.call(q.Status()))
            warm = time.monotonic()
            done = await wait_for_processed(client, PERIODS)
            cpu = (await client.call(q.Status())).cpu_seconds
    rate = (PERIODS - begun) / (done - warm)
    print(f"{title:28} {rate:8.0f} jobs/s   ({PERIODS - begun} jobs in {done - warm:.2f} s, daemon CPU {cpu:.1f} s)")


if __name__ == "__main__":
    asyncio.run(measure("independent (concurrency 64)", 64))
    asyncio.run(measure("strict chain (concurrency 1)", 1))
