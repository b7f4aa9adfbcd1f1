"""Replies of the verbs: what would change, and what was changed."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply


class PlanChange(Struct, frozen=True):
    """One job that would change, and because of which edge."""

    process_name: str
    timeperiod: str
    state: str
    new_state: str
    because: str


class Refusal(Struct, frozen=True):
    """A target of a list that the verb is not legal for."""

    target: str
    code: str
    message: str


class Plan(Reply, frozen=True):
    """``kills``: units of work whose running work would be stopped. ``counts``: changes per process."""

    plan_id: str
    verb: str
    changes: tuple[PlanChange, ...]
    kills: tuple[str, ...]
    counts: dict[str, int]
    trees: tuple[str, ...]
    refused: tuple[Refusal, ...] = ()
    expires_in: float = 600.0


class Applied(Reply, frozen=True):
    """The plan is stored; ``command`` is the same action as a synergyctl line.

    ``grace_seconds``: how long the work that is being stopped may take to end before it is killed.
    """

    plan_id: str
    changed: int
    kills: tuple[str, ...]
    command: str
    refused: tuple[Refusal, ...] = ()
    grace_seconds: float = 10.0
