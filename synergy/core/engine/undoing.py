"""Taking back what an operator changed: each record as it was before, unless it has changed again since.

A job that has run since, or was changed by another plan, is left as it is and named; so is what nothing can bring back.
A job that is restored to unfinished under finished ones has these reprocessed with it, for nothing finished stands
over something that is not. Undoing is a plan like any other, and can itself be undone.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from synergy.core.directives import DirectiveKind
from synergy.core.engine.drafts import Draft, Undo
from synergy.core.engine.orders import put_directive, seal_of
from synergy.core.engine.restore import built_on
from synergy.core.engine.schedule import Schedule, Why, is_active
from synergy.core.engine.steps import announce_job, put_job, record
from synergy.core.engine.taking_back import BoxKey, restorable, words
from synergy.core.errors import CannotUndo, NotFound
from synergy.core.plan_records import DirectiveUndo, JobUndo, PlannedChange, PlanRecord
from synergy.core.records import BoxProcess, Job, JobKey, UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Wish


class Known(Struct, frozen=True):
    """What the store holds of what is to be undone: records of finished jobs, their last units of work, and boxes."""

    jobs: Mapping[JobKey, Job] = {}
    uows: Mapping[UowId, UnitOfWork] = {}
    boxes: Mapping[BoxKey, BoxProcess] = {}


def keys_of(schedule: Schedule, taken_back: PlanRecord) -> list[JobKey]:
    """The jobs whose stored records are needed to draft the undo of a plan."""
    inverse = taken_back.inverse
    if inverse is None:
        return []
    nodes = [node for one in inverse.jobs if (node := _node(schedule, one.after.key)) is not None]
    nodes += built_on(schedule, nodes)
    return [schedule.timetable.key(node) for node in nodes if node not in schedule.jobs]


def uows_of(taken_back: PlanRecord) -> list[UowId]:
    """The units of work that restored jobs would be related to."""
    before = [one.before for one in taken_back.inverse.jobs] if taken_back.inverse else []
    return [job.related_unit_of_work for job in before if job is not None and job.related_unit_of_work is not None]


def draft_undo(schedule: Schedule, taken_back: PlanRecord, known: Known) -> Draft:
    """What undoing the plan would change.

    Raises:
        CannotUndo: nothing of it can be taken back.
    """
    inverse = taken_back.inverse
    wish = Wish("undo", (taken_back.plan_id,))
    if taken_back.undone_by is not None:
        message = f"plan {taken_back.plan_id} was undone by {taken_back.undone_by} already"
        raise CannotUndo(message, remedy=f"undo that one to have it again: synergyctl undo {taken_back.undone_by}")
    if inverse is None:
        raise CannotUndo(f"plan {taken_back.plan_id} ({taken_back.verb}) cannot be undone", remedy=_AGAIN)
    overtaken: list[str] = []
    restored = _restorable(schedule, inverse.jobs, known, overtaken)
    directives = tuple(one for one in inverse.directives if _may_put(schedule, one, overtaken))
    settings = restorable(schedule, inverse, known.boxes, overtaken)
    if not restored and not directives and not settings:
        told = _few((*overtaken, *inverse.lost)) or "it changed nothing that could be restored"
        raise CannotUndo(f"nothing of plan {taken_back.plan_id} can be undone: {told}", remedy=_AGAIN)
    over = dict.fromkeys(_to_reopen(schedule, restored, known))
    nodes = (*restored, *over)
    return Draft(
        wish,
        nodes=nodes,
        changes=tuple(_change(schedule, node, restored.get(node), taken_back, is_over=node in over) for node in nodes),
        sets=tuple(one.before for one in directives if one.before is not None),
        lifts=tuple(one.after for one in directives if one.before is None),
        sealed=tuple(str(schedule.timetable.key(node)) for node in nodes if seal_of(schedule, node) is not None),
        undo=Undo(
            taken_back,
            tuple(restored.values()),
            directives,
            settings,
            words=tuple(told for one in settings for told in words(schedule, one)),
            overtaken=tuple(overtaken),
            lost=inverse.lost,
        ),
    )


_AGAIN = "change it anew"

_MOST_TOLD: Final = 2
"""Of so many jobs a refusal tells why; of a hundred it would hide its own remedy."""


def _few(reasons: Sequence[str]) -> str:
    """The first of them, and how many there are besides."""
    more = len(reasons) - _MOST_TOLD
    return "; ".join((*reasons[:_MOST_TOLD], *((f"and {more:,} more of the same plan",) if more > 0 else ())))


def _restorable(
    schedule: Schedule, jobs: Iterable[JobUndo], known: Known, overtaken: list[str]
) -> dict[Node, Job | None]:
    """What each job that has not changed since becomes; the others are told."""
    restored: dict[Node, Job | None] = {}
    gone_on: set[Node] = set()
    for one in jobs:
        node = _node(schedule, one.after.key)
        problem = _problem(schedule, node, one, known)
        if problem is None and node is not None:
            restored[node] = _as_restored(schedule, node, one.before, known)
            continue
        overtaken.append(problem or f"{one.after.key} is not in the timetable any more")
        if node is not None:
            gone_on.add(node)
    _leave_built_on(schedule, restored, gone_on, overtaken)
    return restored


def _leave_built_on(
    schedule: Schedule, restored: dict[Node, Job | None], gone_on: set[Node], overtaken: list[str]
) -> None:
    """Nothing becomes finished again of which an input has gone on since, or that stands over unfinished children."""
    while found := {node: told for node in restored if (told := _stale_input(schedule, node, restored, gone_on))}:
        for node, told in found.items():
            del restored[node]
            gone_on.add(node)
            overtaken.append(f"{schedule.timetable.key(node)} is built on {told}")


def _stale_input(
    schedule: Schedule, node: Node, restored: Mapping[Node, Job | None], gone_on: Container[Node]
) -> str | None:
    before, timetable = restored[node], schedule.timetable
    if before is None or not before.state.is_finished or before.accepted_by_hand:
        return None
    for other in (other for part in timetable.inputs(node) for other in timetable.nodes_of(part)):
        if other in gone_on:
            return f"{timetable.key(other)}, which has gone on since"
    children = timetable.children(node)
    for other in timetable.nodes_of(children) if children is not None else ():
        becomes = restored[other] if other in restored else schedule.job(other)
        if becomes is None or not becomes.state.is_finished:
            return f"{timetable.key(other)}, which is not finished"
    return None


def _as_restored(schedule: Schedule, node: Node, before: Job | None, known: Known) -> Job | None:
    """The record to be restored; a job whose unit of work was stopped by the change starts anew.

    While it was finished nobody told it of its inputs. A run that has ended and did not finish it was waiting for one.
    """
    if before is None or before.state.is_finished or before.related_unit_of_work is None:
        return before
    uow_id = before.related_unit_of_work
    uow = schedule.uows.get(uow_id) or known.uows.get(uow_id)
    if uow is not None and uow.state is not UowState.CANCELED and not uow.cancel_requested:
        waited = uow.state.is_finished and schedule.timetable.has_inputs(node.process)
        return replace(before, inputs_finished=_after_all_read(before, uow)) if waited else before
    return replace(before, state=JobState.EMBRYO, related_unit_of_work=None, inputs_finished=None)


def _after_all_read(before: Job, uow: UnitOfWork) -> float:
    """A mark that the run has not read; the same in the draft and when that is applied."""
    if uow.inputs_read is None:
        return before.changed if before.inputs_finished is None else before.inputs_finished
    return max(before.inputs_finished or 0.0, math.nextafter(uow.inputs_read, math.inf))


def _node(schedule: Schedule, key: JobKey) -> Node | None:
    """Its place; None when it is gone, also when another job covers it by now."""
    try:
        node = schedule.timetable.node(key)
    except NotFound:
        return None
    return node if schedule.timetable.key(node) == key else None


def _problem(schedule: Schedule, node: Node | None, one: JobUndo, known: Known) -> str | None:
    """Why a job cannot be restored."""
    if node is None:
        return None
    key, before = one.after.key, one.before or Job(one.after.process_name, one.after.timeperiod)
    if one.after.run != before.run:
        return f"{key} has been started (run {one.after.run})"
    if _current(schedule, node, known) != one.after:
        return f"{key} has changed since and is {schedule.state(node).word}"
    return None


def _current(schedule: Schedule, node: Node, known: Known) -> Job:
    key = schedule.timetable.key(node)
    untouched = Job(key.process_name, key.timeperiod)
    return schedule.jobs.get(node) or schedule.outbox.jobs.get(key) or known.jobs.get(key, untouched)


def _may_put(schedule: Schedule, one: DirectiveUndo, overtaken: list[str]) -> bool:
    """Whether a directive stands as the change left it; what does not is told, but for a batch that is done."""
    current = schedule.orders.directives.get(one.after.directive_id)
    if current == (one.after if one.after.lifted is None else None):
        return True
    if current is not None or one.after.kind is not DirectiveKind.BATCH:
        overtaken.append(f"{one.after.kind.value} {one.after.directive_id} ({one.after.reach}) has changed since")
    return False


def _to_reopen(schedule: Schedule, restored: Mapping[Node, Job | None], known: Known) -> Iterator[Node]:
    """Finished jobs that would stand over a restored unfinished one, and are not restored themselves."""
    unfinished = [node for node, before in restored.items() if before is None or not before.state.is_finished]
    for node in built_on(schedule, unfinished):
        if node not in restored and not _current(schedule, node, known).accepted_by_hand:
            yield node


def _change(
    schedule: Schedule, node: Node, before: Job | None, taken_back: PlanRecord, *, is_over: bool
) -> PlannedChange:
    key = schedule.timetable.key(node)
    state = JobState.EMBRYO if before is None else before.state
    because = "it is built on a restored job" if is_over else f"{taken_back.verb} {taken_back.plan_id} is undone"
    return PlannedChange(key.process_name, key.timeperiod, schedule.state(node), state, because)


def restore_jobs(schedule: Schedule, plan: Draft, undo: Undo, known: Known, why: Why) -> list[Node]:
    """Make the restored jobs so; returns those of the plan's nodes that are still to be reprocessed."""
    count = len(undo.restores)
    for node, before in zip(plan.nodes[:count], undo.restores, strict=True):
        _restore(schedule, node, before, known, why)
    return list(plan.nodes[count:])


