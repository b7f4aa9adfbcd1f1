"""What "why" reads of a store beside the schedule: logs, who skipped, why a process is off, and what caused runs."""

from __future__ import annotations

import pytest

from synergy.core.audit_chain import chained
from synergy.core.control import why_requests as y
from synergy.core.engine.why import Around, Outlook
from synergy.core.errors import NotFound
from synergy.core.ports import Batch, LeaderStore, WorkerStore
from synergy.core.records import AuditEntry, HistoryEntry, LogChunk, LogLine
from synergy.core.states import JobState, UowState
from synergy.daemon.views.why import blocks, why_all, why_job, why_ran
from tests.contract.store.samples import NOW
from tests.core.engine import entry_scenes
from tests.core.engine.why_scenes import (
    AROUND,
    DAY,
    HOUR,
    NEXT,
    REPORT,
    failed,
    given_up,
    in_batch,
    skipped_upstream,
    small,
    switched_off,
)
from tests.core.engine.world import World


async def keep(leader: LeaderStore, world: World) -> None:
    """The world's records, as its daemon would have stored them."""
    term = await leader.take_term("daemon-1")
    stored = world.store
    await leader.commit(
        Batch(
            term,
            jobs=tuple(stored.jobs.values()),
            new_uows=tuple(stored.uows.values()),
            history=tuple(stored.history),
            audit=tuple(stored.audit),
        ),
    )


def log_of(world: World, *texts: str) -> LogChunk:
    uow = world.related(HOUR)
    return LogChunk(uow.uow_id, uow.attempt, 0, tuple(LogLine(NOW, "stdout", "", text) for text in texts))


async def test_a_failed_root_tells_the_last_line_of_its_log_that_says_something(
    leader: LeaderStore, worker: WorkerStore
) -> None:
    world = given_up()
    await keep(leader, world)
    await worker.append_log([log_of(world, "reading", "no such file: x.csv", "", "  ")])

    told = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(REPORT))

    assert (told.code, told.state) == ("blocked_dependency", JobState.EMBRYO)
    assert [(root.code, root.last_line) for root in told.roots] == [("gave_up", "no such file: x.csv")]
    assert told.conditions[0].children[0].last_line == "no such file: x.csv"
    everything = await why_all(lambda: Outlook(world.schedule, AROUND), leader, y.WhyAll(limit=1))
    assert (everything.roots[0].last_line, everything.roots[0].job) == ("no such file: x.csv", HOUR)
    assert everything.more_roots == 0
    assert everything.roots[0].blocks == sum(everything.roots[0].by_process.values())


async def test_a_root_that_printed_nothing_has_no_last_line(leader: LeaderStore) -> None:
    world = failed()
    await keep(leader, world)

    told = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(HOUR))

    assert [(root.code, root.last_line) for root in told.roots] == [("retry_wait", None)]


async def test_a_skipped_dependency_names_who_skipped_it_and_why(leader: LeaderStore) -> None:
    world = skipped_upstream()
    await keep(leader, world)
    name, _, period = HOUR.partition("@")
    term = await leader.take_term("daemon-2")
    entry = HistoryEntry(
        name, period, NOW * 2, JobState.EMBRYO, JobState.SKIPPED, "ann", "skip", reason="no data ever"
    )  # fmt: skip
    await leader.commit(Batch(term, history=(entry,)))

    upstream = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(REPORT))
    itself = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(HOUR))

    for told in (upstream, itself):
        assert [(root.actor, root.reason) for root in told.roots] == [("ann", "skip: no data ever")]
        assert told.roots[0].since is not None
        assert told.roots[0].command == f"synergyctl reprocess {HOUR} --yes"


async def test_a_skip_of_which_no_history_is_kept_is_told_all_the_same(leader: LeaderStore) -> None:
    world = skipped_upstream()

    told = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(REPORT))

    assert [(root.code, root.actor, root.reason) for root in told.roots] == [("upstream_skipped", None, None)]


async def test_who_switched_a_process_off_gave_a_reason(leader: LeaderStore) -> None:
    world = switched_off()
    await keep(leader, world)
    later = AuditEntry(NOW * 2, "bob", "deactivate", "MainDaily", reason="another one")
    line = chained((later,), await leader.audit_head())
    await leader.commit(Batch(await leader.take_term("daemon-2"), audit=line))

    told = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(HOUR))

    assert [(root.code, root.actor, root.reason) for root in told.roots] == [("inactive_process", "ann", "bad feed")]


