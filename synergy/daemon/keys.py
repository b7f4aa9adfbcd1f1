"""The caller's own names for changes: what was done under a key is told when it is asked for again, not done again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.core.engine.schedule import Schedule
from synergy.core.errors import InvalidArgument
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import LeaderStore, PlanQuery

MOST_KEY: Final = 200
"""Characters; it is looked up by an index."""


async def done_under(schedule: Schedule, store: LeaderStore, key: str | None) -> PlanRecord | None:
    """What was done under this key, also earlier in the same batch.

    Raises:
        InvalidArgument: it is no name, for its length.
    """
    if key is None:
        return None
    if not 0 < len(key) <= MOST_KEY:
        raise InvalidArgument(f"the key is {len(key)} characters long", remedy=f"use 1 to {MOST_KEY}")
    waiting = [plan for plan in schedule.outbox.plans if plan.key == key]
    return next(iter(waiting or await store.find_plans(PlanQuery(key=key))), None)


async def was_accepted(schedule: Schedule, store: LeaderStore, plan_id: str) -> bool:
    """Whether this very plan was accepted, also earlier in the same batch: two may have asked for it at once."""
    waiting = any(plan.plan_id == plan_id for plan in schedule.outbox.plans)
    return waiting or bool(await store.find_plans(PlanQuery(plan_id=plan_id)))


def check_same(known: PlanRecord, key: str | None, verb: str, targets: Sequence[str]) -> None:
    """Make sure that what was done under the key is what is asked for now.

    Raises:
        InvalidArgument: it was something else.
    """
    if (known.verb, known.targets) != (verb, tuple(targets)):
        told = " ".join((known.verb, *known.targets))
        raise InvalidArgument(f'key "{key}" was used already, for: {told}', remedy="use a new one")
