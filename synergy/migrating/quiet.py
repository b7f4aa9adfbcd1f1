"""Nobody may work on a store that is moved: the leader's lease tells it, and the heartbeats of supervisors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from synergy.core.errors import AlreadyRunning
from synergy.core.leases import LeaseWatch
from synergy.core.ports import ArchiveKind, ArchiveStore, Clock
from synergy.core.records import SupervisorRecord
from synergy.core.settings import Settings
from synergy.daemon.leading import is_dead_here

_MOST_LOOK_SECONDS: Final = 1.0


class _User(NamedTuple):
    """Somebody who may live: a daemon or a supervisor, and the counter it raises if it does."""

    name: str
    counter: int
    remedy: str


async def await_quiet(
    stores: Sequence[ArchiveStore], clock: Clock, settings: Settings, tell: Callable[[str], None]
) -> None:
    """Return once nobody uses the stores: at once after a clean stop, after ``lease_seconds`` where somebody died.

    ``tell`` is given the name of each one whose lease is waited for.

    Raises:
        AlreadyRunning: a daemon leads one of them, or a supervisor lives; the message names it.
    """
    watch = LeaseWatch(settings.lease_seconds)
    seen: dict[str, int] = {}
    while True:
        users = [user for store in stores async for user in _users(store)]
        now = clock.monotonic()
        for user in users:
            if user.name not in seen:
                tell(f"waiting for the lease of {user.name}")
            if seen.setdefault(user.name, user.counter) != user.counter:
                raise AlreadyRunning(user.name, remedy=user.remedy)
            watch.observe(user.name, user.counter, now)
        if {user.name for user in users} <= set(watch.lost(now)):
            return
        await asyncio.sleep(min(_MOST_LOOK_SECONDS, settings.heartbeat_seconds / 2))


async def _users(store: ArchiveStore) -> AsyncIterator[_User]:
    record = await store.leader()
    if record.holder is not None and not record.resigned and not is_dead_here(record.holder):
        name = f"daemon {record.holder} that leads {store.place} with term {record.term}"
        yield _User(name, record.counter, "stop it first: synergyd stop")
    async with aclosing(store.read(ArchiveKind.SUPERVISOR)) as pages:
        async for page in pages:
            for one in page.records:
                if isinstance(one, SupervisorRecord) and not one.gone:
                    name = f"supervisor {one.supervisor_id} of {one.box_id} that works on {store.place}"
                    yield _User(name, one.counter, f"stop it first, on {one.host}: synergyd supervisor stop")
