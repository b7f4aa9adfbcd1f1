"""Jobs: the list, one job with its surroundings, its history."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from synergy.core import timeperiods
from synergy.core.control import replies, requests
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.engine.why import Around, Outlook, deciding_code, waiting_for
from synergy.core.errors import InvalidArgument
from synergy.core.ports import LeaderStore
from synergy.core.records import Job, JobKey
from synergy.core.states import JOB_CODES, JobState, parse_state
from synergy.core.targets import parse_job
from synergy.core.timetable.column import COVERED
from synergy.core.timetable.timetable import Inputs, Node
from synergy.daemon.costs import median_of
from synergy.daemon.views.shapes import history_row, iso, job_row, neighbour, uow_row

LARGEST_PAGE: Final = 1_000
_MOST_CHILDREN: Final = 100


async def list_jobs(schedule: Schedule, store: LeaderStore, request: requests.ListJobs) -> replies.Jobs:
    """A page of jobs, by process in the order of the trees and by timeperiod within one."""
    states = frozenset(parse_state(JobState, text) for text in request.states)
    limit = page_limit(request.limit)
    lanes = _lanes(schedule, request.process_name)
    after = _place(schedule, request.after) if request.after else None
    if after is not None:
        lanes = lanes[[lane.number for lane in lanes].index(after.process) :]
    nodes: list[Node] = []
    for lane in lanes:
        bounds = _bounds(lane, request, after)
        nodes += _some(_matching(lane, bounds, states, newest_first=request.newest_first), limit + 1 - len(nodes))
        if len(nodes) > limit:
            break
    keys = {schedule.timetable.key(node): node for node in nodes[:limit]}
    stored = {
        job.key: job for job in await store.jobs([key for key, node in keys.items() if node not in schedule.jobs])
    }
    related = [job.related_unit_of_work for job in stored.values() if job.related_unit_of_work is not None]
    uows = {uow.uow_id: uow for uow in await store.uows(related)} if related else {}
    return replies.Jobs(
        jobs=tuple(
            job_row(schedule, node, schedule.jobs.get(node) or stored.get(key), uows) for key, node in keys.items()
        ),
        more=len(nodes) > limit,
        total=sum(
            _count(lane, _bounds(lane, request, None), states) for lane in _lanes(schedule, request.process_name)
        ),
    )


def _place(schedule: Schedule, name: str) -> Node:
    """A period's own place in the list, also of one that a checkpoint covers."""
    key = parse_job(name)
    lane = known_lane(schedule, key.process_name)
    return Node(lane.number, timeperiods.ordinal_of(lane.spec.time_qualifier, key.timeperiod))


def page_limit(limit: int) -> int:
    """The size of a page.

    Raises:
        InvalidArgument: it is not in 1–1000.
    """
    if not 0 < limit <= LARGEST_PAGE:
        raise InvalidArgument(f"limit {limit} is out of range", remedy=f"use 1–{LARGEST_PAGE} and ask for more pages")
    return limit


def _lanes(schedule: Schedule, name: str | None) -> list[Lane]:
    if name is not None:
        return [known_lane(schedule, name)]
    names = [process for tree in schedule.timetable.trees.values() for process in tree.processes]
    return [schedule.lanes[schedule.timetable.index[process]] for process in names]


def known_lane(schedule: Schedule, name: str) -> Lane:
    """The lane of a process.

    Raises:
        NotFound: no managed process has this name.
    """
    return schedule.lanes[schedule.timetable.number(name)]


def _bounds(lane: Lane, request: requests.ListJobs, after: Node | None) -> tuple[int, int]:
    """[start, stop) as indices of the column."""
    column = lane.column
    first, last = _asked(lane, request)
    if first is not None and last is not None and first > last:
        raise InvalidArgument(
            f"range {request.from_timeperiod}..{request.to_timeperiod} is empty",
            remedy="put the earlier timeperiod first",
        )
    start = column.first if first is None else max(column.first, first)
    stop = column.end if last is None else min(column.end, last + 1)
    if after is not None and after.process == lane.number:
        start, stop = (
            (start, min(stop, after.ordinal)) if request.newest_first else (max(start, after.ordinal + 1), stop)
        )
    return start - column.first, max(start, stop) - column.first


def _asked(lane: Lane, request: requests.ListJobs) -> tuple[int | None, int | None]:
    """The ends of the range, both included; over several processes, the periods that hold them."""
    qualifier = lane.spec.time_qualifier
    exact = partial(timeperiods.ordinal_of, qualifier)
    of_first = exact if request.process_name else partial(timeperiods.enclosing, qualifier)
    of_last = exact if request.process_name else partial(timeperiods.last_enclosing, qualifier)
    first, last = request.from_timeperiod, request.to_timeperiod
    return None if first is None else of_first(first), None if last is None else of_last(last)


