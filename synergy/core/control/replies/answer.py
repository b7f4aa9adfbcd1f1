"""The shape every reply has, and the two plainest ones."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.roles import Role


class Reply(Struct, frozen=True, kw_only=True):
    """``v`` is the version of the shape; fields are added, never renamed."""

    v: int = 1


class Hello(Reply, frozen=True):
    """``user`` is who the daemon takes the caller for, ``role`` what it may do; ``may_change``: more than look."""

    version: str
    protocol: int
    daemon_id: str
    user: str
    may_change: bool
    console_title: str | None = None
    console_color: str | None = None
    role: Role = Role.VIEWER


class Done(Reply, frozen=True):
    """It is done; ``message`` says what, ``uow_id`` names the unit of work that was made, if any.

    ``command`` is the same change as a synergyctl line.
    """

    message: str
    uow_id: str | None = None
    plan_id: str | None = None
    details: tuple[str, ...] = ()
    command: str | None = None
