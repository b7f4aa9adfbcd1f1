"""The units of work that are in memory, and how many of them wait, without a look at each.

A hundred thousand may be requested at a time, while a few run or have failed: those are found by themselves.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, ValuesView
from typing import Final, TypeVar

from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState

T = TypeVar("T")

_ENDS: Final = 1_024
"""Of each box so many ends are kept: enough to tell whether all its slots were taken a moment ago."""


class Uows(Mapping[UowId, UnitOfWork]):
    """Records by their ids, in order of arrival. A record is replaced whole, never changed."""

    __slots__ = ("_ends", "_failed", "_of", "_requested", "_running")

    def __init__(self) -> None:
        self._of: dict[UowId, UnitOfWork] = {}
        self._requested: dict[str, int] = {}
        self._running: dict[UowId, None] = {}
        self._failed: dict[UowId, None] = {}
        self._ends: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_ENDS))

    def __getitem__(self, uow_id: UowId) -> UnitOfWork:
        return self._of[uow_id]

    def __setitem__(self, uow_id: UowId, uow: UnitOfWork) -> None:
        old = self._of.get(uow_id)
        self._of[uow_id] = uow
        if old is None or old.state is not uow.state:
            if old is not None:
                self._uncount(old)
                if old.state is UowState.IN_PROGRESS and old.box_id is not None and uow.finished is not None:
                    self._ends[old.box_id].append(uow.finished)
            self._count(uow)

    def __contains__(self, uow_id: object) -> bool:
        return uow_id in self._of

    def __iter__(self) -> Iterator[UowId]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    def get(self, uow_id: UowId, default: T | None = None) -> UnitOfWork | T | None:  # type: ignore[override]
        """Mapping's own would raise and catch for each unknown one."""
        return self._of.get(uow_id, default)

    def values(self) -> ValuesView[UnitOfWork]:
        """Mapping's own would look each one up."""
        return self._of.values()

    def discard(self, uow_id: UowId) -> None:
        """Forget one; an unknown one is ignored."""
        old = self._of.pop(uow_id, None)
        if old is not None:
            self._uncount(old)

    def requested(self, process_name: str | None = None) -> int:
        """How many of a process, or of all, wait for a worker."""
        return sum(self._requested.values()) if process_name is None else self._requested.get(process_name, 0)

    def running(self) -> list[UnitOfWork]:
        """Those that are in progress."""
        return [self._of[uow_id] for uow_id in self._running]

    def ended_on(self, box_id: str, since: float) -> int:
        """How many were in progress on a box and have ended since that real time, as far as they are remembered."""
        return sum(1 for end in self._ends.get(box_id, ()) if end >= since)

    def failed(self) -> list[UnitOfWork]:
        """Those that are invalid."""
        return [self._of[uow_id] for uow_id in self._failed]

    def _count(self, uow: UnitOfWork) -> None:
        if uow.state is UowState.REQUESTED:
            self._requested[uow.process_name] = self._requested.get(uow.process_name, 0) + 1
        elif uow.state is UowState.IN_PROGRESS:
            self._running[uow.uow_id] = None
        elif uow.state is UowState.INVALID:
            self._failed[uow.uow_id] = None

    def _uncount(self, uow: UnitOfWork) -> None:
        if uow.state is UowState.REQUESTED:
            self._requested[uow.process_name] -= 1
        else:
            self._running.pop(uow.uow_id, None)
            self._failed.pop(uow.uow_id, None)
