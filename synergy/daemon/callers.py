"""Who asks: known from the kernel, never from what a client says of itself."""

from __future__ import annotations

import grp
import os
import pwd
from functools import lru_cache
from typing import Final

from msgspec import Struct

from synergy.core.control.requests import Request
from synergy.core.errors import InvalidDefinition, NotPermitted
from synergy.unix_sockets import Peer

ROOT_UID: Final = 0


class Caller(Struct, frozen=True):
    """One client's user and rights. ``may_change``: its user may change things, and it did not ask to be read-only."""

    user: str
    uid: int
    gid: int
    pid: int
    may_change: bool
    read_only: bool = False
    client: str = ""


class ControlGroup(Struct, frozen=True):
    """The Unix group whose members may use the control socket."""

    name: str
    gid: int


def find_group(name: str | None) -> ControlGroup | None:
    """The group of the settings; None: none is set, and only the daemon's own user and root may change things.

    Raises:
        InvalidDefinition: there is no such group on this machine.
    """
    if name is None:
        return None
    try:
        return ControlGroup(name, grp.getgrnam(name).gr_gid)
    except KeyError:
        message = f'control_group "{name}" does not exist on this machine'
        raise InvalidDefinition(message, remedy="create it, or change control_group in synergy.toml") from None


def identify(peer: Peer, group: ControlGroup | None) -> Caller:
    """The caller behind a connection, with the rights of its user."""
    user = user_name(peer.uid)
    may_change = peer.uid in {os.geteuid(), ROOT_UID} or (group is not None and _is_member(user, peer.gid, group))
    return Caller(user, peer.uid, peer.gid, peer.pid, may_change)


def check_rights(caller: Caller, request: Request[object], group: ControlGroup | None) -> None:
    """Let a request pass that only looks, or whose caller may change things.

    Raises:
        NotPermitted: neither is so.
    """
    if not request.changes or caller.may_change:
        return
    if caller.read_only:
        message = f"{request.method} is refused: this connection is read-only"
        raise NotPermitted(message, remedy="connect without --read-only")
    allowed = f"user {user_name(os.geteuid())}" + (f" or a member of group {group.name}" if group else "")
    raise NotPermitted(f"{request.method} is refused: user {caller.user} may only look", remedy=f"do it as {allowed}")


@lru_cache(maxsize=256)
def user_name(uid: int) -> str:
    """The user's name; ``uid 1234`` for one that this machine has no name for."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _is_member(user: str, gid: int, group: ControlGroup) -> bool:
    if gid == group.gid:
        return True
    try:
        return group.gid in os.getgrouplist(user, gid)
    except OSError:
        return False