async def test_a_paused_batch_names_who_paused_it(leader: LeaderStore) -> None:
    world = in_batch(paused=True)
    unknown = await why_job(Outlook(world.schedule, AROUND), leader, y.Why(NEXT))
    paused = AuditEntry(NOW, "bob", "batch pause", "p0 p1", reason="month end")
    others = AuditEntry(NOW, "ann", "batch pause", "p11")
    lines = chained((paused, others), await leader.audit_head())
    await leader.commit(Batch(await leader.take_term("daemon-1"), audit=lines))

    told = await why_all(lambda: Outlook(world.schedule, AROUND), leader, y.WhyAll())

    [root] = [root for root in told.roots if root.code == "limit_batch"]
    assert (root.what, root.actor, root.reason) == ("batch p1 is paused", "bob", "month end")
    assert (root.command, root.since is not None) == ("synergyctl batch resume p1 --yes", True)
    assert {(root.code, root.actor, root.since) for root in unknown.roots if root.about == "p1"} == {
        ("limit_batch", None, None)
    }


async def test_while_the_store_is_down_it_is_not_asked(leader: LeaderStore) -> None:
    world = given_up()
    await leader.close()
    around = AROUND._replace(store_problem="the disk is full", store_since=NOW)

    told = await why_job(Outlook(world.schedule, around), leader, y.Why(REPORT))

    assert told.code == "store_down"
    assert {root.code for root in told.roots} == {"store_down", "gave_up"}
    assert all(root.last_line is None for root in told.roots)


async def test_a_finished_job_has_no_root_and_a_period_before_the_timetable_no_job(leader: LeaderStore) -> None:
    world = small()
    world.work(most=1)

    done = await why_job(Outlook(world.schedule, Around()), leader, y.Why(HOUR))
    early = await why_job(Outlook(world.schedule, Around()), leader, y.Why("MainHourly@2013013010"))

    assert (done.code, done.roots, done.conditions[0].what) == ("done", (), "it is processed")
    assert (early.code, early.state) == ("clock_before_start", None)
    assert early.roots[0].code == "clock_before_start"


async def test_what_waits_is_counted_and_the_nearest_are_named() -> None:
    world = small()

    told = blocks(world.schedule, y.Blocks(HOUR, limit=1))

    assert told.total == sum(told.by_process.values()) > 1
    assert (len(told.jobs), told.more) == (1, True)
    assert (told.jobs[0].process_name, told.jobs[0].because) == ("MainDaily", f"{HOUR} is its child")
    assert blocks(world.schedule, y.Blocks(HOUR, limit=100)).more is False


async def test_each_run_is_told_with_its_cause(leader: LeaderStore) -> None:
    world = small("2013013101")
    world.work()
    world.apply("reprocess", HOUR)
    world.work(UowState.INVALID)
    await keep(leader, world)

    told = await why_ran(world.schedule, leader, y.WhyRan(DAY))

    assert [run.cause for run in told.runs] != []
    hour = await why_ran(world.schedule, leader, y.WhyRan(HOUR))
    assert [(run.run, run.cause, run.actor) for run in hour.runs] == [(1, "due", "scheduler"), (2, "reprocess", "ann")]
    assert hour.runs[0].attempts == ()


async def test_a_failed_entry_is_told_with_its_log_and_after_what_keeps_jobs(
    leader: LeaderStore, worker: WorkerStore
) -> None:
    world = entry_scenes.failed()
    await keep(leader, world)
    [uow] = [uow for uow in world.schedule.uows.values() if uow.entry_name]
    await worker.append_log([LogChunk(uow.uow_id, 1, 0, (LogLine(NOW, "stderr", "", "no space left"),))])
    outlook = Outlook(world.schedule, AROUND)

    told = await why_job(outlook, leader, y.Why("Free::often"))
    everything = await why_all(lambda: outlook, leader, y.WhyAll())

    assert (told.job, told.state, told.code) == ("Free::often", UowState.INVALID, "failed")
    assert [(root.job, root.code, root.last_line) for root in told.roots] == [
        ("Free::often", "failed", "no space left")
    ]
    assert everything.roots == told.roots
    assert everything.more_roots == 0
    with pytest.raises(NotFound, match="Free::oftn"):
        await why_job(outlook, leader, y.Why("Free::oftn"))


async def test_what_keeps_jobs_and_entries_is_told_once(leader: LeaderStore) -> None:
    world = entry_scenes.failed()
    outlook = Outlook(world.schedule, AROUND._replace(store_problem="the disk is full", store_since=NOW))

    everything = await why_all(lambda: outlook, leader, y.WhyAll())
    first = await why_all(lambda: outlook, leader, y.WhyAll(limit=1))

    assert sorted(root.code for root in everything.roots) == ["failed", "store_down"]
    assert ([root.code for root in first.roots], first.more_roots) == (["store_down"], 1)


async def test_an_entry_that_does_nothing_has_no_state(leader: LeaderStore) -> None:
    told = await why_job(Outlook(entry_scenes.resting().schedule, AROUND), leader, y.Why("Free::often"))

    assert (told.state, told.code) == (None, "not_due")
