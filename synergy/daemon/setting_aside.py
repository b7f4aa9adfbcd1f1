"""A batch that the store refuses for its content: what is at fault is set aside, so that all else goes on.

It is looked for by halves, without writing: parts of a batch that depend on one another shall not be stored apart. Then
the schedule is built anew and comes to the same batch without it. A batch that is refused though each part of it could
be stored is too large as a whole, and is stored in halves.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from synergy.core.control.events import Alert
from synergy.core.engine.aside import OWN, is_asked_for, join, split
from synergy.core.engine.schedule import Schedule, Why
from synergy.core.engine.steps import record
from synergy.core.errors import InvalidArgument
from synergy.core.ports import Batch, LeaderStore
from synergy.core.records import JobKey
from synergy.core.targets import JobRange, parse_target

log = logging.getLogger(__name__)


class SettingAside:
    """Knows what is set aside, by the names of ``engine.aside``, and why."""

    def __init__(self, store: LeaderStore) -> None:
        self.reasons: dict[str, str] = {}
        self._store = store
        self._untold: list[str] = []

    async def look(self, batch: Batch) -> None:
        """Find what in a refused batch is at fault. An operator's wish is told so, and nothing is set aside for it.

        Raises:
            InvalidArgument: nothing can be set aside for it. TermSuperseded, StoreDown: see LeaderStore.
        """
        if is_asked_for(batch):
            return
        parts = split(batch)
        found = await self._at_fault(list(parts), parts)
        if not found:
            await self._store_in_halves(list(parts.values()))
        for name, reason in found.items():
            if name != OWN and name not in self.reasons:
                self.reasons[name] = reason
                self._untold.append(name)
                log.error("%s is set aside: %s", name, reason, extra={"action": "set_aside"})

    def tell(self, schedule: Schedule) -> None:
        """What is new is told in the next batch of a schedule that was just built."""
        names, self._untold = self._untold, []
        for name in names:
            text = f"{name} is set aside: {self.reasons[name]}"
            schedule.outbox.events.append(Alert("set_aside", text, name))
            target = parse_target(name)
            if isinstance(target, JobRange):
                node = schedule.timetable.node(JobKey(target.process_name, target.from_timeperiod))
                job = schedule.job(node)
                record(schedule, job.state, job, Why("set_aside", because=self.reasons[name]), None)

    async def _at_fault(self, names: Sequence[str], parts: dict[str, Batch]) -> dict[str, str]:
        refusal = await self._store.refusal(join(parts[name] for name in names))
        if refusal is None:
            return {}
        if len(names) == 1:
            return {names[0]: refusal.message}
        half = len(names) // 2
        return await self._at_fault(names[:half], parts) | await self._at_fault(names[half:], parts)

    async def _store_in_halves(self, parts: Sequence[Batch]) -> None:
        half = (len(parts) + 1) // 2
        for some in (parts[:half], parts[half:]):
            if not some:
                continue
            try:
                await self._store.commit(join(some))
            except InvalidArgument:
                if len(some) == 1:
                    raise
                await self._store_in_halves(some)
