"""The processes of this machine, read from /proc: who is whose, and who carries which marks.

Processes are named by (pid, started): a pid alone may be another process by the time it is signalled. What they cost is
told by psutil (footprints.py). It does not scan: it knows neither groups, sessions nor pid descriptors, and takes four
times as long, at the end of every command.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

ZOMBIE_STATES: Final = frozenset("ZX")
RUNNING_STATES: Final = frozenset("RD")
KERNEL_FLAG: Final = 0x00200000
EXEC_SECONDS: Final = 0.5
"""How long a process without variables is looked at again while it runs: it may be just becoming another program."""

STEP_SECONDS: Final = 0.001
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


class ProcessId(NamedTuple):
    """One process for all time of this boot; ``started`` in clock ticks since boot."""

    pid: int
    started: int

    @property
    def age_seconds(self) -> float:
        """How long ago it was started; to 10 ms."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.started / TICKS_PER_SECOND


class ProcessRow(NamedTuple):
    """What /proc tells of one process."""

    pid: int
    started: int
    parent: int
    group: int
    session: int
    state: str
    is_kernel: bool = False
    name: str = ""
    """Its command's, as the kernel has it; what cannot be printed is ``?``."""

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
    # A name may hold anything, parentheses too.
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    return ProcessRow(
        pid=pid,
        started=int(fields[19]),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        state=fields[0],
        is_kernel=bool(int(fields[6]) & KERNEL_FLAG),
        name=_printable(head.partition("(")[2]),
    )


def _printable(name: str) -> str:
    """A process may call itself anything, and its name is shown on terminals."""
    return name if name.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in name)


def read_table() -> dict[int, ProcessRow]:
    """Every process there is; takes some milliseconds."""
    rows = (read_row(int(name)) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - strings are wanted
    return {row.pid: row for row in rows if row is not None}


def carries(pid: int, marks: Mapping[str, str]) -> bool:
    """True when the process was started with all these variables; False when it cannot be read.

    In the middle of an exec a process has no variables for an instant; one that runs without any is waited for.
    """
    until = time.monotonic() + EXEC_SECONDS
    while not (variables := _variables(pid)):
        row = read_row(pid)
        if row is None or row.is_kernel or row.is_zombie:
            return False
        if row.state not in RUNNING_STATES or time.monotonic() > until:
            variables = _variables(pid)
            break
        time.sleep(STEP_SECONDS)
    return bool(marks) and all(os.fsencode(f"{name}={value}") in variables for name, value in marks.items())


def _variables(pid: int) -> frozenset[bytes]:
    """Empty when they cannot be read, or while there are none."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - read hundreds of times in a scan
            data = file.read()
    except OSError:
        return frozenset()
    return frozenset(data.split(b"\0")) if data else frozenset()


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
