"""The daemon's part in the audit: where its chain goes on, who is behind an entry, and a second trace in the log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from synergy.core.audit_chain import agree, opening_head
from synergy.core.ports import AuditQuery, LeaderStore
from synergy.core.records import AuditEntry, AuditHead
from synergy.daemon.origins import Origin

_MOST_TARGET: Final = 200
"""So many characters of it go into the log: it may name thousands of jobs."""

log = logging.getLogger(__name__)


async def read_audit_head(store: LeaderStore) -> AuditHead:
    """Behind what the next entry is chained. Where the store contradicts itself that is logged, and work goes on."""
    kept, newest = await store.audit_head(), next(iter(await store.audit(AuditQuery(limit=1))), None)
    if not agree(kept, newest):
        found = newest.seq if newest else 0
        log.error(
            "the audit's newest entry is %d, and %d was written as such; see synergyctl audit verify",
            found, kept.seq, extra={"action": "audit_broken"},
        )  # fmt: skip
    return opening_head(kept, newest)


def with_origin(entries: Sequence[AuditEntry], origin: Origin) -> list[AuditEntry]:
    """Entries of a question that came from there."""
    return [replace(entry, login_user=origin.login_user, origin=origin.origin) for entry in entries]


def tell_audited(entries: Sequence[AuditEntry]) -> None:
    """Log entries that are stored: their digests are then known outside of the store too."""
    for entry in entries:
        log.info(
            "audit %d: %s %s %s (%s)", entry.seq, entry.actor, entry.verb, entry.target[:_MOST_TARGET], entry.digest,
            extra={"action": "audited"},
        )  # fmt: skip
