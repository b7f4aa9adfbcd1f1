"""WorkerStore.finish: exactly one end of a unit of work is accepted; the others are evidence."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from synergy.core.ports import Batch, LeaderStore, WorkerStore
from synergy.core.records import UowPatch, derive_uow_id
from synergy.core.states import UowState
from tests.contract.store.samples import NOW, claim, finish, key, kill, period, stored, supervisor, uow, uow_id

OFFERED_AGAIN = UowPatch(
    uow_id(1), UowState.IN_PROGRESS, 1, state=UowState.REQUESTED, attempt=2, losses=1, claimed_by=None
)


@pytest.fixture
async def claimed(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    """Unit of work 1 is held by s1."""
    await worker.beat(supervisor("s1"))
    await leader.commit(Batch(term, new_uows=(uow(1),)))
    await worker.claim([claim(1)])


@pytest.mark.usefixtures("claimed")
@pytest.mark.parametrize(
    "state", [UowState.PROCESSED, UowState.NOOP, UowState.CANCELED, UowState.INVALID], ids=lambda state: state.word
)
async def test_a_finish_is_stored_with_all_it_says(leader: LeaderStore, worker: WorkerStore, state: UowState) -> None:
    before = await stored(leader)
    report = finish(
        1,
        state=state,
        exit_reason="exit 3",
        number_of_processed_documents=10,
        number_of_aggregated_documents=4,
        log_lines=99,
    )
    expected = replace(
        before,
        state=state,
        finished=report.at,
        exit_reason="exit 3",
        number_of_processed_documents=10,
        number_of_aggregated_documents=4,
    )
    assert await worker.finish([report]) == (expected,)
    assert await stored(leader) == expected
    (attempt,) = await leader.attempts(key(1))
    assert (attempt.state, attempt.finished, attempt.exit_reason) == (state, report.at, "exit 3")
    assert (attempt.accepted, attempt.log_lines) == (True, 99)


async def test_each_of_many_ends_in_one_call_is_stored_as_its_own(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    numbers = range(70)
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in numbers)))
    await worker.claim([claim(number) for number in numbers])
    before = {record.uow_id: record for record in await leader.uows([uow_id(number) for number in numbers])}
    states = (UowState.PROCESSED, UowState.NOOP, UowState.INVALID)
    reports = [
        finish(
            number,
            state=states[number % 3],
            at=NOW + 10 + number,
            started=NOW + 1 + number if number % 2 else None,
            exit_reason=f"$exit {number}" if number % 3 == 2 else None,
            number_of_processed_documents=number,
            log_lines=number * 2,
        )
        for number in numbers
    ]
    expected = {
        one.uow_id: replace(
            before[one.uow_id],
            state=one.state,
            finished=one.at,
            exit_reason=one.exit_reason,
            number_of_processed_documents=one.number_of_processed_documents,
            started=before[one.uow_id].started if one.started is None else one.started,
        )
        for one in reports
    }
    assert {record.uow_id: record for record in await worker.finish(reports)} == expected
    assert {record.uow_id: record for record in await leader.uows(list(expected))} == expected
    for number in numbers[::23]:
        (attempt,), end = await leader.attempts(key(number)), expected[uow_id(number)]
        assert (attempt.state, attempt.started, attempt.finished) == (end.state, end.started, end.finished)
        assert (attempt.exit_reason, attempt.log_lines) == (end.exit_reason, number * 2)


@pytest.mark.usefixtures("claimed")
async def test_how_processes_were_ended_is_kept_with_the_attempt(leader: LeaderStore, worker: WorkerStore) -> None:
    report = finish(1, state=UowState.CANCELED, kill=kill())
    accepted = await worker.finish([report])
    assert await worker.finish([report]) == accepted
    (attempt,) = await leader.attempts(key(1))
    assert attempt.kill == kill()


@pytest.mark.usefixtures("claimed")
async def test_it_is_kept_with_an_end_that_is_refused_too(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, patches=(OFFERED_AGAIN,)))
    assert await worker.finish([finish(1, state=UowState.INVALID, kill=kill())]) == ()
    (attempt,) = await leader.attempts(key(1))
    assert (attempt.accepted, attempt.kill) == (False, kill())


@pytest.mark.usefixtures("claimed")
async def test_what_waited_after_its_claim_started_when_it_began(leader: LeaderStore, worker: WorkerStore) -> None:
    (accepted,) = await worker.finish([finish(1, started=NOW + 5)])
    assert (accepted.started, (await stored(leader)).started) == (NOW + 5, NOW + 5)
    (attempt,) = await leader.attempts(key(1))
    assert attempt.started == NOW + 5


@pytest.mark.usefixtures("claimed")
async def test_the_first_of_two_different_ends_counts(leader: LeaderStore, worker: WorkerStore) -> None:
    (accepted,) = await worker.finish([finish(1)])
    assert await worker.finish([finish(1, state=UowState.INVALID, at=NOW + 20)]) == ()
    assert await stored(leader) == accepted
    (attempt,) = await leader.attempts(key(1))
    assert (attempt.state, attempt.accepted) == (UowState.PROCESSED, True)


@pytest.mark.usefixtures("claimed")
async def test_the_same_report_sent_again_is_answered_again(leader: LeaderStore, worker: WorkerStore) -> None:
    first = await worker.finish([finish(1)])
    assert await worker.finish([finish(1)]) == first
    assert await worker.finish([finish(1), finish(1)]) == first
    assert len(await leader.attempts(key(1))) == 1


@pytest.mark.usefixtures("claimed")
async def test_a_report_given_twice_in_one_call_is_one(leader: LeaderStore, worker: WorkerStore) -> None:
    assert len(await worker.finish([finish(1), finish(1)])) == 1
    (attempt,) = await leader.attempts(key(1))
    assert attempt.accepted


@pytest.mark.usefixtures("claimed")
async def test_the_late_end_of_a_lost_attempt_is_evidence(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    await leader.commit(Batch(term, patches=(OFFERED_AGAIN,)))
    (running,) = await worker.claim([claim(1, "s2")])
    late = finish(1, "s1", state=UowState.PROCESSED, exit_reason="exit 0", log_lines=3)
    assert await worker.finish([late]) == ()
    assert await stored(leader) == running
    first, second = await leader.attempts(key(1))
    assert (first.attempt, first.supervisor_id, first.state, first.finished) == (1, "s1", late.state, late.at)
    assert (first.accepted, first.exit_reason, first.log_lines) == (False, "exit 0", 3)
    assert (second.attempt, second.supervisor_id, second.state) == (2, "s2", UowState.IN_PROGRESS)


@pytest.mark.usefixtures("claimed")
async def test_a_late_and_a_right_end_in_one_call_are_told_apart(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    await leader.commit(Batch(term, patches=(OFFERED_AGAIN,)))
    await worker.claim([claim(1)])
    (accepted,) = await worker.finish(
        [finish(1, attempt=1, state=UowState.INVALID), finish(1, attempt=2, state=UowState.NOOP)]
    )
    assert (accepted.state, accepted.attempt) == (UowState.NOOP, 2)
    first, second = await leader.attempts(key(1))
    assert (first.state, first.accepted) == (UowState.INVALID, False)
    assert (second.state, second.accepted) == (UowState.NOOP, True)


@pytest.mark.usefixtures("claimed")
async def test_an_end_from_one_who_does_not_hold_it_is_evidence(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.beat(supervisor("s2"))
    assert await worker.finish([finish(1, "s2")]) == ()
    assert (await stored(leader)).state is UowState.IN_PROGRESS
    first, second = sorted(await leader.attempts(key(1)), key=lambda attempt: attempt.supervisor_id)
    assert (first.accepted, first.state) == (True, UowState.IN_PROGRESS)
    assert (second.accepted, second.supervisor_id, second.box_id, second.host) == (False, "s2", "box-1", "host-1")


async def test_an_end_of_what_does_not_exist_says_nothing(worker: WorkerStore) -> None:
    assert await worker.finish([finish(1)]) == ()
    assert await worker.finish([]) == ()


async def test_of_ends_that_race_exactly_one_is_accepted(
    leader: LeaderStore, worker: WorkerStore, other_worker: WorkerStore, term: int
) -> None:
    numbers = range(100)
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in numbers)))
    await worker.claim([claim(number) for number in numbers])
    reports = [
        store.finish([finish(number, at=NOW + turn)])
        for number in numbers
        for turn, store in enumerate((worker, other_worker))
    ]
    accepted = [record for taken in await asyncio.gather(*reports) for record in taken]
    assert sorted(record.uow_id for record in accepted) == [uow_id(number) for number in numbers]


async def test_attempts_are_told_over_all_runs_oldest_first(
    leader: LeaderStore, worker: WorkerStore, term: int
) -> None:
    entry_uow_id = derive_uow_id("Hourly", "mail", period(1), 3)
    entry_uow = uow(1, entry_name="mail", run=3, uow_id=entry_uow_id)
    await leader.commit(Batch(term, new_uows=(uow(1), entry_uow, uow(1, run=2), uow(1, run=10))))
    await worker.claim([claim(1)])
    await worker.finish([finish(1, state=UowState.INVALID)])
    patch = UowPatch(uow_id(1), UowState.INVALID, 1, state=UowState.REQUESTED, attempt=2, retries=1)
    await leader.commit(Batch(term, patches=(patch,)))
    await worker.claim([claim(1)])
    await worker.claim([replace(claim(1), uow_id=one) for one in (uow_id(1, run=10), uow_id(1, run=2), entry_uow_id)])
    told = [(attempt.uow_id, attempt.attempt) for attempt in await leader.attempts(key(1))]
    assert told == [(uow_id(1), 1), (uow_id(1), 2), (uow_id(1, run=2), 1), (uow_id(1, run=10), 1)]
    (of_entry,) = await leader.attempts(key(1), "mail")
    assert of_entry.uow_id == entry_uow_id
