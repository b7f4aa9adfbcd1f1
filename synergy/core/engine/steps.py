"""One event of one job: ask its machine, then carry the step into the timetable, the open records and the outbox."""

from __future__ import annotations

import math
from typing import Final

from msgspec.structs import replace

from synergy.core import machines, timeperiods
from synergy.core.control.events import JobChanged, UowChanged
from synergy.core.engine.aside import is_aside
from synergy.core.engine.facts import children_finished, facts_of, is_hindered, must_ask, skipped_counterpart
from synergy.core.engine.orders import follow, has_stopped, pass_on
from synergy.core.engine.outbox import AskBoundaries, Cancel
from synergy.core.engine.schedule import Failure, Schedule, Why, is_active
from synergy.core.machines.model import Effect, Event, Facts, Gate, Step
from synergy.core.records import HistoryEntry, Job, UnitOfWork, UowId, UowPatch, derive_uow_id
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node

HOUSEKEEPING: Final = Why("housekeeping")
CANCELED_EARLY: Final = "canceled before it ran"

_DECREES: Final = frozenset({"cancel", "gave_up"})
_BY_HAND: Final = frozenset({"force", "mark"})


def happen(schedule: Schedule, node: Node, event: Event, why: Why) -> Step:
    """Let an event happen to a job. If only its lane keeps it from a run, it will be looked at again.

    Raises:
        IllegalState: the machine refuses the event in this state; nothing was changed.
    """
    job = schedule.job(node)
    if is_aside(schedule, node):
        return Step(job.state, job.number_of_failures, (), "is set aside")
    lane, facts = schedule.lanes[node.process], facts_of(schedule, node, job)
    if event is Event.TICK and must_ask(schedule, node, facts):
        pass_on(schedule, node, job)
        return _ask(schedule, node, job)
    step = machines.advance(lane.spec.state_machine, job.state, event, facts)
    if step.state is not job.state or step.effects or step.failures != job.number_of_failures:
        skips = step.state is JobState.SKIPPED and event in {Event.TICK, Event.UOW_FINISHED}
        carry_out(schedule, node, job, step, _why_skipped(schedule, node, facts, why) if skips else why)
    if not step.state.is_finished:
        if not facts.due and is_hindered(lane, node.ordinal, has_run=facts.uow is not None):
            lane.look_again(node.ordinal)
        else:
            pass_on(schedule, node, job)
    return step


def _why_skipped(schedule: Schedule, node: Node, facts: Facts, why: Why) -> Why:
    """A machine's own skip is told by its reason, not by what made it look."""
    if facts.gate is Gate.SKIP:
        return why._replace(cause="dependency_skipped", because=str(skipped_counterpart(schedule, node)))
    return why._replace(cause="no_data", because=schedule.lanes[node.process].spec.source)


def _ask(schedule: Schedule, node: Node, job: Job) -> Step:
    """Have the node's data source asked; the tick comes again with the answer."""
    lane = schedule.lanes[node.process]
    if node.ordinal not in lane.asked:
        lane.asked.add(node.ordinal)
        start, end = _stretch(schedule, node)
        schedule.outbox.asks.append(AskBoundaries(job.key, lane.spec.source or "", start, end))
    return Step(job.state, job.number_of_failures, (), "asks its data source")


def carry_out(schedule: Schedule, node: Node, job: Job, step: Step, why: Why) -> Job:
    """Make a step's state and effects so; returns the job's new record. ``job`` is its record as it stands."""
    old_uow = schedule.related_uow(node)
    new = replace(
        job,
        state=step.state,
        number_of_failures=step.failures,
        changed=schedule.now.real,
        reopened=not step.state.is_finished and (job.reopened or Effect.FORGET_UOW in step.effects),
        accepted_by_hand=job.accepted_by_hand or why.cause in _BY_HAND or _is_decreed(schedule, node, step, why),
    )
    if Effect.CANCEL_UOW in step.effects and old_uow is not None:
        cancel_uow(schedule, old_uow, node, reason=_cancel_reason(why))
    if Effect.FORGET_UOW in step.effects:
        new = replace(new, related_unit_of_work=None, inputs_finished=None, accepted_by_hand=False)
        if old_uow is not None and not is_active(old_uow):
            schedule.uows.discard(old_uow.uow_id)
    if Effect.MOVE_END_ID in step.effects and old_uow is not None:
        _move_end_id(schedule, node, old_uow)
    if Effect.ISSUE_UOW in step.effects:
        new = _issue(schedule, node, new)
    _put(schedule, node, job, new, why)
    if Effect.ANNOUNCE in step.effects:
        _announce(schedule, node)
    return new


