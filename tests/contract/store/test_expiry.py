"""LeaderStore.expire: what is old goes; what is still needed stays, however old."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synergy.core.ports import Batch, LeaderStore, WorkerStore
from synergy.core.records import EntryRecord, UowPatch, UowType
from synergy.core.states import JobState, UowState
from tests.contract.store.samples import DAY, NOW, chunk, claim, finish, job, key, told, uow, uow_id

OLD = NOW - 100 * DAY
LIMIT = NOW - 50 * DAY


async def left(leader: LeaderStore, *numbers: int) -> list[int]:
    return [number for number in numbers if await leader.uows([uow_id(number)])]


async def test_old_applied_units_of_work_go(leader: LeaderStore, term: int) -> None:
    fields: dict[str, Any] = {"state": UowState.PROCESSED, "applied": True}
    await leader.commit(
        Batch(
            term,
            new_uows=(
                uow(1, finished=OLD, created=OLD, **fields),
                uow(2, finished=NOW, created=OLD, **fields),
                uow(3, created=OLD, state=UowState.CANCELED, applied=True),
            ),
        ),
    )
    assert await leader.expire(LIMIT, LIMIT) == 2
    assert await left(leader, 1, 2, 3) == [2]
    assert await leader.expire(LIMIT, LIMIT) == 0


async def test_what_a_job_or_an_entry_relates_to_stays(leader: LeaderStore, term: int) -> None:
    fields: dict[str, Any] = {"state": UowState.PROCESSED, "applied": True, "created": OLD, "finished": OLD}
    entry_uow = uow(3, uow_type=UowType.FREERUN, entry_name="mail", **fields)
    await leader.commit(
        Batch(
            term,
            jobs=(job(1, JobState.PROCESSED, related_unit_of_work=uow_id(1)), job(2, related_unit_of_work=uow_id(9))),
            new_uows=(uow(1, **fields), uow(2, **fields), entry_uow),
            entries=(EntryRecord("Hourly", "mail", "every 5", related_unit_of_work=uow_id(3)),),
        ),
    )
    assert await leader.expire(LIMIT, LIMIT) == 1
    assert await left(leader, 1, 2, 3) == [1, 3]


async def test_active_and_unapplied_ones_stay_however_old(leader: LeaderStore, term: int) -> None:
    records = [
        uow(number, state=state, created=OLD, finished=OLD, applied=not state.is_finished)
        for number, state in enumerate(UowState)
    ]
    await leader.commit(Batch(term, new_uows=tuple(records)))
    assert await leader.expire(LIMIT, LIMIT) == 0
    assert len(await left(leader, *range(6))) == 6


async def test_attempts_go_with_their_unit_of_work(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1, created=OLD), uow(2, created=OLD))))
    await worker.claim([claim(1), claim(2)])
    (record,) = await worker.finish([finish(1, at=OLD)])
    await leader.commit(Batch(term, patches=(UowPatch(record.uow_id, record.state, 1, applied=True),)))
    await leader.expire(LIMIT, LIMIT)
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    assert await leader.attempts(key(1)) == ()
    assert len(await leader.attempts(key(2))) == 1


async def test_old_history_goes(leader: LeaderStore, term: int) -> None:
    entries = [told(1, at=OLD + number) for number in range(2500)]
    await leader.commit(Batch(term, history=(*entries, told(1, at=NOW))))
    assert await leader.expire(LIMIT, LIMIT) == 2500
    assert await leader.history(key(1), 10) == (told(1, at=NOW),)


async def test_thousands_go_and_thousands_that_are_needed_stay(
    leader: LeaderStore, term: int, many: Callable[[int], int]
) -> None:
    fields: dict[str, Any] = {"state": UowState.PROCESSED, "applied": True, "created": OLD, "finished": OLD}
    numbers = range(many(5000))
    await leader.commit(
        Batch(
            term,
            jobs=tuple(job(n, JobState.PROCESSED, related_unit_of_work=uow_id(n)) for n in numbers[::2]),
            new_uows=tuple(uow(n, **fields) for n in numbers),
        ),
    )
    assert await leader.expire(LIMIT, LIMIT) == len(numbers) / 2
    assert dict(await leader.count_uows()) == {UowState.PROCESSED: len(numbers) / 2}


async def test_old_logs_go_and_the_rest_of_them_can_be_read(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "old", at=OLD), chunk(1, "new", at=NOW)])
    assert await leader.expire(0, LIMIT) >= 1
    page = await leader.log(uow_id(1), 1, 0, 10)
    assert (page.first_line, page.total, [line.text for line in page.lines]) == (1, 2, ["new"])
    await worker.append_log([chunk(2, "newer", at=NOW)])
    assert (await leader.log(uow_id(1), 1, -1, 10)).lines[0].text == "newer"
