"""Ending a whole tree of processes, with proof that nothing of it is left.

A tree is found by four ways at once: descent from its root, its process group and session, and the marks in the
environment, which also catch what left all three (``setsid sleep 600 &``). TERM first, after the grace KILL, scanning
again each time, until a scan finds nothing.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

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


class Proof(Struct, frozen=True):
    """What was done to a tree: the processes found, those that would not die, the last signal and how long it took."""

    found: tuple[int, ...]
    remaining: tuple[ProcessId, ...]
    signal_name: str
    seconds: float

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


async def end_tree(root: TreeRoot, grace_seconds: float, kill_seconds: float = KILL_SECONDS) -> Proof:
    """TERM, the grace, KILL, until nothing is left or KILL was outlived for ``kill_seconds``.

    The proof's ``remaining`` is empty when the tree is gone.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    deadline = began + grace_seconds
    found: set[ProcessId] = set()
    signalled: set[tuple[ProcessId, signal.Signals]] = set()
    number = signal.SIGTERM
    while True:
        alive = set(await asyncio.to_thread(find_tree, root)) | {process for process in found if is_alive(process)}
        found |= alive
        now = loop.time()
        if not alive or now > deadline + kill_seconds:
            pids = tuple(sorted(process.pid for process in found))
            return Proof(pids, tuple(sorted(alive)), number.name.removeprefix("SIG"), now - began)
        number = signal.SIGTERM if now < deadline else signal.SIGKILL
        for process in sorted(alive):
            if (process, number) not in signalled:
                signalled.add((process, number))
                _end(process, number)
        limit = min(SCAN_SECONDS, deadline - now) if now < deadline else SCAN_SECONDS
        await _wait_until_gone(alive, limit)


async def hasten(root: TreeRoot) -> None:
    """Cut short the grace of a tree that is being ended; whoever ends it sees that it is gone, and tells."""
    await end_tree(root, HURRY_SECONDS)


def _end(process: ProcessId, number: signal.Signals) -> None:
    send_signal(process, number)
    if number is signal.SIGTERM:
        # A stopped process would never see TERM.
        send_signal(process, signal.SIGCONT)


async def _wait_until_gone(processes: set[ProcessId], limit_seconds: float) -> None:
    """Until all are gone or the limit passed; looks rarely at first costs and often enough to be quick."""
    loop = asyncio.get_running_loop()
    until = loop.time() + limit_seconds
    delay = FIRST_LOOK_SECONDS
    while any(is_alive(process) for process in processes) and loop.time() < until:
        await asyncio.sleep(min(delay, max(0.0, until - loop.time())))
        delay = min(delay * 2, LAST_LOOK_SECONDS)


def _ancestry(rows: Mapping[int, ProcessRow], pid: int) -> set[int]:
    """This process and everything above it."""
    line: set[int] = set()
    while pid in rows and pid not in line:
        line.add(pid)
        pid = rows[pid].parent
    return line
