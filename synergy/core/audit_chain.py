"""The audit as a chain: each entry's digest covers all that the entry says, and the digest of the entry before it.

What is hashed, to be computed again by anybody (docs/audit.md): SHA-256, in hexadecimal, of a JSON array in UTF-8
without blanks that holds the values of FIELDS in this order. ``at`` is a text, ISO-8601 UTC with microseconds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from synergy.core.counting import counted
from synergy.core.plan_records import PlanRecord
from synergy.core.records import AuditEntry, AuditHead
from synergy.core.states import JobState

FIELDS: Final = (
    "seq", "at", "actor", "login_user", "origin", "verb", "target", "reason", "plan_id", "detail", "before", "after",
    "previous",
)  # fmt: skip
"""What the digest covers: everything but itself."""

START: Final = AuditHead()

_encode = msgspec.json.Encoder().encode


def digest_of(values: Sequence[object]) -> str:
    """The digest over the values of FIELDS, ``at`` as its text."""
    return hashlib.sha256(_encode(values)).hexdigest()


def exact_time(at: float) -> str:
    """A stamp with microseconds; what is no time, which only a changed store holds, is told as it is."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return repr(at)


def chained(entries: Iterable[AuditEntry], head: AuditHead) -> tuple[AuditEntry, ...]:
    """The entries with numbers and digests, behind ``head``."""
    made: list[AuditEntry] = []
    for entry in entries:
        placed = replace(entry, seq=head.seq + 1, previous=head.digest)
        values = [exact_time(placed.at) if name == "at" else getattr(placed, name) for name in FIELDS]
        made.append(replace(placed, digest=digest_of(values)))
        head = head_after(made, head)
    return tuple(made)


def head_after(entries: Sequence[AuditEntry], head: AuditHead) -> AuditHead:
    """The head once these are stored."""
    return AuditHead(entries[-1].seq, entries[-1].digest) if entries else head


def opening_head(kept: AuditHead, newest: AuditEntry | None) -> AuditHead:
    """Behind what a daemon that begins goes on.

    Numbers are never used twice, and what does not belong to the chain is never made a part of it: when entries have
    been taken away or put in, the gap or the stranger stays to be seen.
    """
    if newest is None or newest.seq <= kept.seq:
        return kept
    return AuditHead(newest.seq, kept.digest or newest.digest)


def agree(kept: AuditHead, newest: AuditEntry | None) -> bool:
    """Whether the newest entry is the one that was kept as such."""
    return kept == head_after([newest] if newest else [], START)


def with_states(entry: AuditEntry, plans: Mapping[str, PlanRecord]) -> AuditEntry:
    """Of a plan's entry tell in counts what its jobs were and became; the list itself is stored with the plan."""
    plan = plans.get(entry.plan_id or "")
    if plan is None or entry.before is not None or entry.after is not None:
        return entry
    after = [_told(change.new_state for change in plan.changes)]
    if plan.kills:
        after.append(f"{counted(len(plan.kills), 'running unit of work', 'running units of work')} stopped")
    return replace(
        entry,
        before=_told(change.state for change in plan.changes) or None,
        after=", ".join(filter(None, after)) or None,
    )


def unreadable(seq: int, why: str) -> AuditEntry:
    """Stands for an entry that is damaged so that it cannot be read; its digest never fits."""
    return AuditEntry(0.0, "", "", "", detail=f"unreadable: {why}", seq=seq)


def _told(states: Iterable[JobState]) -> str:
    counts = Counter(states)
    return ", ".join(f"{counts[state]:,} {state.word}" for state in JobState if counts[state])
