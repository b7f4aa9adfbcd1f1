"""How a program that starts in the background tells that it works, or why it does not.

Its starter holds the other end of a pipe and waits for one line: ``READY``, or the error as JSON. An end without a line
means that the program died. A service manager that asked for it (``NOTIFY_SOCKET``) is told too.
"""

from __future__ import annotations

import os
import select
import socket
import time
from typing import Final

import msgspec

from synergy.core.control.faults import Fault, to_error, to_fault
from synergy.core.errors import RequestTimedOut, SynergyError, WorldError

READY: Final = b"READY\n"
MAX_LINE: Final = 1 << 20
_decode: Final = msgspec.json.Decoder(Fault).decode


class Readiness:
    """The starting program's side; says one thing once, and nothing when nobody waits."""

    def __init__(self, fd: int | None = None, notify_socket: str | None = None) -> None:
        self._fd = fd
        self._notify_socket = notify_socket

    def ready(self) -> None:
        """The program works."""
        self._say(READY)
        notify(self._notify_socket, "READY=1")

    def failed(self, error: SynergyError) -> None:
        """The program does not start, because of this."""
        self._say(msgspec.json.encode(to_fault(error)) + b"\n")

    def stopping(self) -> None:
        """The program is on its way out."""
        notify(self._notify_socket, "STOPPING=1")

    def _say(self, line: bytes) -> None:
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            os.write(fd, line)
        except OSError:
            pass  # the starter gave up waiting; the program goes on without it
        finally:
            os.close(fd)


def await_ready(fd: int, what: str, seconds: float, log: str) -> None:
    """Wait at the other end of the pipe until ``what`` is ready. ``log``: where a user may look for more.

    Raises:
        RequestTimedOut: it said nothing in time. WorldError: it ended without a word. Else the error that it told.
    """
    line = b""
    until = time.monotonic() + seconds
    while not line.endswith(b"\n"):
        left = until - time.monotonic()
        readable, _, _ = select.select([fd], [], [], max(left, 0))
        if not readable:
            raise RequestTimedOut(f"{what} was not ready within {seconds:g} s", remedy=f"see {log}")
        part = os.read(fd, 65536)
        if not part or len(line) > MAX_LINE:
            raise WorldError(f"{what} ended while it started", remedy=f"see {log}")
        line += part
    if line != READY:
        raise _told(line)


def notify(address: str | None, state: str) -> None:
    """Tell a service manager (sd_notify(3)); ``@`` begins the name of an abstract socket, None: nobody asked."""
    if not address:
        return
    target = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.sendto(state.encode(), target)
        except OSError:
            return  # sd_notify is told, never asked: a vanished manager is no reason to stop


def _told(line: bytes) -> SynergyError:
    """The error of the line, as the class it was raised with."""
    try:
        return to_error(_decode(line))
    except msgspec.MsgspecError:
        return WorldError(f"it answered {line!r} instead of being ready")
