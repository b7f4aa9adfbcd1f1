"""Plans, holds, seals and batches of the small deployment in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import JobChanged
from synergy.core.errors import NotFound, PlanStale, StoreDown
from synergy.core.states import JOB_STATES, JobState

REAL_TIME: Final = "2026-11-23T08:33:27Z"
UNTIL: Final = "2026-11-23T10:33:27Z"
EVERYTHING: Final = ("everything",)
ORDERS: Final = frozenset({
    "hold", "release", "drain", "resume", "seal", "unseal", "batch pause", "batch resume", "batch cancel",
})  # fmt: skip
"""Verbs of which no job changes."""


def state_of(cell: str) -> str:
    """The stored name of a cell's state."""
    return JOB_STATES[int(cell)].value if cell != "6" else JobState.IN_PROGRESS


class FakePlans:
    """What is planned, and what was ordered."""

    def __init__(self) -> None:
        super().__init__()
        self.directives: list[r.Directive] = []
        self.applied: list[q.ApplyPlan] = []
        self.stale_plans = False
        self.sealed_jobs: set[str] = set()
        self.plan_extras: dict[str, Any] = {}
        self.lost_answers = 0
        self._plans: dict[str, r.Plan] = {}
        self.cells: dict[str, list[str]] = {}

    def key(self, process_name: str, index: int) -> str:
        """The job of a period by its index."""
        raise NotImplementedError

    def find(self, job: str) -> tuple[str, int]:
        """Process and index."""
        raise NotImplementedError

    def put(self, process_name: str, index: int, cell: str) -> JobChanged:
        """Change one job and tell."""
        raise NotImplementedError

    def plan(self, request: q.MakePlan) -> r.Plan:
        """The target and its parents; a range is every job of it; an order changes no job."""
        if request.verb in ORDERS:
            return self.keep(self.order(request))
        changes = []
        for target in request.targets or ("FlightsHourly@2013030512",):
            name, _, periods = target.partition("@")
            start, _, end = periods.partition("..")
            first, last = self.find(f"{name}@{start}")[1], self.find(f"{name}@{end or start}")[1]
            for index in range(first, last + 1):
                period = self.key(name, index).partition("@")[2]
                cell = self.cells[name][index]
                changes.append(r.PlanChange(name, period, state_of(cell), state_of("0"), "it was asked for"))
        counts = dict(Counter(change.process_name for change in changes))
        sealed = tuple(key for at in changes if (key := f"{at.process_name}@{at.timeperiod}") in self.sealed_jobs)
        return self.keep(r.Plan("", request.verb, tuple(changes), (), counts, ("Flights",), sealed=sealed))

    def keep(self, plan: r.Plan) -> r.Plan:
        """Under a new id, with what a test adds."""
        plan = replace(plan, plan_id=f"plan-{len(self._plans) + 1}", **self.plan_extras)
        self._plans[plan.plan_id] = plan
        return plan

    def apply(self, request: q.ApplyPlan) -> r.Applied:
        """Change what the plan says."""
        if self.stale_plans:
            self.stale_plans = False
            raise PlanStale("the plan is stale: FlightsHourly@2013010100 is in progress by now")
        self.applied.append(request)
        plan = self._plans[request.plan_id]
        if self.lost_answers:
            self.lost_answers -= 1
            raise StoreDown("the store gives no answer")
        if plan.verb in ORDERS:
            return self.give_order(plan, request)
        for change in plan.changes:
            self.put(*self.find(f"{change.process_name}@{change.timeperiod}"), "0")
        target = f"{plan.changes[0].process_name}@{plan.changes[0].timeperiod}"
        return r.Applied(
            plan.plan_id, len(plan.changes), plan.kills, f"synergyctl {plan.verb} {target} --yes", plan.refused,
            overtaken=plan.overtaken, lost=plan.lost,
        )  # fmt: skip

    def order(self, request: q.MakePlan) -> r.Plan:
        """A plan about holds, seals and batches."""
        known = {one.directive_id: one for one in self.directives}
        if request.verb in {"hold", "drain", "seal"}:
            kind = "seal" if request.verb == "seal" else "hold"
            until = None if request.until is None else UNTIL
            found = [r.Directive("", kind, at, "olga", REAL_TIME, until=until) for at in request.targets or EVERYTHING]
        elif request.verb == "resume":
            found = self.of("hold", "everything")
        else:
            found = [known[at] for at in request.targets]
        if request.verb in {"release", "resume", "unseal", "batch cancel"}:
            found = [replace(one, lifted=REAL_TIME) for one in found]
        names = [name for one in found for name in (one.reach.partition("@")[0],) if name in self.cells]
        affects = tuple((name, self.cells[name].count("0")) for name in names)
        return r.Plan("", request.verb, (), (), {}, (), directives=tuple(found), affects=affects)

    def of(self, kind: str, reach: str | None = None) -> list[r.Directive]:
        """Directives of a kind, and of a reach."""
        return [one for one in self.directives if one.kind == kind and reach in {None, one.reach}]

    def batch(self, request: q.ShowBatch) -> r.BatchDetail:
        """A batch of three jobs."""
        one = next((one for one in self.of("batch") if one.directive_id == request.batch_id), None)
        if one is None:
            raise NotFound(f'batch "{request.batch_id}" is unknown', remedy="see: synergyctl batch ls --all")
        jobs = (
            r.BatchJob(
                "FlightsHourly", "2013010100", JobState.PROCESSED, is_running=False, uow_id="FlightsHourly@2013010100.2"
            ),
            r.BatchJob(
                "FlightsHourly",
                "2013010101",
                JobState.IN_PROGRESS,
                is_running=True,
                uow_id="FlightsHourly@2013010101.2",
            ),
            r.BatchJob("FlightsHourly", "2013010102", JobState.EMBRYO, is_running=False),
        )
        return r.BatchDetail(one, jobs, {JobState.PROCESSED: 1, JobState.IN_PROGRESS: 1, JobState.EMBRYO: 1})

    def give_order(self, plan: r.Plan, request: q.ApplyPlan) -> r.Applied:
        """Set or lift what the plan is about."""
        ids = {one.directive_id for one in plan.directives}
        self.directives = [one for one in self.directives if one.directive_id not in ids]
        told = tuple(replace(one, lifted=REAL_TIME) for one in plan.directives)
        if plan.verb in {"hold", "drain", "seal"}:
            told = tuple(
                replace(one, directive_id=f"{plan.plan_id}.{at}", reason=request.reason)
                for at, one in enumerate(plan.directives)
            )
            self.directives += told
        elif plan.verb == "batch pause":
            told = tuple(replace(one, is_paused=True) for one in plan.directives)
            self.directives += told
        names = " ".join(one.reach for one in plan.directives if one.reach != "everything")
        return r.Applied(plan.plan_id, 0, (), f"synergyctl {plan.verb} {names} --yes", directives=told)