def _is_decreed(schedule: Schedule, node: Node, step: Step, why: Why) -> bool:
    """Whether somebody (not its inputs) finished the job although a child is unfinished or still to come.

    Housekeeping leaves such a job alone. Of a plan's skips this is known when all of it is done; see verbs.
    """
    return why.cause in _DECREES and step.state.is_finished and not children_finished(schedule, node)


def _cancel_reason(why: Why) -> str | None:
    return f"gave up: {why.because}" if why.cause == "gave_up" else None


def _announce(schedule: Schedule, node: Node) -> None:
    if schedule.held_wakes is None:
        wake_built_on(schedule, node)
    else:
        schedule.held_wakes.append(node)


def _put(schedule: Schedule, node: Node, old: Job, new: Job, why: Why) -> None:
    lane = schedule.lanes[node.process]
    if new.state is not schedule.state(node):
        schedule.timetable.columns[node.process].put(node.ordinal, new.state)
    if new.state.is_finished:
        schedule.jobs.pop(node, None)
        lane.reopened.discard(node.ordinal)
        lane.invalid.discard(node.ordinal)
        lane.owed.discard(node.ordinal)
        related = new.related_unit_of_work
        if related is not None and node not in schedule.dying and not is_active(schedule.uows.get(related)):
            schedule.uows.discard(related)
    else:
        schedule.jobs[node] = new
        if new.reopened:
            lane.reopened.add(node.ordinal)
        if new.state is JobState.EMBRYO:
            lane.look_again(node.ordinal)
    put_job(schedule, node, old, new)
    schedule.dirty.add(node.process)
    if new.state is old.state and new.related_unit_of_work == old.related_unit_of_work:
        return
    record(schedule, old.state, new, why, new.related_unit_of_work or old.related_unit_of_work)
    announce_job(schedule, node, old.state, new, why)


def put_job(schedule: Schedule, node: Node, old: Job, new: Job) -> None:
    """Have a job's record stored; what it was before a plan is noted."""
    schedule.outbox.jobs[new.key] = new
    if schedule.orders.batches:
        follow(schedule, node, new)
    note(schedule, node, old)


def note(schedule: Schedule, node: Node, before: Job) -> None:
    """While a plan is applied: write down how a job was before it; the first note counts."""
    if schedule.journal is not None:
        schedule.journal.setdefault(node, before)


def record(schedule: Schedule, old_state: JobState, job: Job, why: Why, uow_id: UowId | None) -> None:
    """Add to the job's history what happened to it: a transition, or a verb whose effect is still to come."""
    schedule.outbox.history.append(
        HistoryEntry(
            job.process_name, job.timeperiod, schedule.now.real, old_state, job.state, why.actor, why.cause,
            because=why.because, reason=why.reason, plan_id=why.plan_id, uow_id=uow_id,
        ),
    )  # fmt: skip


def announce_job(schedule: Schedule, node: Node, old_state: JobState, job: Job, why: Why) -> None:
    """Tell subscribers how the job stands now."""
    uow = schedule.uows.get(job.related_unit_of_work) if job.related_unit_of_work else None
    schedule.outbox.events.append(
        JobChanged(
            job.process_name, job.timeperiod, old_state.value, job.state.value, schedule.cell(node),
            uow_id=job.related_unit_of_work, uow_state=uow.state.value if uow else None,
            cause=why.cause, actor=why.actor,
        ),
    )  # fmt: skip


def announce_uow(schedule: Schedule, uow: UnitOfWork) -> None:
    """Tell subscribers how the unit of work stands now."""
    schedule.outbox.events.append(
        UowChanged(
            uow.uow_id, uow.process_name, uow.timeperiod, uow.state.value, uow.attempt, exit_reason=uow.exit_reason
        ),
    )


