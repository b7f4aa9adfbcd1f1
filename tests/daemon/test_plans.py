"""Plans over a real store: keys, seals, what was ordered, batches, and what a plan would cost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.context import BlockingType, Work
from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.control.roles import Role
from synergy.core.errors import CannotUndo, IllegalState, InvalidArgument, NotFound, NotPermitted, PlanStale
from synergy.core.ports import Claim, Finish
from synergy.core.records import Job, JobKey
from synergy.core.states import UowState
from synergy.daemon.callers import Caller
from synergy.daemon.changing import Changing
from synergy.daemon.loading import Deployment
from synergy.daemon.plans import Plans
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.views import planned
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.manual_clock import ManualClock
from tests.worker.local_broker import LocalBroker

HOUR = "MainHourly@2013013020"
ANN = Caller(user="ann", uid=1, gid=1, pid=1, role=Role.ADMIN)
BOB = replace(ANN, user="bob", role=Role.OPERATOR)


class Planner:
    """A scheduler that runs, and the plans of it."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock("2013-01-31T00:30:00Z")
        self.store = SqliteLeaderStore(path)
        self.workers = SqliteWorkerStore(path)
        work = Work(run="jobs:run", pool="db", present_on_boxes=("box-.*",))
        hourly = replace(spec("MainHourly", "Main", concurrency=3), work=work)
        daily = replace(
            spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN), work=Work(run="jobs:run", deadline=7_200.0)
        )
        context = replace(context_of(spec("MainMonthly", "Main", is_on=False), daily, hourly), pools={"db": 2})
        deployment = Deployment(context, settings_of())
        self.scheduler = Scheduler(self.store, LocalBroker(), self.clock, deployment, lambda _events: None)
        self.slots: dict[str, int] = {}
        self.plans = Plans(self.scheduler, lambda: self.slots)

    async def plan(self, verb: str, *targets: str, **options: object) -> replies.Plan:
        return await self.plans.make(q.MakePlan(verb, targets, **options), ANN)  # type: ignore[arg-type]

    async def do(self, verb: str, *targets: str, **options: object) -> replies.Applied:
        self.clock.advance(1.0)
        plan = await self.plan(verb, *targets, **options)
        return await self.plans.apply(q.ApplyPlan(plan.plan_id, key=options.get("key")), ANN)  # type: ignore[arg-type]

    async def run(self, seconds: float) -> None:
        """Workers end all that is offered, each unit of work after so long; again until nothing is."""
        while True:
            await self.scheduler.mailbox.ask(lambda schedule: schedule.now)
            open_ones = [uow for uow in self.scheduler.schedule.active_uows() if uow.state is UowState.REQUESTED]
            if not open_ones:
                return
            began = self.clock.real
            await self.workers.claim([Claim(uow.uow_id, "s1", "box", "host", began) for uow in open_ones])
            ends = [Finish(uow.uow_id, uow.attempt, "s1", UowState.PROCESSED, began + seconds) for uow in open_ones]
            await self.workers.finish(ends)
            self.clock.advance(60.0)  # the collector's next round finds them
            await self.scheduler.mailbox.ask(lambda schedule: schedule.now)


@pytest.fixture
async def planner(tmp_path: Path) -> AsyncIterator[Planner]:
    one = Planner(tmp_path / "synergy.db")
    await one.store.open()
    await one.workers.open()
    one.scheduler.term = await one.store.take_term("d1")
    await one.scheduler.load(accept_plan=False)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.scheduler.run())
        await one.run(4.0)
        yield one
        one.scheduler.stop()
    await one.workers.close()
    await one.store.close()


async def test_the_same_key_makes_the_change_once_and_tells_it_again(planner: Planner) -> None:
    first = await planner.do("hold", "Main", key="night")

    repeated = await planner.plan("hold", "Main", key="night")
    again = await planner.plans.apply(q.ApplyPlan(repeated.plan_id, key="night"), ANN)

    assert (repeated.repeats, repeated.plan_id) == (True, first.plan_id)
    assert (again.repeated, again.plan_id) == (True, first.plan_id)
    assert len(planner.scheduler.schedule.orders.directives) == 1
    with pytest.raises(InvalidArgument, match='key "night" was used already, for: hold Main'):
        await planner.plan("hold", "MainDaily", key="night")


