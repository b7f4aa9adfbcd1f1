"""All columns and the edges between them: parent, children, counterparts, dependants, each by arithmetic.

A node is ``(process index, ordinal)``; in a grouped process it is always the checkpoint. An edge never needs a look-up
of more than one period's neighbours, so its cost does not grow with the timetable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synergy.core import grouping, timeperiods
from synergy.core.context import ManagedSpec, ProcessContext, TreeSpec
from synergy.core.errors import InvalidArgument, NotFound
from synergy.core.records import JobKey
from synergy.core.suggestions import did_you_mean
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.column import Column


class Node(NamedTuple):
    """One job's place: the index of its process and the ordinal of its (checkpoint) period."""

    process: int
    ordinal: int


class Inputs(NamedTuple):
    """A stretch of another column that a node is built on."""

    process: int
    ordinals: range


class Timetable:
    """The columns of all managed processes, from start to the live period or the end.

    Args:
        context: the checked definitions.
        start: synergy_start_timeperiod; each column begins with the period that contains it.
        end: synergy_end_timeperiod (exclusive), or None.
    """

    def __init__(self, context: ProcessContext, start: str, end: str | None) -> None:
        self.specs: tuple[ManagedSpec, ...] = context.managed
        self.index = {spec.process_name: number for number, spec in enumerate(self.specs)}
        self.trees = {tree.tree_name: tree for tree in context.trees}
        self.columns = tuple(self._column(spec, start, end) for spec in self.specs)
        self._levels = [self._level(number) for number in range(len(self.specs))]
        self._parents = [level[0] for level in self._levels]
        self._children = [level[1] for level in self._levels]
        self._counterparts = [self._same_level(number, self._tree(number).dependent_on) for number in self._numbers()]
        self._dependants: list[list[int]] = [[] for _ in self.specs]
        for number, others in enumerate(self._counterparts):
            for other in others:
                self._dependants[other].append(number)

    def _numbers(self) -> range:
        return range(len(self.specs))

    def _tree(self, number: int) -> TreeSpec:
        return self.trees[self.specs[number].tree_name]

    @staticmethod
    def _column(spec: ManagedSpec, start: str, end: str | None) -> Column:
        hour = Qualifier.HOURLY
        qualifier = spec.time_qualifier
        first = timeperiods.cast(hour, timeperiods.ordinal_of(hour, start), qualifier)
        limit = None
        if end is not None:  # a period of the timetable is one whose start lies before the end
            limit = timeperiods.cast(hour, timeperiods.ordinal_of(hour, end) - 1, qualifier) + 1
        return Column(qualifier, spec.time_grouping, first, limit)

    def _level(self, number: int) -> tuple[int | None, int | None]:
        members = [self.index[name] for name in self._tree(number).processes]
        at = members.index(number)
        return (members[at - 1] if at else None), (members[at + 1] if at + 1 < len(members) else None)

    def _same_level(self, number: int, tree_names: tuple[str, ...]) -> list[int]:
        qualifier = self.specs[number].time_qualifier
        names = (name for tree in tree_names for name in self.trees[tree].processes)
        return [self.index[name] for name in names if self.specs[self.index[name]].time_qualifier is qualifier]

    def grow(self, schedule_time: float) -> list[int]:
        """Make periods up to the live one; returns the processes that got new ones."""
        return [
            number
            for number, column in enumerate(self.columns)
            if column.grow(timeperiods.ordinal_at(column.qualifier, schedule_time) + 1)
        ]

    def settle(self) -> None:
        """After loading: let all columns reach as far as the one that reaches farthest, then settle each."""
        starts = [timeperiods.start_of(one.qualifier, one.end - 1) for one in self.columns if one.states]
        if starts:
            self.grow(max(starts))
        for column in self.columns:
            column.settle()

    def number(self, process_name: str) -> int:
        """The number of a process.

        Raises:
            NotFound: no managed process has this name.
        """
        number = self.index.get(process_name)
        if number is None:
            tree = self.trees.get(process_name)
            remedy = did_you_mean(process_name, self.index)
            if tree is not None:
                remedy = f"{process_name} is a tree; name one of its processes: {', '.join(tree.processes)}"
            raise NotFound(f'process "{process_name}" is unknown', remedy=remedy)
        return number

    def node(self, key: JobKey) -> Node:
        """The node of a job's name; a covered period's is its checkpoint.

        Raises:
            NotFound: no such process, or no such period in its timetable, or its checkpoint is not (yet).
            InvalidArgument: the timeperiod is none of the process's qualifier.
        """
        number = self.number(key.process_name)
        column = self.columns[number]
        period = timeperiods.ordinal_of(column.qualifier, key.timeperiod)
        ordinal = self.checkpoint(number, period)
        if period not in column:
            raise NotFound(f"{key} is not in the timetable", remedy=f"its periods are {self.bounds(number)}")
        if ordinal not in column:
            raise self._no_checkpoint(number, str(key), ordinal)
        return Node(number, ordinal)

    def _no_checkpoint(self, number: int, name: str, checkpoint: int) -> NotFound:
        """The error for periods whose job is still to come, or lies beyond the end."""
        key = self.key(Node(number, checkpoint))
        return NotFound(f"{name} is covered by {key}, which is not in the timetable", remedy="name an earlier period")

    def bounds(self, number: int) -> str:
        """``FROM..TO`` of a process's periods, or that there are none."""
        column = self.columns[number]
        if column.end == column.first:
            return "none yet"
        name = timeperiods.timeperiod_of
        return f"{name(column.qualifier, column.first)}..{name(column.qualifier, column.end - 1)}"

    def nodes_between(self, process_name: str, start: str, stop: str) -> list[Node]:
        """The nodes of a range, both ends included, cut to the timetable; of covered periods, their checkpoints.

        Raises:
            NotFound, InvalidArgument: as ``node``, or the range is turned round or empty.
        """
        number = self.number(process_name)
        column = self.columns[number]
        begin = timeperiods.ordinal_of(column.qualifier, start)
        end = timeperiods.ordinal_of(column.qualifier, stop) + 1
        if begin >= end:
            raise InvalidArgument(f"range {start}..{stop} is empty", remedy="put the earlier timeperiod first")
        name = f"{process_name}@{start}" + ("" if start == stop else f"..{stop}")
        begin, end = max(begin, column.first), min(end, column.end)
        if begin >= end:
            raise NotFound(f"{name} is not in the timetable", remedy=f"its periods are {self.bounds(number)}")
        if column.group == 1:
            return [Node(number, ordinal) for ordinal in range(begin, end)]
        checkpoints = sorted({self.checkpoint(number, ordinal) for ordinal in range(begin, end)})
        found = [Node(number, ordinal) for ordinal in checkpoints if ordinal in column]
        if not found:
            raise self._no_checkpoint(number, name, checkpoints[0])
        return found

    def key(self, node: Node) -> JobKey:
        """The name of a node's job."""
        return JobKey(self.specs[node.process].process_name, self.timeperiod(node))

    def timeperiod(self, node: Node) -> str:
        """The node's timeperiod."""
        return timeperiods.timeperiod_of(self.columns[node.process].qualifier, node.ordinal)

    def checkpoint(self, number: int, ordinal: int) -> int:
        """The checkpoint of this process that covers the ordinal; without grouping, the ordinal."""
        column = self.columns[number]
        if column.group == 1:
            return ordinal
        return grouping.checkpoint_of(column.qualifier, column.group, ordinal)

    def covered(self, node: Node) -> range:
        """The ordinals that the node's job works on."""
        column = self.columns[node.process]
        if column.group == 1:
            return range(node.ordinal, node.ordinal + 1)
        return grouping.covered(column.qualifier, column.group, node.ordinal)

    def period_end(self, node: Node) -> float:
        """When the node's period is over, in schedule time."""
        return timeperiods.end_of(self.columns[node.process].qualifier, node.ordinal)

    def parent(self, node: Node) -> Node | None:
        """The node that this one is a child of."""
        number = self._parents[node.process]
        if number is None:
            return None
        column = self.columns[number]
        ordinal = timeperiods.cast(self.columns[node.process].qualifier, node.ordinal, column.qualifier)
        ordinal = self.checkpoint(number, ordinal)
        return Node(number, ordinal) if ordinal in column else None

    def children(self, node: Node) -> Inputs | None:
        """The stretch of the child process that the node covers; None for a leaf process."""
        number = self._children[node.process]
        if number is None:
            return None
        mine, below = self.columns[node.process].qualifier, self.columns[number].qualifier
        whole = self.covered(node)
        start = timeperiods.span(mine, whole.start, below).start
        stop = timeperiods.span(mine, whole.stop - 1, below).stop
        return Inputs(number, range(start, stop))

    def counterparts(self, node: Node) -> list[Inputs]:
        """The stretches of other trees' processes of the same qualifier that the node depends on."""
        others = self._counterparts[node.process]
        if not others:
            return []
        whole = self.covered(node)
        return [Inputs(number, self._checkpoint_stretch(number, whole)) for number in others]

    def _checkpoint_stretch(self, number: int, whole: range) -> range:
        if self.columns[number].group == 1:
            return whole
        start = self.checkpoint(number, whole.start)
        return range(start, self.checkpoint(number, whole.stop - 1) + 1)

    def dependants(self, node: Node) -> Iterator[Node]:
        """The nodes of other trees that depend on this one."""
        for number in self._dependants[node.process]:
            column = self.columns[number]
            for ordinal in sorted({self.checkpoint(number, ordinal) for ordinal in self.covered(node)}):
                if ordinal in column:
                    yield Node(number, ordinal)

    def built_on_this(self, node: Node) -> Iterator[Node]:
        """Its parent and its dependants."""
        parent = self.parent(node)
        if parent is not None:
            yield parent
        yield from self.dependants(node)

    def has_inputs(self, number: int) -> bool:
        """Whether a process's jobs are built on others."""
        return self._children[number] is not None or bool(self._counterparts[number])

    def inputs(self, node: Node) -> Iterator[Inputs]:
        """Its children and its counterparts."""
        children = self.children(node)
        if children is not None:
            yield children
        yield from self.counterparts(node)

    def nodes_of(self, inputs: Inputs) -> Iterator[Node]:
        """The nodes of a stretch that are in the timetable now and carry a job."""
        column = self.columns[inputs.process]
        start, stop = column.clip(inputs.ordinals)
        for ordinal in range(start, min(stop, column.end)):
            if column.is_checkpoint(ordinal):
                yield Node(inputs.process, ordinal)

    def inputs_finished(self, node: Node) -> bool:
        """Whether all children and counterparts are finished."""
        return all(self.columns[part.process].all_finished(part.ordinals) for part in self.inputs(node))

    def has_younger_sibling(self, node: Node) -> bool:
        """Whether a later period of the same process exists."""
        return self.covered(node).stop < self.columns[node.process].end
