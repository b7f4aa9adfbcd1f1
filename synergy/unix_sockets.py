"""Unix sockets by paths of any length, and sockets that can be taken over only from the dead.

The kernel takes 107 bytes of path. A longer one is reached through a descriptor of its folder, so that a project may
lie as deep as its owner likes.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy.core.errors import AlreadyRunning, InvalidArgument, NotPermitted, WorldError

LONGEST_PATH_BYTES: Final = 107
BACKLOG: Final = 256
_RETRY_SECONDS: Final = 0.02
_CREDENTIALS: Final = struct.Struct("3i")


class Peer(Struct, frozen=True):
    """Who is at the other end, as the kernel knows it: process, user and group of the moment it connected."""

    pid: int
    uid: int
    gid: int


def peer_of(connection: socket.socket) -> Peer:
    """The credentials of a connected Unix socket's other end."""
    return Peer(*_CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)))


@contextmanager
def address(path: Path) -> Iterator[str]:
    """A name of at most 107 bytes for the socket, valid inside the block.

    Raises:
        InvalidArgument: even the file's own name is too long.
        OSError: the folder of a long path cannot be opened.
    """
    if len(os.fsencode(path)) <= LONGEST_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        short = f"/proc/self/fd/{folder}/{path.name}"
        if len(os.fsencode(short)) > LONGEST_PATH_BYTES:
            raise InvalidArgument(f"socket name {path.name} is too long", remedy="set a shorter runtime_folder")
        yield short
    finally:
        os.close(folder)


async def connect(path: Path, seconds: float) -> socket.socket:
    """A connected, non-blocking socket; a listener whose queue is full is waited for.

    Raises:
        OSError: nobody listens there, or not within ``seconds`` (TimeoutError).
        InvalidArgument: the file's name is too long.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(0)
    try:
        async with asyncio.timeout(seconds):
            while not _try_connect(connection, path):  # noqa: ASYNC110 - the kernel gives no event for this
                await asyncio.sleep(_RETRY_SECONDS)
    except BaseException:
        connection.close()
        raise
    return connection


def bind(path: Path, mode: int, group_id: int | None = None) -> socket.socket:
    """A bound, non-blocking socket that does not listen yet, so that its mode stands before anybody can connect.

    A socket that a dead program left is removed; ``group_id`` becomes the file's group, None: as the folder has it.

    Raises:
        AlreadyRunning: a living program listens there.
        NotPermitted: the folder or the socket is not ours to change.
        WorldError: something else is in the way.
        InvalidArgument: the file's name is too long.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _make_room(path)
        with address(path) as name:
            listener.bind(name)
        path.chmod(mode)
        if group_id is not None:
            os.chown(path, -1, group_id)
        listener.settimeout(0)
    except PermissionError as error:
        listener.close()
        remedy = "make its folder writable for this user, and the user a member of control_group"
        raise NotPermitted(f"socket {path} cannot be set up: {_reason(error)}", remedy=remedy) from error
    except OSError as error:
        listener.close()
        message = f"socket {path} cannot be set up: {_reason(error)}"
        raise WorldError(message, remedy="check the path and the file system") from error
    except BaseException:
        listener.close()
        raise
    return listener


def identity(path: Path) -> tuple[int, int] | None:
    """What tells this socket file from a later one of the same name; None: it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove(path: Path, own: tuple[int, int] | None) -> None:
    """Remove the socket file if it is still the one we made."""
    if own is not None and identity(path) == own:
        with suppress(OSError):
            path.unlink()


def _make_room(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise WorldError(f"{path} is in the way and is no socket", remedy="move it elsewhere and start again")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as test:
        test.settimeout(0)
        try:
            _try_connect(test, path)
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
    message = f"socket {path} is served by a living program"
    raise AlreadyRunning(message, remedy="stop it first, or use another runtime_folder")


def _try_connect(connection: socket.socket, path: Path) -> bool:
    """Connect; False: somebody listens, but has no room at this moment."""
    try:
        with address(path) as name:
            connection.connect(name)
    except BlockingIOError:
        return False
    return True


def _reason(error: OSError) -> str:
    return (os.strerror(error.errno) if error.errno else str(error)).lower()
