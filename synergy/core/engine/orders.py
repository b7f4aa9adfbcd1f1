"""The directives in force, as they bear on the lanes: what is held, what is sealed, which batch a job runs in.

A held job, and one of a batch that has no room, is passed over without being looked at again and again: releasing a
hold has those looked at that it concerns, and a batch that gets room the next one.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Final, assert_never

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.control.events import DirectiveChanged
from synergy.core.directives import Directive, DirectiveKind
from synergy.core.engine.order_values import Batch, Seal, Stretch
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.records import Job
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.timetable import Node

_FOREVER: Final = 1 << 40
"""An ordinal beyond every period."""


def put_directive(schedule: Schedule, directive: Directive) -> None:
    """Let a directive be so, new or changed or lifted; it is stored with the batch of events."""
    orders = schedule.orders
    known = orders.directives.pop(directive.directive_id, None)
    if directive.lifted is None:
        orders.directives[directive.directive_id] = directive
    schedule.outbox.directives.append(directive)
    schedule.outbox.events.append(
        DirectiveChanged(
            directive.directive_id, directive.kind.value, directive.reach, directive.actor, directive.is_paused,
            is_lifted=directive.lifted is not None, outcome=directive.outcome,
        )
    )  # fmt: skip
    match directive.kind:
        case DirectiveKind.HOLD:
            if known is not None:
                _take_off(schedule, known)
            if directive.lifted is None:
                _put_on(schedule, directive)
            _note_holds(schedule)
        case DirectiveKind.SEAL:
            _spread_seals(schedule)
        case DirectiveKind.BATCH:
            _put_batch(schedule, directive)
        case _:
            assert_never(directive.kind)


def take_directives(schedule: Schedule, directives: tuple[Directive, ...]) -> None:
    """At start-up: these are in force; the jobs are known."""
    schedule.orders.directives = {one.directive_id: one for one in directives}
    _spread_seals(schedule)
    for directive in directives:
        if directive.kind is DirectiveKind.HOLD:
            _put_on(schedule, directive)
        elif directive.kind is DirectiveKind.BATCH:
            _take_batch(schedule, directive)
    _note_holds(schedule)
    lift_done(schedule)


def release_due(schedule: Schedule) -> None:
    """Lift the holds whose time has come."""
    if schedule.now.real < schedule.orders.next_release:
        return
    for directive in list(schedule.orders.directives.values()):
        if directive.until is not None and directive.until <= schedule.now.real:
            put_directive(schedule, replace(directive, lifted=schedule.now.real, outcome="its time was up"))


def drain_of(schedule: Schedule) -> Directive | None:
    """The hold on everything, if there is one."""
    return schedule.orders.drain


def holds_in_force(schedule: Schedule) -> Iterator[Directive]:
    """Every hold."""
    return (one for one in schedule.orders.directives.values() if one.kind is DirectiveKind.HOLD)


def hold_of(lane: Lane, ordinal: int) -> Directive | None:
    """What holds the period, if anything does; of several the oldest."""
    for held in lane.holds:  # asked several times for each job: there is rarely any, and a generator would cost more
        if held.start <= ordinal < held.stop:
            return held.directive
    return None


def seal_of(schedule: Schedule, node: Node) -> Directive | None:
    """The seal that the node's period lies under."""
    lane = schedule.lanes[node.process]
    seals = schedule.orders.seals.get(lane.spec.tree_name)
    if not seals:
        return None
    start, end = interval_of(schedule, node)
    at = bisect_right(seals, start, key=_start)
    return seals[at - 1].directive if at and end <= seals[at - 1].end else None


def interval_of(schedule: Schedule, node: Node) -> tuple[float, float]:
    """What the node's job works on, in seconds of schedule time."""
    qualifier, whole = schedule.timetable.columns[node.process].qualifier, schedule.timetable.covered(node)
    return timeperiods.start_of(qualifier, whole.start), timeperiods.end_of(qualifier, whole.stop - 1)


def batch_of(schedule: Schedule, job: Job) -> Batch | None:
    """The batch under way that the job is a member of."""
    return None if job.batch is None else schedule.orders.batches.get(job.batch)


def has_room(schedule: Schedule, node: Node, job: Job) -> bool:
    """Whether the job's batch, if it is in one, lets one more of its jobs run."""
    batch = batch_of(schedule, job)
    if batch is None:
        return True
    if batch.directive.is_paused or len(batch.running) >= (batch.directive.max_parallel or 1):
        return False
    concurrency = schedule.lanes[node.process].spec.concurrency
    here = sum(other.process == node.process for other in batch.running)
    return here < room_of_batch(concurrency)


def room_of_batch(concurrency: int) -> int:
    """How many jobs of one process a batch runs: where there is more than one slot, one is left to the others."""
    return max(1, concurrency - 1)


def pass_on(schedule: Schedule, node: Node, job: Job) -> None:
    """A job was looked at: its batch offers the room that is left to the next one, or parks it unless it runs."""
    batch = batch_of(schedule, job)
    if batch is None:
        return
    if has_room(schedule, node, job):
        _look_at(schedule, batch.unpark(node.process))
    elif node not in batch.running:
        batch.park(node)


def follow(schedule: Schedule, node: Node, job: Job) -> None:
    """Whose batch the job is, by its record as it is now; with its last job a batch is done."""
    for batch in list(schedule.orders.batches.values()):
        if job.batch == batch.directive.directive_id and not job.state.is_finished:
            batch.members.add(node)
            if node.ordinal in schedule.lanes[node.process].holding:
                batch.running.add(node)
                batch.parked.discard(node)
        elif node in batch.members:
            for nodes in (batch.members, batch.parked, batch.running):
                nodes.discard(node)
            _unpark(schedule, batch)
            _lift_if_done(schedule, batch)


