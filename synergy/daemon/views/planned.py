"""Plans, directives and batches in the shapes of the protocol."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from synergy.core.control import replies, requests
from synergy.core.directives import Directive, DirectiveKind
from synergy.core.engine.drafts import Draft
from synergy.core.engine.obstacles import obstacles_of
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import NotFound
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import LeaderStore, PlanQuery
from synergy.core.records import JobKey
from synergy.core.states import UowState
from synergy.daemon.costs import Cost
from synergy.daemon.views.shapes import iso, iso_or_none


def plan_reply(schedule: Schedule, plan_id: str, draft: Draft, cost: Cost, expires_in: float) -> replies.Plan:
    """A plan with all that it would change."""
    counts = Counter(change.process_name for change in draft.changes)
    undo = draft.undo
    return replies.Plan(
        plan_id=plan_id,
        verb=draft.wish.verb,
        changes=tuple(
            replies.PlanChange(one.process_name, one.timeperiod, one.state.value, one.new_state.value, one.because)
            for one in draft.changes
        ),
        kills=draft.kills,
        counts=dict(counts),
        trees=tuple(sorted({schedule.timetable.specs[node.process].tree_name for node in draft.nodes})),
        refused=draft.refused,
        expires_in=expires_in,
        levels=cost.levels,
        seconds=cost.seconds,
        at_risk=cost.at_risk,
        directives=(
            *(directive_row(schedule, one) for one in draft.sets),
            *(directive_row(schedule, replace(one, lifted=schedule.now.real)) for one in draft.lifts),
        ),
        affects=tuple(draft.affects.items()),
        sealed=draft.sealed,
        kept=len(draft.kept),
        obstacles=obstacles_of(schedule, draft),
        restores=undo.words if undo else (),
        overtaken=undo.overtaken if undo else (),
        lost=undo.lost if undo else (),
        undoes=undone_row(undo.record) if undo else None,
    )


def undone_row(record: PlanRecord) -> replies.Undone:
    """The change that an undo takes back."""
    return replies.Undone(record.plan_id, record.verb, record.targets, record.actor, iso(record.at))


def directive_row(schedule: Schedule, directive: Directive) -> replies.Directive:
    """One directive; of a batch under way also how many jobs are left and running."""
    batch = schedule.orders.batches.get(directive.directive_id)
    return replies.Directive(
        directive_id=directive.directive_id,
        kind=directive.kind.value,
        reach=directive.reach,
        actor=directive.actor,
        at=iso_or_none(directive.at),
        reason=directive.reason,
        until=iso_or_none(directive.until),
        max_parallel=directive.max_parallel,
        is_paused=directive.is_paused,
        total=directive.total,
        left=len(batch.members) if batch else None,
        running=len(batch.running) if batch else None,
        lifted=iso_or_none(directive.lifted),
        outcome=directive.outcome,
    )


async def directives(schedule: Schedule, store: LeaderStore, request: requests.Directives) -> replies.Directives:
    """Those in force, or all that are still told of."""
    known = schedule.orders.directives.values()
    found = await store.directives(lifted=True) if request.lifted else sorted(known, key=lambda one: one.at)
    return replies.Directives(directives=tuple(directive_row(schedule, one) for one in found))


async def batch(schedule: Schedule, store: LeaderStore, request: requests.ShowBatch) -> replies.BatchDetail:
    """A batch with what became of its jobs.

    Raises:
        NotFound: there is no such batch, or it is too long ago.
    """
    stored = await store.directives(lifted=True)
    known = next((one for one in stored if one.directive_id == request.batch_id), None)
    plans = await store.find_plans(PlanQuery(plan_id=request.batch_id))
    if known is None or known.kind is not DirectiveKind.BATCH or not plans:
        raise NotFound(f'batch "{request.batch_id}" is unknown', remedy="see: synergyctl batch ls --all")
    keys = [JobKey(change.process_name, change.timeperiod) for change in plans[0].changes]
    jobs = {job.key: job for job in await store.jobs(keys)}
    related = {key: job.related_unit_of_work for key, job in jobs.items() if job.related_unit_of_work is not None}
    uows = {uow.uow_id: uow for uow in await store.uows(list(related.values()))}
    rows = []
    for key in keys:
        uow = uows.get(related[key]) if key in related else None
        state = jobs[key].state.value if key in jobs else "state_embryo"
        running = uow is not None and uow.state is UowState.IN_PROGRESS
        rows.append(
            replies.BatchJob(
                key.process_name, key.timeperiod, state, running,
                uow.uow_id if uow else None, uow.exit_reason if uow else None,
            )
        )  # fmt: skip
    return replies.BatchDetail(
        batch=_batch_row(schedule, known), jobs=tuple(rows), counts=dict(Counter(row.state for row in rows))
    )


def _batch_row(schedule: Schedule, known: Directive) -> replies.Directive:
    """The batch as it is now: one that ends while the store is read has nothing left, though no end is stored yet."""
    row = directive_row(schedule, schedule.orders.directives.get(known.directive_id, known))
    return replace(row, left=row.left or 0, running=row.running or 0) if row.lifted is None else row
