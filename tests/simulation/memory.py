"""At the end: what the leading daemon knows is what a daemon would know that started now."""

from __future__ import annotations

import asyncio
from typing import Final

from synergy.core.engine.dispatch import settle
from synergy.core.engine.outbox import Outbox
from synergy.core.engine.schedule import Schedule
from synergy.daemon.loading import Deployment, load_schedule
from tests.core.engine import rules
from tests.simulation.store import SimulatedLeaderStore, SureLine
from tests.simulation.world import World

MEMORY: Final = "memory is what the store says"
LOOKS: Final = 8
PAUSE_SECONDS: Final = 1.7


async def check_memory(world: World) -> None:
    """Look several times: a report that is on its way makes a difference, too."""
    difference = None
    for _ in range(LOOKS):
        difference = await _difference(world)
        if difference is None:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    world.violate(MEMORY, difference or "")


async def _difference(world: World) -> str | None:
    schedule = _leading(world)
    if schedule is None:
        return "no daemon leads"
    store = SimulatedLeaderStore(world.shelf, SureLine())
    deployment = Deployment(world.context, world.settings)
    fresh = await load_schedule(store, deployment, schedule.now, accept_plan=True)
    fresh.has_source = schedule.has_source
    stored = rules._view(fresh)
    for part, known in rules._view(schedule).items():
        if known != stored[part]:
            return f"{part}: {str(known)[:500]} instead of {str(stored[part])[:500]}"
    fresh.outbox = Outbox()
    settle(fresh)
    forgotten = [uow.uow_id for uow in fresh.outbox.new_uows]
    return f"{forgotten} would be issued" if forgotten else None


def _leading(world: World) -> Schedule | None:
    term = world.shelf.leader.term
    for daemon in world.daemons:
        scheduler = daemon.life._scheduler if daemon.life is not None else None
        if scheduler is not None and scheduler.term == term and daemon.host is not None and daemon.host.runs:
            return scheduler._schedule
    return None
