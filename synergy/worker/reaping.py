"""Knowing at once when a started process ends, and adopting what its processes leave behind.

A pid descriptor becomes readable when its process dies: no SIGCHLD, no thread, no polling.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import subprocess
from collections.abc import Callable
from typing import Final

from synergy.worker.process_table import read_table

PR_SET_CHILD_SUBREAPER: Final = 36

log = logging.getLogger(__name__)


def become_subreaper() -> bool:
    """Let orphaned descendants become children of this process, not of init; False where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


class Reaper:
    """Waits for every process that this supervisor started."""

    def __init__(self, *, adopts: bool) -> None:
        """``adopts``: this process is a subreaper, and orphans that end are to be reaped too."""
        self._adopts = adopts
        self._known: set[int] = set()

    def watch(self, process: subprocess.Popen[bytes], ended: Callable[[int], None]) -> None:
        """Call ``ended`` with the return code (negative: the signal) once the process is dead and reaped."""
        loop = asyncio.get_running_loop()
        fd = os.pidfd_open(process.pid)
        self._known.add(process.pid)

        def on_end() -> None:
            code = process.poll()
            if code is None:
                return
            loop.remove_reader(fd)
            os.close(fd)
            self._known.discard(process.pid)
            ended(code)

        loop.add_reader(fd, on_end)

    def orphans(self) -> tuple[int, ...]:
        """Children of this process that it did not start: left behind by ended ones. Zombies among them are reaped."""
        if not self._adopts:
            return ()
        living: list[int] = []
        own = os.getpid()
        for row in read_table().values():
            if row.parent != own or row.pid in self._known:
                continue
            if row.is_zombie:
                self._reap(row.pid)
            else:
                living.append(row.pid)
        return tuple(living)

    def _reap(self, pid: int) -> None:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            log.debug("process %d was reaped elsewhere", pid, extra={"action": "orphan_reaped_elsewhere"})
