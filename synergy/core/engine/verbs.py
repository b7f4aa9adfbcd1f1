"""Carrying an accepted plan out: each listed job changes as planned, in one commit with the plan's record."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from synergy.core import machines
from synergy.core.engine.plans import Draft, difference, draft
from synergy.core.engine.schedule import Schedule, Why, is_active
from synergy.core.engine.steps import cancel_uow, carry_out, record, wake_built_on
from synergy.core.errors import CallerError, PlanStale
from synergy.core.machines.model import Event, Facts
from synergy.core.plan_records import PlannedChange, PlanRecord
from synergy.core.records import AuditEntry, Job, JobKey
from synergy.core.timetable.timetable import Node

_NAMED_DIFFERENCES = 5


def records_needed(schedule: Schedule, plan: Draft) -> list[JobKey]:
    """The jobs whose records must be read from the store before the plan can be applied: the finished ones."""
    if plan.verb != "reprocess":
        return []
    return [
        JobKey(change.process_name, change.timeperiod)
        for node, change in zip(plan.nodes, plan.changes, strict=True)
        if node not in schedule.jobs
    ]


def check_current(schedule: Schedule, plan: Draft) -> None:
    """Make sure that the plan is still what would happen.

    Raises:
        PlanStale: it is not; the message holds the difference.
    """
    if not plan.changes and plan.cancels:
        return  # freerun entries only: what has ended meanwhile is left alone
    try:
        lines = difference(plan, draft(schedule, plan.verb, plan.targets, plan.only))
    except CallerError as error:
        lines = [error.message]
    if lines:
        shown = "; ".join(lines[:_NAMED_DIFFERENCES])
        more = f"; and {len(lines) - _NAMED_DIFFERENCES} more" if len(lines) > _NAMED_DIFFERENCES else ""
        raise PlanStale(f"the plan is stale: {shown}{more}", remedy="make a new plan")


def apply_plan(
    schedule: Schedule, plan_id: str, plan: Draft, records: Mapping[JobKey, Job], actor: str, reason: str | None
) -> None:
    """Do what the plan says; ``records`` are those of ``records_needed``. The plan is current (``check_current``)."""
    why = Why(plan.verb, actor=actor, reason=reason, plan_id=plan_id)
    apply_one = {"reprocess": _reprocess, "skip": _skip, "cancel": _cancel}[plan.verb]
    schedule.held_wakes = []
    for node, change in zip(plan.nodes, plan.changes, strict=True):
        key = JobKey(change.process_name, change.timeperiod)
        job = schedule.jobs.get(node) or _latest(schedule, records.get(key) or _unknown(change))
        apply_one(schedule, node, job, why._replace(because=None if change.because == "target" else change.because))
    for node in plan.ordered:
        _order(schedule, node)
    finished, schedule.held_wakes = schedule.held_wakes, None
    for node in finished:
        wake_built_on(schedule, node)
    for uow_id in plan.cancels:
        uow = schedule.uows.get(uow_id)
        if uow is not None and uow.entry_name is not None:
            cancel_uow(schedule, uow, None)
    outbox = schedule.outbox
    outbox.plans.append(
        PlanRecord(plan_id, plan.verb, actor, schedule.now.real, plan.changes, plan.kills, reason, done=True)
    )
    outbox.audit.append(
        AuditEntry(schedule.now.real, actor, plan.verb, " ".join(plan.targets), reason=reason, plan_id=plan_id)
    )


def _unknown(change: PlannedChange) -> Job:
    """A job that has no record yet."""
    return Job(change.process_name, change.timeperiod, change.state)


def reopen(schedule: Schedule, nodes: Mapping[Node, Job], why: Why) -> None:
    """Housekeeping's reprocess of finished nodes over unfinished children; their records are those of the store."""
    for node, job in nodes.items():
        _reprocess(schedule, node, _latest(schedule, job), why)


def _latest(schedule: Schedule, job: Job) -> Job:
    """The record as it will be stored: it may have been finished a moment ago."""
    return schedule.outbox.jobs.get(job.key, job)


def _reprocess(schedule: Schedule, node: Node, job: Job, why: Why) -> None:
    _advance(schedule, node, job, Event.REPROCESS, why)


def _skip(schedule: Schedule, node: Node, job: Job, why: Why) -> None:
    _advance(schedule, node, job, Event.SKIP, why)


def _advance(schedule: Schedule, node: Node, job: Job, event: Event, why: Why) -> None:
    uow = schedule.related_uow(node)
    facts = Facts(uow=uow.state if uow else None, failures=job.number_of_failures)
    step = machines.advance(schedule.lanes[node.process].spec.state_machine, job.state, event, facts)
    carry_out(schedule, node, job, step, why)


def _cancel(schedule: Schedule, node: Node, job: Job, why: Why) -> None:
    """The job changes once nothing of its work lives; who asked for that, and why, is written down now."""
    uow = schedule.related_uow(node)
    if uow is not None and is_active(uow):
        record(schedule, job.state, job, why, uow.uow_id)
        cancel_uow(schedule, uow, node, applied=False)


def _order(schedule: Schedule, node: Node) -> None:
    """An embryo job within the closure waits for those of its inputs that are reopened."""
    job = replace(schedule.job(node), reopened=True, changed=schedule.now.real)
    schedule.jobs[node] = job
    schedule.lanes[node.process].reopened.add(node.ordinal)
    schedule.outbox.jobs[job.key] = job
