"""What an operator orders to hold until it is lifted: holds, seals and batches.

All stamps are real (wall) time in seconds since the epoch, UTC. A directive that was lifted has no effect any more; it
is kept for a while, to be told of.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

from msgspec import Struct

from synergy.core.counting import counted

DirectiveId = NewType("DirectiveId", str)


class DirectiveKind(StrEnum):
    """``hold``: nothing of it starts. ``seal``: no change without breaking it. ``batch``: a reprocess with a limit."""

    HOLD = "hold"
    SEAL = "seal"
    BATCH = "batch"


class Directive(Struct, frozen=True, gc=False, omit_defaults=True):
    """One order of an operator.

    Its reach is a process (``process_name``), a tree (``tree_name``), or everything (neither), from one timeperiod to
    another, both included; None leaves a side open, so that periods to come are in reach, too. A seal's reach is one
    period of a tree with all that lies in it. ``until``: a hold lifts itself then. ``max_parallel``, ``is_paused``,
    ``total``: a batch has so many jobs, of which no more than that many are in progress. ``lifted``: when it ended.
    """

    directive_id: DirectiveId
    kind: DirectiveKind
    actor: str
    at: float
    reason: str | None = None
    process_name: str | None = None
    tree_name: str | None = None
    from_timeperiod: str | None = None
    to_timeperiod: str | None = None
    until: float | None = None
    max_parallel: int | None = None
    is_paused: bool = False
    total: int = 0
    lifted: float | None = None
    outcome: str | None = None

    @property
    def is_drain(self) -> bool:
        """Whether it holds everything."""
        return self.kind is DirectiveKind.HOLD and self.process_name is None and self.tree_name is None

    @property
    def reach(self) -> str:
        """What it is about, as it is named: ``FlightsHourly@2013010100..2013010123``, ``Flights``, ``everything``.

        A batch is about its jobs: ``24 jobs``.
        """
        if self.kind is DirectiveKind.BATCH:
            return counted(self.total, "job")
        name = self.process_name or self.tree_name
        if name is None:
            return "everything"
        if self.from_timeperiod is None and self.to_timeperiod is None:
            return name
        if self.from_timeperiod == self.to_timeperiod:
            return f"{name}@{self.from_timeperiod}"
        return f"{name}@{self.from_timeperiod or ''}..{self.to_timeperiod or ''}"
