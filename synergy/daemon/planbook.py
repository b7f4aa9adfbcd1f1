"""Plans that were shown and wait to be accepted: kept in memory for a while, under a random id."""

from __future__ import annotations

import secrets
from typing import Final

from msgspec import Struct

from synergy.core.engine.drafts import Draft
from synergy.core.errors import PlanStale
from synergy.core.ports import Clock

MOST_PLANS: Final = 64
MOST_JOBS: Final = 2_000_000
"""Of all plans together; one alone may have more. Each job of a plan takes some 500 bytes."""
_WHOLE_WORDS: Final = "make a new plan"


class _Kept(Struct, frozen=True):
    draft: Draft
    expires: float
    by_viewer: bool


class PlanBook:
    """At most MOST_PLANS, each for ``expires_seconds`` of monotonic time; those of viewers make room first."""

    def __init__(self, clock: Clock, expires_seconds: float) -> None:
        self._clock = clock
        self.expires_seconds = expires_seconds
        self._kept: dict[str, _Kept] = {}

    def keep(self, draft: Draft, *, by_viewer: bool = False) -> str:
        """Keep a plan; returns its id. ``by_viewer``: who made it may not apply it, though others may."""
        now = self._clock.monotonic()
        for plan_id in [plan_id for plan_id, kept in self._kept.items() if kept.expires <= now]:
            del self._kept[plan_id]
        while self._kept and self._is_full(draft):
            del self._kept[min(self._kept, key=lambda plan_id: not self._kept[plan_id].by_viewer)]  # the oldest of them
        plan_id = new_plan_id()
        self._kept[plan_id] = _Kept(draft, now + self.expires_seconds, by_viewer)
        return plan_id

    def _is_full(self, draft: Draft) -> bool:
        jobs = sum(len(kept.draft.nodes) for kept in self._kept.values())
        return len(self._kept) >= MOST_PLANS or jobs + len(draft.nodes) > MOST_JOBS

    def find(self, plan_id: str) -> Draft:
        """The plan of this id.

        Raises:
            PlanStale: it is unknown, was applied, or has expired.
        """
        kept = self._kept.get(plan_id)
        if kept is None:
            raise unknown_plan(plan_id)
        if kept.expires <= self._clock.monotonic():
            del self._kept[plan_id]
            raise PlanStale(f'plan "{plan_id}" has expired', remedy=_WHOLE_WORDS)
        return kept.draft

    def waiting(self) -> dict[str, Draft]:
        """The plans that can be found, by their ids, newest first."""
        now = self._clock.monotonic()
        return {plan_id: kept.draft for plan_id, kept in reversed(self._kept.items()) if kept.expires > now}

    def drop(self, plan_id: str) -> None:
        """It was applied."""
        self._kept.pop(plan_id, None)


def unknown_plan(plan_id: str) -> PlanStale:
    """There is no such plan, or none any more."""
    return PlanStale(f'plan "{plan_id}" is unknown or was applied already', remedy=_WHOLE_WORDS)


def new_plan_id() -> str:
    """An id that nobody guesses."""
    return f"p{secrets.token_hex(5)}"
