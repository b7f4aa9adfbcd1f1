"""Replies on what operators did."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply
from synergy.core.records import AuditHead


class AuditRow(Struct, frozen=True):
    """One entry. Everything but ``digest`` is what ``digest`` covers; ``at`` has microseconds."""

    seq: int
    at: str
    actor: str
    login_user: str | None
    origin: str | None
    verb: str
    target: str
    reason: str | None
    plan_id: str | None
    detail: str | None
    before: str | None
    after: str | None
    previous: str
    digest: str


class AuditPage(Reply, frozen=True):
    """Entries, newest first; ``more``: there are further ones behind the last."""

    entries: tuple[AuditRow, ...]
    more: bool


class AuditLinks(Reply, frozen=True):
    """Entries, ascending. Without ``more`` the heads tell which the newest is, by daemon and store."""

    entries: tuple[AuditRow, ...]
    more: bool
    daemon_head: AuditHead | None = None
    store_head: AuditHead | None = None
