"""WorkerStore: claims, pids and what is given back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from msgspec.structs import replace

from synergy.core.ports import Batch, Claim, LeaderStore, WorkerStore
from synergy.core.records import Attempt, UnitOfWork, UowPatch
from synergy.core.states import UowState
from tests.contract.store.samples import NOW, claim, finish, key, stored, uow, uow_id


async def test_a_claim_takes_what_is_requested(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1, finished=NOW, exit_reason="exit 3", attempt=2, box_id="old"),)))
    (taken,) = await worker.claim([claim(1, pid=7, pid_started=NOW)])
    expected = replace(
        uow(1, attempt=2), state=UowState.IN_PROGRESS, claimed_by="s1", box_id="box-1", pid=7, started=NOW + 0.5
    )
    assert taken == expected == await stored(leader)
    assert await leader.attempts(key(1)) == (
        Attempt(uow_id(1), 2, "s1", "box-1", "host-1", NOW + 0.5, pid=7, pid_started=NOW),
    )


async def test_a_claim_leaves_what_is_not_free(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    states = [state for state in UowState if state is not UowState.REQUESTED]
    records = [uow(number, state=state) for number, state in enumerate(states)]
    records.append(uow(9, cancel_requested=True))
    await leader.commit(Batch(term, new_uows=tuple(records)))
    assert await worker.claim([claim(number) for number in (*range(len(states)), 9, 77)]) == ()
    assert [await stored(leader, number) for number in (*range(len(states)), 9)] == records
    assert await worker.claim([]) == ()


async def test_a_message_that_comes_twice_claims_once(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    assert len(await worker.claim([claim(1), claim(1)])) == 1
    assert await worker.claim([claim(1)]) == ()
    assert len(await leader.attempts(key(1))) == 1


async def test_of_two_supervisors_each_unit_of_work_goes_to_one(
    leader: LeaderStore, worker: WorkerStore, other_worker: WorkerStore, term: int, many: Callable[[int], int]
) -> None:
    numbers = range(many(2000))
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in numbers)))

    async def take_all(store: WorkerStore, supervisor_id: str, size: int) -> list[UnitOfWork]:
        parts = [numbers[start : start + size] for start in range(0, len(numbers), size)]
        taken = await asyncio.gather(*(store.claim([claim(n, supervisor_id) for n in part]) for part in parts))
        return [record for part in taken for record in part]

    first, second = await asyncio.gather(take_all(worker, "s1", 7), take_all(other_worker, "s2", 11))
    assert Counter(record.uow_id for record in (*first, *second)) == {uow_id(number): 1 for number in numbers}
    assert {record.claimed_by for record in first} <= {"s1"}
    assert {record.claimed_by for record in second} <= {"s2"}


async def test_a_cancel_and_a_claim_never_both_win(
    leader: LeaderStore, worker: WorkerStore, term: int, many: Callable[[int], int]
) -> None:
    numbers = range(many(600))
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in numbers)))

    async def cancel(number: int) -> bool:
        patch = UowPatch(uow_id(number), UowState.REQUESTED, 1, state=UowState.CANCELED)
        return not await leader.commit(Batch(term, patches=(patch,)))

    claims = asyncio.gather(*(worker.claim([claim(number)]) for number in reversed(numbers)))
    canceled = await asyncio.gather(*(cancel(number) for number in numbers))
    claimed = {record.uow_id for taken in await claims for record in taken}
    assert claimed == {uow_id(number) for number in numbers if not canceled[number]}


async def test_what_is_claimed_reads_as_far_as_the_store_says(
    leader: LeaderStore, worker: WorkerStore, term: int, many: Callable[[int], int]
) -> None:
    numbers = range(many(200))
    await leader.commit(Batch(term, new_uows=tuple(uow(number, end_id="1") for number in numbers)))

    async def move(number: int) -> None:
        await leader.commit(Batch(term, patches=(UowPatch(uow_id(number), UowState.REQUESTED, 1, end_id="2"),)))

    claims = asyncio.gather(*(worker.claim([claim(number)]) for number in reversed(numbers)))
    await asyncio.gather(*(move(number) for number in numbers))
    claimed = {record.uow_id: record for taken in await claims for record in taken}
    stored = await leader.uows(list(claimed))
    assert len(claimed) == len(numbers)
    assert stored == tuple(claimed[record.uow_id] for record in stored)


async def test_what_is_claimed_says_which_of_its_inputs_had_finished(
    leader: LeaderStore, worker: WorkerStore, term: int, many: Callable[[int], int]
) -> None:
    numbers = range(many(200))
    await leader.commit(Batch(term, new_uows=tuple(uow(number, inputs_finished=NOW) for number in numbers)))

    async def tell(number: int) -> bool:
        patch = UowPatch(uow_id(number), UowState.REQUESTED, 1, inputs_finished=NOW + 1 / 3)
        return not await leader.commit(Batch(term, patches=(patch,)))

    claims = asyncio.gather(*(worker.claim([claim(number)]) for number in reversed(numbers)))
    told = await asyncio.gather(*(tell(number) for number in numbers))
    claimed = {record.uow_id: record for taken in await claims for record in taken}
    expected = {uow_id(number): NOW + 1 / 3 if told[number] else NOW for number in numbers}
    assert {name: record.inputs_read for name, record in claimed.items()} == expected
    stored = await leader.uows(list(claimed))
    assert stored == tuple(claimed[record.uow_id] for record in stored)


async def test_an_input_that_finishes_after_the_claim_counts_for_the_next_claim_only(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    await worker.claim([claim(1)])
    await leader.commit(Batch(term, patches=(UowPatch(uow_id(1), UowState.IN_PROGRESS, 1, inputs_finished=NOW),)))
    assert ((await stored(leader)).inputs_finished, (await stored(leader)).inputs_read) == (NOW, None)
    await worker.release([uow_id(1)], "s1")
    (again,) = await worker.claim([claim(1)])
    assert again.inputs_read == NOW
    (ended,) = await worker.finish([finish(1)])
    assert ended == await stored(leader)
    assert ended.inputs_read == NOW


async def test_what_was_not_run_is_given_back_as_it_was(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1, attempt=2), uow(2))))
    await worker.claim([claim(1), claim(2)])
    await worker.release([uow_id(1)], "s1")
    assert await stored(leader) == uow(1, attempt=2)
    assert (await stored(leader, 2)).state is UowState.IN_PROGRESS
    assert await leader.attempts(key(1)) == ()
    assert len(await worker.claim([claim(1, "s2")])) == 1


async def test_only_the_holder_gives_back(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2))))
    await worker.claim([claim(1), claim(2)])
    (finished,) = await worker.finish([finish(2)])
    await worker.release([uow_id(1)], "s2")
    await worker.release([uow_id(2), uow_id(7)], "s1")
    await worker.release([], "s1")
    assert (await stored(leader)).claimed_by == "s1"
    assert await stored(leader, 2) == finished
    assert len(await leader.attempts(key(1))) == 1


async def test_the_pid_is_noted_for_the_running_attempt_only(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1, attempt=2),)))
    await worker.claim([claim(1)])
    await worker.set_pid(uow_id(1), 1, 10, NOW)
    assert (await stored(leader)).pid is None
    await worker.set_pid(uow_id(1), 2, 11, NOW + 1 / 3)
    assert (await stored(leader)).pid == 11
    (attempt,) = await leader.attempts(key(1))
    assert (attempt.pid, attempt.pid_started) == (11, NOW + 1 / 3)
    await worker.finish([finish(1, attempt=2)])
    await worker.set_pid(uow_id(1), 2, 12, NOW)
    assert (await stored(leader)).pid == 11


async def test_held_is_what_any_supervisor_of_the_box_has_in_progress(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in range(5))))
    elsewhere = Claim(uow_id(2), "s3", "box-2", "host-2", NOW)
    await worker.claim([claim(0, "s1"), claim(1, "s2"), elsewhere, claim(3, "s1")])
    await worker.finish([finish(3)])
    assert {record.uow_id for record in await worker.held("box-1")} == {uow_id(0), uow_id(1)}
    assert await worker.held("box-9") == ()
