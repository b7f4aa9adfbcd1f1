"""Unix sockets by paths of any length.

The kernel takes 107 bytes of path. A longer one is reached through a descriptor of its folder, so that a project may
lie as deep as its owner likes.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy.core.errors import InvalidArgument

LONGEST_PATH_BYTES: Final = 107
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


@lru_cache(maxsize=256)
def user_name(uid: int) -> str:
    """The user's name; ``uid 1234`` for one that this machine has no name for."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


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
            while not try_connect(connection, path):  # noqa: ASYNC110 - the kernel gives no event for this
                await asyncio.sleep(_RETRY_SECONDS)
    except BaseException:
        connection.close()
        raise
    return connection


def try_connect(connection: socket.socket, path: Path) -> bool:
    """Connect at once; False: somebody listens, but has no room at this moment.

    Raises:
        OSError: nobody listens there.
        InvalidArgument: the file's name is too long.
    """
    try:
        with address(path) as name:
            connection.connect(name)
    except BlockingIOError:
        return False
    return True
