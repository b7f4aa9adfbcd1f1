"""Disks that are full: a small one that is filled, or files that may not grow where nobody may mount."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def no_growth(pids: Iterable[int | None]) -> Iterator[None]:
    """These processes cannot write to files, as on a full disk; their children are not concerned. None is nobody."""
    limits: dict[int, tuple[int, int]] = {}
    for pid in pids:
        if pid is not None:
            with suppress(ProcessLookupError):
                limits[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[pid][1]))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def mount_small_disk(folder: Path, megabytes: int) -> str | None:
    """Make the folder, and mount a disk of this size there; why it could not be mounted, or None.

    The caller unmounts it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mount = shutil.which("mount")
    if mount is None:
        return "there is no mount"
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder],
        check=False,
        capture_output=True,
        text=True,
    )
    return (done.stderr.strip() or "mount failed") if done.returncode else None


def unmount(folder: Path) -> None:
    """Take the disk away, also under somebody who still has a file of it open."""
    subprocess.run(["umount", "-l", folder], check=True)


def fill(path: Path) -> None:
    """Write until there is no room left."""
    with path.open("wb", buffering=0) as file:
        room = os.statvfs(path)
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
        with suppress(OSError):
            while True:
                file.seek(0, os.SEEK_END)
                file.write(os.urandom(4096))
