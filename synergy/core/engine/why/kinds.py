"""Which unfinished jobs are alike: one of them is asked why it does not go on, and answers for all.

A hundred thousand jobs that do not go on are of a few kinds: queued behind others, or not yet started and kept by their
lane, or by inputs that are of such kinds themselves. Jobs of a kind have the same codes in the same order, and the same
roots. Every other job is a kind of its own: what runs, what has failed, what is reopened together with its inputs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, repeat
from operator import itemgetter
from typing import Final, NamedTuple

from synergy.core.context import BlockingType
from synergy.core.engine.aside import nodes_aside
from synergy.core.engine.why.lane_kinds import Kind, LaneKinds
from synergy.core.engine.why.outlook import Outlook, Row
from synergy.core.records import Job
from synergy.core.timetable.timetable import Inputs, Node

Answering = Kind | Node
"""Who answers for a job: its kind, or the job alone."""

_Waits = frozenset[Answering] | bool
"""What a job waits for in one stretch of its inputs: their kinds; or, of finished ones, whether more are to come."""

_MANY: Final = 100
"""From so many jobs on it pays to know who stands in line before they are looked at."""


class Alike(NamedTuple):
    """Some jobs for which the same one answers, the first and the last of them."""

    answering: Answering
    first: Node
    last: Node


class Kinds:
    """Tells which jobs are alike, as of one moment."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        self._jobs = outlook.schedule.jobs
        self._lanes: dict[int, LaneKinds] = {}
        self._with_inputs: dict[Node, Answering] = {}
        self._apart: defaultdict[int, set[int]] = defaultdict(set)
        for node in (*outlook.schedule.dying, *nodes_aside(outlook.schedule)):
            self._apart[node.process].add(node.ordinal)

    def of(self, node: Node) -> Answering:
        """Who answers for a job; a finished one does itself."""
        if self._outlook.schedule.state(node).is_finished:
            return node
        return self._of(self._lane(node.process), node.ordinal, self._jobs.get(node))

    def sort(self, process: int, ordinals: Sequence[int]) -> dict[Answering, list[int]]:
        """Unfinished jobs of a process, in order, by who answers for them; who is met first comes first."""
        lane = self._lane(process)
        in_line = lane.in_line if len(ordinals) >= _MANY else set[int]()
        queued = [ordinal for ordinal in ordinals if ordinal in in_line] if in_line else []
        if not queued or self.of(Node(process, queued[0])) is not lane.queued:  # they have gone on since
            return self._sort_each(lane, ordinals)
        others = [ordinal for ordinal in ordinals if ordinal not in in_line]
        found = self._sort_each(lane, others)
        found[lane.queued] = sorted(queued + found.get(lane.queued, []))
        return dict(sorted(found.items(), key=_first))

    def _sort_each(self, lane: LaneKinds, ordinals: Sequence[int]) -> dict[Answering, list[int]]:
        jobs = list(map(self._jobs.get, zip(repeat(lane.process), ordinals)))  # type: ignore[arg-type] # finds nodes
        kind = None if any(jobs) else lane.of_untouched(ordinals)
        if kind is not None:
            return {kind: list(ordinals)}
        found: dict[Answering, list[int]] = {}
        for ordinal, job in zip(ordinals, jobs, strict=True):
            found.setdefault(self._of(lane, ordinal, job), []).append(ordinal)
        return found

    def among(self, nodes: Sequence[Node]) -> Iterator[Alike]:
        """Who answers for these, which are in order."""
        for row in _rows(nodes):
            process, ordinals = row.process, row.ordinals
            column = self._outlook.schedule.timetable.columns[process]
            unfinished = set(column.unfinished_in(ordinals[0], ordinals[-1] + 1))
            alike = self.sort(process, [ordinal for ordinal in ordinals if ordinal in unfinished])
            for answering, same in alike.items():
                yield Alike(answering, Node(process, same[0]), Node(process, same[-1]))
            if not unfinished.issuperset(ordinals):
                finished = (Node(process, ordinal) for ordinal in ordinals if ordinal not in unfinished)
                yield from (Alike(node, node, node) for node in finished)

    def _lane(self, process: int) -> LaneKinds:
        found = self._lanes.get(process)
        if found is None:
            lane = self._outlook.schedule.lanes[process]
            found = self._lanes[process] = LaneKinds(self._outlook, lane, self._apart[process])
        return found

    def _of(self, lane: LaneKinds, ordinal: int, job: Job | None) -> Answering:
        kind = None
        if ordinal not in lane.odd:
            if job is not None:
                kind = lane.of(ordinal, job)
            elif lane.waits_for_inputs:
                return self._behind_inputs(lane, Node(lane.process, ordinal))
            else:
                kind = lane.at_rest(ordinal)
        return kind or Node(lane.process, ordinal)

    def _behind_inputs(self, lane: LaneKinds, node: Node) -> Answering:
        """Such a job is met from above, from beside and by itself, so it is kept who answers for it."""
        found = self._with_inputs.get(node)
        if found is None:
            waits = self._waits(node)
            kind = None if waits is None else lane.at_rest(node.ordinal, waits)
            found = self._with_inputs[node] = kind or node
        return found

    def _waits(self, node: Node) -> tuple[_Waits, ...] | None:
        """What an untouched job waits for; None when that is nobody else's: a job of no kind, or a skipped one."""
        timetable = self._outlook.schedule.timetable
        parts, columns = timetable.counterparts(node), timetable.columns
        if timetable.specs[node.process].blocking_type is BlockingType.DEPENDENCIES:
            if any(columns[part.process].any_skipped(part.ordinals) for part in parts):
                return None
        elif (children := timetable.children(node)) is not None:
            parts.append(children)
        found = []
        for part in parts:
            waits = self._waits_for(part)
            if waits is None:
                return None
            found.append(waits)
        return tuple(found)

    def _waits_for(self, part: Inputs) -> _Waits | None:
        column = self._outlook.schedule.timetable.columns[part.process]
        start, stop = column.clip(part.ordinals)
        kinds = frozenset(self.sort(part.process, column.unfinished_in(start, stop)))
        if any(isinstance(kind, Node) for kind in kinds):
            return None
        return kinds or stop > column.end


def _rows(nodes: Sequence[Node]) -> Iterator[Row]:
    if isinstance(nodes, Row):
        yield nodes
        return
    for process, some in groupby(nodes, itemgetter(0)):
        yield Row(process, [node.ordinal for node in some])


def _first(item: tuple[Answering, list[int]]) -> int:
    return item[1][0]
