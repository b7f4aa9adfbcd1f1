"""What an answer to "why" is made from: the schedule, and what only the daemon around it knows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple, overload

from synergy.core.context import Work
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.records import UnitOfWork
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node

TAKEN_SECONDS: Final = 60.0
"""What a free slot has not taken after that time was lost on its way."""


class Around(NamedTuple):
    """What the schedule does not hold; all stamps are real time.

    ``store_problem``, ``broker_problem``: why it is down, None while it works. ``boxes``: of each box whose supervisor
    lives, how many slots it has. ``next_round``: when the collector looks next.
    """

    store_problem: str | None = None
    store_since: float | None = None
    broker_problem: str | None = None
    broker_since: float | None = None
    boxes: tuple[tuple[str, int], ...] = ()
    next_round: float | None = None


class Row(Sequence[Node]):
    """Jobs of one process. There may be a hundred thousand, so they are made as they are asked for."""

    def __init__(self, process: int, ordinals: list[int]) -> None:
        self.process = process
        self.ordinals = ordinals

    def __len__(self) -> int:
        return len(self.ordinals)

    @overload
    def __getitem__(self, at: int) -> Node: ...
    @overload
    def __getitem__(self, at: slice) -> Row: ...
    def __getitem__(self, at: int | slice) -> Node | Row:
        if isinstance(at, slice):
            return Row(self.process, self.ordinals[at])
        return Node(self.process, self.ordinals[at])


class Outlook:
    """One moment, to be asked of many jobs: what several of them need is worked out once."""

    def __init__(self, schedule: Schedule, around: Around) -> None:
        self.schedule = schedule
        self.around = around
        self._boxes: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._holders: dict[int, Row] = {}
        self._first: dict[int, tuple[Node, ...]] = {}
        self._lost_before: dict[int, float] = {}

    def key(self, node: Node) -> str:
        """The job's name."""
        return str(self.schedule.timetable.key(node))

    def lane(self, node: Node) -> Lane:
        """The lane of the job's process."""
        return self.schedule.lanes[node.process]

    def boxes_of(self, lane: Lane) -> tuple[str, ...]:
        """The living boxes that the lane's process may run on."""
        return self.boxes_for(lane.spec.work)

    def boxes_for(self, work: Work) -> tuple[str, ...]:
        """The living boxes that the work may run on."""
        patterns = work.present_on_boxes
        found = self._boxes.get(patterns)
        if found is None:
            names = (name for name, _ in self.around.boxes)
            found = tuple(name for name in names if any(re.fullmatch(pattern, name) for pattern in patterns))
            self._boxes[patterns] = found
        return found

    def has_free_slot(self, boxes: tuple[str, ...]) -> bool:
        """Whether one of these boxes runs less than it can."""
        slots = dict(self.around.boxes)
        return any(self.running_on[name] < slots[name] for name in boxes)

    def pool_is_full(self, work: Work, boxes: tuple[str, ...]) -> bool:
        """Whether the work's pool, if it has one, has no room on any of these boxes."""
        if work.pool is None:
            return False
        size = self.schedule.context.pools.get(work.pool, 1)
        return all(self.pools[name, work.pool] >= size for name in boxes)

    @cached_property
    def running_on(self) -> Counter[str]:
        """How many units of work are in progress on each box."""
        return Counter(uow.box_id or "" for uow in self._in_progress)

    @cached_property
    def pools(self) -> Counter[tuple[str, str]]:
        """How much of each pool is taken on each box."""
        works = ((uow.box_id or "", self.schedule.work_of(uow)) for uow in self._in_progress)
        return Counter((box_id, work.pool) for box_id, work in works if work is not None and work.pool is not None)

    def lost_before(self, lane: Lane) -> float:
        """What was offered before that time and is still requested must have been lost on its way.

        Either a slot was free for it all the time, not only in the moment of the question, or workers have taken what
        was offered much later.
        """
        found = self._lost_before.get(lane.number)
        if found is None:
            if any(map(self._had_room, self.boxes_of(lane))):
                newest = self.schedule.now.real
            else:
                newest = self._newest_taken.get(lane.spec.process_name, -math.inf)
            found = self._lost_before[lane.number] = newest - TAKEN_SECONDS
        return found

    def _had_room(self, box_id: str) -> bool:
        """Whether surely not all slots of a box were taken at once lately."""
        ended = self.schedule.uows.ended_on(box_id, self.schedule.now.real - TAKEN_SECONDS)
        return self.running_on[box_id] + ended < dict(self.around.boxes)[box_id]

    @cached_property
    def _newest_taken(self) -> dict[str, float]:
        """Of each process, when that was offered which was offered last of all that runs."""
        found: dict[str, float] = {}
        for uow in self._in_progress:
            found[uow.process_name] = max(found.get(uow.process_name, -math.inf), offered_at(uow))
        return found

    @cached_property
    def oldest_offered(self) -> dict[str, float]:
        """Of each process, when that was offered which has been requested for the longest."""
        found: dict[str, float] = {}
        for uow in self.schedule.uows.values():
            if uow.state is UowState.REQUESTED and offered_at(uow) < found.get(uow.process_name, math.inf):
                found[uow.process_name] = offered_at(uow)
        return found

    def in_pool(self, pool: str) -> list[str]:
        """The units of work that take the pool's places."""
        works = ((uow.uow_id, self.schedule.work_of(uow)) for uow in self._in_progress)
        return [uow_id for uow_id, work in works if work is not None and work.pool == pool]

    @property
    def queued(self) -> int:
        """How many units of work are requested."""
        return self.schedule.uows.requested()

    @cached_property
    def _in_progress(self) -> list[UnitOfWork]:
        return self.schedule.uows.running()

    def holders(self, lane: Lane) -> Row:
        """The jobs that hold the lane's slots, oldest first."""
        found = self._holders.get(lane.number)
        if found is None:
            found = self._holders[lane.number] = Row(lane.number, sorted(lane.holding | lane.asked))
        return found

    def first_in_line(self, lane: Lane) -> tuple[Node, ...]:
        """The job of a strict lane that all later ones wait for, if there is one.

        A period of a continuous process that has run once lets the next one run.
        """
        found = self._first.get(lane.number)
        if found is None:
            nodes = (Node(lane.number, ordinal) for ordinal in lane.column.unfinished())
            waits = (node for node in nodes if lane.is_discrete or self.schedule.state(node) is JobState.EMBRYO)
            first = next(waits, None)
            found = () if first is None else (first,)
            self._first[lane.number] = found
        return found


def offered_at(uow: UnitOfWork) -> float:
    """When it was offered to workers last, as far as that is known."""
    return uow.submitted or uow.created
