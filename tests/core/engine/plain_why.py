"""Why all jobs do not go on, found by asking each of them: the definition of what ``why.folding`` answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from synergy.core.engine.why import Fold, Folded, Outlook, Root
from synergy.core.engine.why.codes import ABOUT_ONE_JOB, ORDER
from synergy.core.engine.why.conditions import Condition, conditions_of
from synergy.core.engine.why.kinds import Alike
from synergy.core.timetable.timetable import Node


class PlainKinds:
    """As ``Kinds``: every job is like no other."""

    def among(self, nodes: Iterable[Node]) -> list[Alike]:
        return [Alike(node, node, node) for node in nodes]


class PlainGraph:
    """As ``Graph``: without kinds, and never cut."""

    def __init__(self, outlook: Outlook) -> None:
        self.kinds = PlainKinds()
        self.outlook = outlook
        self.found_at: dict[Root, tuple[Node, Condition]] = {}
        self._conditions: dict[Node, list[Condition]] = {}
        self._roots: dict[Node, frozenset[Root]] = {}

    def conditions(self, node: Node) -> list[Condition]:
        if node not in self._conditions:
            self._conditions[node] = conditions_of(self.outlook, node)
        return self._conditions[node]

    def roots(self, node: Node) -> frozenset[Root]:
        """Depth first; of those that a job waits for the last is asked first."""
        stack = [node]
        while stack:
            at = stack[-1]
            conditions = self.conditions(at)
            missing = [other for condition in conditions for other in condition.on if other not in self._roots]
            if missing:
                stack += missing
            else:
                self._roots[stack.pop()] = self._roots_of(at)
        return self._roots[node]

    def _roots_of(self, node: Node) -> frozenset[Root]:
        roots: set[Root] = set()
        for condition in self.conditions(node):
            for other in condition.on:
                roots |= self._roots[other]
            if not condition.on and not condition.code.is_note:
                root = Root(condition.code, condition.subject)
                self.found_at.setdefault(root, (node, condition))
                roots.add(root)
        return frozenset(roots)


def plain_fold(graph: PlainGraph) -> Folded:
    """Every unfinished job in the order of the timetable."""
    groups: dict[frozenset[Root], list[Node]] = {}
    for lane in graph.outlook.schedule.lanes:
        for ordinal in lane.column.unfinished():
            node = Node(lane.number, ordinal)
            groups.setdefault(graph.roots(node), []).append(node)
    kept: dict[Root, list[Node]] = {}
    passing: Counter[str] = Counter()
    blocked = 0
    for roots, nodes in groups.items():
        problems = [root for root in roots if root.code.is_problem]
        if problems:
            blocked += len(nodes)
        else:
            passing.update(graph.conditions(node)[0].code.value for node in nodes)
        for root in problems:
            kept.setdefault(root, []).extend(nodes)
    folds = [_fold(graph, root, nodes) for root, nodes in kept.items()]
    folds.sort(key=lambda fold: (-fold.blocks, ORDER[fold.root.code], fold.root.subject))
    return Folded(folds, sum(map(len, groups.values())), blocked, dict(passing))


def _fold(graph: PlainGraph, root: Root, nodes: list[Node]) -> Fold:
    own, _ = graph.found_at[root]
    others = [node for node in nodes if node != own or root.code not in ABOUT_ONE_JOB]
    specs = graph.outlook.schedule.timetable.specs
    counts = Counter(node.process for node in others)
    by_process = {specs[number].process_name: count for number, count in sorted(counts.items())}
    return Fold(root, len(others), by_process, tuple(graph.outlook.key(node) for node in others[:3]))
