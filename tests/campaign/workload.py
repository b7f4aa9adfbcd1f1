"""The work of a campaign: jobs that stream on steadily, and that bear witness of themselves past store and broker."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from tests.endtoend.projects import write_project

HOURLY: Final = ("Calls", "Commands")
DAILY: Final = "CallsDaily"
START: Final = "2013010100"
SPEED: Final = 5400.0
"""Three hours are over every two seconds: with their days some three units of work a second."""

DEFINITIONS: Final = """
process_context = [
    ManagedProcess(process_name="Calls", time_qualifier="hourly", run="jobs:call", concurrency=8),
    ManagedProcess(process_name="CallsDaily", time_qualifier="daily", run="jobs:call", concurrency=2,
                   blocking_type="children"),
    ManagedProcess(process_name="Commands", time_qualifier="hourly", concurrency=8,
                   command=["sh", "command.sh", "{timeperiod}"]),
]
timetable_context = [
    Tree(tree_name="Calls", enclosed_processes=["Calls", "CallsDaily"]),
    Tree(tree_name="Commands", enclosed_processes=["Commands"]),
]
"""

_JOBS: Final = '''"""A job holds a lock of its own while it runs, so that a second run at the same time is seen."""

import fcntl
import os
import time
import zlib
from pathlib import Path

SHARED = Path("SHARED_FOLDER")


def call(uow):
    job = f"{uow.process_name}@{uow.timeperiod}"
    descriptor = os.open(SHARED / "locks" / job, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        (SHARED / "overlaps" / job).touch()
    try:
        _tell("begins", job)
        time.sleep(0.2 + zlib.crc32(job.encode()) % 80 / 100)
        _tell("ends", job)
    finally:
        os.close(descriptor)


def _tell(what, job):
    descriptor = os.open(SHARED / "witness", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, f"{time.time():.3f} {os.environ['SYNERGY_BOX'].partition('.')[0]} {what} {job}\\n".encode())
    os.close(descriptor)
'''

_COMMAND: Final = """# See jobs.py.
job="Commands@$1"
exec 9>"SHARED_FOLDER/locks/$job"
flock -n 9 || touch "SHARED_FOLDER/overlaps/$job"
echo "$(date +%s.%N) ${SYNERGY_BOX%%.*} begins $job" >> "SHARED_FOLDER/witness"
sleep "0.$((2 + ${1#?????????} % 8))"
echo "$(date +%s.%N) ${SYNERGY_BOX%%.*} ends $job" >> "SHARED_FOLDER/witness"
"""


class Sighting(NamedTuple):
    """What a job told of itself. ``at``: seconds of the wall clock."""

    at: float
    box_id: str
    what: str
    job: str


def write_workload(folder: Path, shared: Path, settings: dict[str, str | float]) -> None:
    """A project in the folder; what its jobs tell goes to ``shared``, which all boxes see."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("locks", "overlaps"):
        (shared / name).mkdir(parents=True, exist_ok=True)
    clock: dict[str, str | float] = {"clock.start": "2013-01-01T00:00:00Z", "clock.speed": SPEED}
    jobs = _JOBS.replace("SHARED_FOLDER", str(shared))
    write_project(folder, DEFINITIONS, {**settings, **clock}, jobs, end_timeperiod="2014010100")
    (folder / "command.sh").write_text(_COMMAND.replace("SHARED_FOLDER", str(shared)))


class Witness:
    """Reads what the jobs have told so far."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def sightings(self, since: float = 0.0) -> list[Sighting]:
        """In the order in which they were written, those not older than ``since``."""
        path = self._shared / "witness"
        rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        found = [Sighting(float(at), box_id, what, job) for at, box_id, what, job in rows]
        return [each for each in found if each.at >= since]

    def begun(self, since: float, box_id: str | None = None) -> float | None:
        """When the first job began after ``since``, on this box if one is named."""
        wanted = (each.at for each in self.sightings(since) if each.what == "begins" and box_id in {None, each.box_id})
        return min(wanted, default=None)

    def overlaps(self) -> list[str]:
        """Jobs of which two runs were seen at the same time."""
        return sorted(path.name for path in (self._shared / "overlaps").iterdir())
