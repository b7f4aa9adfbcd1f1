"""Which units of work are stale or failed, and what becomes of them.

Ages are real time. They count from a record's stamp or from ``counted_from``, whichever is later: the end of the last
time in which nobody could have worked (the daemon was down, the broker or the store was out, the clock jumped). A unit
of work in progress whose worker lives is never judged: only its time limit ends it.
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from msgspec import Struct

from synergy.core.collector.offers import attempts_are_used_up, cancel
from synergy.core.context import Work
from synergy.core.records import UnitOfWork, UowPatch, UowType
from synergy.core.settings import Settings
from synergy.core.states import UowState

_EXIT: Final = re.compile(r"exit (\d{1,9})\b")


class Leave(Struct, frozen=True, tag=True):
    """Nothing is to be done now."""


class Enqueue(Struct, frozen=True, tag=True):
    """It enters the reprocessing queue of its process; ``release_at`` is real time."""

    release_at: float


class GiveUp(Struct, frozen=True, tag=True):
    """It stays invalid for an operator to decide, and an alert is raised."""

    patch: UowPatch
    reason: str


class Skip(Struct, frozen=True, tag=True):
    """``gc_on_give_up = "skip"``: it is canceled, and its job is to be skipped."""

    patch: UowPatch
    reason: str


class Cancel(Struct, frozen=True, tag=True):
    """A freerun unit of work past its life support is canceled; its entry waits for the next trigger."""

    patch: UowPatch
    reason: str


Verdict = Leave | Enqueue | GiveUp | Skip | Cancel

LEAVE: Final = Leave()


class Rules(NamedTuple):
    """What applies to the units of work of one process at one moment; ``now`` and ``counted_from`` are real time."""

    work: Work
    settings: Settings
    now: float
    counted_from: float

    def age(self, stamp: float) -> float:
        """Seconds since the stamp, not counting the time before ``counted_from``, nor what is still to come.

        A stamp of the future was made before the clock jumped back.
        """
        return self.now - (stamp if self.counted_from <= stamp <= self.now else self.counted_from)

    def life_left(self, uow: UnitOfWork) -> float:
        """Seconds of life support that are left; not positive when it has ended."""
        return self.settings.gc_life_support_hours * 3600.0 - self.age(uow.created)


class Freshness(NamedTuple):
    """What makes a requested unit of work one that ``judge`` leaves alone, whatever its process; real time."""

    created_after: float
    submitted_after: float
    now: float

    def covers(self, uow: UnitOfWork) -> bool:
        """Whether it need not be judged. Stamps of the future are left to ``judge``."""
        submitted = uow.created if uow.submitted is None else uow.submitted
        return self.created_after < uow.created <= self.now and self.submitted_after < submitted <= self.now


def freshness(settings: Settings, now: float, counted_from: float) -> Freshness:
    """So many may be requested that judging each of them in every round would hold up everything else."""

    def after(hours: float) -> float:
        # no age is larger than this one
        return -math.inf if now - counted_from < hours * 3600.0 else now - hours * 3600.0

    return Freshness(after(settings.gc_life_support_hours), after(settings.gc_resubmit_after_hours), now)


def judge(uow: UnitOfWork, rules: Rules, *, already_queued: bool) -> Verdict:
    """What the collector does with a unit of work of an enabled process; others are not shown to it.

    ``already_queued``: it waits in the reprocessing queue, and is not queued twice.
    """
    if uow.gave_up or uow.state not in {UowState.REQUESTED, UowState.INVALID}:
        return LEAVE
    if uow.uow_type is UowType.FREERUN:
        return _judge_freerun(uow, rules)
    reason = why_give_up(uow, rules)
    if reason is not None:
        return _end(uow, rules, reason)
    if already_queued:
        return LEAVE
    return _queue(uow, rules)


def why_give_up(uow: UnitOfWork, rules: Rules) -> str | None:
    """Why a unit of work is not offered again; None when it may be."""
    if rules.life_left(uow) <= 0.0:
        return f"its {rules.settings.gc_life_support_hours:g} hours of life support are over"
    if uow.state is not UowState.INVALID:
        return None
    code = exit_code(uow.exit_reason)
    if code is not None and code in rules.work.fatal_exit_codes:
        return f"exit {code} is fatal by the definition of its process"
    if attempts_are_used_up(uow, rules.work):
        return f"attempt {uow.attempt} of {rules.work.max_attempts} failed ({uow.exit_reason or 'no reason told'})"
    return None


def exit_code(exit_reason: str | None) -> int | None:
    """The exit code of a command that ended with ``exit N``; None for every other reason."""
    found = _EXIT.match(exit_reason or "")
    return int(found[1]) if found else None


def has_waited(uow: UnitOfWork, now: float) -> float:
    """Seconds that a failed one has waited for its next attempt, as far as its record tells; never negative.

    It cannot have ended before the daemon offered it, whatever the clock of its box says, nor after now.
    """
    if uow.finished is None:
        return 0.0
    offered = uow.created if uow.submitted is None else uow.submitted
    return max(0.0, now - max(uow.finished, offered))


def _judge_freerun(uow: UnitOfWork, rules: Rules) -> Verdict:
    if rules.life_left(uow) > 0.0:
        return LEAVE
    reason = f"its {rules.settings.gc_life_support_hours:g} hours of life support are over"
    return Cancel(cancel(uow, rules.now, reason), reason)


def _end(uow: UnitOfWork, rules: Rules, reason: str) -> Verdict:
    if rules.settings.gc_on_give_up == "skip":
        return Skip(cancel(uow, rules.now, f"gave up: {reason}"), reason)
    if uow.state is UowState.INVALID:
        return GiveUp(UowPatch(uow.uow_id, uow.state, uow.attempt, gave_up=True), reason)
    patch = UowPatch(
        uow.uow_id,
        uow.state,
        uow.attempt,
        state=UowState.INVALID,
        finished=rules.now,
        exit_reason="no worker took it",
        gave_up=True,
    )
    return GiveUp(patch, reason)


def _queue(uow: UnitOfWork, rules: Rules) -> Verdict:
    """Delays count from now, for a worker's stamp comes from the clock of another box; see ``has_waited``, too."""
    lag = rules.settings.gc_release_lag_minutes * 60.0
    if uow.state is UowState.INVALID:
        delay = rules.work.retry_delay_seconds
        return Enqueue(rules.now + (lag if delay is None else delay))
    submitted = uow.created if uow.submitted is None else uow.submitted
    if rules.age(submitted) <= rules.settings.gc_resubmit_after_hours * 3600.0:
        return LEAVE
    return Enqueue(rules.now + lag)