def _restore(schedule: Schedule, node: Node, before: Job | None, known: Known, why: Why) -> None:
    """Put a job's earlier record back."""
    lane, current = schedule.lanes[node.process], _current(schedule, node, known)
    job = before or Job(current.process_name, current.timeperiod)
    if job.state is not current.state:
        schedule.timetable.columns[node.process].put(node.ordinal, job.state)
    for held in (lane.reopened, lane.owed, lane.invalid):
        held.discard(node.ordinal)
    if current.related_unit_of_work not in {None, job.related_unit_of_work}:
        _forget(schedule, current.related_unit_of_work)
    if job.state.is_finished:
        schedule.jobs.pop(node, None)
        _forget(schedule, job.related_unit_of_work)
        schedule.held_wakes = [*(schedule.held_wakes or []), node]
    else:
        _open(schedule, node, job, known)
    put_job(schedule, node, current, job)
    schedule.dirty.add(node.process)
    if job.state is current.state and job.related_unit_of_work == current.related_unit_of_work:
        return  # it had only been ordered, or left as it was by a narrower scope
    record(schedule, current.state, job, why, job.related_unit_of_work)
    announce_job(schedule, node, current.state, job, why)


def _open(schedule: Schedule, node: Node, job: Job, known: Known) -> None:
    lane = schedule.lanes[node.process]
    if not job.is_untouched:
        schedule.jobs[node] = job
    else:
        schedule.jobs.pop(node, None)
    if job.reopened:
        lane.reopened.add(node.ordinal)
    related = job.related_unit_of_work
    if related is not None and related not in schedule.uows and related in known.uows:
        schedule.uows[related] = known.uows[related]
    lane.look_again(node.ordinal)


def _forget(schedule: Schedule, uow_id: UowId | None) -> None:
    """A finished unit of work of a job that has no more use for it."""
    if uow_id is not None and not is_active(schedule.uows.get(uow_id)) and uow_id not in schedule.dying.values():
        schedule.uows.discard(uow_id)


def restore_directives(schedule: Schedule, undo: Undo, actor: str) -> None:
    """Put the directives as they were, and lift those that were new."""
    for one in undo.directives:
        at, outcome = schedule.now.real, f"undone by {actor}"
        put_directive(schedule, one.before or replace(one.after, lifted=at, outcome=outcome))
