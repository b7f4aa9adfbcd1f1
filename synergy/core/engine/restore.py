"""The schedule at start-up: built from what the store holds, with everything a crash may have left half done taken up.

Nothing in it costs per period but the one scan of job states that filled the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.collector import LOSSES_IN_A_ROW, is_lost
from synergy.core.context import FreerunSpec, ProcessContext
from synergy.core.directives import Directive
from synergy.core.engine.collecting import queue_again
from synergy.core.engine.freeruns import digest, make_entry_lane, wait_anew
from synergy.core.engine.orders import take_directives
from synergy.core.engine.passage import pass_time, waiting_nodes
from synergy.core.engine.reports import uow_finished
from synergy.core.engine.schedule import Lane, Now, Schedule, Why, is_active, make_lanes
from synergy.core.engine.steps import cancel_uow, happen, skip_if_all_children_are, tell_inputs
from synergy.core.machines.model import Event
from synergy.core.records import (
    AuditEntry,
    EntryRecord,
    Job,
    ProcessOverride,
    UnitOfWork,
    UowId,
)
from synergy.core.settings import Settings
from synergy.core.states import JOB_CODES, JobState, UowState
from synergy.core.timetable.timetable import Node, Timetable


class Stored(Struct, frozen=True):
    """What was read from the store. ``uows``: active ones, unapplied ones, and those related to active jobs.

    ``aside`` is not in the store: what it refused since the daemon's start, and why; see ``engine.aside``.
    """

    jobs: tuple[Job, ...] = ()
    uows: tuple[UnitOfWork, ...] = ()
    overrides: tuple[ProcessOverride, ...] = ()
    entries: tuple[EntryRecord, ...] = ()
    directives: tuple[Directive, ...] = ()
    aside: Mapping[str, str] = MappingProxyType({})


def restore(context: ProcessContext, settings: Settings, timetable: Timetable, stored: Stored, now: Now) -> Schedule:
    """Build the schedule; the columns are grown, loaded and settled. The outbox holds what is to be redone."""
    schedule = Schedule(
        context=context,
        settings=settings,
        timetable=timetable,
        lanes=make_lanes(timetable, {override.process_name: override for override in stored.overrides}),
        now=now,
        counted_from=now.real,
        aside=dict(stored.aside),
    )
    _drop_outdated(schedule)
    pass_time(schedule, now)  # what is closed and due must be known before anything happens to a job
    _take_jobs(schedule, stored.jobs)
    _take_entries(schedule, stored.entries)
    related = {job.related_unit_of_work for job in schedule.jobs.values()}
    for uow in stored.uows:
        _take_uow(schedule, uow, related)
    take_directives(schedule, stored.directives)  # before anything can start
    for uow in stored.uows:
        if uow.state.is_finished and not uow.applied:
            _apply_finish(schedule, uow)
        elif (
            uow.uow_id in related and is_lost(uow) and uow.losses < LOSSES_IN_A_ROW and (node := schedule.node_of(uow))
        ):
            _apply_loss(schedule, node, uow)
    for node in [node for node, job in schedule.jobs.items() if job.inputs_finished is not None]:
        tell_inputs(schedule, node)
    for lane in schedule.lanes:
        _look_at_everything(schedule, lane)
    queue_again(schedule)
    return schedule


def _drop_outdated(schedule: Schedule) -> None:
    """Where the file's value changed since an operator changed it, the file wins for good, and that is audited."""
    for lane in schedule.lanes:
        override, spec = lane.override, lane.spec
        if override is None:
            continue
        if override.trigger_frequency is not None and override.file_trigger_frequency != spec.trigger_frequency:
            was, is_now = override.trigger_frequency, spec.trigger_frequency
            override = replace(override, trigger_frequency=None, file_trigger_frequency=None)
            _audit_file(schedule, "frequency", spec.process_name, was, is_now)
        if override.is_on is not None and override.file_is_on != spec.is_on:
            was, is_now = ("off", "on") if spec.is_on else ("on", "off")
            override = replace(override, is_on=None, file_is_on=None)
            _audit_file(schedule, "activate" if spec.is_on else "deactivate", spec.process_name, was, is_now)
        if override is not lane.override:
            lane.override = override
            schedule.outbox.overrides.append(override)


