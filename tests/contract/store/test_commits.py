"""LeaderStore: terms, whole records, idempotence."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest

from synergy.core.audit_chain import START, chained
from synergy.core.errors import InvalidArgument, TermSuperseded
from synergy.core.plan_records import PlannedChange, PlanRecord
from synergy.core.ports import AuditQuery, Batch, LeaderStore
from synergy.core.records import AuditEntry, BoxProcess, EntryRecord, ProcessOverride, UowPatch, UowType
from synergy.core.states import JobState, UowState
from tests.contract.store.implementations import Implementation
from tests.contract.store.samples import NOW, job, key, period, stored, told, uow, uow_id

PLAN = PlanRecord(
    "plan-1",
    "reprocess",
    "anna",
    NOW,
    (PlannedChange("Hourly", period(1), JobState.PROCESSED, JobState.EMBRYO, "it is a target"),),
    kills=(uow_id(1),),
    reason="late data",
)
ENTRY = EntryRecord(
    "Report", "mail", "cron 30 6 * * *", command=("mail", "--to", "ops"), arguments={"n": 1, "x": None, "ok": True}
)


async def test_each_term_is_higher_than_the_one_before(leader: LeaderStore) -> None:
    assert [await leader.take_term("a"), await leader.take_term("b")] == [1, 2]


async def test_a_term_survives_the_store_s_closing(
    leader: LeaderStore, implementation: Implementation, place: str
) -> None:
    term = await leader.take_term("a")
    await leader.close()
    again = implementation.leader(place)
    await again.open()
    assert await again.take_term("b") == term + 1
    await again.close()


async def test_a_superseded_leader_writes_nothing(leader: LeaderStore, term: int) -> None:
    await leader.take_term("daemon-2")
    with pytest.raises(TermSuperseded, match="daemon-2"):
        await leader.commit(Batch(term, jobs=(job(1),), new_uows=(uow(1),), history=(told(1),)))
    assert await leader.jobs([key(1)]) == ()
    assert await leader.uows([uow_id(1)]) == ()
    assert await leader.history(key(1), 10) == ()


async def test_an_empty_batch_checks_the_term(leader: LeaderStore, term: int) -> None:
    assert await leader.commit(Batch(term)) == ()
    await leader.take_term("daemon-2")
    with pytest.raises(TermSuperseded):
        await leader.commit(Batch(term))


async def test_what_would_be_stored_is_not_refused_and_a_question_stores_nothing(
    leader: LeaderStore, term: int
) -> None:
    batch = Batch(term, jobs=(job(1),), new_uows=(uow(1),), history=(told(1),), plans=(PLAN,), entries=(ENTRY,))

    assert await leader.refusal(batch) is None

    assert await leader.jobs([key(1)]) == ()
    assert await leader.uows([uow_id(1)]) == ()
    assert await leader.history(key(1), 9) == ()
    assert await leader.entries() == ()
    assert await leader.open_plans() == ()


async def test_what_would_not_be_stored_is_refused_before_as_by_the_commit(leader: LeaderStore, term: int) -> None:
    good, bad = Batch(term, new_uows=(uow(1),)), Batch(term, new_uows=(uow(2, arguments={"text": "\ud800"}),))
    both = Batch(term, new_uows=(*good.new_uows, *bad.new_uows))

    assert await leader.refusal(good) is None
    assert isinstance(await leader.refusal(bad), InvalidArgument)
    assert isinstance(await leader.refusal(both), InvalidArgument)
    with pytest.raises(InvalidArgument):
        await leader.commit(both)

    assert await leader.uows([uow_id(1), uow_id(2)]) == ()
    await leader.commit(good)
    assert len(await leader.uows([uow_id(1), uow_id(2)])) == 1


async def test_a_superseded_batch_takes_no_neighbour_with_it(leader: LeaderStore, term: int) -> None:
    newer = await leader.take_term("daemon-2")
    results = await asyncio.gather(
        leader.commit(Batch(newer, jobs=(job(1),))),
        leader.commit(Batch(term, jobs=(job(2),))),
        leader.commit(Batch(newer, jobs=(job(3),))),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [tuple, TermSuperseded, tuple]
    assert {one.key for one in await leader.jobs([key(1), key(2), key(3)])} == {key(1), key(3)}


async def test_every_field_of_a_job_comes_back(leader: LeaderStore, term: int) -> None:
    record = job(
        1,
        JobState.FINAL_RUN,
        run=3,
        related_unit_of_work=uow_id(1, run=3),
        number_of_failures=2,
        reopened=True,
        accepted_by_hand=True,
        inputs_finished=NOW + 1 / 3,
        changed=NOW + 1 / 7,
    )
    await leader.commit(Batch(term, jobs=(record, job(2))))
    assert await leader.jobs([key(1)]) == (record,)
    assert await leader.jobs([key(2)]) == (job(2),)


async def test_a_job_replaces_its_older_record(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, jobs=(job(1, run=1, number_of_failures=3),)))
    await leader.commit(Batch(term, jobs=(job(1, JobState.PROCESSED, run=2),)))
    assert await leader.jobs([key(1)]) == (job(1, JobState.PROCESSED, run=2),)


async def test_new_and_known_jobs_of_one_batch_are_all_as_it_says(leader: LeaderStore, term: int) -> None:
    """Whether they are worked on for the first time, and whether that tells rightly that they are new, or not."""
    states = (JobState.EMBRYO, JobState.IN_PROGRESS, JobState.PROCESSED)
    known = [job(number, states[number % 3], run=number % 2) for number in range(0, 100, 2)]
    await leader.commit(Batch(term, jobs=tuple(known)))
    written = [job(number, states[number // 7 % 3], run=number // 5 % 3, changed=NOW + number) for number in range(100)]
    await leader.commit(Batch(term, jobs=tuple(written)))
    assert sorted(await leader.jobs([one.key for one in written]), key=lambda one: one.key) == written
    assert set(await leader.active_jobs()) == {one for one in written if not one.state.is_finished}


async def test_every_field_of_a_unit_of_work_comes_back(leader: LeaderStore, term: int) -> None:
    record = uow(
        1,
        uow_type=UowType.FREERUN,
        entry_name="mail",
        start_id="a",
        end_id="ü\n☃",
        source="in",
        sink="out",
        arguments={"text": "true", "number": 7, "share": 0.1, "yes": True, "nothing": None, "big": 2**53 + 1},
        state=UowState.INVALID,
        attempt=4,
        retries=3,
        losses=2,
        submitted=NOW + 1e-6,
        started=NOW + 2e-6,
        finished=NOW + 1 / 3,
        number_of_processed_documents=2**40,
        number_of_aggregated_documents=5,
        claimed_by="s1",
        box_id="box-1",
        pid=77,
        exit_reason="exit 3",
        cancel_requested=True,
        gave_up=True,
        applied=True,
        inputs_finished=math.nextafter(NOW, NOW + 1),
        inputs_read=NOW,
    )
    await leader.commit(Batch(term, new_uows=(record, uow(2))))
    assert await stored(leader) == record
    assert await stored(leader, 2) == uow(2)


async def test_a_unit_of_work_that_exists_is_left_as_it_is(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, new_uows=(uow(1, source="first"),)))
    await leader.commit(Batch(term, new_uows=(uow(1, source="second"), uow(2))))
    assert (await stored(leader)).source == "first"
    assert (await stored(leader, 2)).state is UowState.REQUESTED


async def test_plans_overrides_entries_and_boxes_come_back_and_are_replaced(leader: LeaderStore, term: int) -> None:
    override = ProcessOverride("Hourly", is_on=False, trigger_frequency="every 5", file_is_on=True, at=NOW)
    box = BoxProcess("box-1", "Feed", pid=5, since=NOW)
    await leader.commit(
        Batch(term, plans=(PLAN,), overrides=(override,), entries=(ENTRY,), box_processes=(box,)),
    )
    assert await leader.open_plans() == (PLAN,)
    assert await leader.overrides() == (override,)
    assert await leader.entries() == (ENTRY,)
    assert await leader.box_processes() == (box,)
    changed = EntryRecord("Report", "mail", "every 5", is_on=False, deleted=True, last_firing=NOW)
    off = BoxProcess("box-1", "Feed", is_on=False)
    await leader.commit(
        Batch(term, overrides=(ProcessOverride("Hourly"),), entries=(changed,), box_processes=(off,)),
    )
    assert await leader.overrides() == (ProcessOverride("Hourly"),)
    assert await leader.entries() == (changed,)
    assert await leader.box_processes() == (off,)


async def test_a_plan_that_is_done_is_open_no_more(leader: LeaderStore, term: int) -> None:
    later = PlanRecord("plan-0", "skip", "bob", NOW + 1, ())
    await leader.commit(Batch(term, plans=(later, PLAN)))
    assert [plan.plan_id for plan in await leader.open_plans()] == ["plan-1", "plan-0"]
    done = PlanRecord("plan-1", "reprocess", "anna", NOW, PLAN.changes, done=True)
    await leader.commit(Batch(term, plans=(done,)))
    assert await leader.open_plans() == (later,)


async def test_history_is_told_newest_first_and_in_pages(leader: LeaderStore, term: int) -> None:
    entries = [told(1, at=NOW + number, reason=f"r{number}", plan_id="p") for number in range(5)]
    for entry in entries:
        await leader.commit(Batch(term, history=(entry, told(2))))
    newest = tuple(reversed(entries))
    assert await leader.history(key(1), 100) == newest
    assert await leader.history(key(1), 2) == newest[:2]
    assert await leader.history(key(1), 2, 3) == newest[3:]
    assert await leader.history(key(1), 2, 9) == ()


async def test_a_batch_that_is_committed_again_changes_nothing(leader: LeaderStore, term: int) -> None:
    patch = UowPatch(uow_id(1), UowState.REQUESTED, 1, state=UowState.CANCELED, finished=NOW)
    batch = Batch(
        term,
        jobs=(job(1, run=1),),
        new_uows=(uow(1),),
        patches=(patch,),
        history=(told(1), told(1, JobState.PROCESSED, uow_id=uow_id(1))),
        plans=(PLAN,),
        audit=chained([AuditEntry(NOW, "anna", "skip", "Hourly")], START),
    )
    assert await leader.commit(batch) == ()
    canceled = await stored(leader)
    assert await leader.commit(batch) == (canceled,)
    assert await stored(leader) == canceled
    assert len(await leader.history(key(1), 10)) == 2
    assert len(await leader.audit(AuditQuery())) == 1
    assert await leader.jobs([key(1)]) == (job(1, run=1),)


async def test_ten_thousand_jobs_are_one_batch(leader: LeaderStore, term: int, many: Callable[[int], int]) -> None:
    numbers = range(many(10_000))
    await leader.commit(
        Batch(term, jobs=tuple(job(number) for number in numbers), history=tuple(told(number) for number in numbers)),
    )
    assert len(await leader.active_jobs()) == len(numbers)


async def test_a_store_may_be_opened_and_closed_twice(implementation: Implementation, place: str) -> None:
    store = implementation.leader(place)
    await store.open()
    await store.open()
    assert await store.take_term("a") == 1
    await store.close()
    await store.close()
    await store.open()
    assert await store.take_term("a") == 2
    await store.close()
