"""The conditions of one job that are not met now: what they are, what each is about, and which jobs it waits for.

They are found in one pass that makes no words, so that thousands of jobs can be asked; ``words`` says them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synergy.core.context import BlockingType
from synergy.core.engine.aside import is_aside
from synergy.core.engine.facts import is_due, waits_in_cascade
from synergy.core.engine.orders import batch_of, has_room, seal_of
from synergy.core.engine.schedule import Lane, is_active
from synergy.core.engine.why.codes import ORDER, Code
from synergy.core.engine.why.outlook import Outlook
from synergy.core.engine.why.working import about_work, orders_against
from synergy.core.records import Job
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Inputs, Node


class Condition(NamedTuple):
    """``subject``: what it is about; two jobs that wait for the same thing name the same one.

    ``on``: the jobs that have to go on first. Without any, the condition is a root.
    """

    code: Code
    subject: str
    on: Sequence[Node] = ()


def conditions_of(outlook: Outlook, node: Node) -> list[Condition]:
    """All that keeps the job from going on, and what is to be known of it; the one that decides is the first.

    There is always one: a finished job is done.
    """
    if outlook.schedule.state(node).is_finished:
        return [_at_rest(outlook, node), *_sealed(outlook, node)]
    found = _unmet(outlook, node) or [Condition(Code.STARTING, outlook.key(node))]
    if outlook.around.store_problem is not None:
        found.append(Condition(Code.STORE_DOWN, "store"))
    if len(found) > 1:
        found.sort(key=_rank)
    return found


def _unmet(outlook: Outlook, node: Node) -> list[Condition]:
    """Of a job that is not finished; none when the scheduler starts it next."""
    schedule = outlook.schedule
    lane, uow = schedule.lanes[node.process], schedule.related_uow(node)
    if is_aside(schedule, node):
        return [Condition(Code.SET_ASIDE, outlook.key(node))]
    if node in schedule.dying:
        return [Condition(Code.STOPPING, schedule.dying[node])]
    if node.ordinal in lane.asked and not is_active(uow):
        return [Condition(Code.SOURCE_WAIT, lane.spec.process_name)]
    if uow is None or not is_active(uow):
        return list(_before_a_run(outlook, lane, node, ran=uow is not None))
    found = [Condition(code, subject) for code, subject in about_work(outlook, lane, node, uow)]
    return [*found, *_sealed(outlook, node)] if uow.state is UowState.INVALID else found


def _rank(condition: Condition) -> int:
    return ORDER[condition.code]


def _at_rest(outlook: Outlook, node: Node) -> Condition:
    """A finished job; a skipped one may be so because of a dependency."""
    skipped = _skipped_dependency(outlook, node)
    if skipped is not None and outlook.schedule.state(node) is JobState.SKIPPED:
        return _upstream_skipped(outlook, skipped)
    return Condition(Code.DONE, outlook.key(node))


def _skipped_dependency(outlook: Outlook, node: Node) -> Node | None:
    """The first counterpart that is skipped, where that matters."""
    schedule = outlook.schedule
    if schedule.lanes[node.process].spec.blocking_type is not BlockingType.DEPENDENCIES:
        return None
    for part in schedule.timetable.counterparts(node):
        if schedule.timetable.columns[part.process].any_skipped(part.ordinals):
            others = schedule.timetable.nodes_of(part)
            return next(other for other in others if schedule.state(other) is JobState.SKIPPED)
    return None


def _upstream_skipped(outlook: Outlook, skipped: Node) -> Condition:
    deeper = _skipped_dependency(outlook, skipped) is not None
    return Condition(Code.UPSTREAM_SKIPPED, outlook.key(skipped), (skipped,) if deeper else ())


def _sealed(outlook: Outlook, node: Node) -> list[Condition]:
    seal = seal_of(outlook.schedule, node)
    return [] if seal is None else [Condition(Code.SEALED, seal.directive_id)]


def _before_a_run(outlook: Outlook, lane: Lane, node: Node, *, ran: bool) -> Iterator[Condition]:
    """What keeps a job from its first run, from its next one, or from being finished by its last one."""
    job = outlook.schedule.jobs.get(node)
    yield from of_the_lane(outlook, lane, node.ordinal, ran=ran)
    yield from _inputs(outlook, lane, node, job, ran=ran)
    if job is not None:
        yield from _batch(outlook, node, job)
    if node.ordinal in lane.without_data:
        yield Condition(Code.SOURCE_WAIT, lane.spec.process_name)


def of_the_lane(outlook: Outlook, lane: Lane, ordinal: int, *, ran: bool) -> Iterator[Condition]:
    """What the lane keeps a job from, whatever the job's own record says: orders, its trigger, its order and slots."""
    for code, subject in orders_against(lane, ordinal):
        yield Condition(code, subject)
    waits_for_firing = ran and not lane.is_discrete and ordinal not in lane.owed
    if waits_for_firing or not is_due(lane, ordinal):
        yield Condition(Code.NOT_DUE, lane.spec.process_name)
    first = outlook.first_in_line(lane) if lane.is_strict and (lane.is_discrete or not ran) else ()
    if first and first[0].ordinal < ordinal:
        yield Condition(Code.OWN_PAST, lane.spec.process_name, first)
    elif not lane.has_slot:
        yield Condition(Code.LIMIT_PROCESS, lane.spec.process_name, outlook.holders(lane))