def _audit_file(
    schedule: Schedule, verb: str, target: str, before: str | None = None, after: str | None = None
) -> None:
    reason = "the definition changed"
    schedule.outbox.audit.append(
        AuditEntry(schedule.now.real, "scheduler", verb, target, reason=reason, before=before, after=after)
    )


def _look_at_everything(schedule: Schedule, lane: Lane) -> None:
    """A crash may have come before a job was looked at: have each looked at once, those that have run at once."""
    lane.frontier = lane.column.cursor
    for node in waiting_nodes(schedule, lane):
        happen(schedule, node, Event.TICK, Why("recovery"))
    for node in _childless_parents(schedule, lane):
        skip_if_all_children_are(schedule, node)
    schedule.dirty.add(lane.number)


def _childless_parents(schedule: Schedule, lane: Lane) -> Iterator[Node]:
    """Unfinished nodes, if there are skipped children at all."""
    children = schedule.timetable.children(Node(lane.number, lane.column.first))
    if children is not None and schedule.timetable.columns[children.process].counts[JOB_CODES[JobState.SKIPPED]]:
        yield from (Node(lane.number, ordinal) for ordinal in lane.column.unfinished())


def _take_jobs(schedule: Schedule, jobs: Iterable[Job]) -> None:
    for job in jobs:
        number = schedule.timetable.index.get(job.process_name)
        if number is None:
            continue  # the process was removed: its jobs are kept and hidden
        lane = schedule.lanes[number]
        node = Node(number, timeperiods.ordinal_of(lane.spec.time_qualifier, job.timeperiod))
        if node.ordinal not in lane.column or not lane.column.is_checkpoint(node.ordinal):
            continue
        schedule.jobs[node] = job
        if job.reopened:
            lane.reopened.add(node.ordinal)


def _take_uow(schedule: Schedule, uow: UnitOfWork, related: set[UowId | None]) -> None:
    node = schedule.node_of(uow)
    if node is not None and uow.uow_id not in related:
        _keep_number(schedule, node, uow)
    if not is_active(uow):
        if uow.uow_id in related:
            schedule.uows[uow.uow_id] = uow
        return
    schedule.uows[uow.uow_id] = uow
    if schedule.work_of(uow) is None or (node is None and uow.entry_name is None):
        cancel_uow(schedule, uow, None)
        return
    if node is not None:
        _take_slot(schedule, node, uow)
    is_orphan = node is not None and uow.uow_id not in related
    if uow.cancel_requested or is_orphan:
        cancel_uow(schedule, uow, node, applied=is_orphan)
    elif uow.state is UowState.REQUESTED:
        schedule.outbox.publish.append(uow)


def _keep_number(schedule: Schedule, node: Node, uow: UnitOfWork) -> None:
    """A store that is no transaction may hold a unit of work whose job was not stored: its number is used up."""
    job = schedule.job(node)
    if not job.state.is_finished and job.run < uow.run:
        schedule.jobs[node] = schedule.outbox.jobs[job.key] = replace(job, run=uow.run)


def _take_slot(schedule: Schedule, node: Node, uow: UnitOfWork) -> None:
    lane = schedule.lanes[node.process]
    lane.holding.add(node.ordinal)
    if uow.state is UowState.INVALID:
        lane.invalid.add(node.ordinal)


def _apply_finish(schedule: Schedule, uow: UnitOfWork) -> None:
    """A finish that was stored, but had not reached its job: as if it were reported now."""
    node = schedule.node_of(uow)
    job = schedule.jobs.get(node) if node is not None else None
    if uow.entry_name is not None or (job is not None and job.related_unit_of_work == uow.uow_id):
        schedule.uows[uow.uow_id] = replace(uow, state=UowState.IN_PROGRESS)
    uow_finished(schedule, uow)  # of one that is unknown, it is evidence only


