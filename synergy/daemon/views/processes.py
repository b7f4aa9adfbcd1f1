"""One managed process in full."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

from synergy.core.control import replies
from synergy.core.control.process_requests import ShowProcess
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.ports import LeaderStore, UowQuery
from synergy.core.records import UnitOfWork
from synergy.core.states import UowState
from synergy.daemon.views.health import process_row
from synergy.daemon.views.jobs import known_lane
from synergy.daemon.views.shapes import iso_or_none
from synergy.masking import masked

RUNS: Final = 100
"""How many of its last runs are looked at."""
_WORKS_ONLY: Final = frozenset({"work", "process_name"})


async def show_process(schedule: Schedule, store: LeaderStore, request: ShowProcess) -> replies.ProcessDetail:
    """How it stands, what its definition says, how long its runs take, and what failed last.

    Raises:
        NotFound: no managed process has this name.
    """
    lane = known_lane(schedule, request.process_name)
    failure = schedule.failures.get(lane.number)
    query = UowQuery(frozenset({UowState.PROCESSED}), request.process_name, limit=RUNS)
    runs = await store.find_uows(query)
    failed = await store.uows([failure.uow_id]) if failure else ()
    return detail_of(schedule, lane, runs, failed)


def detail_of(
    schedule: Schedule, lane: Lane, runs: Sequence[UnitOfWork], failed: Sequence[UnitOfWork]
) -> replies.ProcessDetail:
    """The same, with its last processed runs, and the unit of work that failed last."""
    failure, changed = schedule.failures.get(lane.number), lane.override
    return replies.ProcessDetail(
        process=process_row(schedule, lane),
        settings=_settings(lane),
        durations=_durations(runs),
        last_failure=failure.uow_id if failure else None,
        last_failure_at=iso_or_none(failure.at) if failure else None,
        last_failure_reason=next((uow.exit_reason for uow in failed), None),
        changed_by=changed.actor if changed else None,
        changed_at=iso_or_none(changed.at) if changed and changed.actor else None,
    )


def _settings(lane: Lane) -> tuple[replies.ProcessSetting, ...]:
    """In the order of the definition's fields; those of the work last."""
    by_hand = {"trigger_frequency": lane.trigger_frequency, "is_on": lane.is_on}
    found = []
    for value in (lane.spec, lane.spec.work):
        for field in msgspec.structs.fields(type(value)):
            if field.name not in _WORKS_ONLY:
                own = getattr(value, field.name)
                now = by_hand.get(field.name, own)
                found.append(_setting(field, own, now))
    return tuple(found)


def _setting(field: msgspec.structs.FieldInfo, own: object, now: object) -> replies.ProcessSetting:
    factory = field.default_factory
    default = factory() if callable(factory) else field.default
    told, told_now = (_text(masked(value, field.name)) for value in (own, now))
    return replies.ProcessSetting(field.name, told, own == default, None if now == own else told_now)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _durations(runs: Sequence[UnitOfWork]) -> replies.Durations | None:
    lasted = sorted(uow.finished - uow.started for uow in runs if uow.finished is not None and uow.started is not None)
    if not lasted:
        return None
    p95 = lasted[-(-95 * len(lasted) // 100) - 1]  # the nearest rank
    return replies.Durations(len(lasted), round(median(lasted), 3), round(p95, 3), round(lasted[-1], 3))