def _issue(schedule: Schedule, node: Node, job: Job) -> Job:
    """Make the job's next unit of work."""
    lane = schedule.lanes[node.process]
    spec, run, boundaries = lane.spec, job.run + 1, schedule.boundaries.get(node)
    start, end = _stretch(schedule, node)
    uow = UnitOfWork(
        uow_id=derive_uow_id(job.process_name, None, job.timeperiod, run),
        process_name=job.process_name,
        timeperiod=job.timeperiod,
        run=run,
        start_timeperiod=start,
        end_timeperiod=end,
        start_id=boundaries.start_id if boundaries else None,
        end_id=boundaries.end_id if boundaries else None,
        source=spec.source,
        sink=spec.sink,
        arguments=spec.arguments,
        created=schedule.now.real,
        submitted=schedule.now.real,
    )
    schedule.uows[uow.uow_id] = uow
    if job.related_unit_of_work is not None:
        schedule.uows.discard(job.related_unit_of_work)
    lane.holding.add(node.ordinal)
    lane.owed.discard(node.ordinal)
    schedule.outbox.new_uows.append(uow)
    schedule.outbox.publish.append(uow)
    announce_uow(schedule, uow)
    return replace(job, run=run, related_unit_of_work=uow.uow_id, inputs_finished=None)


def _stretch(schedule: Schedule, node: Node) -> tuple[str, str]:
    """The start and the end (exclusive) of what the node's job works on."""
    column, whole = schedule.timetable.columns[node.process], schedule.timetable.covered(node)
    start = timeperiods.timeperiod_of(column.qualifier, max(whole.start, column.first))
    return start, timeperiods.timeperiod_of(column.qualifier, whole.stop)


def _move_end_id(schedule: Schedule, node: Node, uow: UnitOfWork) -> None:
    """Have a unit of work that nobody has started read as far as the data go now."""
    boundaries = schedule.boundaries[node]
    patch = UowPatch(uow.uow_id, uow.state, uow.attempt, end_id=boundaries.end_id if boundaries else None)
    schedule.outbox.patches.append(patch)
    schedule.uows[uow.uow_id] = patched(uow, patch)


def cancel_uow(
    schedule: Schedule, uow: UnitOfWork, node: Node | None, *, reason: str | None = None, applied: bool = True
) -> None:
    """Cancel an active unit of work: at once if nobody runs it, else by request; a finished one is left alone.

    Its node is dying until the commit (or the worker) has confirmed that nothing of it lives. ``applied``: its job has
    no further use for it; else the job is told once the cancel is confirmed, also by a restart in between. ``reason``:
    why it ends, where nobody runs it; else what it failed with stays told.
    """
    if not is_active(uow):
        return
    outbox = schedule.outbox
    if node is not None:
        schedule.dying[node] = uow.uow_id
    schedule.queues.remove(uow.uow_id)
    if uow.state is UowState.IN_PROGRESS:
        if not uow.cancel_requested:
            uow = replace(uow, cancel_requested=True)
            schedule.uows[uow.uow_id] = uow
            outbox.patches.append(UowPatch(uow.uow_id, UowState.IN_PROGRESS, uow.attempt, cancel_requested=True))
        outbox.cancels.append(Cancel(uow.uow_id, uow.box_id or ""))
        return
    outbox.patches.append(
        UowPatch(
            uow.uow_id, uow.state, uow.attempt, state=UowState.CANCELED, finished=schedule.now.real,
            cancel_requested=True, applied=applied, exit_reason=reason or _canceled_early(uow),
        ),
    )  # fmt: skip
    canceled = patched(uow, outbox.patches[-1])
    schedule.uows[uow.uow_id] = canceled
    outbox.tentative.append(uow.uow_id)
    announce_uow(schedule, canceled)


def _canceled_early(uow: UnitOfWork) -> str:
    return f"{uow.exit_reason}; canceled" if uow.exit_reason else CANCELED_EARLY