def _apply_loss(schedule: Schedule, node: Node, uow: UnitOfWork) -> None:
    """Work that its supervisor ended for want of a lease, which had not reached its job: as if it were reported now."""
    schedule.lanes[node.process].invalid.discard(node.ordinal)
    schedule.uows[uow.uow_id] = replace(uow, state=UowState.IN_PROGRESS)
    uow_finished(schedule, uow)


def _take_entries(schedule: Schedule, records: Iterable[EntryRecord]) -> None:
    """The file's entries and those made by hand; a file's entry that was changed since by hand keeps the change."""
    stored = {(record.process_name, record.entry_name): record for record in records}
    in_file: dict[tuple[str, str], FreerunSpec] = {
        (spec.process_name, spec.entry_name): spec for spec in schedule.context.freerun
    }
    for key, spec in in_file.items():
        known = stored.get(key)
        if known is None or known.file_digest != digest(spec):
            fresh = wait_anew(schedule, _from_file(spec, known), known)
            if known is not None:
                _audit_file(schedule, "freerun set", "::".join(key))
            if "::".join(key) not in schedule.aside:
                schedule.outbox.entries.append(fresh)
            schedule.entries[key] = make_entry_lane(schedule, fresh, spec)
        elif not known.deleted:
            schedule.entries[key] = make_entry_lane(schedule, known, spec)
    for key, record in stored.items():
        if key not in schedule.entries:
            _take_other_entry(schedule, key, record)


def _take_other_entry(schedule: Schedule, key: tuple[str, str], record: EntryRecord) -> None:
    """One that was deleted, or made by hand; one that has left the file is passed over."""
    if record.deleted:
        schedule.deleted[key] = record
    elif record.by_hand:
        schedule.entries[key] = make_entry_lane(schedule, record, None)


def _from_file(spec: FreerunSpec, known: EntryRecord | None) -> EntryRecord:
    return EntryRecord(
        process_name=spec.process_name,
        entry_name=spec.entry_name,
        trigger_frequency=spec.trigger_frequency,
        arguments=spec.arguments,
        description=spec.description,
        is_on=spec.is_on,
        file_digest=digest(spec),
        last_firing=known.last_firing if known else None,
        related_unit_of_work=known.related_unit_of_work if known else None,
    )


def finished_over_unfinished(schedule: Schedule) -> list[Node]:
    """Finished nodes that have an unfinished child: what housekeeping would reprocess, oldest first.

    Only a changed definition (an earlier start, a new child process) or a store that lost writes leaves such nodes.
    """
    found = []
    timetable = schedule.timetable
    for lane in schedule.lanes:
        node = Node(lane.number, lane.column.first)
        children = timetable.children(node)
        if children is None or lane.column.end == lane.column.first:
            continue
        below = timetable.columns[children.process]
        oldest = below.oldest_unfinished()
        if oldest is None:
            oldest = below.end  # those that are still to come are not finished either
        over = timeperiods.cast(below.qualifier, oldest, lane.column.qualifier)
        start = timetable.checkpoint(lane.number, over)
        for ordinal in range(max(start, lane.column.first), lane.column.end):
            if lane.column.is_finished(ordinal) and lane.column.is_checkpoint(ordinal):
                part = timetable.children(Node(lane.number, ordinal))
                if part is not None and not below.all_finished(part.ordinals):
                    found.append(Node(lane.number, ordinal))
    return found


def reprocess_targets(nodes: Iterable[Node], records: Mapping[Node, Job]) -> dict[Node, Job]:
    """Those of the nodes that housekeeping may touch: not the ones an operator accepted by hand."""
    return {node: records[node] for node in nodes if node in records and not records[node].accepted_by_hand}


def built_on(schedule: Schedule, nodes: Iterable[Node]) -> list[Node]:
    """The other finished nodes that are built on these, directly or not: reprocessed with them."""
    known = set(nodes)
    found: list[Node] = []
    pending = list(known)
    while pending:
        for other in schedule.timetable.built_on_this(pending.pop()):
            if other not in known and schedule.state(other).is_finished:
                known.add(other)
                found.append(other)
                pending.append(other)
    return found
