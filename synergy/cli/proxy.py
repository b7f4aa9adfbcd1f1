"""The command ``proxy``: carries bytes between standard input and output and the control socket.

A console elsewhere runs it through ssh, so a deployment needs no open port.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path
from typing import Final

from synergy.cli.program import Invocation, command
from synergy.core.errors import DaemonUnreachable
from synergy.loading import load_paths
from synergy.unix_sockets import address

PIECE: Final = 65536
CONNECT_SECONDS: Final = 5.0


@command("proxy", "ssh user@host synergyd proxy -C /srv/flights")
def proxy(invocation: Invocation) -> None:
    """Speak the control protocol on standard input and output until either side ends."""
    sys.stdout.flush()
    with _connect(load_paths(invocation.folder).control_socket) as sock:
        sender = threading.Thread(target=_send, args=(sys.stdin.fileno(), sock), daemon=True)
        sender.start()
        while piece := _receive(sock):
            _write_all(sys.stdout.fileno(), piece)


def _connect(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(CONNECT_SECONDS)
    try:
        with address(path) as name:
            sock.connect(name)
    except OSError as error:
        sock.close()
        reason = (error.strerror or str(error)).lower()
        raise DaemonUnreachable(f"no daemon answers on {path}: {reason}", remedy="start it: synergyd start") from error
    sock.settimeout(None)
    return sock


def _send(source: int, sock: socket.socket) -> None:
    """Carry what the far side asks; its end is told to the daemon, whose answers still come back."""
    try:
        while piece := os.read(source, PIECE):
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the daemon is gone: the receiving side sees it too, and ends the program


def _receive(sock: socket.socket) -> bytes:
    try:
        return sock.recv(PIECE)
    except ConnectionResetError:
        return b""


def _write_all(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