async def test_what_is_told_again_names_the_orders_that_were_given_and_lifted(planner: Planner) -> None:
    first = await planner.do("hold", "Main", key="night")
    lifted = await planner.do("release", "Main", key="morning")

    for done, verb, key in ((first, "hold", "night"), (lifted, "release", "morning")):
        plan = await planner.plan(verb, "Main", key=key)
        again = await planner.plans.apply(q.ApplyPlan(plan.plan_id, key=key), ANN)
        named = [[(one.directive_id, one.reach, one.lifted) for one in at.directives] for at in (done, plan, again)]
        assert named[0] == named[1] == named[2] != []


async def test_an_undo_that_is_told_again_names_what_is_so_again(planner: Planner) -> None:
    changing = Changing(planner.scheduler)
    await changing.switch(q.SwitchProcess("MainDaily", is_on=False), ANN)
    first = await planner.do("undo", key="back")
    plan = await planner.plan("undo", key="back")
    again = await planner.plans.apply(q.ApplyPlan(plan.plan_id, key="back"), ANN)

    assert again.repeated
    assert again.restores == plan.restores == first.restores != ()


async def test_what_changes_nothing_is_not_the_last_change(planner: Planner) -> None:
    changing = Changing(planner.scheduler)
    await planner.do("hold", "Main")
    planner.clock.advance(1.0)
    done = await changing.switch(q.SwitchProcess("MainDaily", is_on=True), ANN)
    assert done.message == "MainDaily is active already"

    assert [one.reach for one in (await planner.plan("undo")).directives] == ["Main"]


async def test_a_batch_that_has_ended_is_told_apart_from_none(planner: Planner) -> None:
    batch = await planner.do("reprocess", HOUR, max_parallel=1)
    await planner.do("batch cancel", batch.plan_id)

    with pytest.raises(IllegalState, match=f"batch {batch.plan_id} has ended: canceled by ann") as caught:
        await planner.plan("batch pause", batch.plan_id)
    assert f"synergyctl batch show {batch.plan_id}" in (caught.value.remedy or "")
    with pytest.raises(NotFound, match='no batch "p0" is under way'):
        await planner.plan("batch pause", "p0")


async def test_two_plans_under_one_key_are_applied_once(planner: Planner) -> None:
    plans = [await planner.plan("reprocess", HOUR, key="k") for _ in range(2)]

    done = [await planner.plans.apply(q.ApplyPlan(plan.plan_id, key="k"), ANN) for plan in plans]

    assert [one.repeated for one in done] == [False, True]
    assert done[0].plan_id == done[1].plan_id == plans[0].plan_id
    planner.clock.advance(3_600.0)  # the second one has expired
    assert (await planner.plans.apply(q.ApplyPlan(plans[1].plan_id, key="k"), ANN)).repeated


async def test_a_plan_is_applied_once_and_an_unknown_one_is_stale(planner: Planner) -> None:
    plan = await planner.plan("reprocess", HOUR)
    await planner.plans.apply(q.ApplyPlan(plan.plan_id), ANN)

    with pytest.raises(PlanStale, match="is unknown or was applied already"):
        await planner.plans.apply(q.ApplyPlan(plan.plan_id), ANN)


async def test_for_who_has_not_looked_a_plan_is_made_anew_where_jobs_have_moved(planner: Planner) -> None:
    await planner.do("hold", "Main")
    await planner.do("reprocess", HOUR)
    plan = await planner.plan("skip", f"{HOUR}..2013013021")
    await planner.do("mark", HOUR, to="noop")

    with pytest.raises(PlanStale, match="cannot be skipped"):
        await planner.plans.apply(q.ApplyPlan(plan.plan_id), ANN)
    with pytest.raises(IllegalState):  # nothing of it is legal any more
        await planner.plans.apply(q.ApplyPlan(plan.plan_id, renew=True), ANN)
    await planner.do("reprocess", HOUR)
    assert (await planner.plans.apply(q.ApplyPlan(plan.plan_id, renew=True), ANN)).changed >= 1


async def test_an_undo_is_made_anew_too(planner: Planner) -> None:
    await planner.do("hold", "Main", "MainHourly")
    undo = await planner.plan("undo")
    await planner.do("release", "MainHourly")

    with pytest.raises(PlanStale):
        await planner.plans.apply(q.ApplyPlan(undo.plan_id), ANN)
    done = await planner.plans.apply(q.ApplyPlan(undo.plan_id, renew=True), ANN)
    assert [one.reach for one in done.directives] == ["Main"]
    assert len(done.overtaken) == 1


