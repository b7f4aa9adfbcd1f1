"""Carrying an accepted plan out: each listed job changes as planned, in one commit with the plan's record.

What it takes to undo the plan is noted on the way: the record of each job before and after, also of those that changed
in consequence at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from synergy.core import machines
from synergy.core.control.events import PlanApplied
from synergy.core.directives import Directive, DirectiveId, DirectiveKind
from synergy.core.engine import taking_back
from synergy.core.engine.drafts import Draft, Undo, difference
from synergy.core.engine.facts import children_finished
from synergy.core.engine.orders import lift_done, put_directive
from synergy.core.engine.plans import draft
from synergy.core.engine.restore import built_on
from synergy.core.engine.schedule import Schedule, Why, is_active
from synergy.core.engine.steps import (
    HOUSEKEEPING,
    cancel_uow,
    carry_out,
    happen,
    note,
    put_job,
    record,
    skip_if_all_children_are,
    wake_built_on,
)
from synergy.core.engine.undoing import Known, draft_undo, restore_directives, restore_jobs
from synergy.core.engine.why import Around, Outlook, waiting_for
from synergy.core.errors import CallerError, NotPermitted, PlanStale
from synergy.core.machines.model import Event, Facts
from synergy.core.plan_records import DirectiveUndo, Inverse, JobUndo, PlannedChange, PlanRecord
from synergy.core.records import AuditEntry, Job, JobKey
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Node

_NAMED_DIFFERENCES: Final = 5
_MARK_EVENTS: Final = {JobState.PROCESSED: Event.MARK_PROCESSED, JobState.NOOP: Event.MARK_NOOP}


class Acceptance(NamedTuple):
    """Who accepted a plan, and how. ``key``: the caller's own name for it; ``breaks_seal``: sealed jobs may change."""

    plan_id: str
    actor: str
    reason: str | None = None
    key: str | None = None
    breaks_seal: bool = False


def records_needed(schedule: Schedule, plan: Draft) -> list[JobKey]:
    """The jobs whose records must be read from the store before the plan can be applied: the finished ones."""
    finished = [node for node in plan.nodes if schedule.state(node).is_finished]
    return [schedule.timetable.key(node) for node in (*finished, *plan.kept) if node not in schedule.jobs]


def check_current(schedule: Schedule, plan: Draft) -> None:
    """Make sure that the plan is still what would happen.

    Raises:
        PlanStale: it is not; the message holds the difference.
    """
    if not plan.changes and plan.cancels:
        return  # freerun entries only: what has ended meanwhile is left alone
    try:
        lines = difference(plan, draft(schedule, plan.wish))
    except CallerError as error:
        lines = [error.message]
    _refuse_stale(lines)


def _refuse_stale(lines: list[str]) -> None:
    if lines:
        shown = "; ".join(lines[:_NAMED_DIFFERENCES])
        more = f"; and {len(lines) - _NAMED_DIFFERENCES} more" if len(lines) > _NAMED_DIFFERENCES else ""
        raise PlanStale(f"the plan is stale: {shown}{more}", remedy="make a new plan")


def check_seals(plan: Draft, accepted: Acceptance) -> None:
    """Make sure that nothing sealed is changed unless that is meant, and reasoned.

    Raises:
        NotPermitted: it is not.
    """
    if plan.sealed and not (accepted.breaks_seal and accepted.reason):
        named = ", ".join(plan.sealed[:_NAMED_DIFFERENCES]) + (" …" if len(plan.sealed) > _NAMED_DIFFERENCES else "")
        raise NotPermitted(f"{plan.wish.verb} would change sealed jobs: {named}", remedy="add --break-seal --reason R")


def apply_plan(schedule: Schedule, plan: Draft, records: Mapping[JobKey, Job], accepted: Acceptance) -> None:
    """Do what the plan says; ``records`` are those of ``records_needed``. The plan is current (``check_current``)."""
    noting = _start_noting(schedule)
    _set_directives(schedule, plan, accepted)
    _change_jobs(schedule, plan, records, accepted)
    _account(schedule, plan, accepted, _inverse_of(schedule, plan, noting))


