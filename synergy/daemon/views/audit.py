"""What operators did, and the chain that shows whether it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Final

from synergy.core.audit_chain import exact_time
from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.core.moments import parse_moment
from synergy.core.ports import AuditQuery, LeaderStore
from synergy.core.records import AuditEntry

MOST_ENTRIES: Final = 1_000
MOST_TEXT: Final = 1_000_000
"""How many characters a page's longest fields have together: a target may name thousands of jobs."""

BEFORE_ALL: Final = -(2**63)


async def list_audit(store: LeaderStore, request: q.ListAudit, now: float) -> replies.AuditPage:
    """One page, newest first; ages are meant from ``now`` back."""
    limit = _limit(request.limit)
    query = AuditQuery(
        since=None if request.since is None else parse_moment(request.since, now),
        until=None if request.until is None else parse_moment(request.until, now),
        actor=request.actor,
        verb=request.verb,
        before=request.before,
        limit=limit + 1,
    )
    found = await store.audit(query)
    page = _bounded(found[:limit])
    return replies.AuditPage(tuple(map(audit_row, page)), more=len(page) < len(found))


async def walk_audit(store: LeaderStore, request: q.WalkAudit) -> replies.AuditLinks:
    """One page, ascending."""
    limit = _limit(request.limit)
    found = await store.audit_after(BEFORE_ALL if request.after is None else request.after, limit + 1)
    page = _bounded(found[:limit])
    return replies.AuditLinks(tuple(map(audit_row, page)), more=len(page) < len(found))


def audit_row(entry: AuditEntry) -> replies.AuditRow:
    """One entry."""
    return replies.AuditRow(
        seq=entry.seq,
        at=exact_time(entry.at),
        actor=entry.actor,
        login_user=entry.login_user,
        origin=entry.origin,
        verb=entry.verb,
        target=entry.target,
        reason=entry.reason,
        plan_id=entry.plan_id,
        detail=entry.detail,
        before=entry.before,
        after=entry.after,
        previous=entry.previous,
        digest=entry.digest,
    )


def _limit(wanted: int) -> int:
    if wanted < 1:
        raise InvalidArgument(f"limit {wanted} is below 1", remedy="ask for at least one entry")
    return min(wanted, MOST_ENTRIES)


def _bounded(entries: Sequence[AuditEntry]) -> Sequence[AuditEntry]:
    """As many as a line of the protocol bears, at least one."""
    sizes = accumulate(map(_length, entries))
    return entries[: max(1, sum(1 for _ in takewhile(lambda size: size <= MOST_TEXT, sizes)))]


def _length(entry: AuditEntry) -> int:
    texts = (entry.target, entry.detail, entry.reason, entry.before, entry.after)
    return sum(len(text) for text in texts if text is not None)
