"""The audit of the small deployment in memory: a chain of its own that is whole."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from synergy.core.audit_chain import chained
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.records import AuditEntry, AuditHead
from synergy.daemon.views.audit import audit_row

ENTRY: Final = AuditEntry(
    1_795_400_000.0, "olga", "reprocess", "", "late data", login_user="root", origin="ssh 10.0.0.7",
    before="state_processed", after="state_embryo",
)  # fmt: skip
_ACTORS: Final = ("olga", "igor", "olga")
_VERBS: Final = (
    ("reprocess", "FlightsHourly@2013030512"), ("skip", "WeatherDaily@2013010300"), ("hold", "WeatherDaily")
)  # fmt: skip
AUDIT: Final = tuple(
    map(
        audit_row,
        chained(
            (
                replace(
                    ENTRY, at=ENTRY.at + number * 60, verb=_VERBS[number % 3][0], target=_VERBS[number % 3][1],
                    actor=_ACTORS[number % 3], plan_id=f"p{(number - 379) % 450}",
                )
                for number in range(450)
            ),
            AuditHead(),
        ),
    )
)  # fmt: skip


def listed(request: q.ListAudit) -> r.AuditPage:
    """Newest first."""
    rows = [
        row
        for row in reversed(AUDIT)
        if (request.before is None or row.seq < request.before)
        and (request.since or "") <= row.at <= (request.until or "9")
        and request.actor in {None, row.actor}
    ]
    return r.AuditPage(tuple(rows[: request.limit]), more=len(rows) > request.limit)


def walked(request: q.WalkAudit) -> r.AuditLinks:
    """Oldest first."""
    rows = [row for row in AUDIT if row.seq > (request.after or 0)]
    more = len(rows) > request.limit
    head = None if more else AuditHead(AUDIT[-1].seq, AUDIT[-1].digest)
    return r.AuditLinks(tuple(rows[: request.limit]), more, head, head)
