"""A private project in a temporary folder: made, started, watched and stopped by the benchmarks that use it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.control.replies import Status
from synergy.loading import load_settings

JOBS = '''\
"""Jobs that do nothing or sleep, so that only the scheduler's own work is measured."""

import os
import time


def nothing(uow):
    return None


def nap(uow):
    time.sleep(0.03)


def stamp(uow):
    started = time.time()
    descriptor = os.open("stamps.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{uow.timeperiod} {started:.6f}\\n".encode())
    os.close(descriptor)
'''


EMBEDDED = "sqlite:.synergy/synergy.db", "embedded:"


def write_project(folder: Path, definitions: str, start: str, end: str, servers: tuple[str, str] = EMBEDDED) -> None:
    """Write synergy.toml, with the URLs of store and broker, the jobs above and the definitions."""
    store, broker = servers
    (folder / "jobs.py").write_text(JOBS, encoding="utf-8")
    (folder / "context.py").write_text(definitions, encoding="utf-8")
    (folder / "synergy.toml").write_text(
        f'[synergy]\ncontext = "context"\nstore = "{store}"\nbroker = "{broker}"\n'
        f'synergy_start_timeperiod = "{start}"\nsynergy_end_timeperiod = "{end}"\n',
        encoding="utf-8",
    )


def synergyd(folder: Path, *words: str) -> None:
    """Run a synergyd command on the project."""
    subprocess.run([sys.executable, "-m", "synergy.cli.synergyd", *words, "-C", str(folder)], check=True)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[ControlClient]:
    """The project's daemon and supervisor, started and connected to, and stopped at the end."""
    synergyd(folder, "start")
    keeps_supervisor = load_settings(folder).broker.startswith("embedded:")
    if not keeps_supervisor:
        synergyd(folder, "supervisor", "start")
    client = await ControlClient.connect(folder / ".synergy" / "control.sock", client="benchmark")
    try:
        yield client
    finally:
        await client.close()
        synergyd(folder, "stop", "--now")
        if not keeps_supervisor:
            synergyd(folder, "supervisor", "stop", "--now")


def temporary() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes away with its benchmark."""
    return tempfile.TemporaryDirectory(prefix="synergy-bench-")


def processed(status: Status) -> int:
    """How many jobs are processed."""
    return status.jobs["state_processed"]


async def wait_for_processed(client: ControlClient, count: int, limit_seconds: float = 600.0) -> float:
    """Wait until so many jobs are processed; returns the monotonic time at which that was seen."""
    end = time.monotonic() + limit_seconds
    while time.monotonic() < end:
        if processed(await client.call(q.Status())) >= count:
            return time.monotonic()
        await asyncio.sleep(0.25)
    raise SystemExit(f"{count} jobs were not processed within {limit_seconds:g} s")
