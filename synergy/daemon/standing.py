"""How the deployment stands: what ``status`` tells, also while the store is down."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from synergy.core.control import replies
from synergy.core.errors import StoreDown
from synergy.core.states import UowState
from synergy.daemon.leases import Leases
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.views import health
from synergy.daemon.views.concerns import Surroundings
from synergy.passwords import without_password

_COUNT_SECONDS: Final = 2.0
_COUNT_SHARE: Final = 10
"""Counting takes the store at most so small a part of its time: a count of millions is made less often."""
_PATIENCE_SECONDS: Final = 1.5
"""How long a status waits for what the store counts."""


class Standing:
    """Gathers what the status is made of. Units of work are counted every two seconds, by a busy store less often."""

    def __init__(self, scheduler: Scheduler, leases: Leases, daemon_id: str) -> None:
        self.daemon_id = daemon_id
        self.draining = False
        self._scheduler = scheduler
        self._leases = leases
        self._started = scheduler.clock.real_time()
        self._counted: Mapping[UowState, int] = {}
        self._counted_at: float | None = None
        self._count_again = float("-inf")
        self._counting: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Count no more; may be called twice."""
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.wait({self._counting})

    async def status(self) -> replies.Status:
        """The status now.

        Raises:
            StoreDown: the store has been down since the start.
        """
        scheduler = self._scheduler
        settings, problem = scheduler.deployment.settings, scheduler.store_problem
        clock = settings.clock
        around = Surroundings(
            daemon_id=self.daemon_id,
            pid=os.getpid(),
            started=self._started,
            state=self._state(problem),
            store_url=without_password(settings.store),
            store_problem=str(problem) if problem else None,
            store_since=scheduler.store_since,
            broker_url=without_password(settings.broker),
            broker=scheduler.broker.state(),
            speed=clock.speed if clock else 1.0,
            supervisors=[record for record in self._leases.people if record.supervisor_id in self._leases.alive],
            away=self._leases.away,
            uow_counts=await self._counts(),
            counted_at=self._counted_at,
            term=scheduler.term,
            survivors=scheduler.survivors.problems(),
        )
        return health.status(scheduler.last_schedule, around)

    def _state(self, problem: StoreDown | None) -> str:
        if problem is not None:
            return "store_down"
        if self.draining:
            return "stopping"
        return "running" if self._scheduler.broker.state().up else "broker_down"

    async def _counts(self) -> Mapping[UowState, int]:
        """As counted lately. A store that takes its time is asked on, and not waited for: the status must come."""
        scheduler = self._scheduler
        if scheduler.clock.monotonic() >= self._count_again and scheduler.store_problem is None:
            counting = self._counting = self._counting or asyncio.get_running_loop().create_task(self._count())
            done, _ = await asyncio.wait({counting}, timeout=_PATIENCE_SECONDS)
            if done and not counting.cancelled():
                counting.result()  # a defect is the asker's to hear of
        return self._counted

    async def _count(self) -> None:
        clock = self._scheduler.clock
        began, at = clock.monotonic(), clock.real_time()
        try:
            with suppress(StoreDown):
                self._counted = await self._scheduler.store.count_uows()
                self._counted_at = at
        finally:
            ended = clock.monotonic()
            self._count_again = ended + max(_COUNT_SECONDS, _COUNT_SHARE * (ended - began))
            self._counting = None
