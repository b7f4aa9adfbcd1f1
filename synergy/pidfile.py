"""Pid files that cannot lie: the lock is the truth, the number in the file only tells whom to signal.

The kernel drops the lock when its holder dies, however it dies, so there is no stale pid file to clean up. The file
itself is never removed: removing it would let two processes lock two files of one name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path
from typing import Final, Self

from synergy.core.errors import AlreadyRunning, DiskFull, NotPermitted, SynergyError, WorldError
from synergy.runtime_files import Planted, open_own

TEST_SECONDS: Final = 0.2
"""How long a lock must be seen taken before it counts: ``holder`` takes it for an instant to look."""

STEP_SECONDS: Final = 0.01


class PidFile:
    """The lock of one program on one runtime folder; held from ``acquire`` to ``release`` or to the process's end.

    The descriptor is closed on exec, but a plain fork shares it: a child that outlives its parent would keep the lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock and write this process's id; a second call does nothing.

        Raises:
            AlreadyRunning: another process holds it; the message names its pid.
            NotPermitted: the file or its folder cannot be written, or is none of ours.
            DiskFull: there is no room for the pid.
            WorldError: the file system failed in another way.
        """
        if self._fd is not None:
            return
        try:
            fd = open_own(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise file_trouble("pid file", self.path, error) from error
        try:
            if not _lock(fd):
                pid = _written_pid(fd)
                raise AlreadyRunning(
                    f"pid file {self.path} is held by process {pid or 'unknown'}",
                    remedy="stop that process first, or use another runtime_folder",
                )
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(fd)
            raise file_trouble("pid file", self.path, error) from error
        except SynergyError:
            os.close(fd)
            raise
        self._fd = fd

    def release(self) -> None:
        """Let go of the lock; the file stays, empty. May be called twice."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            os.ftruncate(fd, 0)
        finally:
            os.close(fd)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder(path: Path) -> int | None:
    """The id of the process that holds this pid file; None when nobody does.

    Raises:
        NotPermitted: the file cannot be read.
        WorldError: the lock is held, but the file does not say by whom.
    """
    try:
        fd = open_own(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise file_trouble("pid file", path, error) from error
    try:
        until = time.monotonic() + TEST_SECONDS
        while not _try(fd, fcntl.LOCK_SH):
            if pid := _written_pid(fd):
                return pid
            if time.monotonic() > until:
                raise WorldError(
                    f"pid file {path} is locked, but names no process", remedy=f"find the holder with: fuser -v {path}"
                )
            time.sleep(STEP_SECONDS)
        return None
    finally:
        os.close(fd)


def file_trouble(what: str, path: Path, error: OSError) -> SynergyError:
    """The error that tells a user why a file or folder cannot be used, and what to do about it."""
    if isinstance(error, Planted):
        found = f"{what} {error.filename} is refused: {error.strerror}"
        return NotPermitted(found, remedy="see who put it there, and correct that")
    reason = os.strerror(error.errno) if error.errno else str(error)
    message = f"{what} {path} cannot be written: {reason.lower()}"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return NotPermitted(message, remedy="make it writable for this user, or set another runtime_folder")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(message, remedy="free some space and start again")
    return WorldError(message, remedy="check the path and the file system")


def _lock(fd: int) -> bool:
    """Take the exclusive lock, outlasting the instant in which another program looks who holds it."""
    until = time.monotonic() + TEST_SECONDS
    while not _try(fd, fcntl.LOCK_EX):
        if time.monotonic() > until:
            return False
        time.sleep(STEP_SECONDS)
    return True


def _try(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _written_pid(fd: int) -> int | None:
    text = os.pread(fd, 32, 0).strip()
    return int(text) if text.isdigit() else None
