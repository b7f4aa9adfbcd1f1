"""Plans that were shown and wait to be accepted: kept in memory for a while, under a random id."""

from __future__ import annotations

import secrets
import shlex
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from synergy.core.engine.drafts import Draft
from synergy.core.errors import PlanStale
from synergy.core.ports import Clock
from synergy.core.wishes import Wish

MOST_PLANS: Final = 64
_WHOLE_WORDS: Final = "make a new plan"


class _Kept(Struct, frozen=True):
    draft: Draft
    expires: float


class PlanBook:
    """At most 64 plans, each for ``expires_seconds`` of monotonic time."""

    def __init__(self, clock: Clock, expires_seconds: float) -> None:
        self._clock = clock
        self.expires_seconds = expires_seconds
        self._kept: dict[str, _Kept] = {}

    def keep(self, draft: Draft) -> str:
        """Keep a plan; returns its id."""
        now = self._clock.monotonic()
        for plan_id in [plan_id for plan_id, kept in self._kept.items() if kept.expires <= now]:
            del self._kept[plan_id]
        while len(self._kept) >= MOST_PLANS:
            del self._kept[next(iter(self._kept))]
        plan_id = new_plan_id()
        self._kept[plan_id] = _Kept(draft, now + self.expires_seconds)
        return plan_id

    def find(self, plan_id: str) -> Draft:
        """The plan of this id.

        Raises:
            PlanStale: it is unknown, was applied, or has expired.
        """
        kept = self._kept.get(plan_id)
        if kept is None:
            raise PlanStale(f'plan "{plan_id}" is unknown or was applied already', remedy=_WHOLE_WORDS)
        if kept.expires <= self._clock.monotonic():
            del self._kept[plan_id]
            raise PlanStale(f'plan "{plan_id}" has expired', remedy=_WHOLE_WORDS)
        return kept.draft

    def drop(self, plan_id: str) -> None:
        """It was applied."""
        self._kept.pop(plan_id, None)


def new_plan_id() -> str:
    """An id that nobody guesses."""
    return f"p{secrets.token_hex(5)}"


def command_line(wish: Wish, reason: str | None, *, breaks_seal: bool = False) -> str:
    """The same action as a synergyctl line."""
    words = ["synergyctl", *_command(wish), "--yes"]
    if wish.only:
        words += ["--only", ",".join(state.word.replace(" ", "_") for state in wish.only)]
    if wish.tree:
        words += ["--tree", wish.tree]
    words += _scope(wish)
    if wish.until is not None:
        words += ["--until", datetime.fromtimestamp(wish.until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
    if wish.max_parallel is not None:
        words += ["--max-parallel", str(wish.max_parallel)]
    if breaks_seal:
        words.append("--break-seal")
    if reason:
        words += ["--reason", reason]
    return shlex.join(words)


def _command(wish: Wish) -> list[str]:
    if wish.verb == "mark":
        return ["mark", wish.to or "", *wish.targets]
    return [*wish.verb.split(" "), *wish.targets]


def _scope(wish: Wish) -> list[str]:
    scope = wish.scope
    flags = [("--self", scope.alone), ("--ancestors", scope.ancestors), ("--dependents", scope.dependents)]
    words = [flag for flag, is_set in flags if is_set]
    if scope.depth is not None:
        words += ["--depth", str(scope.depth)]
    for name in scope.exclude:
        words += ["--exclude", name]
    return words
