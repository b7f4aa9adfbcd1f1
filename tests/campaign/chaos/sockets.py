"""Cutting a connection of another process under its hands, as a network does: the socket is shut down from outside.

A descriptor of the other process is duplicated into this one (pidfd_getfd, Linux 5.6; it needs the rights of a
debugger), and what is shut down is the connection behind both. Either end then reads an end of file.
"""

from __future__ import annotations

import ctypes
import os
import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_PIDFD_GETFD: Final = 438
"""The number of the system call, the same on all architectures; Python 3.11 has no function for it."""
_libc: Final = ctypes.CDLL(None, use_errno=True)


def cut_one(pid: int, chance: random.Random) -> str | None:
    """Shut down one connection of a process, and tell which; None when it has none.

    Raises:
        OSError: this user may not do that, or the process is gone.
    """
    pidfd = os.pidfd_open(pid)
    try:
        numbers = sorted(int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir())
        chance.shuffle(numbers)
        for number in numbers:
            if not _is_socket(pid, number):
                continue
            with _taken(pidfd, number) as found:
                if (name := _connection(found)) is not None:
                    with suppress(OSError):  # the other end may have hung up meanwhile
                        found.shutdown(socket.SHUT_RDWR)
                    return name
    finally:
        os.close(pidfd)
    return None


def _is_socket(pid: int, number: int) -> bool:
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/fd/{number}").readlink()).startswith("socket:")
    return False


def _taken(pidfd: int, number: int) -> socket.socket:
    descriptor = _libc.syscall(_PIDFD_GETFD, pidfd, number, 0)
    if descriptor < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return socket.socket(fileno=descriptor)


def _connection(found: socket.socket) -> str | None:
    """What the connection is called; None for what listens, and for a pair without a name: that is a pipe to itself."""
    if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return None
    try:
        ends = (found.getsockname(), found.getpeername())
    except OSError:
        return None
    if found.family == socket.AF_UNIX:
        named = [Path(os.fsdecode(end)).name for end in ends if end]
        return named[0] if named else None
    return " - ".join(f"{end[0]}:{end[1]}" for end in ends)
