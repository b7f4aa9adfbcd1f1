"""The processes of this machine, read from /proc: who is whose, and who carries which marks.

Processes are named by (pid, started): a pid alone may be another process by the time it is signalled. What they cost is
told by psutil (footprints.py). It does not scan: it knows neither groups, sessions nor pid descriptors, and takes four
times as long, at the end of every command.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

ZOMBIE_STATES: Final = frozenset("ZX")


class ProcessId(NamedTuple):
    """One process for all time of this boot; ``started`` in clock ticks since boot."""

    pid: int
    started: int


class ProcessRow(NamedTuple):
    """What /proc tells of one process."""

    pid: int
    started: int
    parent: int
    group: int
    session: int
    state: str

    @property
    def id(self) -> ProcessId:
        """Its name for all time."""
        return ProcessId(self.pid, self.started)

    @property
    def is_zombie(self) -> bool:
        """It is dead and waits to be reaped."""
        return self.state in ZOMBIE_STATES


def read_row(pid: int) -> ProcessRow | None:
    """One process; None when there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - read hundreds of times in a scan
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return ProcessRow(
        pid=pid,
        started=int(fields[19]),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        state=fields[0],
    )


def read_table() -> dict[int, ProcessRow]:
    """Every process there is; takes some milliseconds."""
    rows = (read_row(int(name)) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - strings are wanted
    return {row.pid: row for row in rows if row is not None}


def carries(pid: int, marks: Mapping[str, str]) -> bool:
    """True when the process was started with all these variables; False when it cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - read hundreds of times in a scan
            variables = file.read().split(b"\0")
    except OSError:
        return False
    return bool(marks) and all(os.fsencode(f"{name}={value}") in variables for name, value in marks.items())


def is_alive(process: ProcessId) -> bool:
    """True while it runs; a zombie does not."""
    row = read_row(process.pid)
    return row is not None and row.started == process.started and not row.is_zombie


def descendants(table: Mapping[int, ProcessRow], roots: Iterable[int]) -> set[int]:
    """The roots that exist, and everything below them."""
    children: dict[int, list[int]] = {}
    for row in table.values():
        children.setdefault(row.parent, []).append(row.pid)
    found: set[int] = set()
    waiting = [pid for pid in roots if pid in table]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, ()))
    return found


def send_signal(process: ProcessId, number: signal.Signals) -> None:
    """Signal exactly this process; one that is gone, or not ours, is left alone."""
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        # The descriptor holds the pid: if it is still the process we mean, it cannot become another one now.
        if is_alive(process):
            signal.pidfd_send_signal(fd, number)
    except OSError:
        return
    finally:
        os.close(fd)
