"""Accepted plans with what undoes them, directives, and jobs that are forgotten."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.directives import DirectiveId, DirectiveKind
from synergy.core.plan_records import DirectiveUndo, EntryUndo, Inverse, JobUndo, OverrideUndo, PlanRecord
from synergy.core.ports import Batch, JobQuery, LeaderStore, PlanQuery
from synergy.core.records import EntryRecord, ProcessOverride
from synergy.core.states import JobState
from tests.contract.store.samples import DAY, NOW, hold, job, key

INVERSE = Inverse(
    jobs=(JobUndo(job(1), job(1, JobState.SKIPPED)), JobUndo(None, job(2, JobState.SKIPPED, changed=NOW / 3))),
    directives=(DirectiveUndo(None, hold()),),
    overrides=(OverrideUndo(ProcessOverride("Hourly"), ProcessOverride("Hourly", is_on=False)),),
    entries=(EntryUndo(None, EntryRecord("Report", "mail", "every 5", arguments={"a.b": 1, "$c": None})),),
    lost=("work that was stopped",),
)


def plan(plan_id: str, at: float = NOW, **fields: object) -> PlanRecord:
    return replace(PlanRecord(plan_id, "skip", "ann", at, (), done=True), **fields)


async def test_a_plan_keeps_what_undoes_it(leader: LeaderStore) -> None:
    stored = plan("p1", inverse=INVERSE, targets=("Hourly@2013010100",), key="k1")
    await leader.commit(Batch(await leader.take_term("d"), plans=(stored, plan("p2", NOW + 1))))

    assert await leader.find_plans(PlanQuery(plan_id="p1")) == (stored,)
    assert await leader.find_plans(PlanQuery(key="k1")) == (stored,)
    assert await leader.find_plans(PlanQuery(key="k2")) == ()


async def test_plans_come_newest_first_and_those_undone_are_not_undoable(leader: LeaderStore) -> None:
    term = await leader.take_term("d")
    plans = [plan(f"p{number}", NOW + number, inverse=Inverse() if number != 2 else None) for number in range(5)]
    await leader.commit(Batch(term, plans=tuple(plans)))
    await leader.commit(Batch(term, plans=(replace(plans[4], undone_by="p9"),)))

    assert [one.plan_id for one in await leader.find_plans(PlanQuery(limit=2))] == ["p4", "p3"]
    undoable = await leader.find_plans(PlanQuery(undoable=True, limit=9))
    assert [one.plan_id for one in undoable] == ["p3", "p1", "p0"]


async def test_directives_are_in_force_until_they_are_lifted(leader: LeaderStore) -> None:
    term = await leader.take_term("d")
    everything = replace(hold("h2", at=NOW + 1), kind=DirectiveKind.BATCH, max_parallel=2, total=3, until=NOW + DAY)
    await leader.commit(Batch(term, directives=(everything, hold("h1", process_name="Hourly", reason="bad feed"))))
    assert [one.directive_id for one in await leader.directives()] == ["h1", "h2"]
    assert (await leader.directives())[1] == everything

    lifted = replace(everything, lifted=NOW + 2, outcome="released")
    await leader.commit(Batch(term, directives=(lifted,)))
    assert [one.directive_id for one in await leader.directives()] == ["h1"]
    assert lifted in await leader.directives(lifted=True)


async def test_directives_that_were_lifted_expire(leader: LeaderStore) -> None:
    term = await leader.take_term("d")
    old = replace(hold("h1"), lifted=NOW - 2 * DAY)
    await leader.commit(Batch(term, directives=(old, replace(hold("h2"), lifted=NOW), hold("h3", at=NOW - 9 * DAY))))
    await leader.expire(NOW - DAY, NOW - DAY)
    assert {one.directive_id for one in await leader.directives(lifted=True)} == {
        DirectiveId("h2"),
        DirectiveId("h3"),
    }


async def test_a_job_that_is_untouched_again_has_no_record(leader: LeaderStore) -> None:
    term = await leader.take_term("d")
    await leader.commit(Batch(term, jobs=(job(1), job(2))))
    await leader.commit(Batch(term, jobs=(job(1, JobState.EMBRYO),)))

    assert await leader.jobs([key(1), key(2)]) == (job(2),)
    assert await leader.active_jobs() == (job(2),)
    assert await leader.find_jobs(JobQuery("Hourly")) == (job(2),)

    await leader.commit(Batch(term, jobs=(job(1, JobState.PROCESSED, changed=NOW),)))
    assert await leader.jobs([key(1)]) == (job(1, JobState.PROCESSED, changed=NOW),)