def _inputs(outlook: Outlook, lane: Lane, node: Node, job: Job | None, *, ran: bool) -> Iterator[Condition]:
    """Children and counterparts that are not finished, as far as the blocking type and the cascade care."""
    schedule, blocking = outlook.schedule, lane.spec.blocking_type
    if ran and job is not None and job.accepted_by_hand:
        return  # it was forced: it does not wait for them any more
    in_cascade = job is not None and job.reopened and waits_in_cascade(schedule, node)
    if blocking is BlockingType.NORMAL and not ran and not in_cascade:
        return
    whole = ran or blocking is BlockingType.CHILDREN
    skipped = _skipped_dependency(outlook, node)
    if skipped is not None:
        yield _upstream_skipped(outlook, skipped)
    children = schedule.timetable.children(node)
    if children is not None and (whole or in_cascade or skipped is not None):
        every = whole or skipped is not None
        yield from _unfinished(outlook, Code.BLOCKED_CHILDREN, children, every=every)
    every = whole or blocking is BlockingType.DEPENDENCIES
    for part in schedule.timetable.counterparts(node):
        yield from _unfinished(outlook, Code.BLOCKED_DEPENDENCY, part, every=every)


def _unfinished(outlook: Outlook, code: Code, part: Inputs, *, every: bool) -> Iterator[Condition]:
    """Unfinished jobs of a stretch; with ``every`` not, only those that are reopened, too."""
    lane = outlook.schedule.lanes[part.process]
    start, stop = lane.column.clip(part.ordinals)
    unfinished = lane.column.unfinished_in(start, stop)
    on = [Node(part.process, at) for at in unfinished if every or at in lane.reopened]
    if on:
        yield Condition(code, lane.spec.process_name, tuple(on))
    elif every and stop > lane.column.end:  # they are still to come
        yield Condition(Code.NOT_DUE, lane.spec.process_name)


def _batch(outlook: Outlook, node: Node, job: Job) -> Iterator[Condition]:
    """The limit of the batch that the job is in."""
    if has_room(outlook.schedule, node, job):
        return
    batch = batch_of(outlook.schedule, job)
    assert batch is not None  # noqa: S101 - without one there is room
    on = () if batch.directive.is_paused else tuple(sorted(batch.running))
    yield Condition(Code.LIMIT_BATCH, batch.directive.directive_id, on)


def without_counterpart(outlook: Outlook, node: Node) -> list[Condition]:
    """The trees that the job's tree depends on and that have no process of its level."""
    timetable = outlook.schedule.timetable
    spec = timetable.specs[node.process]
    return [
        Condition(Code.NO_COUNTERPART, name)
        for name in timetable.trees[spec.tree_name].dependent_on
        if not any(
            timetable.specs[timetable.index[process]].time_qualifier is spec.time_qualifier
            for process in timetable.trees[name].processes
        )
    ]
