"""(l) Much at once: 100,000 queued units of work, 200 consoles, 10,000 log lines a second from 50 workers.

Prints what the daemon and the supervisor hold in memory, how many lines were stored, and how long verbs took.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psutil
from bench_project import running, temporary, write_project

from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.errors import SynergyError
from synergy.tui.feed import Feed

START: Final = datetime(2000, 1, 1, tzinfo=UTC)
DEFINITIONS = """\
from synergy.definitions import ManagedProcess, Tree

process_context = [
    ManagedProcess(process_name="Talk", time_qualifier="hourly", run="talking:talk", concurrency={uows}),
    ManagedProcess(process_name="Still", time_qualifier="hourly", run="jobs:nothing", is_on=False),
]
timetable_context = [Tree(tree_name=name, enclosed_processes=[name]) for name in ("Talk", "Still")]
"""
TALKING = """\
import time

def talk(uow):
    began, said = time.monotonic(), 0
    while (passed := time.monotonic() - began) < {seconds}:
        for _ in range(int(passed * {rate}) - said):
            said += 1
            print(f"{{uow.timeperiod}} line {{said}}: what a job has to say for itself, sixty characters of it")
        time.sleep(0.05)
"""
JOB_SECONDS: Final = 20
FOLLOWING: Final = 4
"""One console in so many follows a log."""
CONNECTING: Final = 10
"""So many connect at once."""
PAUSE_SECONDS: Final = 0.02
WANTED_MS: Final = 200.0
TELL_SECONDS: Final = 30.0
"""Memory is told this often: it must not go on growing."""


@dataclass
class Load:
    """What is asked for, and the rest of what the parts share."""

    uows: int
    clients: int
    workers: int
    lines: int
    seconds: float
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, str] = field(default_factory=dict)


def hour(number: int) -> str:
    """The timeperiod of an hour of the timetable."""
    return (START + timedelta(hours=number)).strftime("%Y%m%d%H")


async def measure(load: Load) -> None:
    """Queue, connect, ask for a while, and tell."""
    with temporary() as name:
        folder = Path(name)
        write_project(folder, DEFINITIONS.format(uows=load.uows), hour(0), hour(load.uows + load.workers))
        rate = load.lines / load.workers
        (folder / "talking.py").write_text(TALKING.format(seconds=JOB_SECONDS, rate=rate), encoding="utf-8")
        with (folder / "synergy.toml").open("a", encoding="utf-8") as toml:
            toml.write(f"slots = {load.workers}\n")
        began = time.monotonic()
        async with running(folder) as client:
            daemon = psutil.Process((await client.call(q.Status())).pid)
            tell(daemon, "started")
            await until_queued(client, load.uows)
            print(f"{load.uows:,} units of work queued {time.monotonic() - began:.1f} s after the start was asked for")
            tell(daemon, "with the queue")
            async with consoles(folder, load.clients):
                await ask(client, load, daemon)
    report(load)


async def until_queued(client: ControlClient, count: int) -> None:
    """Until so many are under way."""
    while True:
        rows = {row.process_name: row for row in (await client.call(q.Processes())).processes}
        if rows["Talk"].counts.get("state_in_progress", 0) >= count:
            return
        await asyncio.sleep(0.5)


@asynccontextmanager
async def consoles(folder: Path, count: int) -> Any:
    """So many consoles without their screens: the connection, the view that is kept up to date, and a log to follow."""
    socket = folder / ".synergy" / "control.sock"

    async def connect() -> ControlClient:
        return await ControlClient.connect(socket, client="synergy-console")

    feeds = [Feed(connect, lambda _announcement: None) for _ in range(count)]
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        started = []
        for start in range(0, count, CONNECTING):
            part = feeds[start : start + CONNECTING]
            started += [tasks.create_task(feed.run()) for feed in part]
            while not all(feed.state.hello for feed in part):  # noqa: ASYNC110 - the console is told, not we
                await asyncio.sleep(0.02)
        print(f"{count} consoles are live after {time.monotonic() - began:.1f} s")
        started += [
            tasks.create_task(follow(feed, number)) for number, feed in enumerate(feeds) if number % FOLLOWING == 0
        ]
        yield feeds
        lost = [feed for feed in feeds if feed.state.reason or feed.state.attempt > 1]
        print(f"{len(lost)} consoles were cut off")
        for task in started:
            task.cancel()


async def follow(feed: Feed, number: int) -> None:
    """Read a running job's log as it grows, as the console does."""
    while True:
        with suppress(SynergyError):
            uows = (await feed.call(q.ListUows(("in_progress",), "Talk", limit=50))).uows
            if uows:
                uow_id = uows[number % len(uows)].uow_id
                await feed.call(q.FollowLog(uow_id))
                for _ in range(JOB_SECONDS):
                    await feed.call(q.Logs(uow_id, first_line=-200, limit=200))
                    await asyncio.sleep(1.0)
                await feed.call(q.FollowLog(uow_id, on=False))
        await asyncio.sleep(1.0)


