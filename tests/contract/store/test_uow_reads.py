"""LeaderStore: pages, counts and the open units of work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synergy.core.ports import Batch, LeaderStore, UowQuery
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState
from tests.contract.store.samples import NOW, period, uow

STATES = tuple(UowState)


async def pages(leader: LeaderStore, query: UowQuery) -> list[UnitOfWork]:
    found: list[UnitOfWork] = []
    while page := await leader.find_uows(query):
        assert len(page) <= query.limit
        found += page
        query = UowQuery(query.states, query.process_name, query.timeperiod, page[-1].uow_id, query.limit)
    return found


async def test_pages_go_from_new_to_old_without_gap_or_repetition(leader: LeaderStore, term: int) -> None:
    records = [uow(number, created=NOW + number // 3) for number in range(20)]
    await leader.commit(Batch(term, new_uows=tuple(records)))
    expected = sorted(records, key=lambda record: (record.created, record.uow_id), reverse=True)
    assert await pages(leader, UowQuery(limit=7)) == expected
    assert await pages(leader, UowQuery(limit=100)) == expected


@pytest.mark.parametrize("states", [{UowState.INVALID}, {UowState.PROCESSED, UowState.INVALID}, set(STATES), set()])
@pytest.mark.parametrize("process_name", [None, "Hourly", "Daily"])
@pytest.mark.parametrize("timeperiod", [None, period(4)])
async def test_filters_hold_over_all_pages(
    leader: LeaderStore, term: int, states: set[UowState], process_name: str | None, timeperiod: str | None
) -> None:
    records = [
        uow(number // 2, ("Hourly", "Daily")[number % 2], run, state=STATES[(number + run) % 6])
        for number in range(24)
        for run in (1, 2)
    ]
    await leader.commit(Batch(term, new_uows=tuple(records)))
    expected = {
        record.uow_id
        for record in records
        if record.state in states
        and process_name in {None, record.process_name}
        and timeperiod in {None, record.timeperiod}
    }
    found = await pages(leader, UowQuery(frozenset(states), process_name, timeperiod, limit=3))
    assert {record.uow_id for record in found} == expected
    assert len(found) == len(expected)


async def test_after_an_unknown_record_comes_nothing(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    assert await leader.find_uows(UowQuery(before=UowId("gone"))) == ()


async def test_open_are_the_active_and_the_finished_that_are_not_applied(leader: LeaderStore, term: int) -> None:
    records = [
        uow(number, state=state, applied=number >= 6 and state.is_finished) for number, state in enumerate(STATES * 2)
    ]
    await leader.commit(Batch(term, new_uows=tuple(records)))
    found = {record.uow_id for record in await leader.open_uows()}
    assert found == {record.uow_id for record in records if not record.applied}


async def test_begun_are_the_open_ones_that_do_not_wait_for_a_worker(leader: LeaderStore, term: int) -> None:
    records = [
        uow(number, state=state, applied=number >= 6 and state.is_finished) for number, state in enumerate(STATES * 2)
    ]
    await leader.commit(Batch(term, new_uows=tuple(records)))
    found = {record.uow_id for record in await leader.begun_uows()}
    waiting = {record.uow_id for record in records if record.state is UowState.REQUESTED}
    assert found == {record.uow_id for record in records if not record.applied} - waiting
    assert waiting


async def test_all_open_ones_are_told_however_many(leader: LeaderStore, term: int, many: Callable[[int], int]) -> None:
    count = many(11_000)
    states = (UowState.REQUESTED, UowState.NOOP)
    records = tuple(uow(number, created=NOW + number // 100, state=states[number % 2]) for number in range(count))
    await leader.commit(Batch(term, new_uows=records))
    found = await leader.open_uows()
    assert len(found) == len({record.uow_id for record in found}) == count


async def test_counts_tell_each_state(leader: LeaderStore, term: int) -> None:
    assert dict(await leader.count_uows()) == {}
    states = [UowState.REQUESTED, UowState.REQUESTED, UowState.INVALID]
    await leader.commit(Batch(term, new_uows=tuple(uow(number, state=state) for number, state in enumerate(states))))
    assert dict(await leader.count_uows()) == {UowState.REQUESTED: 2, UowState.INVALID: 1}


async def test_asked_units_of_work_are_the_stored_ones_among_them(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2))))
    assert await leader.uows([uow(2).uow_id, UowId("gone")]) == (uow(2),)
    assert await leader.uows([]) == ()