def _codes(states: frozenset[JobState]) -> bytes:
    codes = [JOB_CODES[state] for state in sorted(states)]
    return bytes([*codes, COVERED]) if JobState.NOOP in states else bytes(codes)


def _matching(
    lane: Lane, bounds: tuple[int, int], states: frozenset[JobState], *, newest_first: bool
) -> Iterator[Node]:
    start, stop = bounds
    first = lane.column.first
    if not states:
        order = reversed(range(start, stop)) if newest_first else iter(range(start, stop))
        yield from (Node(lane.number, first + index) for index in order)
        return
    pattern = re.compile(b"[" + re.escape(_codes(states)) + b"]")
    found = [match.start() for match in pattern.finditer(lane.column.states, start, stop)]
    yield from (Node(lane.number, first + index) for index in (reversed(found) if newest_first else found))


def _some(nodes: Iterator[Node], count: int) -> list[Node]:
    return [node for node, _ in zip(nodes, range(count), strict=False)]


def _count(lane: Lane, bounds: tuple[int, int], states: frozenset[JobState]) -> int:
    start, stop = bounds
    if not states:
        return stop - start
    cells = lane.column.states[start:stop]
    return len(cells) - len(cells.translate(None, _codes(states)))


async def show(schedule: Schedule, store: LeaderStore, request: requests.Show, around: Around) -> replies.JobDetail:
    """One job with its surroundings."""
    key = parse_job(request.job)
    node = schedule.timetable.node(key)
    record = await stored_job(schedule, store, node)
    timetable, lane = schedule.timetable, schedule.lanes[node.process]
    children = timetable.children(node)
    parent = timetable.parent(node)
    uow = schedule.related_uow(node)
    if uow is None and record is not None and record.related_unit_of_work is not None:
        uow = next(iter(await store.uows([record.related_unit_of_work])), None)
    events = await store.history(timetable.key(node), schedule.settings.event_log_max_size)
    outlook = Outlook(schedule, around)
    return replies.JobDetail(
        job=job_row(schedule, node, record, {uow.uow_id: uow} if uow else {}),
        parent=neighbour(schedule, parent) if parent else None,
        children=tuple(_children(schedule, children)) if children else (),
        children_counts=_children_counts(schedule, children) if children else {},
        dependencies=tuple(
            neighbour(schedule, other) for part in timetable.counterparts(node) for other in timetable.nodes_of(part)
        ),
        dependants=tuple(neighbour(schedule, other) for other in timetable.dependants(node)),
        unit_of_work=uow_row(uow) if uow else None,
        event_log=tuple(history_row(entry) for entry in events),
        waiting_for=tuple(waiting_for(outlook, node)),
        period_start=iso(timeperiods.start_of(lane.spec.time_qualifier, timetable.covered(node).start)),
        period_end=iso(timetable.period_end(node)),
        is_live=timetable.period_end(node) > schedule.now.schedule,
        is_due=node.ordinal < lane.due_before,
        code=deciding_code(outlook, node),
        median_seconds=await median_of(schedule, store, node.process),
    )


async def stored_job(schedule: Schedule, store: LeaderStore, node: Node) -> Job | None:
    """The node's record; None for an untouched embryo."""
    record = schedule.jobs.get(node)
    if record is not None:
        return record
    return next(iter(await store.jobs([schedule.timetable.key(node)])), None)


def _children(schedule: Schedule, part: Inputs) -> list[replies.Neighbour]:
    nodes = sorted(schedule.timetable.nodes_of(part), key=lambda node: (schedule.state(node).is_finished, node))
    return [neighbour(schedule, node) for node in nodes[:_MOST_CHILDREN]]


def _children_counts(schedule: Schedule, part: Inputs) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in schedule.timetable.nodes_of(part):
        word = schedule.state(node).value
        counts[word] = counts.get(word, 0) + 1
    return counts


async def history(schedule: Schedule, store: LeaderStore, request: requests.JobHistory) -> replies.History:
    """A page of a job's transitions."""
    key = JobKey(*_known(schedule, request.job))
    limit = page_limit(request.limit)
    entries = await store.history(key, limit + 1, request.offset)
    return replies.History(
        job=str(key), history=tuple(history_row(entry) for entry in entries[:limit]), more=len(entries) > limit
    )


def _known(schedule: Schedule, job: str) -> tuple[str, str]:
    key = schedule.timetable.key(schedule.timetable.node(parse_job(job)))
    return key.process_name, key.timeperiod
