"""Who asks: known from the kernel, never from what a client says of itself.

A role comes from the user: the daemon's own and root are admins, others have the highest role that a group of theirs
gives them. Where no group is set, whoever the socket's file lets in may look.
"""

from __future__ import annotations

import grp
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy.core.control.requests import Request
from synergy.core.control.roles import Role
from synergy.core.errors import InvalidDefinition, NotPermitted
from synergy.core.settings import Settings
from synergy.daemon.origins import UNKNOWN, Origin
from synergy.unix_sockets import Peer, user_name

ROOT_UID: Final = 0
VIEW_MODE: Final = 0o660
"""Of the read-only socket's file, and of the control socket's where one group is all there is."""
_SETTINGS: Final = (
    ("admin_group", Role.ADMIN),
    ("operator_group", Role.OPERATOR),
    ("control_group", Role.OPERATOR),
    ("viewer_group", Role.VIEWER),
)


class Caller(Struct, frozen=True):
    """One client's user and rights. ``read_only``: it may only look on this connection, whoever it is."""

    user: str
    uid: int
    gid: int
    pid: int
    role: Role
    read_only: bool = False
    client: str = ""
    origin: Origin = UNKNOWN

    @property
    def may_change(self) -> bool:
        """Whether it may do more than look."""
        return self.role.covers(Role.OPERATOR)


class RoleGroup(Struct, frozen=True):
    """A Unix group of the settings, and what its members may do."""

    name: str
    gid: int
    role: Role


class Access(Struct, frozen=True):
    """Who is let in, by which sockets. ``view_socket``: whoever connects there may only look; None: there is none.

    A file has one group. With groups for several roles the control socket is open to all, and the daemon itself turns
    away who is in none of them.
    """

    groups: tuple[RoleGroup, ...] = ()
    view_socket: Path | None = None

    @property
    def mode(self) -> int:
        """Of the control socket's file."""
        return VIEW_MODE if len({group.gid for group in self.groups}) <= 1 else 0o666

    @property
    def group_id(self) -> int | None:
        """Of the control socket's file; None: as the folder gives it."""
        return self.groups[0].gid if self.groups and self.mode == VIEW_MODE else None

    @property
    def view_group_id(self) -> int | None:
        """Of the read-only socket's file: the group of the lowest role that is set."""
        return self.groups[-1].gid if self.groups else None


def find_groups(settings: Settings) -> tuple[RoleGroup, ...]:
    """The groups of the settings, those of the highest role first; none: only the daemon's user and root change things.

    Raises:
        InvalidDefinition: there is no such group on this machine.
    """
    names = [(setting, getattr(settings, setting), role) for setting, role in _SETTINGS]
    return tuple(RoleGroup(name, _gid(setting, name), role) for setting, name, role in names if name is not None)


def identify(peer: Peer, groups: Sequence[RoleGroup], origin: Origin = UNKNOWN) -> Caller:
    """The caller behind a connection, with the rights of its user.

    Raises:
        NotPermitted: groups are set, and it is in none of them.
    """
    user = user_name(peer.uid)
    role = _role(user, peer, groups)
    if role is None:
        remedy = f"become a member of group {_names(groups)}"
        raise NotPermitted(f"user {user} has no role here", remedy=remedy)
    return Caller(user, peer.uid, peer.gid, peer.pid, role, origin=origin)


def identify_viewer(peer: Peer, origin: Origin = UNKNOWN) -> Caller:
    """The caller behind a connection to the read-only socket, whose file decides who may look."""
    return Caller(user_name(peer.uid), peer.uid, peer.gid, peer.pid, Role.VIEWER, read_only=True, origin=origin)


def check_rights(caller: Caller, request: Request[object], groups: Sequence[RoleGroup]) -> None:
    """Let a request pass whose caller has the role that it needs.

    Raises:
        NotPermitted: it has not.
    """
    needed = request.needs
    if caller.role.covers(needed):
        return
    if caller.read_only:
        # Applying a plan needs an operator; what is in the plan may need more.
        message = f"{request.method} is refused: this connection is read-only, and it needs at least the role {needed}"
        raise NotPermitted(message, remedy="ask at control.sock instead of view.sock, and without --read-only")
    able = [group for group in groups if group.role.covers(needed)]
    allowed = f"user {user_name(os.geteuid())}" + (f" or a member of group {_names(able)}" if able else "")
    raise NotPermitted(
        f"{request.method} is refused: user {caller.user} has the role {caller.role}, it needs {needed}",
        remedy=f"do it as {allowed}",
    )


def _gid(setting: str, name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        message = f'{setting} "{name}" does not exist on this machine'
        raise InvalidDefinition(message, remedy=f"create it, or change {setting} in synergy.toml") from None


def _role(user: str, peer: Peer, groups: Sequence[RoleGroup]) -> Role | None:
    if peer.uid in {os.geteuid(), ROOT_UID}:
        return Role.ADMIN
    if not groups:
        return Role.VIEWER
    member_of = _group_ids(user, peer.gid)
    return next((group.role for group in groups if group.gid in member_of), None)


def _group_ids(user: str, gid: int) -> set[int]:
    try:
        return {gid, *os.getgrouplist(user, gid)}
    except OSError:
        return {gid}


def _names(groups: Sequence[RoleGroup]) -> str:
    return " or ".join(dict.fromkeys(group.name for group in groups))
