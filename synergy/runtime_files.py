"""Files of run time, opened so that nobody can have them lead elsewhere.

Their names are known to everybody: whoever can write in their folder could put a symbolic link there that leads to
another file of ours, which we would then cut, lock or write into, or a pipe, at which we would wait for ever.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

LOG_MODE: Final = 0o640
LOG_FOLDER_MODE: Final = 0o750
RUNTIME_FOLDER_MODE: Final = 0o755
"""Those who may use the control socket must get through to it."""


class Planted(OSError):
    """Something is in the way that no program of ours has put there; ``strerror`` tells what. Nothing was changed."""


def open_own(path: Path, flags: int, mode: int = LOG_MODE) -> int:
    """A descriptor of a plain file, closed on exec; made with this mode where ``flags`` say so.

    Raises:
        Planted: it is a symbolic link, a pipe, or whatever else is no file.
        OSError: as ``os.open``.
    """
    try:
        # O_NONBLOCK has no meaning for files; a pipe without a writer would hold us up
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO} and (what := _kind(path)):
            raise Planted(errno.EPERM, what, str(path)) from None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise Planted(errno.EPERM, _kind(path) or "it is no file", str(path))


def append_to_own(path: Path) -> int:
    """A descriptor that appends to a log, which is made if it is missing.

    Raises:
        Planted, OSError: see ``open_own``.
    """
    return open_own(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def make_own_folder(path: Path, mode: int) -> None:
    """Make a folder if it is missing; one that is there must not be everybody's to write in.

    Raises:
        Planted: everybody may put files there.
        OSError: it cannot be made.
    """
    path.mkdir(mode, parents=True, exist_ok=True)
    if path.stat().st_mode & stat.S_IWOTH:
        raise Planted(errno.EPERM, "everybody may write in it", str(path))


def _kind(path: Path) -> str:
    """What is there instead of a file; "" for a file, or for nothing."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return ""
    if stat.S_ISLNK(mode):
        return "it is a symbolic link"
    return "" if stat.S_ISREG(mode) else f"it is no file, but a {_KINDS.get(stat.S_IFMT(mode), 'special one')}"


_KINDS: Final = {
    stat.S_IFDIR: "folder",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
