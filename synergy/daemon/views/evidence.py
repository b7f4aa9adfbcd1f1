"""What the store tells of a condition: the last line of its log, who skipped a job or paused a batch, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from synergy.core.engine.schedule import Schedule
from synergy.core.engine.why import Code, Outlook, Told
from synergy.core.errors import StoreDown
from synergy.core.ports import AuditQuery, LeaderStore
from synergy.core.records import HistoryEntry
from synergy.core.states import JobState
from synergy.core.targets import parse_job

_LOG_LINES: Final = 20
"""So far back a line is looked for that is not blank."""

_AUDIT_LINES: Final = 1000
_WITH_LOG: Final = frozenset({Code.GAVE_UP, Code.FAILED, Code.RETRY_WAIT, Code.COLLECTOR_WAIT})


class Evidence(Struct, frozen=True):
    """What the store tells of a condition; None: nothing, or it is known already."""

    last_line: str | None = None
    since: float | None = None
    actor: str | None = None
    reason: str | None = None


async def evidence_of(outlook: Outlook, store: LeaderStore, tolds: Iterable[Told]) -> dict[Told, Evidence]:
    """Of each condition of which the store can tell more; nothing while it is down."""
    found: dict[Told, Evidence] = {}
    if outlook.around.store_problem is not None:
        return found
    try:
        for told in dict.fromkeys(tolds):
            if told.code in _WITH_LOG and told.uow_id is not None:
                found[told] = Evidence(last_line=await _last_line(store, told))
            elif told.code is Code.UPSTREAM_SKIPPED or (told.code is Code.DONE and told.command is not None):
                found[told] = await _who_skipped(outlook.schedule, store, told)
            elif told.code is Code.INACTIVE_PROCESS and told.since is not None:
                found[told] = Evidence(reason=await _why_inactive(store, told))
            elif told.code is Code.LIMIT_BATCH and told.command is not None:
                found[told] = await _who_paused(store, told)
    except StoreDown:  # it went down just now: what is known of the schedule is told all the same
        return found
    return found


async def _last_line(store: LeaderStore, told: Told) -> str | None:
    """The last line of the attempt's log that says something."""
    assert told.uow_id is not None  # noqa: S101 - see evidence_of
    log = await store.log(told.uow_id, told.attempt, -_LOG_LINES, _LOG_LINES)
    return next((line.text for line in reversed(log.lines) if line.text.strip()), None)


async def _who_skipped(schedule: Schedule, store: LeaderStore, told: Told) -> Evidence:
    node = schedule.timetable.node(parse_job(told.about))
    entries = await store.history(schedule.timetable.key(node), schedule.settings.event_log_max_size)
    entry = next((one for one in entries if one.new_state is JobState.SKIPPED), None)
    return Evidence() if entry is None else Evidence(None, entry.at, entry.actor, _reason(entry))


def _reason(entry: HistoryEntry) -> str:
    """``skip: bad feed``, ``gave up: attempt 3 of 3 failed (exit 1)``."""
    told = entry.reason or entry.because
    cause = entry.cause.replace("_", " ")
    return f"{cause}: {told}" if told else cause


async def _why_inactive(store: LeaderStore, told: Told) -> str | None:
    """What the operator gave as a reason; the audit has it."""
    assert told.since is not None  # noqa: S101 - see evidence_of
    entries = await store.audit(AuditQuery(since=told.since, verb="deactivate", limit=_AUDIT_LINES))
    found = (one.reason for one in reversed(entries) if one.target == told.about)
    return next(found, None)


async def _who_paused(store: LeaderStore, told: Told) -> Evidence:
    """The last pause of the batch, if the audit reaches back so far."""
    entries = await store.audit(AuditQuery(verb="batch pause", limit=_AUDIT_LINES))
    entry = next((one for one in entries if told.about in one.target.split()), None)
    return Evidence() if entry is None else Evidence(None, entry.at, entry.actor, entry.reason)
