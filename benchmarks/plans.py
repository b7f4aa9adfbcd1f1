"""(i) Plans on a finished year of flights: `scripts/demo --headless --folder FOLDER`, then this with FOLDER.

Prints how many jobs are in each plan, how long it takes, in the daemon and as a whole command, and whether any stored
record has changed by it.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Final

from bench_project import running

from synergy.core.control import requests as q

TARGETS: Final = (
    "FlightsHourly@2013060114",
    "FlightsHourly@2013060100..2013063023",
    "FlightsHourly@2013010100..2013123123",
)
TABLES: Final = (
    "job", "unit_of_work", "attempt", "history", "plan", "directive", "audit", "process_override", "freerun_entry"
)  # fmt: skip
ROUNDS: Final = 7


def stored(folder: Path) -> str:
    """A hash of every record."""
    found = hashlib.sha256()
    with closing(sqlite3.connect(folder / ".synergy" / "synergy.db")) as connection:
        for table in TABLES:
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):  # noqa: S608 - names from here
                found.update(repr(row).encode())
    return found.hexdigest()


async def measure(folder: Path) -> None:
    """Plan each target several times over, and compare the records before and after."""
    async with running(folder) as client:
        before = stored(folder)
        for target in TARGETS:
            asked, whole = [], []
            for _ in range(ROUNDS):
                begun = time.monotonic()
                plan = await client.call(q.MakePlan("reprocess", (target,)))
                asked.append(time.monotonic() - begun)
                begun = time.monotonic()
                command = [sys.executable, "-c", "from synergy.cli.entry import synergyctl; synergyctl()", "reprocess"]
                await asyncio.to_thread(
                    subprocess.run, [*command, target, "--plan", "-o", "json", "-C", str(folder)],
                    check=True, stdout=subprocess.DEVNULL,
                )  # fmt: skip
                whole.append(time.monotonic() - begun)
            print(f"{target}: {len(plan.changes):,} jobs, {median(asked):.3f} s, as a command {median(whole):.3f} s")
        print("no record has changed" if stored(folder) == before else "RECORDS HAVE CHANGED")


if __name__ == "__main__":
    asyncio.run(measure(Path(sys.argv[1]).resolve()))
