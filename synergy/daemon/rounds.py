"""The garbage collector's rounds: what workers never told is read, and what waits or failed is judged, part by part.

A round over very much work is spread over batches, for whatever else is asked for waits until a batch ends.
"""

from __future__ import annotations

import logging
from typing import Final

from synergy.core.counting import counted
from synergy.core.engine import collecting, reports
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import StoreDown
from synergy.core.ports import LeaderStore
from synergy.core.records import UowId
from synergy.daemon.worker_reports import read_untold

_AGAIN_SECONDS: Final = 1.0
"""After so long it tries again to read what it needs."""

log = logging.getLogger(__name__)


class Rounds:
    """Begins a round when it is time. ``last`` is when the last one began, in real time; it may be set."""

    def __init__(self, store: LeaderStore, now: float) -> None:
        self._store = store
        self.last = now
        self._left: list[UowId] = []

    @property
    def is_under_way(self) -> bool:
        """Whether the next batch has a part of a round to do."""
        return bool(self._left)

    async def pass_time(self, schedule: Schedule) -> None:
        """Begin a round if it is time, and do as much of it as a batch may hold."""
        if schedule.now.real - self.last >= schedule.settings.gc_run_interval:
            await self._begin(schedule)
        part, self._left = self._left[: collecting.MOST_A_BATCH], self._left[collecting.MOST_A_BATCH :]
        _tell(collecting.judge_these(schedule, part))

    def collect(self, schedule: Schedule) -> int:
        """A whole round now, as an operator asks for it; returns how many units of work it acted on."""
        self.last, self._left = schedule.now.real, []
        acted = collecting.collect(schedule)
        _tell(acted)
        return acted

    async def _begin(self, schedule: Schedule) -> None:
        try:
            reports.untold(schedule, await read_untold(self._store, schedule))
        except StoreDown:
            # The next commit finds out what it is. Until then it is asked now and then, not in every batch.
            self.last = schedule.now.real - schedule.settings.gc_run_interval + _AGAIN_SECONDS
            return
        self.last = schedule.now.real
        self._left = collecting.to_judge(schedule)


def _tell(acted: int) -> None:
    if acted:
        what = counted(acted, "unit of work", "units of work")
        log.info("the collector acted on %s", what, extra={"action": "collected", "count": acted})
