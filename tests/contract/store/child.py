"""A process of its own on a store: ``python -m tests.contract.store.child ROLE IMPLEMENTATION PLACE NAME``.

Each line it prints is something the store has acknowledged.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from synergy.core.errors import SynergyError
from synergy.core.ports import Batch, Claim, Finish, UowQuery
from synergy.core.records import LogChunk, LogLine
from synergy.core.states import JobState, UowState
from tests.contract.store.implementations import IMPLEMENTATIONS, Implementation
from tests.contract.store.samples import NOW, job, supervisor, told, uow


async def lead(implementation: Implementation, place: str, name: str) -> None:
    """Commit batches without end; print each number that is acknowledged."""
    store = implementation.leader(place)
    await store.open()
    term = await store.take_term(name)
    for start in itertools.count(0, 5):
        numbers = range(start, start + 5)
        await store.commit(
            Batch(
                term,
                jobs=tuple(job(number, JobState.IN_PROGRESS) for number in numbers),
                new_uows=tuple(uow(number) for number in numbers),
                history=tuple(told(number) for number in numbers),
            ),
        )
        print(start, flush=True)  # noqa: T201 - this is what the test reads


async def work(implementation: Implementation, place: str, name: str) -> None:
    """Claim, log and finish all that is requested; print the ids of accepted finishes."""
    store, reader = implementation.worker(place), implementation.leader(place)
    await store.open()
    await reader.open()
    requested = UowQuery(frozenset({UowState.REQUESTED}), limit=20)
    while offered := await reader.find_uows(requested):
        claims = [Claim(record.uow_id, name, "box-1", "host", NOW) for record in offered]
        for record in await store.claim(claims):
            await store.append_log([LogChunk(record.uow_id, 1, 0, (LogLine(NOW, "stdout", "", name),))])
            await store.beat(supervisor(name))
            accepted = await store.finish([Finish(record.uow_id, 1, name, UowState.PROCESSED, NOW)])
            for one in accepted:
                print(one.uow_id, flush=True)  # noqa: T201 - as above
    await store.close()
    await reader.close()


if __name__ == "__main__":
    role, chosen, where, who = sys.argv[1:]
    try:
        asyncio.run({"lead": lead, "work": work}[role](IMPLEMENTATIONS[chosen], where, who))
    except SynergyError as error:
        sys.exit(f"{error.code}: {error}")
