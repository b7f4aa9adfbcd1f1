"""(b) 10,000 no-op callables end to end: independent, and as a strict chain. Prints jobs per second, warm.

Usage: python benchmarks/throughput.py [PERIODS [BROKER_URL [STORE_URL]]]
A MongoDB store, named by an empty database, is measured by itself first; the chain is left out there, and more jobs may
run at once: each waits longer for its store.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from bench_project import EMBEDDED, processed, running, temporary, wait_for_processed, write_project
from mongodb_rates import raw_rates

from synergy.core.control import requests as q

PERIODS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
BROKER = sys.argv[2] if len(sys.argv) > 2 else EMBEDDED[1]
STORE = sys.argv[3] if len(sys.argv) > 3 else EMBEDDED[0]
WARM = PERIODS // 10

DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name="Nothing", time_qualifier="hourly", run="jobs:nothing", concurrency={concurrency}),
]
timetable_context = [Tree(tree_name="Nothing", enclosed_processes=["Nothing"])]
"""


async def measure(title: str, concurrency: int) -> float:
    """Run the hours, and print and return the rate after the first tenth."""
    definitions = DEFINITIONS.format(concurrency=concurrency)
    with temporary() as name:
        folder = Path(name)
        write_project(folder, definitions, "2013010100", "2014022116", (STORE, BROKER))
        async with running(folder) as client:
            await wait_for_processed(client, WARM)
            begun = processed(await client.call(q.Status()))
            warm = time.monotonic()
            done = await wait_for_processed(client, PERIODS)
            cpu = (await client.call(q.Status())).cpu_seconds
    rate = (PERIODS - begun) / (done - warm)
    print(f"{title:28} {rate:8.0f} jobs/s   ({PERIODS - begun} jobs in {done - warm:.2f} s, daemon CPU {cpu:.1f} s)")
    return rate


async def main() -> None:
    updates = await raw_rates(STORE) if STORE.startswith("mongodb") else None
    concurrency = 64 if updates is None else 256
    rate = await measure(f"independent (concurrency {concurrency})", concurrency)
    if updates is None:
        await measure("strict chain (concurrency 1)", 1)
    else:
        print(f"{rate / updates:.2f} of the server's update_one rate  (> 0.25)")


if __name__ == "__main__":
    asyncio.run(main())