async def ask(client: ControlClient, load: Load, daemon: psutil.Process) -> None:
    """Everything that an operator asks for, in turn, as long as the measurement takes."""
    until = time.monotonic() + load.seconds
    cpu, began, lines = used(daemon), time.monotonic(), await stored_lines(client)
    number = load.uows - 1
    told_at = began
    while time.monotonic() < until:
        number -= 1
        if time.monotonic() - told_at > TELL_SECONDS:
            told_at = time.monotonic()
            tell(daemon, f"after {told_at - began:.0f} s")
        for what, doing in questions(client, f"Talk@{hour(number)}"):
            asked = time.monotonic()
            try:
                await doing
            except SynergyError as error:
                load.refused[what] = str(error)
            load.took[what].append((time.monotonic() - asked) * 1000)
            await asyncio.sleep(PAUSE_SECONDS)
    seconds = time.monotonic() - began
    told = (await stored_lines(client) - lines) / seconds
    print(f"{told:,.0f} log lines stored a second; the daemon's CPU: {(used(daemon) - cpu) / seconds:.0%}")
    tell(daemon, "at the end")
    tell_workers(await client.call(q.Workers()))


def questions(client: ControlClient, last: str) -> Iterator[tuple[str, Awaitable[object]]]:
    """Looks and changes; ``last``: a job that waits far behind in the queue, another one each time."""
    call = client.call
    yield "status", call(q.Status())
    yield "processes", call(q.Processes())
    yield "grid of 500 hours", call(q.Grid("hourly", hour(random.randrange(90_000)), 500))  # noqa: S311 - any hour
    yield "jobs, a page", call(q.ListJobs("Talk", limit=500))
    yield "units of work, a page", call(q.ListUows(("in_progress",), limit=500))
    yield "show", call(q.Show(last))
    yield "why", call(y.Why(last))
    yield "why --all", call(y.WhyAll(50))
    yield "boxes", call(q.Boxes())
    yield "workers", call(q.Workers())
    yield "trigger", call(q.Trigger("Still"))
    yield "activate", call(q.SwitchProcess("Still", is_on=False))
    yield "cancel: plan and yes", both(client, q.MakePlan("cancel", (last,)))
    yield "hold: plan and yes", both(client, q.MakePlan("hold", (last,)))
    yield "audit, a page", call(q.ListAudit(limit=100))
    yield "log, the last 500 lines", last_lines(client)


async def both(client: ControlClient, wish: q.MakePlan) -> None:
    """A plan, and its acceptance."""
    plan = await client.call(wish)
    await client.call(q.ApplyPlan(plan.plan_id, "load"))


async def last_lines(client: ControlClient) -> None:
    """Of what runs."""
    uows = (await client.call(q.ListUows(("in_progress",), "Talk", limit=1))).uows
    if uows:
        await client.call(q.Logs(uows[0].uow_id, first_line=-500, limit=500))


async def stored_lines(client: ControlClient) -> int:
    """In the logs of all that was begun."""
    total, before = 0, None
    for state in ("in_progress", "processed"):
        while True:
            page = await client.call(q.ListUows((state,), "Talk", limit=1000, before=before))
            for uow in page.uows:
                total += (await client.call(q.Logs(uow.uow_id, first_line=0, limit=1))).total
            if not page.more:
                break
            before = page.uows[-1].uow_id
        before = None
    return total


def used(process: psutil.Process) -> float:
    """CPU seconds so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def tell(process: psutil.Process, when: str) -> None:
    """What it holds in memory."""
    print(f"the daemon {when}: {process.memory_info().rss / 1e6:.0f} MB")


def tell_workers(workers: Any) -> None:
    """What the supervisor and its children hold."""
    rss: dict[str, list[float]] = defaultdict(list)
    for row in workers.workers:
        with suppress(psutil.Error):
            rss[row.kind].append(psutil.Process(row.pid).memory_info().rss / 1e6)
    for kind, sizes in rss.items():
        print(f"{len(sizes)} × {kind}: {max(sizes):.0f} MB at most, {sum(sizes):.0f} MB in all")


def report(load: Load) -> None:
    """The latencies, slowest verb first."""
    print(f"{'verb':26} {'times':>5} {'median':>8} {'95 %':>8} {'most':>8}  ms; wanted: less than {WANTED_MS:g}")
    for what, took in sorted(load.took.items(), key=lambda item: -sorted(item[1])[int(len(item[1]) * 0.95)]):
        ordered = sorted(took)
        p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        late = "" if p95 < WANTED_MS else "  late"
        print(f"{what:26} {len(took):5} {p50:8.1f} {p95:8.1f} {ordered[-1]:8.1f}{late}")
    for what, why in load.refused.items():
        print(f"{what} was refused: {why}")
    print(f"the machine's load average: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uows", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--lines", type=int, default=10_000, help="a second, of all workers")
    parser.add_argument("--seconds", type=float, default=60.0)
    asyncio.run(measure(Load(**vars(parser.parse_args()))))
