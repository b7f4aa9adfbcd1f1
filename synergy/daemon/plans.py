"""Plans over the protocol: drafted off the schedule, applied inside a batch, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.control.roles import Role
from synergy.core.directives import DirectiveKind
from synergy.core.engine import taking_back, verbs
from synergy.core.engine.drafts import Draft
from synergy.core.engine.plans import draft
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import IllegalState, InvalidArgument, NotFound, NotPermitted, PlanStale
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import PlanQuery
from synergy.core.states import JobState, parse_state
from synergy.core.targets import UowTarget, parse_target
from synergy.core.wishes import ADMIN_VERBS, Verb, Wish
from synergy.daemon.command_lines import wish_line
from synergy.daemon.control_server import Caller
from synergy.daemon.costs import cost_of
from synergy.daemon.keys import check_same, done_under, was_accepted
from synergy.daemon.planbook import PlanBook, unknown_plan
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.undo_drafts import draft_undo, known_of
from synergy.daemon.views.planned import directive_row, plan_reply, undone_row

_MOST_UNDOABLE: Final = 32
_WITHOUT_TARGET: Final[frozenset[Verb]] = frozenset({"drain", "resume", "undo"})


class Plans:
    """Makes plans and applies them. ``slots``: of each box whose supervisor lives, how many it has."""

    def __init__(self, scheduler: Scheduler, slots: Callable[[], Mapping[str, int]]) -> None:
        self._scheduler = scheduler
        self._slots = slots
        self._store = scheduler.store
        self._book = PlanBook(scheduler.clock, scheduler.deployment.settings.plan_expires_seconds)

    async def make(self, request: q.MakePlan, caller: Caller) -> replies.Plan:
        """What the verb would change; nothing is changed."""
        if not request.targets and request.verb not in _WITHOUT_TARGET:
            raise InvalidArgument(f"{request.verb} has no target", remedy="name at least one")
        schedule = self._scheduler.schedule
        known = await done_under(schedule, self._store, request.key)
        if known is not None:
            return _repeated(schedule, request, known)
        if request.verb == "undo":
            drafted = await draft_undo(schedule, self._store, request.targets)
        else:
            if len(request.targets) == 1:
                await self._check_known(schedule, request.verb, request.targets[0])
            drafted = draft(schedule, _wish(request))
        cost = await cost_of(schedule, self._store, drafted, self._slots())
        plan_id = self._book.keep(drafted, by_viewer=not caller.may_change)
        return plan_reply(schedule, plan_id, drafted, cost, self._book.expires_seconds)

    async def _check_known(self, schedule: Schedule, verb: Verb, text: str) -> None:
        """What the schedule has let go of is told apart from what never was."""
        if verb.startswith("batch "):
            await self._check_batch(schedule, text)
        elif verb == "cancel":
            await self._check_uow(schedule, text)

    async def _check_batch(self, schedule: Schedule, text: str) -> None:
        if text in schedule.orders.batches:
            return
        found = (one for one in await self._store.directives(lifted=True) if one.directive_id == text)
        ended = next((one for one in found if one.kind is DirectiveKind.BATCH), None)
        if ended is not None:
            remedy = f"see what became of its jobs: synergyctl batch show {text}"
            raise IllegalState(f"batch {text} has ended: {ended.outcome or 'it was lifted'}", remedy=remedy)

    async def _check_uow(self, schedule: Schedule, text: str) -> None:
        """A unit of work that never was is not one that has nothing to cancel any more."""
        target = parse_target(text)
        if not isinstance(target, UowTarget) or target.uow_id in schedule.uows:
            return
        if not await self._store.uows([target.uow_id]):
            raise NotFound(f'unit of work "{target.uow_id}" is unknown', remedy="see: synergyctl uows")

    async def apply(self, request: q.ApplyPlan, caller: Caller) -> replies.Applied:
        """Do exactly what the plan says; what was done under the same key is told again."""
        known = await done_under(self._scheduler.schedule, self._store, request.key)
        if known is not None:
            self._check_key(known, request)
            return _told_again(self._scheduler.schedule, known)
        kept = self._book.find(request.plan_id)
        _check_role(kept, request, caller)
        plan = await self._scheduler.mailbox.ask_slowly(
            lambda schedule: self._apply(schedule, kept, request, caller), caller.origin
        )
        schedule = self._scheduler.schedule
        if isinstance(plan, PlanRecord):
            return _told_again(schedule, plan)
        self._book.drop(request.plan_id)
        changed = {one.directive_id for one in plan.sets}
        mine = [
            one
            for one in schedule.orders.directives.values()
            if one.directive_id in changed or one.directive_id.startswith(request.plan_id)
        ]
        mine += [replace(one, lifted=schedule.now.real) for one in plan.lifts]
        return replies.Applied(
            plan_id=request.plan_id,
            changed=len(plan.changes),
            kills=plan.kills,
            command=wish_line(plan.wish, request.reason, breaks_seal=request.break_seal and bool(plan.sealed)),
            refused=plan.refused,
            grace_seconds=self._grace_seconds(plan),
            directives=tuple(directive_row(schedule, one) for one in mine),
            restores=plan.undo.words if plan.undo else (),
            overtaken=plan.undo.overtaken if plan.undo else (),
            lost=plan.undo.lost if plan.undo else (),
            undoes=undone_row(plan.undo.record) if plan.undo else None,
        )

    async def known(self, _request: q.ListPlans, _caller: Caller) -> replies.Plans:
        """Which plans can be applied, or undone."""
        waiting = self._book.waiting().items()
        applied = await self._store.find_plans(PlanQuery(undoable=True, limit=_MOST_UNDOABLE))
        return replies.Plans(
            plans=(
                *(replies.PlanRow(name, one.wish.verb, one.wish.targets, is_applied=False) for name, one in waiting),
                *(replies.PlanRow(one.plan_id, one.verb, one.targets, is_applied=True) for one in applied),
            )
        )

    def _check_key(self, known: PlanRecord, request: q.ApplyPlan) -> None:
        """Make sure that the plan is what was done under its key; one that is not kept any more is taken for that."""
        with suppress(PlanStale):
            wish = self._book.find(request.plan_id).wish
            check_same(known, request.key, wish.verb, wish.targets)

    def _grace_seconds(self, plan: Draft) -> float:
        """How long the slowest of the killed work may take to end."""
        schedule = self._scheduler.schedule
        uows = [schedule.uows[uow_id] for uow_id in plan.kills if uow_id in schedule.uows]
        works = [work for uow in uows if (work := schedule.work_of(uow)) is not None]
        return max((work.grace_seconds for work in works), default=0.0)

    async def _apply(self, schedule: Schedule, plan: Draft, request: q.ApplyPlan, caller: Caller) -> Draft | PlanRecord:
        """Inside a batch; returns what was done, or what was accepted under the same key meanwhile."""
        accepted = verbs.Acceptance(request.plan_id, caller.user, request.reason, request.key, request.break_seal)
        done = await done_under(schedule, self._store, accepted.key)
        if done is not None:
            check_same(done, accepted.key, plan.wish.verb, plan.wish.targets)
            return done
        if await was_accepted(schedule, self._store, accepted.plan_id):
            raise unknown_plan(accepted.plan_id)
        if request.renew:
            plan = await self._renewed(schedule, plan)
            _check_role(plan, request, caller)
        verbs.check_seals(plan, accepted)
        if plan.undo is not None:
            known = await known_of(schedule, self._store, plan.undo.record)
            verbs.check_undo(schedule, plan, plan.undo, known)
            verbs.apply_undo(schedule, plan, plan.undo, known, accepted)
            return plan
        verbs.check_current(schedule, plan)
        needed = verbs.records_needed(schedule, plan)
        records = {job.key: job for job in await self._store.jobs(needed)} if needed else {}
        verbs.apply_plan(schedule, plan, records, accepted)
        return plan

    async def _renewed(self, schedule: Schedule, plan: Draft) -> Draft:
        """The same wish's plan as of now."""
        if plan.undo is not None:
            return await draft_undo(schedule, self._store, (plan.undo.record.plan_id,))
        return draft(schedule, plan.wish)


