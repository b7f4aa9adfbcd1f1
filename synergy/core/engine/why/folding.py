"""All jobs that do not go on, folded into the few roots that keep them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

from synergy.core.engine.why.codes import ABOUT_ONE_JOB, ORDER
from synergy.core.engine.why.graph import Graph, Root, Roots
from synergy.core.timetable.timetable import Node

_EXAMPLES: Final = 3
_STEP: Final = 500


class Fold(NamedTuple):
    """A root with the jobs that it keeps, the root's own not counted."""

    root: Root
    blocks: int
    by_process: dict[str, int]
    examples: tuple[str, ...]


class Folded(NamedTuple):
    """``folds``: problems, those first that keep the most. ``unfinished``: all jobs that were looked at.

    ``blocked``: those that a problem keeps. ``passing``: the others, each by its own code: what runs is counted as
    running, and not what waits for it.
    """

    folds: list[Fold]
    unfinished: int
    blocked: int
    passing: dict[str, int]


def fold_in_steps(graph: Graph) -> Generator[None, None, Folded]:
    """Ask every unfinished job, and count by roots; in steps of some milliseconds.

    Between them the schedule may go on: no job is asked twice, and roots are told as they stand at the end.
    """
    groups: dict[Roots, list[Node]] = {}
    for number, node in enumerate(_unfinished(graph), 1):
        groups.setdefault(graph.roots(node), []).append(node)
        if number % _STEP == 0:
            yield
    kept: dict[Root, list[Node]] = {}
    passing: Counter[str] = Counter()
    blocked = 0
    for roots, nodes in groups.items():
        problems = [root for root in roots if root.code.is_problem]
        if problems:
            blocked += len(nodes)
        elif roots:
            passing.update(graph.conditions(node)[0].code.value for node in nodes)
        for root in problems:
            kept.setdefault(root, []).extend(nodes)
    folds = [_fold(graph, root, nodes) for root, nodes in kept.items()]
    folds.sort(key=lambda fold: (-fold.blocks, ORDER[fold.root.code], fold.root.subject))
    unfinished = sum(map(len, groups.values()))
    return Folded(folds, unfinished, blocked, dict(passing))


def _unfinished(graph: Graph) -> Iterator[Node]:
    for lane in graph.outlook.schedule.lanes:
        for ordinal in lane.column.unfinished():
            yield Node(lane.number, ordinal)


def _fold(graph: Graph, root: Root, nodes: list[Node]) -> Fold:
    if root.code in ABOUT_ONE_JOB:
        own, _ = graph.found_at[root]
        nodes = [node for node in nodes if node != own]
    specs = graph.outlook.schedule.timetable.specs
    counts = Counter(node.process for node in nodes)
    by_process = {specs[number].process_name: count for number, count in sorted(counts.items())}
    examples = tuple(graph.outlook.key(node) for node in nodes[:_EXAMPLES])
    return Fold(root, len(nodes), by_process, examples)