def _change_jobs(schedule: Schedule, plan: Draft, records: Mapping[JobKey, Job], accepted: Acceptance) -> None:
    why = Why(plan.wish.verb, actor=accepted.actor, reason=accepted.reason, plan_id=accepted.plan_id)
    batch = accepted.plan_id if plan.wish.max_parallel is not None else None
    schedule.held_wakes = []
    for node, change in zip(plan.nodes, plan.changes, strict=True):
        key = JobKey(change.process_name, change.timeperiod)
        schedule.aside.pop(str(key), None)  # an operator decides: it is tried again
        job = schedule.jobs.get(node) or _latest(schedule, records.get(key) or _unknown(change))
        because = None if change.because == "target" else change.because
        _CHANGES[plan.wish.verb](schedule, node, job, why._replace(because=because), change.new_state, batch)
    if plan.wish.verb in {"skip", "batch cancel"}:
        _accept_skipped(schedule, plan.nodes)
    for node in plan.ordered:
        _order(schedule, node)
    for node in plan.kept:
        _keep(schedule, node, _latest(schedule, records[schedule.timetable.key(node)]))
    finished, schedule.held_wakes = schedule.held_wakes, None
    for node in finished:
        wake_built_on(schedule, node)
    for uow_id in plan.cancels:
        uow = schedule.uows.get(uow_id)
        if uow is not None and uow.entry_name is not None:
            cancel_uow(schedule, uow, None)


def _accept_skipped(schedule: Schedule, nodes: Iterable[Node]) -> None:
    """Those that stand over children that are unfinished, or still to come, are not for housekeeping to reprocess."""
    for node in nodes:
        if not children_finished(schedule, node):
            job = schedule.outbox.jobs[schedule.timetable.key(node)]
            put_job(schedule, node, job, replace(job, accepted_by_hand=True))


def check_undo(schedule: Schedule, plan: Draft, undo: Undo, known: Known) -> None:
    """As ``check_current``, of the undo of an earlier plan.

    Raises:
        PlanStale: it is not what would happen.
    """
    try:
        lines = difference(plan, draft_undo(schedule, undo.record, known))
    except CallerError as error:
        lines = [error.message]
    _refuse_stale(lines)


def apply_undo(schedule: Schedule, plan: Draft, undo: Undo, known: Known, accepted: Acceptance) -> None:
    """Take an earlier plan back, as this one says."""
    noting = _start_noting(schedule)
    why = Why("undo", accepted.actor, undo.record.plan_id, accepted.reason, accepted.plan_id)
    restore_directives(schedule, undo, accepted.actor)
    schedule.held_wakes = []
    for node in restore_jobs(schedule, plan, undo, known, why):
        job = known.jobs.get(schedule.timetable.key(node)) or schedule.job(node)
        _advance(schedule, node, _latest(schedule, job), Event.REPROCESS, why)
    finished, schedule.held_wakes = schedule.held_wakes, None
    for node in finished:
        wake_built_on(schedule, node)
    _look_at_restored(schedule, plan.nodes)
    lift_done(schedule)  # a batch may be restored whose jobs have all gone on
    undone = tuple(taking_back.restore(schedule, one, accepted.actor) for one in undo.settings)
    schedule.outbox.plans.append(replace(undo.record, undone_by=accepted.plan_id))
    inverse = taking_back.inverse_with(_inverse_of(schedule, plan, noting), undone)
    _account(schedule, plan, accepted, inverse)


def _look_at_restored(schedule: Schedule, nodes: Iterable[Node]) -> None:
    """Have those end that may, as the next start would: their last run, or all of their children, may allow it."""
    for node in nodes:
        uow = schedule.related_uow(node)
        if uow is not None and not is_active(uow) and node not in schedule.dying:
            happen(schedule, node, Event.TICK, Why("recovery"))
        skip_if_all_children_are(schedule, node)


def _set_directives(schedule: Schedule, plan: Draft, accepted: Acceptance) -> None:
    """Put what is new, changed or lifted; a batch comes with the jobs of its plan."""
    at = schedule.now.real
    for number, directive in enumerate(_with_batch(plan)):
        if not directive.directive_id:
            suffix = f"-{number}" if number else ""
            directive = replace(  # noqa: PLW2901 - the draft's becomes the accepted one
                directive, directive_id=DirectiveId(f"{accepted.plan_id}{suffix}"), actor=accepted.actor, at=at,
                reason=accepted.reason,
            )  # fmt: skip
        put_directive(schedule, directive)
    done = {"release": "released", "resume": "resumed", "unseal": "unsealed", "batch cancel": "canceled"}
    for directive in plan.lifts:
        outcome = f"{done[plan.wish.verb]} by {accepted.actor}"
        put_directive(schedule, replace(schedule.orders.directives[directive.directive_id], lifted=at, outcome=outcome))


