"""Wall clocks that can be stepped while programs run, one for each box: Debian's libfaketime, where it is installed.

Monotonic clocks go on as they are, as they do on a machine whose wall clock is corrected.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PLACES: Final = "usr/lib/*/faketime/libfaketimeMT.so.1"

_SITE: Final = '''"""libfaketime 0.9.10 takes the monotonic moment at which time.sleep ends for a wall clock's."""

import select
import time


def sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = sleep
'''


class SteppedClock:
    """The wall clock of one box."""

    def __init__(self, folder: Path, library: Path, shared: str) -> None:
        self._file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": str(library),
            "PYTHONPATH": str(folder),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_SHARED": shared,
            "NO_FAKE_STAT": "1",
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(_SITE)
        self.step(0.0)

    def step(self, seconds: float) -> None:
        """So much ahead of the true time, or behind; seen within a second."""
        unfinished = self._file.with_name("clock.new")
        unfinished.write_text(f"{seconds:+.1f}\n")
        unfinished.replace(self._file)


@contextmanager
def stepped_clocks(folder: Path, boxes: tuple[str, ...]) -> Iterator[dict[str, SteppedClock]]:
    """A clock for each box; none where libfaketime is not installed."""
    library = next(iter(sorted(Path("/").glob(_PLACES))), None)
    if library is None:
        yield {}
        return
    # Whoever makes the library's piece of shared memory has to outlive all who use it.
    alone = {"LD_PRELOAD": str(library), "FAKETIME": "+0"}
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, env={"PATH": "/usr/bin:/bin", **alone}) as holder:
        shared = f"/faketime_sem_{holder.pid} /faketime_shm_{holder.pid}"
        try:
            yield {box_id: SteppedClock(folder / box_id, library, shared) for box_id in boxes}
        finally:
            for name in (f"faketime_shm_{holder.pid}", f"sem.faketime_sem_{holder.pid}"):
                (Path("/dev/shm") / name).unlink(missing_ok=True)  # noqa: S108 - where the library puts them
