"""A commit that is cut off anywhere is done wholly or not at all, as soon as anybody reads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from msgspec.structs import replace

from synergy.core.audit_chain import START, chained
from synergy.core.errors import DiskFull, StoreDown, TermSuperseded
from synergy.core.ports import AuditQuery, Batch, LeaderStore
from synergy.core.records import AuditEntry, UowPatch
from synergy.core.states import JobState, UowState
from synergy.stores.mongodb.commits import apply, count_stamps
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.leading import STAMPS_PER_TERM
from synergy.stores.mongodb.link import Link, Options
from synergy.stores.mongodb.worker import MongoWorkerStore
from tests.contract.store.samples import NOW, claim, finish, job, key, stored, told, uow, uow_id
from tests.servers.mongodb import MongoServer, new_database
from tests.stores.mongodb.failpoints import Failpoints

pytestmark = [
    pytest.mark.real,
    # pymongo leaves connections that were cut off in the middle of a command to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MOST_COMMANDS = 20


def first(term: int) -> Batch:
    return Batch(term, jobs=(job(1), job(2)), new_uows=(uow(1), uow(2)), history=(told(1), told(2)))


def second(term: int) -> Batch:
    """Of every kind of write one that is new and one that changes what is there."""
    return Batch(
        term,
        jobs=(job(1, JobState.PROCESSED), job(3)),
        new_uows=(uow(3), uow(2)),
        patches=(
            UowPatch(uow_id(1), UowState.REQUESTED, 1, state=UowState.CANCELED, finished=NOW),
            UowPatch(uow_id(1), UowState.CANCELED, 1, applied=True),
            UowPatch(uow_id(3), UowState.REQUESTED, 1, submitted=NOW),
        ),
        history=(told(1, JobState.PROCESSED), told(3)),
        audit=chained([AuditEntry(NOW, "anna", "cancel", "Hourly")], START),
    )


async def is_done(leader: LeaderStore) -> bool:
    """Whether the second batch is there, wholly; fails when it is there in part."""
    signs = (
        (await leader.jobs([key(1)]))[0].state is JobState.PROCESSED,
        bool(await leader.jobs([key(3)])),
        bool(await leader.uows([uow_id(3)])) and (await stored(leader, 3)).submitted == NOW,
        await stored(leader, 1) == replace(uow(1), state=UowState.CANCELED, finished=NOW, applied=True),
        len(await leader.history(key(1), 9)) == 2,
        len(await leader.history(key(3), 9)) == 1,
        len(await leader.audit(AuditQuery())) == 1,
    )
    assert len(set(signs)) == 1, signs
    return signs[0]


async def test_a_commit_cut_off_at_any_command_is_done_wholly_or_not_at_all(
    failpoints: Failpoints, server: MongoServer
) -> None:
    outcomes: list[bool] = []
    for commands in count():
        assert commands < MOST_COMMANDS
        store = MongoLeaderStore(server.url(new_database()))
        await store.open()
        term = await store.take_term("daemon-1")
        await store.commit(first(term))
        failpoints.cut_after(commands)
        try:
            await store.commit(second(term))
        except StoreDown:
            failpoints.clear()
        else:
            await store.close()
            break
        outcomes.append(await is_done(store))
        await store.close()
    assert outcomes == [False] + [True] * (len(outcomes) - 1), "the first command stores the intent"
    assert len(outcomes) >= 7


@pytest.mark.parametrize("commands", range(1, 7))
async def test_who_reads_after_a_crash_sees_all_of_it(
    leader: MongoLeaderStore, new_leader: Callable[[], MongoLeaderStore], failpoints: Failpoints, commands: int
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    failpoints.cut_after(commands)
    with pytest.raises(StoreDown):
        await leader.commit(second(term))
    failpoints.clear()
    after = new_leader()
    await after.open()
    assert await is_done(after)
    newer = await after.take_term("daemon-2")
    await after.commit(Batch(newer, jobs=(job(1, JobState.SKIPPED),)))
    await after.close()
    with pytest.raises(TermSuperseded, match="daemon-2"):
        await leader.commit(second(term))
    assert (await leader.jobs([key(1)]))[0].state is JobState.SKIPPED


async def test_what_an_old_leader_still_writes_harms_nothing(
    leader: MongoLeaderStore, new_leader: Callable[[], MongoLeaderStore], url: str
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    await leader.commit(second(term))
    after = new_leader()
    await after.open()
    newer = await after.take_term("daemon-2")
    reopened = UowPatch(uow_id(3), UowState.REQUESTED, 1, submitted=NOW + 7, retries=1)
    await after.commit(Batch(newer, jobs=(job(1, JobState.SKIPPED),), patches=(reopened,)))
    before = await snapshot(after)
    link = Link(url, Options())
    await link.open()
    async with link.use() as database:
        stamp = term * STAMPS_PER_TERM + count_stamps(first(term)) + 1
        await apply(database, second(term), stamp, lambda _: "job_hourly")
    await link.close()
    assert await snapshot(after) == before
    await after.close()


async def snapshot(leader: LeaderStore) -> object:
    """All that the second batch may have touched."""
    keys = [key(number) for number in range(4)]
    told_of = [await leader.history(one, 99) for one in keys]
    uows = await leader.uows([uow_id(number) for number in range(4)])
    return set(await leader.jobs(keys)), {one.uow_id: one for one in uows}, told_of, await leader.audit(AuditQuery())


async def test_the_same_batch_once_more_after_a_failure_changes_nothing(
    leader: MongoLeaderStore, failpoints: Failpoints
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    failpoints.cut_after(2)
    with pytest.raises(StoreDown):
        await leader.commit(second(term))
    failpoints.clear()
    (missed,) = await leader.commit(second(term))
    assert missed.uow_id == uow_id(1)
    assert await is_done(leader)


async def test_an_intent_whose_answer_was_lost_takes_effect(leader: MongoLeaderStore, failpoints: Failpoints) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    failpoints.hide_answers(1, ("update",))
    with pytest.raises(StoreDown, match="majority"):
        await leader.commit(second(term))
    assert await is_done(leader)


async def test_what_workers_did_meanwhile_stands(
    leader: MongoLeaderStore, worker: MongoWorkerStore, failpoints: Failpoints
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    patch = UowPatch(uow_id(2), UowState.REQUESTED, 1, state=UowState.CANCELED)
    failpoints.cut_after(2)
    with pytest.raises(StoreDown):
        await leader.commit(Batch(term, new_uows=(uow(7),), patches=(patch,), jobs=(job(2, JobState.SKIPPED),)))
    failpoints.clear()
    await worker.claim([claim(2)])
    (accepted,) = await worker.finish([finish(2)])
    assert await stored(leader, 2) == accepted
    assert (await leader.jobs([key(2)]))[0].state is JobState.SKIPPED


async def test_a_full_disk_leaves_nothing_behind(leader: MongoLeaderStore, failpoints: Failpoints) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    failpoints.refuse(14031, ("update",))
    with pytest.raises(DiskFull, match="disk is full"):
        await leader.commit(second(term))
    failpoints.clear()
    assert not await is_done(leader)
    assert await leader.commit(second(term)) == ()


async def test_a_claim_whose_answer_was_lost_is_known_by_its_token(
    leader: MongoLeaderStore, worker: MongoWorkerStore, failpoints: Failpoints
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    failpoints.hide_answers(1, ("update",))
    with pytest.raises(StoreDown):
        await worker.claim([claim(1)])
    assert [one.uow_id for one in await worker.held("box-1")] == [uow_id(1)]


async def test_a_finish_whose_answer_was_lost_is_accepted_when_it_is_sent_again(
    leader: MongoLeaderStore, worker: MongoWorkerStore, failpoints: Failpoints
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(first(term))
    await worker.claim([claim(1)])
    failpoints.hide_answers(1, ("update",))
    with pytest.raises(StoreDown):
        await worker.finish([finish(1)])
    assert await worker.finish([finish(1)]) == (await stored(leader),)
