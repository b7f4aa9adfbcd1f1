"""The kinds of jobs of one lane: jobs of a kind are kept by the same, as far as their lane and their queue go.

A lane falls into stretches. Within one of them it keeps all jobs that no unit of work is under way for in the same way:
by the same orders, as due or not, in line behind the same job.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property

from synergy.core.context import BlockingType
from synergy.core.engine.orders import has_room
from synergy.core.engine.schedule import Lane, is_active
from synergy.core.engine.why.conditions import of_the_lane
from synergy.core.engine.why.outlook import Outlook, offered_at
from synergy.core.engine.why.working import about_all_queued
from synergy.core.records import Job, UnitOfWork
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node


class Kind:
    """Jobs that are alike; it is nothing but itself."""

    __slots__ = ()


class LaneKinds:
    """As of one moment.

    ``odd``: jobs that are like no other, as they are stopped or set aside (``apart``), or as their data source is told
    of. ``queued``: the kind of those that wait for a worker as all do. ``waits_for_inputs``: its jobs that nobody has
    touched do.
    """

    def __init__(self, outlook: Outlook, lane: Lane, apart: set[int]) -> None:
        has_inputs = outlook.schedule.timetable.has_inputs(lane.number)
        self.process = lane.number
        self.odd = apart | lane.asked | lane.without_data
        self.queued = Kind()
        self.waits_for_inputs = has_inputs and lane.spec.blocking_type is not BlockingType.NORMAL
        self._is_plain = lane.is_discrete and not has_inputs
        self._outlook = outlook
        self._lane = lane
        self._at_rest: defaultdict[tuple[int, Hashable], Kind] = defaultdict(Kind)

    def of(self, ordinal: int, job: Job) -> Kind | None:
        """The kind of a job that has a record; None when it is like no other."""
        schedule, uow_id = self._outlook.schedule, job.related_unit_of_work
        uow = None if uow_id is None else schedule.uows.get(uow_id)
        if uow is not None and uow.state is UowState.REQUESTED:
            return self.queued if self._is_in_line(uow) else None
        if not self._is_plain or is_active(uow):
            return None
        is_limited = job.batch is not None and not has_room(schedule, Node(self.process, ordinal), job)
        return self.at_rest(ordinal, (job.batch,) if is_limited else ())

    def at_rest(self, ordinal: int, beside: tuple[Hashable, ...] = ()) -> Kind | None:
        """The kind of a job that has no unit of work, and is kept by this beside its lane; None when by nothing."""
        stretch = bisect_right(self._bounds, ordinal)
        return self._at_rest[stretch, beside] if self._is_kept[stretch] or any(beside) else None

    def of_untouched(self, ordinals: Sequence[int]) -> Kind | None:
        """The one kind of all these, which are in order and nobody has touched; None when there may be several."""
        if not ordinals or self.waits_for_inputs or not self.odd.isdisjoint(ordinals):
            return None
        first, last = self.at_rest(ordinals[0]), self.at_rest(ordinals[-1])
        return first if first is last else None

    @cached_property
    def in_line(self) -> set[int]:
        """Jobs of the queued kind, found without a look at each; none when each has to be looked at."""
        schedule, lane = self._outlook.schedule, self._lane
        if self._lost_before > -math.inf:
            return set()
        waiting = (schedule.uows.get(queued.uow_id) for queued in schedule.queues.items(lane.spec.process_name))
        others = (schedule.node_of(uow) for uow in (*schedule.uows.running(), *waiting) if uow is not None)
        return lane.holding - lane.invalid - self.odd - {
            node.ordinal for node in others if node is not None and node.process == lane.number
        }  # fmt: skip

    def _is_in_line(self, uow: UnitOfWork) -> bool:
        if uow.uow_id in self._outlook.schedule.queues:
            return False
        return offered_at(uow) >= self._lost_before

    @cached_property
    def _lost_before(self) -> float:
        """When what was offered was lost; before all times where nothing was, so that nobody needs to look at each."""
        outlook, lane = self._outlook, self._lane
        if about_all_queued(outlook, lane):
            return -math.inf
        lost_before = outlook.lost_before(lane)
        return lost_before if outlook.oldest_offered.get(lane.spec.process_name, math.inf) < lost_before else -math.inf

    @cached_property
    def _bounds(self) -> list[int]:
        """Where each stretch but the first one begins."""
        return sorted(set(_bounds(self._outlook, self._lane)))

    @cached_property
    def _is_kept(self) -> list[bool]:
        """Of each stretch, whether the lane keeps its jobs."""
        firsts = (self._bounds[0] - 1, *self._bounds)
        return [any(of_the_lane(self._outlook, self._lane, ordinal, ran=False)) for ordinal in firsts]


def _bounds(outlook: Outlook, lane: Lane) -> Iterator[int]:
    """Ordinals from which on untouched jobs may be kept by something else, or by nothing."""
    yield lane.due_before
    for held in lane.holds:
        yield held.start
        yield held.stop
    if lane.is_strict:
        yield from (first.ordinal + 1 for first in outlook.first_in_line(lane))
