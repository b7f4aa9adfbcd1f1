"""How long "why" takes where every job of a year is unfinished: asked over the control socket, and by synergyctl.

Nine processes in three trees over 2013, 18,652 jobs: the shape of the flights example, with its hours switched off.
Prints the median and the slowest of some questions, and the daemon's CPU time for one, which other load hardly changes.
Run: ``python benchmarks/why.py``.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench_project import running, temporary, write_project

from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y

ROUNDS = 15
DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

def process(name, qualifier, blocking, concurrency, **fields):
    return ManagedProcess(process_name=name, time_qualifier=qualifier, run="jobs:nothing", blocking_type=blocking,
                          concurrency=concurrency, **fields)

process_context = [
    process("FlightsHourly", "hourly", "normal", 64, is_on=False),
    process("FlightsDaily", "daily", "children", 16),
    process("FlightsMonthly", "monthly", "children", 2),
    process("FlightsYearly", "yearly", "children", 1),
    process("WeatherHourly", "hourly", "normal", 1, is_on=False),
    process("WeatherDaily", "daily", "children", 16),
    process("WeatherMonthly", "monthly", "children", 2),
    process("DelaysDaily", "daily", "dependencies", 16),
    process("DelaysMonthly", "monthly", "dependencies", 2),
]
timetable_context = [
    Tree(tree_name="Flights", enclosed_processes=["FlightsYearly", "FlightsMonthly", "FlightsDaily", "FlightsHourly"]),
    Tree(tree_name="Weather", enclosed_processes=["WeatherMonthly", "WeatherDaily", "WeatherHourly"]),
    Tree(tree_name="Delays", enclosed_processes=["DelaysMonthly", "DelaysDaily"], dependent_on=["Flights", "Weather"]),
]
"""


async def timed(client: ControlClient, name: str, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask some times, and print how long it took."""
    await ask()
    took = []
    used = (await client.call(q.Status())).cpu_seconds
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - begun) * 1000)
    used = (await client.call(q.Status())).cpu_seconds - used
    cpu = used / ROUNDS * 1000
    print(
        f"  {name:32} median {statistics.median(took):6.0f} ms, slowest {max(took):6.0f} ms, daemon's CPU {cpu:4.0f} ms"
    )


async def measure() -> None:
    """Ask each question of a running daemon."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS, "2013010100", "2014010100")
        async with running(folder) as client:
            status = await client.call(q.Status())
            print(f"{sum(status.jobs.values()):,} jobs, all of them unfinished, over the control socket:")
            for job in ("FlightsYearly@2013000000", "DelaysMonthly@2013120000", "WeatherHourly@2013123123"):
                await timed(client, f"why {job}", lambda job=job: client.call(y.Why(job)))  # type: ignore[misc]
            await timed(client, "why --all", lambda: client.call(y.WhyAll()))
            await timed(
                client, "blocks WeatherHourly@2013010100", lambda: client.call(y.Blocks("WeatherHourly@2013010100"))
            )
            found = await client.call(y.WhyAll())
            print(f"roots: {[(root.code, root.about, root.blocks) for root in found.roots]}")
            print("by synergyctl, from its start to its end:")
            program = Path(sys.executable).with_name("synergyctl")
            for words in (("why", "FlightsYearly@2013000000"), ("why", "--all")):
                await timed(client, " ".join(words), lambda words=words: _run(program, *words, "-C", name))  # type: ignore[misc]


async def _run(program: Path, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(program, *words, stdout=subprocess.DEVNULL)
    await process.wait()


if __name__ == "__main__":
    asyncio.run(measure())
