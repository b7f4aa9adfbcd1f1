"""The work of a campaign: jobs of both kinds that keep a journal of their own, outside of everything Synergy stores.

A line of it is one write to a file opened for appending: the kernel keeps the lines whole and in order, and a job that
is killed has written a line or has not. Some attempts fail, some leave processes behind: that is work, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from synergy.core.timeperiods import Qualifier
from tests.endtoend.projects import write_project

START: Final = "2013010100"
START_STAMP: Final = "2013-01-01T00:00:00Z"
SPEED: Final = 1800.0
"""An hour is over every two seconds: with days and what operators do over again, up to two units of work a second."""
HOURS: Final = "Calls"
DAYS: Final = "CallsDaily"
"""Each day of these is made of the hours of those."""
PROCESSES: Final = {HOURS: Qualifier.HOURLY, DAYS: Qualifier.DAILY, "Commands": Qualifier.HOURLY}
ENTRY: Final = "Report::mail"

_DEFINITIONS: Final = """
process_context = [
    ManagedProcess(process_name="Calls", time_qualifier="hourly", run="jobs:call", concurrency=8, time_limit=8),
    ManagedProcess(process_name="CallsDaily", time_qualifier="daily", run="jobs:call", concurrency=2,
                   blocking_type="children", time_limit=8),
    ManagedProcess(process_name="Commands", time_qualifier="hourly", concurrency=8, blocking_type="dependencies",
                   command=[sys.executable, "COMMAND"], time_limit=8, grace_seconds=1),
    FreerunEntry(process_name="Report", entry_name="mail", trigger_frequency="every 20000", run="jobs:call"),
]
timetable_context = [
    Tree(tree_name="Calls", enclosed_processes=["Calls", "CallsDaily"]),
    Tree(tree_name="Commands", enclosed_processes=["Commands"], dependent_on=["Calls"]),
]
"""

_JOBS: Final = '''"""A job tells its journal when it begins and ends; a lock shows a second run of it."""

import fcntl
import os
import subprocess
import time
import zlib
from pathlib import Path

SHARED = Path("SHARED_FOLDER")


def call(uow):
    work(uow.uow_id, uow.attempt)


def work(uow_id, attempt):
    job = uow_id.rpartition(".")[0]
    draw = zlib.crc32(f"{uow_id} {attempt}".encode())
    descriptor = os.open(SHARED / "locks" / job, os.O_CREAT | os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("overlaps", uow_id, attempt)
        tell("begins", uow_id, attempt)
        print("attempt", attempt)
        time.sleep(0.1 + draw % 90 / 100)
        if draw % 37 == 0 and not job.startswith("Report"):
            tell("fails", uow_id, attempt)
            raise RuntimeError("this attempt fails on purpose")
        tell("ends", uow_id, attempt)
    finally:
        os.close(descriptor)


def tell(what, uow_id, attempt):
    box = os.environ["SYNERGY_BOX"].partition(".")[0]
    descriptor = os.open(SHARED / "journal", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, f"{time.monotonic():.3f} {box} {what} {uow_id} {attempt}\\n".encode())
    os.close(descriptor)


if __name__ == "__main__":
    uow_id = os.environ["SYNERGY_UOW_ID"]
    if zlib.crc32(uow_id.encode()) % 5 == 0:
        # What it leaves behind must be gone before its unit of work is finished.
        subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    work(uow_id, int(os.environ["SYNERGY_ATTEMPT"]))
'''


class Line(NamedTuple):
    """A line of the journal. ``at``: monotonic seconds; ``what``: begins, fails, ends or overlaps."""

    at: float
    box_id: str
    what: str
    uow_id: str
    attempt: int


def write_workload(folder: Path, shared: Path, settings: dict[str, str | float]) -> None:
    """A project in the folder; the journal lies in ``shared``, which all boxes see."""
    folder.mkdir(parents=True, exist_ok=True)
    (shared / "locks").mkdir(parents=True, exist_ok=True)
    clock: dict[str, str | float] = {"clock.start": START_STAMP, "clock.speed": SPEED}
    definitions = _DEFINITIONS.replace("COMMAND", str(folder / "jobs.py"))
    jobs = _JOBS.replace("SHARED_FOLDER", str(shared))
    write_project(folder, definitions, {**settings, **clock}, jobs, end_timeperiod="2015010100")


def read_journal(shared: Path) -> list[Line]:
    """All lines, in the order in which they were written."""
    path = shared / "journal"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [Line(float(at), box_id, what, uow_id, int(attempt)) for at, box_id, what, uow_id, attempt in rows]