def _with_batch(plan: Draft) -> tuple[Directive, ...]:
    if plan.wish.max_parallel is None or not plan.nodes:
        return plan.sets
    limit = plan.wish.max_parallel
    batch = Directive(DirectiveId(""), DirectiveKind.BATCH, "", 0.0, max_parallel=limit, total=len(plan.nodes))
    return (batch, *plan.sets)


def _account(schedule: Schedule, plan: Draft, accepted: Acceptance, inverse: Inverse) -> None:
    """Leave the plan's record and its audit line, and tell of it."""
    wish, outbox = plan.wish, schedule.outbox
    outbox.events.append(PlanApplied(accepted.plan_id, wish.verb, accepted.actor, wish.targets))
    outbox.plans.append(
        PlanRecord(
            accepted.plan_id, wish.verb, accepted.actor, schedule.now.real, plan.changes, plan.kills, accepted.reason,
            done=True, targets=wish.targets, key=accepted.key, inverse=inverse,
            undoes=plan.undo.record.plan_id if plan.undo else None,
        )
    )  # fmt: skip
    outbox.audit.append(
        AuditEntry(
            schedule.now.real, accepted.actor, wish.verb, " ".join(wish.targets), reason=accepted.reason,
            plan_id=accepted.plan_id, detail="breaks a seal" if plan.sealed else wish.to,
            after="; ".join(_directive_words(plan)) or None,
        )
    )  # fmt: skip


def _directive_words(plan: Draft) -> Iterator[str]:
    """What becomes of directives, for the audit; a plan's jobs are counted there by their states."""
    if plan.changes:
        return
    yield from plan.undo.words if plan.undo else ()
    yield from (f"{one.kind.value} of {one.reach}" + (" (paused)" if one.is_paused else "") for one in plan.sets)
    yield from (f"{one.kind.value} {one.directive_id} of {one.reach} lifted" for one in plan.lifts)


class _Noting(NamedTuple):
    """``jobs``: their records before they changed; ``directives``: those in force before, the first ``told`` apart."""

    jobs: dict[Node, Job]
    directives: dict[DirectiveId, Directive]
    told: int


def _start_noting(schedule: Schedule) -> _Noting:
    schedule.journal = {}
    return _Noting(schedule.journal, dict(schedule.orders.directives), len(schedule.outbox.directives))


def _inverse_of(schedule: Schedule, plan: Draft, noting: _Noting) -> Inverse:
    """What was written down on the way; what could not be taken back is said."""
    schedule.journal = None
    jobs = []
    for node, before in noting.jobs.items():
        after = schedule.jobs.get(node) or schedule.outbox.jobs[before.key]
        if after != before and not _was_only_woken(before, after):
            jobs.append(JobUndo(None if before.is_untouched else before, after))
    last = {one.directive_id: one for one in schedule.outbox.directives[noting.told :]}
    directives = tuple(DirectiveUndo(noting.directives.get(name), one) for name, one in last.items())
    lost = tuple(f"{uow_id} was stopped" for uow_id in plan.kills)
    return Inverse(tuple(jobs), directives, lost=lost)


def _was_only_woken(before: Job, after: Job) -> bool:
    """Whether an input has finished, and no more: nothing that undo would have to bring back."""
    return not after.state.is_finished and after == replace(
        before, inputs_finished=after.inputs_finished, accepted_by_hand=after.accepted_by_hand
    )


def _unknown(change: PlannedChange) -> Job:
    """A job that has no record yet."""
    return Job(change.process_name, change.timeperiod, change.state)


def reopen(schedule: Schedule, nodes: Mapping[Node, Job], why: Why) -> None:
    """Housekeeping's reprocess of finished nodes over unfinished children; their records are those of the store."""
    for node, job in nodes.items():
        _advance(schedule, node, _latest(schedule, job), Event.REPROCESS, why)