async def test_a_sealed_job_changes_only_for_a_reason(planner: Planner) -> None:
    await planner.do("seal", HOUR)
    plan = await planner.plan("reprocess", HOUR)
    assert plan.sealed == (HOUR,)

    for request in (q.ApplyPlan(plan.plan_id), q.ApplyPlan(plan.plan_id, break_seal=True)):
        with pytest.raises(NotPermitted, match=f"would change sealed jobs: {HOUR}"):
            await planner.plans.apply(request, ANN)
    done = await planner.plans.apply(q.ApplyPlan(plan.plan_id, break_seal=True, reason="late"), ANN)
    assert done.command == f"synergyctl reprocess {HOUR} --yes --break-seal --reason late"


@pytest.mark.parametrize(("order", "back"), [("drain", "release"), ("drain", "undo"), ("seal", "undo")])
async def test_an_operator_ends_no_drain_and_opens_no_seal_by_another_name(
    planner: Planner, order: str, back: str
) -> None:
    done = await planner.do(order, *([HOUR] if order == "seal" else []))
    (directive,) = planner.scheduler.schedule.orders.directives
    plan = await planner.plan(back, directive if back == "release" else done.plan_id)

    with pytest.raises(NotPermitted, match=f"{back} of a {order} is refused: user bob has the role operator"):
        await planner.plans.apply(q.ApplyPlan(plan.plan_id), BOB)
    assert list(planner.scheduler.schedule.orders.directives) == [directive]
    await planner.plans.apply(q.ApplyPlan(plan.plan_id), ANN)
    assert not planner.scheduler.schedule.orders.directives


async def test_an_operator_holds_and_takes_that_back(planner: Planner) -> None:
    plan = await planner.plan("hold", "Main")
    await planner.plans.apply(q.ApplyPlan(plan.plan_id), BOB)
    undo = await planner.plan("undo", plan.plan_id)

    await planner.plans.apply(q.ApplyPlan(undo.plan_id), BOB)
    assert not planner.scheduler.schedule.orders.directives


async def test_what_was_ordered_changed_or_lifted_is_told(planner: Planner) -> None:
    held = (await planner.do("hold", "MainHourly")).directives
    assert [(one.directive_id, one.reach, one.lifted) for one in held] == [(held[0].directive_id, "MainHourly", None)]
    batch = (await planner.do("reprocess", HOUR, max_parallel=1)).directives
    paused = (await planner.do("batch pause", batch[0].directive_id)).directives
    assert [(one.directive_id, one.is_paused) for one in paused] == [(batch[0].directive_id, True)]
    lifted = (await planner.do("release", "MainHourly")).directives
    assert [(one.directive_id, one.lifted is None) for one in lifted] == [(held[0].directive_id, False)]

    schedule, store = planner.scheduler.schedule, planner.store
    in_force = (await planned.directives(schedule, store, q.Directives())).directives
    assert [one.kind for one in in_force] == ["batch"]
    ever = (await planned.directives(schedule, store, q.Directives(lifted=True))).directives
    assert {one.kind for one in ever} == {"batch", "hold"}


async def test_a_batch_is_shown_while_it_runs_and_after_it(planner: Planner) -> None:
    batch_id = (await planner.do("reprocess", HOUR, "MainHourly@2013013021", max_parallel=1)).plan_id
    shown = await planned.batch(planner.scheduler.schedule, planner.store, q.ShowBatch(batch_id))
    assert (shown.batch.total, shown.batch.left, shown.batch.running) == (3, 3, 1)
    assert shown.counts == {"state_in_progress": 1, "state_embryo": 2}

    await planner.run(4.0)

    shown = await planned.batch(planner.scheduler.schedule, planner.store, q.ShowBatch(batch_id))
    assert shown.counts == {"state_processed": 3}
    assert (shown.batch.outcome, shown.batch.left) == ("done", None)
    assert {job.uow_id for job in shown.jobs} == {f"{HOUR}.2", "MainHourly@2013013021.2", "MainDaily@2013013000.2"}
    hold = await planner.do("hold", "Main")
    for unknown in (hold.plan_id, "p-unknown"):
        with pytest.raises(NotFound, match="is unknown"):
            await planned.batch(planner.scheduler.schedule, planner.store, q.ShowBatch(unknown))