def _wish(request: q.MakePlan) -> Wish:
    return Wish(
        request.verb,
        request.targets,
        only=tuple(parse_state(JobState, text) for text in request.only),
        tree=request.tree,
        scope=request.scope,
        to=request.to,
        until=request.until,
        max_parallel=request.max_parallel,
    )


def _check_role(plan: Draft, request: q.ApplyPlan, caller: Caller) -> None:
    """What concerns the whole deployment, or undoes a seal, is for administrators.

    Raises:
        NotPermitted: the caller is none.
    """
    what = _for_administrators(plan, request)
    if what is None or caller.role.covers(Role.ADMIN):
        return
    raise NotPermitted(
        f"{what} is refused: user {caller.user} has the role {caller.role}, it needs {Role.ADMIN}",
        remedy="ask an administrator",
    )


def _for_administrators(plan: Draft, request: q.ApplyPlan) -> str | None:
    """What of the plan is for them, if anything; a drain may also be released by its id, and a seal be undone."""
    verb = plan.wish.verb
    if plan.sealed and request.break_seal:
        return "breaking a seal"
    if verb in ADMIN_VERBS:
        return verb
    if any(one.is_drain for one in (*plan.sets, *plan.lifts)):
        return f"{verb} of a drain"
    return f"{verb} of a seal" if any(one.kind is DirectiveKind.SEAL for one in plan.lifts) else None


def _repeated(schedule: Schedule, request: q.MakePlan, known: PlanRecord) -> replies.Plan:
    """What was done under the key before, as a plan.

    Raises:
        InvalidArgument: that was something else.
    """
    takes_last = request.verb == known.verb == "undo" and not request.targets
    if request.verb != "cursor" and not takes_last:
        check_same(known, request.key, request.verb, request.targets)
    changes = tuple(
        replies.PlanChange(one.process_name, one.timeperiod, one.state.value, one.new_state.value, one.because)
        for one in known.changes
    )
    return replies.Plan(
        known.plan_id,
        known.verb,
        changes,
        known.kills,
        counts={},
        trees=(),
        directives=_directives(schedule, known),
        restores=_restored(schedule, known),
        repeats=True,
    )


def _told_again(schedule: Schedule, record: PlanRecord) -> replies.Applied:
    """What was done under this key before, as it was then."""
    return replies.Applied(
        plan_id=record.plan_id,
        changed=len(record.changes),
        kills=record.kills,
        command="",
        directives=_directives(schedule, record),
        restores=_restored(schedule, record),
        repeated=True,
    )


def _directives(schedule: Schedule, record: PlanRecord) -> tuple[replies.Directive, ...]:
    inverse = record.inverse
    return tuple(directive_row(schedule, one.after) for one in inverse.directives) if inverse is not None else ()


def _restored(schedule: Schedule, record: PlanRecord) -> tuple[str, ...]:
    """What an undo has made of processes, entries and boxes."""
    inverse = record.inverse if record.undoes is not None else None
    return tuple(taking_back.restored_words(schedule, inverse)) if inverse is not None else ()
