"""Plans over the protocol: drafted off the schedule, applied inside a batch, exactly or not at all."""

from __future__ import annotations

from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.engine.plans import Draft, draft
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.verbs import apply_plan, check_current, records_needed
from synergy.core.errors import InvalidArgument, NotFound
from synergy.core.states import JobState, parse_state
from synergy.core.targets import UowTarget, parse_target
from synergy.daemon.control_server import Caller
from synergy.daemon.planbook import PlanBook, command_line
from synergy.daemon.scheduler import Scheduler


class Plans:
    """Makes plans and applies them."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._book = PlanBook(scheduler.clock, scheduler.deployment.settings.plan_expires_seconds)

    async def make(self, request: q.MakePlan, _caller: Caller) -> replies.Plan:
        """What the verb would change; nothing is changed."""
        if not request.targets:
            raise InvalidArgument(f"{request.verb} has no target", remedy="name at least one")
        schedule = self._scheduler.schedule
        if len(request.targets) == 1:
            await self._check_known(schedule, request.targets[0])
        only = tuple(parse_state(JobState, text) for text in request.only)
        drafted = draft(schedule, request.verb, request.targets, only)
        return self._book.reply(schedule, self._book.keep(drafted), drafted)

    async def _check_known(self, schedule: Schedule, text: str) -> None:
        """A unit of work that never was is not one that has nothing to cancel any more."""
        target = parse_target(text)
        if not isinstance(target, UowTarget) or target.uow_id in schedule.uows:
            return
        if not await self._scheduler.store.uows([target.uow_id]):
            raise NotFound(f'unit of work "{target.uow_id}" is unknown', remedy="see: synergyctl uows")

    async def apply(self, request: q.ApplyPlan, caller: Caller) -> replies.Applied:
        """Do exactly what the plan says."""
        plan = self._book.find(request.plan_id)
        await self._scheduler.mailbox.ask_slowly(lambda schedule: self._apply(schedule, request, plan, caller.user))
        self._book.drop(request.plan_id)
        return replies.Applied(
            plan_id=request.plan_id,
            changed=len(plan.changes),
            kills=plan.kills,
            command=command_line(plan, request.reason),
            refused=plan.refused,
            grace_seconds=self._grace_seconds(plan),
        )

    def _grace_seconds(self, plan: Draft) -> float:
        """How long the slowest of the killed work may take to end."""
        schedule = self._scheduler.schedule
        uows = [schedule.uows[uow_id] for uow_id in plan.kills if uow_id in schedule.uows]
        works = [work for uow in uows if (work := schedule.work_of(uow)) is not None]
        return max((work.grace_seconds for work in works), default=0.0)

    async def _apply(self, schedule: Schedule, request: q.ApplyPlan, plan: Draft, actor: str) -> None:
        check_current(schedule, plan)
        needed = records_needed(schedule, plan)
        records = {job.key: job for job in await self._scheduler.store.jobs(needed)} if needed else {}
        apply_plan(schedule, request.plan_id, plan, records, actor, request.reason)
