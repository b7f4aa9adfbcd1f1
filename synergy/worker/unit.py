"""One unit of work on this box, from its claim to its stored finish."""

from __future__ import annotations

import asyncio
from enum import IntEnum
from typing import Protocol

from synergy.core.context import Work
from synergy.core.kills import KillReport
from synergy.core.records import UnitOfWork
from synergy.worker.frames import Outcome
from synergy.worker.logs import AttemptLog
from synergy.worker.process_tree import TreeRoot


class Ending(IntEnum):
    """Why a unit of work is being ended before its time; a later member overrides an earlier one."""

    TIME_LIMIT = 1
    IMPORT_LIMIT = 2
    MEMORY_LIMIT = 3
    STOPPING = 4
    LEASE_LOST = 5
    CANCELED = 6


class Execution(Protocol):
    """The process in which a unit of work runs."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def tree(self) -> TreeRoot:
        """How to find all of its processes."""
        ...


class UnitOwner(Protocol):
    """Who is told what a unit of work said and how its process ended."""

    def unit_ended(self, unit: Unit, outcome: Outcome) -> None:
        """Its code returned, raised or died, and all that it said was handed over."""
        ...

    def import_is_late(self, unit: Unit) -> None:
        """Importing its code takes too long."""
        ...

    def output(self, unit: Unit, stream: str, texts: list[str]) -> None:
        """It wrote to stdout or stderr."""
        ...


class Unit:
    """A claimed unit of work. ``execution`` is None until it is begun and after its process is gone."""

    __slots__ = (
        "begun", "claimed", "ending", "execution", "gone", "has_slot", "held_mb", "is_signalled", "kill", "log",
        "result", "timer", "uow", "work",
    )  # fmt: skip

    def __init__(self, uow: UnitOfWork, work: Work, log: AttemptLog, claimed: float) -> None:
        self.uow = uow
        self.work = work
        self.log = log
        self.claimed = claimed
        """Monotonic seconds, as ``begun``."""
        self.begun = claimed
        self.has_slot = False
        self.execution: Execution | None = None
        self.ending: Ending | None = None
        self.result: Outcome | None = None
        """How its process ended by itself, while it is still to be proved that nothing of it is left."""
        self.is_signalled = False
        """From then on its processes end as they were told to, whatever they say."""
        self.gone: asyncio.Future[None] | None = None
        """Set while it is being ended: resolved when its process is reaped and its output read."""
        self.held_mb = 0
        """What it held when that was too much."""
        self.kill: KillReport | None = None
        """How its processes were ended, once they are gone."""
        self.timer: asyncio.TimerHandle | None = None

    def signalled(self) -> None:
        """Its processes are told to end, now."""
        self.is_signalled = True