def patched(uow: UnitOfWork, patch: UowPatch) -> UnitOfWork:
    """The record as it is once the patch is stored."""
    return replace(uow, **patch.changes())


def free_slot(schedule: Schedule, node: Node) -> None:
    """The node has no active unit of work any more: its slot is free, and its lane is looked at."""
    lane = schedule.lanes[node.process]
    lane.holding.discard(node.ordinal)
    lane.invalid.discard(node.ordinal)
    has_stopped(schedule, node)
    if schedule.dying.pop(node, None) is not None:
        lane.look_again(node.ordinal)
    schedule.dirty.add(node.process)


def wake_built_on(schedule: Schedule, node: Node) -> None:
    """A finished job wakes its parent and its dependants at once."""
    why = Why("input_finished", because=str(schedule.timetable.key(node)))
    for other in schedule.timetable.built_on_this(node):
        wake(schedule, other, why)
    schedule.dirty.add(node.process)


def wake(schedule: Schedule, node: Node, why: Why) -> None:
    """An input of this job finished."""
    state = schedule.state(node)
    if state is JobState.EMBRYO:
        schedule.lanes[node.process].look_again(node.ordinal)
        schedule.dirty.add(node.process)
    elif is_aside(schedule, node):
        return
    elif state.is_finished:
        if schedule.journal is None and state is not JobState.SKIPPED:
            schedule.outbox.revisits.append(schedule.timetable.key(node))
        return
    else:
        old = schedule.jobs[node]
        job = replace(old, inputs_finished=_inputs_finished(schedule, node, old), accepted_by_hand=False)
        schedule.jobs[node] = job
        put_job(schedule, node, old, job)
        tell_inputs(schedule, node)
        if not is_active(schedule.related_uow(node)) and node not in schedule.dying:
            happen(schedule, node, Event.TICK, why)
            schedule.dirty.add(node.process)
    skip_if_all_children_are(schedule, node)


def _inputs_finished(schedule: Schedule, node: Node, job: Job) -> float:
    """Later than all that its run has been told so far, also if the clock stands still or has jumped back."""
    uow = schedule.related_uow(node)
    if uow is not None and uow.uow_id in schedule.outbox.raised:
        return schedule.outbox.raised[uow.uow_id]
    known = (job.inputs_finished, *((uow.inputs_finished, uow.inputs_read) if uow is not None else ()))
    return max([schedule.now.real, *(math.nextafter(one, math.inf) for one in known if one is not None)])


def tell_inputs(schedule: Schedule, node: Node) -> None:
    """Have the node's open unit of work say when the last input finished: a claim after that has read it.

    Also when it runs, for it may be given back in silence. If it was claimed a moment ago, the commit tells.
    """
    uow, job = schedule.related_uow(node), schedule.jobs.get(node)
    if uow is None or job is None or job.inputs_finished is None or not is_active(uow):
        return
    if uow.inputs_finished is not None and uow.inputs_finished >= job.inputs_finished:
        return
    patch = UowPatch(uow.uow_id, uow.state, uow.attempt, inputs_finished=job.inputs_finished)
    schedule.outbox.patches.append(patch)
    schedule.outbox.raised[uow.uow_id] = job.inputs_finished
    schedule.uows[uow.uow_id] = patched(uow, patch)


def skip_if_all_children_are(schedule: Schedule, node: Node) -> None:
    """Housekeeping: a node whose children are all skipped, and which has a younger sibling, is skipped.

    Jobs that an operator reopened or accepted by hand are left alone.
    """
    children = schedule.timetable.children(node)
    if children is None or schedule.state(node).is_finished:
        return
    job = schedule.job(node)
    if job.reopened or job.accepted_by_hand or not schedule.timetable.has_younger_sibling(node):
        return
    if schedule.timetable.columns[children.process].all_skipped(children.ordinals):
        happen(schedule, node, Event.SKIP, HOUSEKEEPING)


def note_failure(schedule: Schedule, node: Node, uow: UnitOfWork) -> None:
    """Remember a process's last failure, and mark the cell."""
    schedule.failures[node.process] = Failure(uow.uow_id, schedule.now.real)
    schedule.lanes[node.process].invalid.add(node.ordinal)
