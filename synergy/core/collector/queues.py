"""The reprocessing queues: which units of work wait to be offered again, and until when."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

from synergy.core.records import UowId


class Queued(NamedTuple):
    """A unit of work in a reprocessing queue; ``release_at`` is real time."""

    release_at: float
    uow_id: UowId
    process_name: str


class ReprocessingQueues:
    """Which units of work wait to be offered again, per process, ordered by release time. Only in memory."""

    def __init__(self) -> None:
        self._waiting: dict[UowId, Queued] = {}
        self._heap: list[Queued] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, uow_id: UowId) -> bool:
        return uow_id in self._waiting

    def add(self, process_name: str, uow_id: UowId, release_at: float) -> None:
        """Let it wait until then; one that waits already is moved."""
        queued = Queued(release_at, uow_id, process_name)
        self._waiting[uow_id] = queued
        heappush(self._heap, queued)

    def remove(self, uow_id: UowId) -> None:
        """It leaves its queue; does nothing when it is in none."""
        self._waiting.pop(uow_id, None)

    def shift(self, seconds: float) -> None:
        """The clock jumped by so much: everything waits as long as it would have."""
        self._waiting = {
            uow_id: queued._replace(release_at=queued.release_at + seconds) for uow_id, queued in self._waiting.items()
        }
        self._heap = sorted(self._waiting.values())

    def due(self, now: float, most: int) -> list[UowId]:
        """Take out those whose release time has come, earliest first, and no more than so many."""
        taken: list[UowId] = []
        while self._heap and self._heap[0].release_at <= now and len(taken) < most:
            queued = heappop(self._heap)
            if self._waiting.get(queued.uow_id) == queued:
                del self._waiting[queued.uow_id]
                taken.append(queued.uow_id)
        return taken

    def next_release(self) -> float | None:
        """When the earliest is to be released; None when nothing waits."""
        while self._heap and self._waiting.get(self._heap[0].uow_id) != self._heap[0]:
            heappop(self._heap)
        return self._heap[0].release_at if self._heap else None

    def flush(self, process_name: str | None = None) -> list[UowId]:
        """Take out all, or those of one process, whatever their release time; earliest first."""
        taken = [queued.uow_id for queued in self.items(process_name)]
        for uow_id in taken:
            del self._waiting[uow_id]
        return taken

    def items(self, process_name: str | None = None) -> list[Queued]:
        """What waits, of one process or of all; earliest first."""
        return sorted(
            item for item in self._waiting.values() if process_name is None or item.process_name == process_name
        )

    def release_time(self, uow_id: UowId) -> float | None:
        """When it is to be released, in real time; None when it is in no queue."""
        queued = self._waiting.get(uow_id)
        return None if queued is None else queued.release_at

    def size(self, process_name: str) -> int:
        """How many of this process wait."""
        return sum(1 for item in self._waiting.values() if item.process_name == process_name)