async def test_a_batch_that_ends_while_it_is_read_has_nothing_left(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = (await planner.do("reprocess", HOUR, "MainHourly@2013013021", max_parallel=1)).plan_id
    read_jobs = planner.store.jobs

    async def read_slowly(keys: Sequence[JobKey]) -> tuple[Job, ...]:
        await planner.run(4.0)
        return await read_jobs(keys)

    monkeypatch.setattr(planner.store, "jobs", read_slowly)
    shown = await planned.batch(planner.scheduler.schedule, planner.store, q.ShowBatch(batch_id))

    assert shown.counts == {"state_processed": 3}
    assert (shown.batch.lifted, shown.batch.left, shown.batch.running) == (None, 0, 0)


async def test_an_undo_names_what_it_could_not_take_back(planner: Planner) -> None:
    await planner.do("hold", "MainHourly@2013013021..")
    await planner.do("reprocess", "MainHourly@2013013020..2013013021")
    await planner.run(4.0)

    undone = await planner.do("undo")

    assert undone.overtaken == (
        f"{HOUR} has changed since and is processed",
        f"MainDaily@2013013000 is built on {HOUR}, which has gone on since",
    )
    assert undone.changed == 2  # the other hour, and the month that had only been ordered
    with pytest.raises(NotFound, match='plan "p-unknown" is unknown'):
        await planner.plan("undo", "p-unknown")
    with pytest.raises(InvalidArgument, match="undo takes back one plan"):
        await planner.plan("undo", "p1", "p2")


async def test_an_undo_says_which_change_it_takes_back(planner: Planner) -> None:
    hold = await planner.do("hold", "Main")

    for told in ((await planner.plan("undo")).undoes, (await planner.do("undo")).undoes):
        assert told == replies.Undone(hold.plan_id, "hold", ("Main",), "ann", "2027-01-15T08:03:01.000Z")


async def test_an_undo_of_a_last_change_that_stays_names_the_one_before_and_takes_none(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await planner.do("hold", "Main")
    await planner.do("force", "MainDaily@2013013100")
    await planner.do("force", "MainMonthly@2013010000")

    with pytest.raises(CannotUndo) as caught:
        await planner.plan("undo")
    at = r"2027-01-15 08:\d\d:\d\d UTC"
    last = rf"the last change, force MainMonthly@2013010000 \(plan p\w+, by ann, {at}\), stays: nothing of plan .*"
    assert re.fullmatch(last, caught.value.message)
    before = rf"hold Main \(plan {hold.plan_id}, by ann, {at}\): synergyctl undo {hold.plan_id}"
    assert re.fullmatch(f"of those before it can be undone {before}", caught.value.remedy)
    assert len(planner.scheduler.schedule.orders.directives) == 1  # nothing was undone

    monkeypatch.setattr("synergy.daemon.undo_drafts.MOST_TRIED", 1)  # so far back nothing is looked for
    with pytest.raises(CannotUndo, match=r"change it anew$"):
        await planner.plan("undo")


async def test_a_verb_without_its_target_is_refused(planner: Planner) -> None:
    with pytest.raises(InvalidArgument, match="hold has no target"):
        await planner.plan("hold")


async def test_the_cost_is_by_the_median_of_the_last_runs_over_the_slots(planner: Planner) -> None:
    plan = await planner.plan("reprocess", "MainHourly@2013013020..2013013023")

    levels = {level.process_name: level for level in plan.levels}
    hourly = levels["MainHourly"]
    assert (hourly.jobs, hourly.median_seconds, hourly.seconds) == (4, 4.0, 8.0)  # two rounds of three slots
    assert [levels[name].at_once for name in ("MainHourly", "MainDaily")] == [3, 1]
    assert plan.seconds == 8.0 + 4.0  # and the day after them
    assert (await planner.plan("skip", "MainDaily@2013013100")).seconds is None


@pytest.mark.parametrize(
    ("slots", "at_once", "seconds"),
    [
        ({}, 3, 8.0),
        ({"elsewhere": 8}, 3, 8.0),  # where it would run is not known
        ({"box-1": 1, "elsewhere": 8}, 1, 16.0),
        ({"box-1": 1, "box-2": 1}, 2, 8.0),
        ({"box-1": 8}, 2, 8.0),  # no more of its pool
        ({"box-1": 1, "box-2": 8}, 3, 8.0),
        ({"box-1": 8, "box-2": 8}, 3, 8.0),
    ],
)
async def test_no_more_are_reckoned_to_run_at_once_than_living_boxes_have_room_for(
    planner: Planner, slots: dict[str, int], at_once: int, seconds: float
) -> None:
    planner.slots = slots
    plan = await planner.plan("reprocess", "MainHourly@2013013020..2013013023")

    levels = {level.process_name: level for level in plan.levels}
    assert (levels["MainHourly"].at_once, levels["MainHourly"].seconds) == (at_once, seconds)
    assert (levels["MainDaily"].at_once, plan.seconds) == (1, seconds + 4.0)


@pytest.mark.parametrize(("most", "at_once", "seconds"), [(1, 1, 16.0), (2, 2, 8.0), (9, 2, 8.0)])
async def test_no_more_of_a_batch_are_reckoned_to_run_at_once_than_it_lets(
    planner: Planner, most: int, at_once: int, seconds: float
) -> None:
    plan = await planner.plan("reprocess", "MainHourly@2013013020..2013013023", max_parallel=most)

    levels = {level.process_name: level for level in plan.levels}
    hourly = levels["MainHourly"]
    assert (hourly.at_once, hourly.seconds) == (at_once, seconds)  # it leaves one of the three slots to others
    assert plan.seconds == seconds + 4.0


async def test_a_deadline_that_so_few_slots_would_pass_is_at_risk(planner: Planner) -> None:
    planner.clock.set_schedule("2013-01-31T02:00:00Z")
    planner.clock.advance(-14.0)
    await planner.scheduler.mailbox.ask(lambda schedule: schedule.now)

    hours = "MainHourly@2013013020..2013013023"
    assert (await planner.plan("reprocess", hours)).at_risk == ()
    planner.slots = {"box-1": 1}
    assert (await planner.plan("reprocess", hours)).at_risk == ("MainDaily@2013013000",)


async def test_a_process_that_never_ran_has_no_cost(planner: Planner) -> None:
    plan = await planner.plan("force", "MainMonthly@2013010000")

    assert [(level.median_seconds, level.seconds) for level in plan.levels] == [(None, None)]
    assert (plan.seconds, plan.at_risk) == (None, ())


@pytest.mark.parametrize(("left", "at_risk"), [(60.0, ()), (5.0, ("MainDaily@2013013000",)), (-5.0, ())])
async def test_a_deadline_that_the_cost_would_pass_is_at_risk_unless_it_has_passed(
    planner: Planner, left: float, at_risk: tuple[str, ...]
) -> None:
    planner.clock.set_schedule("2013-01-31T02:00:00Z")
    planner.clock.advance(-left)
    await planner.scheduler.mailbox.ask(lambda schedule: schedule.now)

    assert (await planner.plan("reprocess", HOUR)).at_risk == at_risk


async def test_a_plan_that_two_ask_for_at_once_is_applied_once(planner: Planner) -> None:
    plan = await planner.plan("hold", "Main")
    undo = await planner.plan("undo", (await planner.do("reprocess", HOUR)).plan_id)
    for one in (plan, undo):
        asked = [planner.plans.apply(q.ApplyPlan(one.plan_id), ANN) for _ in range(2)]
        first, second = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(first, replies.Applied)
        assert isinstance(second, PlanStale)
        assert "was applied already" in str(second)


async def test_a_key_of_another_change_is_refused_though_the_plan_was_made_without_it(planner: Planner) -> None:
    await planner.do("hold", "Main", key="night")
    plan = await planner.plan("reprocess", HOUR)

    with pytest.raises(InvalidArgument, match='key "night" was used already, for: hold Main; use a new one'):
        await planner.plans.apply(q.ApplyPlan(plan.plan_id, key="night"), ANN)
    both = [await planner.plan("hold", "MainHourly"), plan]
    asked = [planner.plans.apply(q.ApplyPlan(one.plan_id, key="k"), ANN) for one in both]
    first, second = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, replies.Applied)
    assert isinstance(second, InvalidArgument)


async def test_the_undo_of_the_last_change_is_told_again_under_its_key(planner: Planner) -> None:
    await planner.do("hold", "Main")
    await planner.do("hold", "MainDaily")
    done = await planner.do("undo", key="back")

    again = await planner.plan("undo", key="back")
    assert (again.repeats, again.plan_id) == (True, done.plan_id)
    assert [one.reach for one in planner.scheduler.schedule.orders.directives.values()] == ["Main"]
