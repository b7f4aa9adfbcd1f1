"""An accepted plan and its changes are one batch: whatever dies within, all of it is done afterwards, or nothing."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from synergy.core.plan_records import PlanRecord
from synergy.core.ports import ArchiveKind, AuditQuery, Batch, LeaderStore
from synergy.core.records import JobKey
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Node
from tests.contract.store import dying_leader as dying
from tests.contract.store.implementations import Implementation
from tests.contract.store.test_processes import LIMIT_SECONDS, ROOT

pytestmark = pytest.mark.real

CHANGED = {JobKey("MainHourly", dying.HOURS[1]), JobKey("MainDaily", dying.DAY)}
MOMENTS = {
    ("sqlite", "early"): ("synergy.stores.sqlite.commits:write_batch", False),
    ("sqlite", "late"): (dying.ACKNOWLEDGED, True),
    ("mongodb", "early"): ("synergy.stores.mongodb.commits:apply", True),
    ("mongodb", "late"): ("synergy.stores.mongodb.commits:_other_writes", True),
}
"""Where to die, and whether the plan is accepted by then: before the transaction's end or after it; when the batch is
stored whole and nothing of it is applied, or half."""


async def die(implementation_name: str, place: str, at: str) -> None:
    arguments = ("-m", "tests.contract.store.dying_leader", implementation_name, place, at)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)
    async with asyncio.timeout(LIMIT_SECONDS):
        assert await process.wait() == -signal.SIGKILL


async def plans(implementation: Implementation, place: str) -> list[PlanRecord]:
    """All of them, also those that are done."""
    archive = implementation.archive(place)
    await archive.prepare()
    found = [one async for page in archive.read(ArchiveKind.PLAN) for one in page.records]
    await archive.close()
    return [one for one in found if isinstance(one, PlanRecord)]


async def told(store: LeaderStore) -> set[JobKey]:
    """The jobs whose history names the plan."""
    keys = {JobKey("MainHourly", hour) for hour in dying.HOURS} | {JobKey("MainDaily", dying.DAY)}
    return {key for key in keys if any(one.plan_id == dying.PLAN_ID for one in await store.history(key, 9))}


@pytest.mark.parametrize("moment", ["early", "late"])
async def test_a_plan_whose_leader_died_in_its_commit_is_done_wholly_or_not_at_all_at_the_next_start(
    implementation: Implementation, implementation_name: str, place: str, moment: str
) -> None:
    at, is_accepted = MOMENTS[implementation_name.partition("-")[0], moment]
    await die(implementation_name, place, at)

    store = implementation.leader(place)
    await store.open()
    term = await store.take_term("daemon-2")
    schedule = await dying.load(store)

    nodes = [Node(lane.number, at) for lane in schedule.lanes for at in range(lane.column.first, lane.column.end)]
    reopened = {schedule.timetable.key(node) for node in nodes if schedule.state(node) is JobState.EMBRYO}
    assert reopened == await told(store) == (CHANGED if is_accepted else set())
    found = await plans(implementation, place)
    assert [(one.plan_id, one.done) for one in found] == ([(dying.PLAN_ID, True)] if is_accepted else [])
    assert [{JobKey(c.process_name, c.timeperiod) for c in one.changes} for one in found] == [CHANGED] * is_accepted
    assert await store.open_plans() == ()
    assert len(await store.audit(AuditQuery())) == is_accepted
    await store.commit(Batch(term))
    await store.close()
