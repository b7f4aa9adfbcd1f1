"""Listening on a Unix socket: taken over only from the dead, with its mode set before anybody can connect.

Connections are accepted by a callback of our own. asyncio's server forgets a connection that it has accepted but not
announced when it is closed (Python 3.11); its client would wait for ever.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from synergy.core.errors import AlreadyRunning, NotPermitted, WorldError
from synergy.unix_sockets import address, try_connect

BACKLOG: Final = 256
FULL_SECONDS: Final = 0.5
"""The pause after the system had no descriptor left for another connection."""

log = logging.getLogger(__name__)


class Listener:
    """Serves connections with protocols made by ``make``.

    Args:
        mode: of the socket's file.
        group_id: of the socket's file; None: as the folder gives it.
    """

    def __init__(
        self, path: Path, make: Callable[[], asyncio.BaseProtocol], *, mode: int, group_id: int | None = None
    ) -> None:
        self._path = path
        self._make = make
        self._socket = bind(path, mode, group_id)
        self._socket.listen(BACKLOG)
        self._file = _identity(path)
        self._starting: set[asyncio.Task[object]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    async def close(self) -> None:
        """Accept no more, and remove the socket's file if it is still ours; may be called twice.

        Every connection that was accepted has met its protocol when this returns.
        """
        if self._pause is not None:
            self._pause.cancel()
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
        if self._starting:
            await asyncio.wait(self._starting)
        if self._file is not None and _identity(self._path) == self._file:
            with suppress(OSError):
                self._path.unlink()
        self._file = None

    def _listen(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        """Take all that wait; a task that only makes the transport is never cancelled, so none is lost on the way."""
        loop = asyncio.get_running_loop()
        for _attempt in range(BACKLOG):
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.warning("%s cannot accept: %s", self._path, error, extra={"action": "accept_failed"})
                loop.remove_reader(self._socket)
                self._pause = loop.call_later(FULL_SECONDS, self._listen)
                return
            connection.settimeout(0)
            task: asyncio.Task[object] = loop.create_task(self._serve(connection))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._make, connection)
        except OSError as error:
            connection.close()
            log.warning("%s lost a connection: %s", self._path, error, extra={"action": "accept_failed"})


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
        _set_rights(path, mode, group_id)
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


def _set_rights(path: Path, mode: int, group_id: int | None) -> None:
    """Of the socket, and not of what a link leads to that somebody may have put in its place."""
    file = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            raise FileExistsError(errno.EEXIST, "something else took its place", str(path))
        reached = f"/proc/self/fd/{file}"
        if group_id is not None:
            os.chown(reached, -1, group_id)
        Path(reached).chmod(mode)
    finally:
        os.close(file)


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
            try_connect(test, path)
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
    message = f"socket {path} is served by a living program"
    raise AlreadyRunning(message, remedy="stop it first, or use another runtime_folder")


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells this socket file from a later one of the same name; None: it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _reason(error: OSError) -> str:
    return (os.strerror(error.errno) if error.errno else str(error)).lower()
