"""Ending a whole tree of processes, with proof that nothing of it is left.

A tree is found by four ways at once: descent from its root, its process group and session, and the marks in the
environment, which also catch what left all three (``setsid sleep 600 &``). TERM first, after the grace KILL, scanning
again each time, until a scan finds nothing.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, structs

from synergy.core.counting import counted
from synergy.worker.process_table import (
    ProcessId,
    ProcessRow,
    carries,
    descendants,
    is_alive,
    read_table,
    send_signal,
)

KILL_SECONDS: Final = 5.0
"""What outlives KILL this long is told as unproved."""

HURRY_SECONDS: Final = 3.0
"""The most grace that anything is given while its supervisor stops in a hurry."""

FIRST_LOOK_SECONDS: Final = 0.01
LAST_LOOK_SECONDS: Final = 0.1
SCAN_SECONDS: Final = 0.5


class TreeRoot(Struct, frozen=True):
    """By what a tree is recognised. ``pids`` are its known roots, leaders of their own groups and sessions."""

    pids: tuple[int, ...]
    marks: Mapping[str, str]
    oldest: int = 0
    """Ticks since boot: nothing started before this belongs to it."""


class Ended(Struct, frozen=True):
    """What was done to one process. Times are those of the loop; ``gone`` is None while it lives."""

    id: ProcessId
    name: str
    signals: tuple[tuple[str, float], ...] = ()
    """Each that it was sent, and when."""
    gone: float | None = None


class Proof(Struct, frozen=True):
    """What was done to a tree, to each of its processes in the order of their pids, from ``began`` to the last scan."""

    processes: tuple[Ended, ...]
    began: float
    scanned: float

    @property
    def found(self) -> tuple[int, ...]:
        """The pids of all of its processes."""
        return tuple(process.id.pid for process in self.processes)

    @property
    def remaining(self) -> tuple[ProcessId, ...]:
        """Those that would not die."""
        return tuple(process.id for process in self.processes if process.gone is None)

    @property
    def signal_name(self) -> str:
        """The last signal that was needed."""
        killed = any(name == "KILL" for process in self.processes for name, _ in process.signals)
        return "KILL" if killed else "TERM"

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.scanned - self.began

    def __str__(self) -> str:
        what = counted(len(self.found), "process", "processes")
        text = f"ended {what} with {self.signal_name} in {self.seconds:.1f} s"
        if self.remaining:
            text += f"; still running: {', '.join(str(process.pid) for process in self.remaining)}"
        return text


def find_tree(root: TreeRoot, table: Mapping[int, ProcessRow] | None = None) -> dict[ProcessId, ProcessRow]:
    """The living processes of a tree; never this process nor one of its ancestors."""
    rows = read_table() if table is None else table
    spared = _ancestry(rows, os.getpid())
    roots = set(root.pids)
    members = {
        row.pid
        for row in rows.values()
        if row.pid not in spared
        and row.started >= root.oldest
        and (row.pid in roots or row.group in roots or row.session in roots or carries(row.pid, root.marks))
    }
    tree = (rows[pid] for pid in descendants(rows, members) if pid not in spared)
    return {row.id: row for row in tree if not row.is_zombie}


class Hunt:
    """The ending of one tree, in as many rounds as it takes; what was done to its processes adds up.

    ``on_signal`` is called before each signal.
    """

    def __init__(self, root: TreeRoot, on_signal: Callable[[], None] | None = None) -> None:
        self._root = root
        self._on_signal = on_signal or (lambda: None)
        self._traces: dict[ProcessId, Ended] = {}
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    async def end(self, grace_seconds: float, kill_seconds: float = KILL_SECONDS) -> Proof:
        """TERM, the grace, KILL, until nothing is left or KILL was outlived for ``kill_seconds``.

        The proof's ``remaining`` is empty when the tree is gone.
        """
        deadline = self._clock() + grace_seconds
        while True:
            rows = await asyncio.to_thread(find_tree, self._root)
            for process, row in rows.items():
                self._traces.setdefault(process, Ended(process, row.name))
            self.look()
            now = self._clock()
            alive = self._alive()
            if not alive or now > deadline + kill_seconds:
                processes = tuple(self._traces[process] for process in sorted(self._traces))
                return Proof(processes, self._began, now)
            for process in sorted(alive):
                self._signal(process, signal.SIGTERM if now < deadline else signal.SIGKILL)
            await self._wait_until_gone(min(SCAN_SECONDS, deadline - now) if now < deadline else SCAN_SECONDS)

    def look(self) -> bool:
        """Note which of the known processes are gone by now; True while one of them lives."""
        for process in self._alive():
            if not is_alive(process):
                self._traces[process] = structs.replace(self._traces[process], gone=self._clock())
        return bool(self._alive())

    def _alive(self) -> list[ProcessId]:
        return [process for process, trace in self._traces.items() if trace.gone is None]

    def _signal(self, process: ProcessId, number: signal.Signals) -> None:
        """Send it, once."""
        trace, name = self._traces[process], number.name.removeprefix("SIG")
        if any(sent == name for sent, _ in trace.signals):
            return
        sent = (*trace.signals, (name, self._clock()))
        self._traces[process] = structs.replace(trace, signals=sent)
        self._on_signal()
        send_signal(process, number)
        if number is signal.SIGTERM:
            # A stopped process would never see TERM.
            send_signal(process, signal.SIGCONT)

    async def _wait_until_gone(self, limit_seconds: float) -> None:
        """Until all are gone or the limit passed; looks rarely at first costs and often enough to be quick."""
        until = self._clock() + limit_seconds
        delay = FIRST_LOOK_SECONDS
        while self.look() and self._clock() < until:
            await asyncio.sleep(min(delay, max(0.0, until - self._clock())))
            delay = min(delay * 2, LAST_LOOK_SECONDS)


async def end_tree(root: TreeRoot, grace_seconds: float, kill_seconds: float = KILL_SECONDS) -> Proof:
    """End a tree in one round; see Hunt."""
    return await Hunt(root).end(grace_seconds, kill_seconds)


async def hasten(root: TreeRoot, on_signal: Callable[[], None] | None = None) -> None:
    """Cut short the grace of a tree that is being ended; whoever ends it sees that it is gone, and tells."""
    await Hunt(root, on_signal).end(HURRY_SECONDS)


def _ancestry(rows: Mapping[int, ProcessRow], pid: int) -> set[int]:
    """This process and everything above it."""
    line: set[int] = set()
    while pid in rows and pid not in line:
        line.add(pid)
        pid = rows[pid].parent
    return line
