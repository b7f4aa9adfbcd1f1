"""LeaderStore.commit: compare-and-set of units of work."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from synergy.core.ports import Batch, LeaderStore, WorkerStore
from synergy.core.records import UowId, UowPatch
from synergy.core.states import UowState
from tests.contract.store.samples import NOW, claim, finish, key, stored, uow, uow_id


async def test_a_patch_changes_what_it_names_and_nothing_else(leader: LeaderStore, term: int) -> None:
    before = uow(1, end_id="9", exit_reason="exit 3", retries=1)
    await leader.commit(Batch(term, new_uows=(before,)))
    patch = UowPatch(uow_id(1), UowState.REQUESTED, 1, submitted=NOW + 1 / 3, end_id=None, gave_up=True)
    assert await leader.commit(Batch(term, patches=(patch,))) == ()
    assert await stored(leader) == replace(before, submitted=NOW + 1 / 3, end_id=None, gave_up=True)


async def test_patches_of_different_fields_go_in_one_batch(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2), uow(3))))
    patches = (
        UowPatch(uow_id(1), UowState.REQUESTED, 1, submitted=NOW),
        UowPatch(uow_id(2), UowState.REQUESTED, 1, cancel_requested=True, retries=2, losses=1),
        UowPatch(uow_id(3), UowState.REQUESTED, 1, state=UowState.CANCELED, finished=NOW, applied=True),
    )
    assert await leader.commit(Batch(term, patches=patches)) == ()
    assert await stored(leader, 1) == replace(uow(1), submitted=NOW)
    assert await stored(leader, 2) == replace(uow(2), cancel_requested=True, retries=2, losses=1)
    assert await stored(leader, 3) == replace(uow(3), state=UowState.CANCELED, finished=NOW, applied=True)


async def test_a_missed_patch_returns_the_record_and_the_rest_is_written(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2, attempt=3), uow(4))))
    patches = (
        UowPatch(uow_id(1), UowState.INVALID, 1, submitted=NOW),
        UowPatch(uow_id(2), UowState.REQUESTED, 1, submitted=NOW),
        UowPatch(UowId("gone"), UowState.REQUESTED, 1, submitted=NOW),
        UowPatch(uow_id(4), UowState.REQUESTED, 1, submitted=NOW),
    )
    missed = await leader.commit(Batch(term, patches=patches))
    assert sorted(missed, key=lambda record: record.uow_id) == [uow(1), uow(2, attempt=3)]
    assert (await stored(leader, 4)).submitted == NOW


async def test_a_patch_may_build_on_an_earlier_one_of_its_batch(leader: LeaderStore, term: int) -> None:
    patches = (
        UowPatch(uow_id(1), UowState.REQUESTED, 1, state=UowState.CANCELED, finished=NOW),
        UowPatch(uow_id(2), UowState.REQUESTED, 1, submitted=NOW),
        UowPatch(uow_id(1), UowState.CANCELED, 1, applied=True),
    )
    assert await leader.commit(Batch(term, new_uows=(uow(1), uow(2)), patches=patches)) == ()
    assert await stored(leader) == replace(uow(1), state=UowState.CANCELED, finished=NOW, applied=True)


async def test_of_two_patches_of_one_record_the_second_may_miss(leader: LeaderStore, term: int) -> None:
    patches = (
        UowPatch(uow_id(1), UowState.REQUESTED, 1, attempt=2),
        UowPatch(uow_id(1), UowState.REQUESTED, 1, submitted=NOW),
    )
    missed = await leader.commit(Batch(term, new_uows=(uow(1),), patches=patches))
    assert missed == (replace(uow(1), attempt=2),)


async def test_a_patch_of_nothing_is_a_question(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    assert await leader.commit(Batch(term, patches=(UowPatch(uow_id(1), UowState.REQUESTED, 1),))) == ()
    assert await leader.commit(Batch(term, patches=(UowPatch(uow_id(1), UowState.INVALID, 1),))) == (uow(1),)


async def test_each_of_many_patches_finds_its_record(
    leader: LeaderStore, term: int, many: Callable[[int], int]
) -> None:
    numbers = range(many(3000))
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in numbers)))
    patches = tuple(UowPatch(uow_id(n), UowState.REQUESTED, 1 + (n % 10 == 0), submitted=NOW + n) for n in numbers)
    missed = await leader.commit(Batch(term, patches=patches))
    assert {record.uow_id for record in missed} == {uow_id(n) for n in numbers[::10]}
    assert all([(await stored(leader, n)).submitted == NOW + n for n in (1, 149, 299)])


async def test_taking_a_unit_of_work_away_ends_its_attempt(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    await worker.claim([claim(1)])
    patch = UowPatch(uow_id(1), UowState.IN_PROGRESS, 1, state=UowState.REQUESTED, attempt=2, losses=1, claimed_by=None)
    assert await leader.commit(Batch(term, patches=(patch,))) == ()
    (attempt,) = await leader.attempts(key(1))
    assert (attempt.state, attempt.exit_reason, attempt.finished) == (UowState.INVALID, "worker lost", None)


async def test_work_is_taken_away_only_from_whom_the_patch_names(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2), uow(3))))
    taken = await worker.claim([claim(1, "s1"), claim(2, "s2"), claim(3, "s1")])
    lost = [
        UowPatch(one.uow_id, one.state, 1, "s1", state=UowState.REQUESTED, attempt=2, claimed_by=None) for one in taken
    ]
    assert await leader.commit(Batch(term, patches=tuple(lost))) == (taken[1],)
    assert [(await stored(leader, n)).attempt for n in (1, 2, 3)] == [2, 1, 2]
    assert [(await leader.attempts(key(n)))[0].state for n in (1, 2)] == [UowState.INVALID, UowState.IN_PROGRESS]


async def test_work_that_was_given_back_is_not_taken_from_its_next_worker(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    await worker.claim([claim(1, "s1")])
    await worker.release([uow_id(1)], "s1")
    (taken,) = await worker.claim([claim(1, "s2")])
    lost = UowPatch(uow_id(1), UowState.IN_PROGRESS, 1, "s1", state=UowState.INVALID, finished=NOW)
    assert await leader.commit(Batch(term, patches=(lost,))) == (taken,)
    assert await stored(leader) == taken
    asked = UowPatch(uow_id(1), UowState.IN_PROGRESS, 1, cancel_requested=True)
    assert await leader.commit(Batch(term, patches=(asked,))) == ()
    assert await stored(leader) == replace(taken, cancel_requested=True)


async def test_a_patch_may_demand_that_nobody_holds_it(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2))))
    await worker.claim([claim(1)])
    await worker.release([uow_id(1)], "s1")
    patches = tuple(UowPatch(uow_id(n), UowState.REQUESTED, 1, None, submitted=NOW) for n in (1, 2))
    assert await leader.commit(Batch(term, patches=patches)) == ()
    assert [(await stored(leader, n)).submitted for n in (1, 2)] == [NOW, NOW]
    (taken,) = await worker.claim([claim(2)])
    held = UowPatch(uow_id(2), UowState.IN_PROGRESS, 1, None, submitted=NOW + 1)
    assert await leader.commit(Batch(term, patches=(held,))) == (taken,)


async def test_a_cancel_that_comes_after_the_finish_misses(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    await worker.claim([claim(1)])
    (finished,) = await worker.finish([finish(1)])
    patch = UowPatch(uow_id(1), UowState.IN_PROGRESS, 1, cancel_requested=True)
    assert await leader.commit(Batch(term, patches=(patch,))) == (finished,)