def revisit_keys(schedule: Schedule, keys: Iterable[JobKey]) -> list[JobKey]:
    """The jobs whose records ``revisit`` needs: these, and the finished ones that are built on them."""
    nodes = [schedule.timetable.node(key) for key in dict.fromkeys(keys)]
    return [schedule.timetable.key(node) for node in (*nodes, *built_on(schedule, nodes))]


def revisit(schedule: Schedule, keys: Iterable[JobKey], records: Mapping[JobKey, Job]) -> None:
    """Jobs that were finished by hand, and of which an input has finished again: they are as all others from now on.

    One that stands over unfinished children is reprocessed, with what is built on it.
    """
    for key in dict.fromkeys(keys):
        node, stored = schedule.timetable.node(key), records.get(key)
        job = None if stored is None else _latest(schedule, stored)
        if job is None or not (job.accepted_by_hand and schedule.state(node).is_finished):
            continue
        put_job(schedule, node, job, replace(job, accepted_by_hand=False))
        if not children_finished(schedule, node):
            over = {other: records.get(schedule.timetable.key(other)) for other in built_on(schedule, [node])}
            touched = {other: record for other, record in over.items() if record is not None}
            reopen(schedule, {node: job} | touched, HOUSEKEEPING)


def _latest(schedule: Schedule, job: Job) -> Job:
    """The record as it will be stored: it may have been finished a moment ago."""
    return schedule.outbox.jobs.get(job.key, job)


def _reprocess(schedule: Schedule, node: Node, job: Job, why: Why, _becomes: JobState, batch: str | None) -> None:
    note(schedule, node, job)
    _advance(schedule, node, replace(job, batch=batch), Event.REPROCESS, why)


def _skip(schedule: Schedule, node: Node, job: Job, why: Why, _becomes: JobState, _batch: str | None) -> None:
    _advance(schedule, node, job, Event.SKIP, why)


def _mark(schedule: Schedule, node: Node, job: Job, why: Why, becomes: JobState, _batch: str | None) -> None:
    _advance(schedule, node, job, _MARK_EVENTS[becomes], why)


def _force(schedule: Schedule, node: Node, job: Job, why: Why, _becomes: JobState, _batch: str | None) -> None:
    """Start the job now; what would have kept it from that is written down."""
    ignored = "; ".join(waiting_for(Outlook(schedule, Around()), node))
    _advance(schedule, node, job, Event.FORCE, why._replace(because=f"ignored: {ignored}" if ignored else None))


def _cancel(schedule: Schedule, node: Node, job: Job, why: Why, _becomes: JobState, _batch: str | None) -> None:
    """The job changes once nothing of its work lives; who asked for that, and why, is written down now."""
    uow = schedule.related_uow(node)
    if uow is not None and is_active(uow):
        record(schedule, job.state, job, why, uow.uow_id)
        cancel_uow(schedule, uow, node, applied=False)


Change = Callable[[Schedule, Node, Job, Why, JobState, str | None], None]
_CHANGES: Final[Mapping[str, Change]] = {
    "reprocess": _reprocess, "skip": _skip, "mark": _mark, "force": _force, "cancel": _cancel, "batch cancel": _skip
}  # fmt: skip


def _advance(schedule: Schedule, node: Node, job: Job, event: Event, why: Why) -> None:
    uow = schedule.related_uow(node)
    facts = Facts(
        uow=uow.state if uow else None, uow_cancel_requested=node in schedule.dying, failures=job.number_of_failures
    )
    step = machines.advance(schedule.lanes[node.process].spec.state_machine, job.state, event, facts)
    carry_out(schedule, node, job, step, why)


def _order(schedule: Schedule, node: Node) -> None:
    """An embryo job within the closure waits for those of its inputs that are reopened."""
    old = schedule.job(node)
    job = replace(old, reopened=True, changed=schedule.now.real)
    schedule.jobs[node] = job
    schedule.lanes[node.process].reopened.add(node.ordinal)
    put_job(schedule, node, old, job)


def _keep(schedule: Schedule, node: Node, job: Job) -> None:
    """A finished job that the scope leaves out is not to be reprocessed by housekeeping either."""
    put_job(schedule, node, job, replace(job, accepted_by_hand=True))
