"""The way to the daemon: a Unix socket, or the standard streams of a command such as ``ssh host synergyd proxy``."""

from __future__ import annotations

import asyncio
import os
import shlex
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy import unix_sockets
from synergy.core.errors import DaemonUnreachable, SynergyError

StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
END_SECONDS: Final = 2.0
"""How long a command may take to end after its input was closed."""
COMPLAINT_BYTES: Final = 4096


class Command(Struct, frozen=True):
    """A command whose standard streams lead to a daemon; ``where`` names it for people.

    ``explain`` makes a reason of its exit code (None: it has not ended) and the end of its standard error.
    """

    argv: tuple[str, ...]
    where: str = ""
    explain: Callable[[int | None, str], SynergyError] | None = None

    @property
    def name(self) -> str:
        """How people are told of it."""
        return self.where or shlex.join(self.argv)


class Channel:
    """A pair of streams, where they lead to, and the command behind them, if there is one."""

    def __init__(
        self, streams: StreamPair, where: str, process: Process | None = None, command: Command | None = None
    ) -> None:
        self.reader, self.writer = streams
        self.where = where
        self.log: Path | None = None
        """The log of the daemon there, where it is known."""
        self._process = process
        self._command = command
        self._complaint = b""
        self._listening: asyncio.Task[None] | None = None
        if process is not None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def close(self) -> None:
        """Close the streams and end the command; may be called twice."""
        self.writer.close()
        with suppress(OSError):  # a command that reads no more would not let it close for ever
            async with asyncio.timeout(END_SECONDS):
                await self.writer.wait_closed()
        if self._process is not None:
            await _end(self._process)
        if self._listening is not None:
            await asyncio.wait({self._listening}, timeout=END_SECONDS)
            self._listening.cancel()

    async def ending(self) -> SynergyError:
        """Why the far side closed, as far as can be known: a command's exit code and complaint tell more."""
        if self._process is None or self._listening is None:
            return DaemonUnreachable(f"{self.where} closed the connection", remedy="see synergyd status")
        await asyncio.wait({self._listening}, timeout=END_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self._process.wait()
        complaint = self._complaint.decode(errors="replace").strip()
        if self._command is not None and self._command.explain is not None:
            return self._command.explain(self._process.returncode, complaint)
        message = ": ".join([f"{self.where} closed the connection", *complaint.splitlines()[-1:]])
        return DaemonUnreachable(message, remedy="see synergyd status")

    async def _listen(self) -> None:
        """Keep reading standard error, so that the command never waits for us, and remember its end."""
        if self._process is None or self._process.stderr is None:
            return
        while data := await self._process.stderr.read(COMPLAINT_BYTES):
            self._complaint = (self._complaint + data)[-COMPLAINT_BYTES:]


async def open_socket(path: Path, seconds: float) -> Channel:
    """A channel to the daemon that listens on this socket.

    Raises:
        DaemonUnreachable: nobody answers there within ``seconds``.
    """
    try:
        connection = await unix_sockets.connect(path, seconds)
        streams = await asyncio.open_unix_connection(sock=connection)
    except OSError as error:
        remedy = f"start it with: synergyd start -C {shlex.quote(_project_of(path))}"
        raise DaemonUnreachable(f"no daemon answers on {path}: {_reason(error)}", remedy=remedy) from error
    channel = Channel(streams, str(path))
    channel.log = log_beside(path)
    return channel


def log_beside(socket: Path) -> Path | None:
    """The log of the daemon that has this socket, if it is where logs are by default."""
    log = socket.absolute().parent / "logs" / "daemon.log"
    return log if os.access(log, os.R_OK) else None


async def open_command(command: Command) -> Channel:
    """A channel through the standard streams of a command, which is ended with the channel.

    Raises:
        DaemonUnreachable: the command cannot be run.
    """
    if not command.argv:
        raise DaemonUnreachable("cannot run an empty command", remedy="name the program that leads to the daemon")
    try:
        process = await asyncio.create_subprocess_exec(*command.argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except (OSError, ValueError) as error:
        reason = _reason(error) if isinstance(error, OSError) else str(error)
        raise DaemonUnreachable(f"cannot run {command.name}: {reason}", remedy="check the command") from error
    if process.stdin is None or process.stdout is None:
        raise DaemonUnreachable(f"{command.name} has no standard streams", remedy="check the command")
    return Channel((process.stdout, process.stdin), command.name, process, command)


async def _end(process: Process) -> None:
    """Wait for the command to end by itself, then make it."""
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _project_of(path: Path) -> str:
    """The project's folder, when the socket lies where sockets lie by default."""
    return str(path.parent.parent) if path.parent.name == ".synergy" else "FOLDER"


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return (os.strerror(error.errno) if error.errno else str(error)).lower()
