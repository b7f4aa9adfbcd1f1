"""All jobs that do not go on, folded into the few roots that keep them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Final, NamedTuple

from synergy.core.engine.why.codes import ABOUT_ONE_JOB, ORDER, Code
from synergy.core.engine.why.graph import Graph, Root, Roots
from synergy.core.timetable.timetable import Node

_EXAMPLES: Final = 3
_STEP: Final = 1_000
"""Some milliseconds, if each of the jobs is like no other."""


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


class _Group:
    """Jobs that have the same roots: of each process their ordinals, and how many have which code."""

    def __init__(self) -> None:
        self.ordinals: dict[int, list[int]] = {}
        self.codes: dict[Code, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self.ordinals.values()))

    def add(self, process: int, ordinals: list[int], code: Code | None) -> None:
        """Some more of a process; they may lie between those that are known."""
        self.ordinals.setdefault(process, []).extend(ordinals)
        if code is not None:
            self.codes[code] = self.codes.get(code, 0) + len(ordinals)

    def sort(self) -> None:
        """Into the order of the timetable."""
        for ordinals in self.ordinals.values():
            ordinals.sort()


def fold_in_steps(graph: Graph, periods: int = _STEP) -> Generator[None, None, Folded]:
    """Ask of every unfinished job who answers for it, and count by roots; in steps of so many periods of a process.

    Between them the schedule may go on: no job is asked twice, and roots are told as they stand at the end.
    """
    groups: dict[Roots, _Group] = {}
    for process, ordinals in _unfinished(graph, periods):
        for answering, alike in graph.kinds.sort(process, ordinals).items():
            roots = graph.roots_of(answering, Node(process, alike[0]))
            group = groups.setdefault(roots, _Group())
            group.add(process, alike, graph.deciding(answering) if roots else None)
        yield
    kept: dict[Root, list[_Group]] = {}
    passing: Counter[str] = Counter()
    blocked = 0
    for roots, group in groups.items():
        group.sort()
        problems = [root for root in roots if root.code.is_problem]
        if problems:
            blocked += len(group)
        else:
            passing.update({code.value: count for code, count in group.codes.items()})
        for root in problems:
            kept.setdefault(root, []).append(group)
    folds: list[Fold] = []
    for root, some in kept.items():
        folds.append(_fold(graph, root, some))
        if len(folds) % periods == 0:
            yield
    folds.sort(key=lambda fold: (-fold.blocks, ORDER[fold.root.code], fold.root.subject))
    return Folded(folds, sum(map(len, groups.values())), blocked, dict(passing))


def _unfinished(graph: Graph, periods: int) -> Iterator[tuple[int, list[int]]]:
    """All unfinished jobs, so many periods of a process at a time."""
    for lane in graph.outlook.schedule.lanes:
        start = lane.column.next_unfinished()
        while start is not None:
            yield lane.number, lane.column.unfinished_in(start, start + periods)
            start = lane.column.next_unfinished(start + periods)


def _fold(graph: Graph, root: Root, groups: list[_Group]) -> Fold:
    """Of many roots each may keep the same many jobs, so none is looked at but for the examples."""
    own = graph.found_at[root][0] if root.code in ABOUT_ONE_JOB else None
    counts: dict[int, int] = {}
    examples: list[str] = []
    for group in groups:
        for process, ordinals in group.ordinals.items():
            is_own = own is not None and own.process == process and _holds(ordinals, own.ordinal)
            counts[process] = counts.get(process, 0) + len(ordinals) - is_own
            nodes = (Node(process, ordinal) for ordinal in ordinals[: _EXAMPLES + 1])
            others = (graph.outlook.key(node) for node in nodes if node != own)
            examples += islice(others, _EXAMPLES - len(examples))
    specs = graph.outlook.schedule.timetable.specs
    by_process = {specs[number].process_name: count for number, count in sorted(counts.items()) if count}
    return Fold(root, sum(counts.values()), by_process, tuple(examples))


def _holds(ordinals: list[int], ordinal: int) -> bool:
    """Whether a sorted list does."""
    at = bisect_left(ordinals, ordinal)
    return at < len(ordinals) and ordinals[at] == ordinal
