"""What is set aside stays as the store has it, whatever happens to it, until an operator acts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.engine import collecting, freeruns, reports
from synergy.core.engine.aside import OWN, is_asked_for, join, nodes_aside, part_of_uow, split
from synergy.core.engine.why import Around, Outlook, waiting_for
from synergy.core.ports import Batch
from synergy.core.records import (
    AuditEntry,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    ProcessOverride,
    UnitOfWork,
    UowId,
    UowPatch,
)
from synergy.core.states import JobState, UowState
from tests.core.engine.contexts import context_of, entry, settings_of, spec
from tests.core.engine.world import World

HOUR = "MainHourly@2013013020"
DAY = "MainDaily@2013013000"
AUDIT = AuditEntry(1.0, "scheduler", "activate", "A")


def world_of(*aside: str) -> World:
    context = context_of(
        spec("MainDaily", "Main"), spec("MainHourly", "Main", concurrency=9), entries=(entry("often", "every 1800"),)
    )
    world = World(context, settings_of(synergy_end_timeperiod="2013013100", gc_release_lag_minutes=1.0))
    world.schedule.aside.update(dict.fromkeys(aside, "too large"))
    return world


def put_aside(world: World, *names: str) -> None:
    world.schedule.aside.update(dict.fromkeys(names, "too large"))


@pytest.mark.parametrize(
    ("uow_id", "part"),
    [("A@2013010114.3", "A@2013010114"), ("A.b@2013010114.12", "A.b@2013010114"), ("F::e@20130101140000.1", "F::e")],
)
def test_a_unit_of_work_belongs_to_its_job_or_entry(uow_id: str, part: str) -> None:
    assert part_of_uow(UowId(uow_id)) == part


def test_a_batch_falls_into_parts_and_is_their_sum() -> None:
    uow = UnitOfWork(UowId("A@2013010114.1"), "A", "2013010114", 1, "2013010114", "2013010115")
    batch = Batch(
        7,
        jobs=(Job("A", "2013010114"), Job("A", "2013010115")),
        new_uows=(uow,),
        patches=(UowPatch(UowId("F::e@20130101140000.1"), UowState.REQUESTED, 1),),
        history=(HistoryEntry("A", "2013010114", 1.0, JobState.EMBRYO, JobState.IN_PROGRESS, "scheduler", "due"),),
        audit=(AUDIT,),
        overrides=(ProcessOverride("A"),),
        entries=(EntryRecord("F", "e", "every 60"),),
    )

    parts = split(batch)

    assert set(parts) == {"A@2013010114", "A@2013010115", "F::e", OWN}
    assert parts["A@2013010114"] == Batch(7, jobs=batch.jobs[:1], new_uows=(uow,), history=batch.history)
    assert parts["F::e"] == Batch(7, patches=batch.patches, entries=batch.entries)
    assert parts[OWN] == Batch(7, audit=batch.audit, overrides=batch.overrides)
    assert join(parts.values()) == batch


@pytest.mark.parametrize(("actor", "is_asked"), [("scheduler", False), ("anna", True)])
def test_what_an_operator_asked_for_is_known_by_its_audit(actor: str, *, is_asked: bool) -> None:
    assert is_asked_for(Batch(1, audit=(replace(AUDIT, actor=actor),))) is is_asked


def test_a_job_that_is_aside_does_not_start_and_the_others_do() -> None:
    world = world_of(HOUR)
    world.go_to("2013013023")
    assert {uow_id for uow_id in world.queue if uow_id.startswith("Main")} == {"MainHourly@2013013021.1"}
    assert JobKey("MainHourly", "2013013020") not in world.store.jobs


def test_the_jobs_that_are_aside_are_found_and_what_is_of_no_process_is_none() -> None:
    world = world_of(HOUR, "Free::often", "Gone@2013013000")

    assert list(nodes_aside(world.schedule)) == [world.schedule.timetable.node(JobKey("MainHourly", "2013013020"))]


def test_it_says_what_it_waits_for() -> None:
    world = world_of(HOUR)
    [reason] = waiting_for(
        Outlook(world.schedule, Around()), world.schedule.timetable.node(JobKey("MainHourly", "2013013020"))
    )
    assert "the store refuses it (too large)" in reason


def test_an_end_that_was_reported_stays_unapplied_and_is_found_at_the_next_start() -> None:
    world = world_of()
    world.go_to("2013013022")
    put_aside(world, HOUR)
    world.work()
    assert world.state(HOUR) is JobState.IN_PROGRESS
    assert not world.related(HOUR).applied

    world.restart()
    assert world.state(HOUR) is JobState.PROCESSED


def test_nothing_wakes_it() -> None:
    world = world_of()
    world.go_to("2013013023")
    world.work()
    assert world.state(DAY) is JobState.EMBRYO
    world.go_to("2013013101")
    world.work(most=1)
    before = world.store.jobs.get(JobKey("MainDaily", "2013013000"))
    put_aside(world, DAY)
    world.work()
    assert world.store.jobs.get(JobKey("MainDaily", "2013013000")) == before


def test_a_lost_worker_and_the_collector_leave_it_alone() -> None:
    world = world_of()
    world.go_to("2013013022")
    attempt = world.claim(UowId(f"{HOUR}.1"))
    assert attempt is not None
    world.settle()
    put_aside(world, HOUR)

    world.settle(lambda schedule: reports.supervisor_lost(schedule, "s1"))

    assert world.related(HOUR) == attempt
    world.schedule.aside.clear()
    world.finish(attempt, UowState.INVALID)
    world.settle()
    assert world.related(HOUR).state is UowState.INVALID
    put_aside(world, HOUR)
    world.tick(3_600.0, 0.0)
    world.settle(collect=True)
    world.settle(lambda schedule: collecting.flush(schedule, "MainHourly"))
    assert world.related(HOUR).state is UowState.INVALID
    world.tick(72.0 * 3_600.0, 0.0)
    world.settle(collect=True)
    assert not world.related(HOUR).gave_up


def test_an_entry_that_is_aside_does_not_fire_until_an_operator_changes_it() -> None:
    world = world_of("Free::often")
    world.settle()
    world.tick(1_800.0)
    assert not any(uow.entry_name for uow in world.store.uows.values())
    lane = world.schedule.entries["Free", "often"]
    assert lane.next_firing > world.now.schedule

    world.settle(lambda schedule: freeruns.put_entry(schedule, replace(lane.record, arguments={})))

    world.tick(1_800.0)
    assert [uow.entry_name for uow in world.store.uows.values() if uow.entry_name] == ["often"]


def test_at_a_start_an_entry_of_the_file_that_is_aside_is_not_stored() -> None:
    world = world_of()
    assert [one.entry_name for one in world.schedule.outbox.entries] == ["often"]
    world.aside = {"Free::often": "too large"}
    schedule = world.load()
    assert schedule.outbox.entries == []
    assert ("Free", "often") in schedule.entries


def test_an_operator_who_skips_it_ends_that() -> None:
    world = world_of(HOUR)
    world.go_to("2013013023")
    world.apply("skip", HOUR)
    assert world.schedule.aside == {}
    assert world.state(HOUR) is JobState.SKIPPED
