"""Where a caller comes from, beyond what its socket tells: who logged in before a sudo, and over which connection.

The kernel keeps the login user of a process (``loginuid``) and nobody but root can set it. Everything else stands in
environments, which their owners write: it is marked as claimed, and decides nothing. A caller that is gone already, or
whose files this daemon may not read, has no origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy.unix_sockets import Peer, user_name

PROC: Final = Path("/proc")
CLAIMED: Final = " (claimed)"
_NO_LOGIN: Final = 2**32 - 1
_MOST_ANCESTORS: Final = 32
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}")


class Origin(Struct, frozen=True):
    """``login_user``: ``anna``, or ``anna (claimed)``; ``origin``: ``ssh 10.0.0.7 (claimed)``; None: not known."""

    login_user: str | None = None
    origin: str | None = None


UNKNOWN: Final = Origin()


def read_origin(peer: Peer, proc: Path = PROC) -> Origin:
    """What can be known of it now; ask while it waits for its answer."""
    if _owner(proc, peer.pid) != peer.uid:
        return UNKNOWN  # it is gone, and its number may be another's
    login_user, ssh = _login_user(proc, peer.pid), None
    for pid in _line(proc, peer.pid):
        claims = _environment(proc, pid)
        login_user = login_user or _sudo_user(claims)
        ssh = ssh or _ssh_origin(claims)
        if login_user and ssh:
            break
    return Origin(login_user, ssh)


def _owner(proc: Path, pid: int) -> int | None:
    try:
        return (proc / str(pid)).stat().st_uid
    except OSError:
        return None


def _login_user(proc: Path, pid: int) -> str | None:
    text = _read(proc / str(pid) / "loginuid").decode("ascii", "replace").strip()
    return user_name(int(text)) if text.isdecimal() and int(text) < _NO_LOGIN else None


def _line(proc: Path, pid: int) -> Iterator[int]:
    """The process and its ancestors, the nearest first."""
    for _ in range(_MOST_ANCESTORS):
        if pid < 1:
            return
        yield pid
        # "PID (NAME) STATE PARENT …", and a name may hold anything
        rest = _read(proc / str(pid) / "stat").rpartition(b")")[2].split()
        pid = int(rest[1]) if len(rest) > 1 and rest[1].isdigit() else 0


def _environment(proc: Path, pid: int) -> dict[str, str]:
    pairs = (entry.partition(b"=") for entry in _read(proc / str(pid) / "environ").split(b"\0"))
    return {name.decode(): value.decode("utf-8", "replace") for name, _, value in pairs if name in _WANTED}


_WANTED: Final = (b"SUDO_USER", b"SSH_CONNECTION")


def _sudo_user(claims: dict[str, str]) -> str | None:
    name = claims.get("SUDO_USER", "")
    return name + CLAIMED if _USER.fullmatch(name) else None


def _ssh_origin(claims: dict[str, str]) -> str | None:
    address = claims.get("SSH_CONNECTION", "").partition(" ")[0]
    try:
        return f"ssh {ip_address(address)}{CLAIMED}"
    except ValueError:
        return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
