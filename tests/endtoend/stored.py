"""What a deployment's store holds: a few questions, each answered in records and past the daemon and its adapters.

A test asks these and knows no store. Where an answer is a list, its order is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from synergy.core.records import Attempt, HistoryEntry, Job, JobKey, UnitOfWork, UowId


class Stored(Protocol):
    """One store, read while others write it. One that is not made yet holds nothing."""

    def job(self, key: JobKey) -> Job | None:
        """None: nobody has touched the job."""
        ...

    def jobs(self) -> list[Job]:
        """All that were touched, by process and timeperiod."""
        ...

    def uow(self, uow_id: UowId) -> UnitOfWork | None:
        """One unit of work."""
        ...

    def uows(self) -> list[UnitOfWork]:
        """All of them, by their ids."""
        ...

    def count_finished(self) -> int:
        """How many jobs' units of work are processed or noop, and have reached their job."""
        ...

    def attempts(self) -> list[Attempt]:
        """All of them, by unit of work, number and start."""
        ...

    def history(self) -> list[HistoryEntry]:
        """All transitions, in the order in which they were written."""
        ...

    def everything(self) -> Mapping[str, Sequence[object]]:
        """Every record as it lies there, by its kind; but no logs, and nothing that heartbeats change."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
