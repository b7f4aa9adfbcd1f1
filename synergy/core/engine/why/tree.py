"""The tree that is shown of a graph: one path to each root, each job spelled out once, the rest counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from synergy.core.engine.why.conditions import without_counterpart
from synergy.core.engine.why.graph import Graph, Root
from synergy.core.engine.why.told import Told
from synergy.core.engine.why.words import tell
from synergy.core.timetable.timetable import Node

MOST_BRANCHES: Final = 200
DEEPEST: Final = 12
_SHOWN: Final = 3


class Branch(Struct, frozen=True):
    """A condition, and those of the jobs that it waits for.

    ``again``: the job's conditions stand elsewhere in the tree. ``more``: so many further jobs wait beneath.
    """

    told: Told
    again: bool = False
    more: int = 0
    children: tuple[Branch, ...] = ()


def tree_of(graph: Graph, node: Node, *, most: int = MOST_BRANCHES, deepest: int = DEEPEST) -> tuple[Branch, ...]:
    """The conditions of a job, down to the roots; no more than ``most``, and not deeper than ``deepest``."""
    graph.roots(node)
    grower = _Grower(graph, most, deepest)
    notes = [Branch(tell(graph.outlook, node, note)) for note in without_counterpart(graph.outlook, node)]
    return (*grower.grow(node, 0), *notes)


class _Grower:
    """Counts what has been told."""

    def __init__(self, graph: Graph, most: int, deepest: int) -> None:
        self._graph = graph
        self._deepest = deepest
        self._told: set[Node] = set()
        self._left = most

    def grow(self, node: Node, depth: int) -> list[Branch]:
        conditions = self._graph.conditions(node)
        outlook = self._graph.outlook
        if node in self._told:
            return [Branch(tell(outlook, node, conditions[0]), again=True, more=len(conditions[0].on))]
        self._told.add(node)
        grown = []
        for condition in conditions:
            self._left -= 1
            children: list[Branch] = []
            chosen = self._choose(condition.on) if depth < self._deepest else []
            more = len(condition.on)
            for other in chosen:
                if self._left > 0:
                    children += self.grow(other, depth + 1)
                    more -= 1
            grown.append(Branch(tell(outlook, node, condition), more=more, children=tuple(children)))
        return grown

    def _choose(self, nodes: Sequence[Node]) -> list[Node]:
        """The few that lead to all roots, those first that are roots themselves."""
        seen: set[Root] = set()
        chosen: list[Node] = []
        firsts = sorted(alike.first for alike in self._graph.kinds.among(nodes))  # others lead nowhere else
        for node in sorted(firsts, key=self._is_far):
            roots = self._graph.roots(node)
            if len(chosen) < _SHOWN and not (chosen and roots <= seen):
                chosen.append(node)
                seen |= roots
        return chosen

    def _is_far(self, node: Node) -> bool:
        return all(condition.on or not condition.code.is_problem for condition in self._graph.conditions(node))
