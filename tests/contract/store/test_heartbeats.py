"""WorkerStore.beat and what the daemon sees of supervisors."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.ports import Batch, LeaderStore, WorkerStore
from synergy.core.records import BoxProcess, UowPatch
from synergy.core.states import UowState
from tests.contract.store.samples import claim, finish, supervisor, uow, uow_id


async def test_a_heartbeat_is_seen_with_all_it_says(leader: LeaderStore, worker: WorkerStore) -> None:
    record = supervisor(running=3, rss_bytes=2**33, cpu_percent=12.5, memory_percent=1 / 3)
    assert await worker.beat(record) == ()
    assert await leader.supervisors() == (record,)
    newer = replace(record, counter=2, workers=())
    await worker.beat(newer)
    assert await leader.supervisors() == (newer,)


async def test_a_supervisor_that_is_gone_for_good_is_not_seen(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.beat(supervisor("s1"))
    await worker.beat(supervisor("s2"))
    await worker.beat(supervisor("s1", 2, gone=True))
    assert await leader.supervisors() == (supervisor("s2"),)


async def test_a_retired_supervisor_is_not_seen_until_it_beats_again(leader: LeaderStore, worker: WorkerStore) -> None:
    for name in ("s1", "s2", "s3"):
        await worker.beat(supervisor(name))

    await leader.retire(["s1", "s2", "unknown"])

    assert await leader.supervisors() == (supervisor("s3"),)
    await worker.beat(supervisor("s1", 2))
    assert {record.supervisor_id for record in await leader.supervisors()} == {"s1", "s3"}


async def test_a_heartbeat_learns_what_is_to_be_canceled(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in range(5))))
    await worker.claim([claim(0), claim(1), claim(2, "s2"), claim(3)])
    patches = tuple(UowPatch(uow_id(n), UowState.IN_PROGRESS, 1, cancel_requested=True) for n in (1, 2, 3))
    assert await leader.commit(Batch(term, patches=patches)) == ()
    await worker.finish([finish(3, state=UowState.CANCELED)])
    assert await worker.beat(supervisor("s1")) == (uow_id(1),)
    assert await worker.beat(supervisor("s2")) == (uow_id(2),)


async def test_a_supervisor_reads_what_is_switched_on_and_off(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    assert await worker.box_processes() == ()
    off = BoxProcess("box-1", "Feed", is_on=False)
    await leader.commit(Batch(term, box_processes=(off,)))
    assert await worker.box_processes() == (off,)