def has_stopped(schedule: Schedule, node: Node) -> None:
    """The node has no active unit of work any more; where that makes room, who waits for it is looked at."""
    for batch in schedule.orders.batches.values():
        if node in batch.running:
            batch.running.discard(node)
            _unpark(schedule, batch)


def lift_done(schedule: Schedule) -> None:
    """Lift the batches that have no job left."""
    for batch in list(schedule.orders.batches.values()):
        _lift_if_done(schedule, batch)


def _lift_if_done(schedule: Schedule, batch: Batch) -> None:
    if not batch.members and batch.directive.directive_id in schedule.orders.batches:
        put_directive(schedule, replace(batch.directive, lifted=schedule.now.real, outcome="done"))


def _put_batch(schedule: Schedule, directive: Directive) -> None:
    batches = schedule.orders.batches
    if directive.lifted is not None:
        batches.pop(directive.directive_id, None)
        return
    batch = batches.get(directive.directive_id)
    if batch is None:
        _take_batch(schedule, directive)
        return
    batch.directive = directive
    _unpark(schedule, batch)


def _take_batch(schedule: Schedule, directive: Directive) -> None:
    """A batch comes into force, at a start or by an undo: its jobs are those whose records say so."""
    schedule.orders.batches[directive.directive_id] = Batch(directive)
    for node, job in schedule.jobs.items():
        if job.batch == directive.directive_id:
            follow(schedule, node, job)


def _unpark(schedule: Schedule, batch: Batch) -> None:
    """There may be room: of each process one job is looked at, which passes on what it leaves."""
    for node in batch.unpark_each():
        _look_at(schedule, node)


def _look_at(schedule: Schedule, node: Node | None) -> None:
    if node is not None:
        schedule.lanes[node.process].look_again(node.ordinal)
        schedule.dirty.add(node.process)


def _put_on(schedule: Schedule, hold: Directive) -> None:
    """Tell the lanes which of their periods are held now, too; the oldest hold stands first."""
    for lane in lanes_of(schedule, hold):
        insort(lane.holds, stretch_of(lane, hold), key=_age)


def _take_off(schedule: Schedule, hold: Directive) -> None:
    for lane in lanes_of(schedule, hold):
        lane.holds = [held for held in lane.holds if held.directive.directive_id != hold.directive_id]
        _look_at_released(schedule, lane, stretch_of(lane, hold))


def _note_holds(schedule: Schedule) -> None:
    """What of all holds is asked for with every event."""
    orders, holds = schedule.orders, list(holds_in_force(schedule))
    orders.drain = next((one for one in holds if one.is_drain), None)
    orders.next_release = min((one.until for one in holds if one.until is not None), default=float("inf"))


def _age(held: Stretch) -> float:
    return held.directive.at


def _start(seal: Seal) -> float:
    return seal.start


def stretch_of(lane: Lane, directive: Directive) -> Stretch:
    """The ordinals that a directive is about: of a process the named periods, of a tree what lies in the hours."""
    mine, first, last = lane.spec.time_qualifier, directive.from_timeperiod, directive.to_timeperiod
    if directive.process_name is not None:
        start = 0 if first is None else timeperiods.ordinal_of(mine, first)
        stop = _FOREVER if last is None else timeperiods.ordinal_of(mine, last) + 1
        return Stretch(start, stop, directive)
    hour = Qualifier.HOURLY
    start, stop = 0, _FOREVER
    if first is not None:
        began = timeperiods.start_of(hour, timeperiods.ordinal_of(hour, first))
        start = timeperiods.ordinal_at(mine, began)
        start += timeperiods.start_of(mine, start) < began
    if last is not None:
        stop = timeperiods.ordinal_at(mine, timeperiods.end_of(hour, timeperiods.ordinal_of(hour, last)))
    return Stretch(start, stop, directive)


def lanes_of(schedule: Schedule, directive: Directive) -> Iterator[Lane]:
    """The lanes that a directive is about."""
    for lane in schedule.lanes:
        spec = lane.spec
        if directive.process_name in {None, spec.process_name} and directive.tree_name in {None, spec.tree_name}:
            yield lane


def _look_at_released(schedule: Schedule, lane: Lane, stretch: Stretch) -> None:
    """Have each due period that was passed over looked at once more: what held it is gone."""
    end = min(stretch.stop, lane.frontier, lane.column.end)
    for ordinal in lane.column.unfinished(max(stretch.start, lane.column.first)):
        if ordinal >= end:
            break
        lane.look_again(ordinal)
    schedule.dirty.add(lane.number)


def _spread_seals(schedule: Schedule) -> None:
    """Per tree, by their starts: each stands for the one that reaches furthest of those that begin no later."""
    seals: dict[str, list[Seal]] = {}
    for directive in schedule.orders.directives.values():
        if directive.kind is DirectiveKind.SEAL and directive.tree_name is not None:
            hour, first, last = Qualifier.HOURLY, directive.from_timeperiod or "", directive.to_timeperiod or ""
            start = timeperiods.start_of(hour, timeperiods.ordinal_of(hour, first))
            end = timeperiods.end_of(hour, timeperiods.ordinal_of(hour, last))
            seals.setdefault(directive.tree_name, []).append(Seal(start, end, directive))
    schedule.orders.seals = {name: list(_furthest(sorted(some, key=_start))) for name, some in seals.items()}


def _furthest(seals: list[Seal]) -> Iterator[Seal]:
    widest = seals[0]
    for seal in seals:
        widest = max(widest, seal, key=lambda one: one.end)
        yield Seal(seal.start, widest.end, widest.directive)
