"""From a job down to what really keeps it: the conditions beneath its conditions, each job asked once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.conditions import Condition, conditions_of
from synergy.core.engine.why.outlook import Outlook
from synergy.core.engine.why.told import Told
from synergy.core.engine.why.words import tell
from synergy.core.timetable.timetable import Node

MOST_JOBS: Final = 50_000
"""So many jobs are asked for one answer, in less than a second; what lies beneath the next ones is not looked at."""


class Root(NamedTuple):
    """A condition with nothing unmet beneath it."""

    code: Code
    subject: str


Roots = frozenset[Root]
_NONE: Final[Roots] = frozenset()


class Graph:
    """Conditions and roots of jobs as of one moment.

    ``found_at``: a job at which each root was found. ``is_cut``: there were more jobs than are asked for one answer.
    """

    def __init__(self, outlook: Outlook, most: int = MOST_JOBS) -> None:
        self.outlook = outlook
        self.found_at: dict[Root, tuple[Node, Condition]] = {}
        self.is_cut = False
        self._most = most
        self._conditions: dict[Node, list[Condition]] = {}
        self._roots: dict[Node, Roots] = {}
        self._unions: dict[int, Roots] = {}
        """By the identity of a condition's ``on``, which many jobs of a process share."""

    def conditions(self, node: Node) -> list[Condition]:
        """See ``conditions_of``."""
        found = self._conditions.get(node)
        if found is None:
            found = self._conditions[node] = conditions_of(self.outlook, node)
        return found

    def told(self, root: Root) -> Told:
        """A root in words, as it stands at the job at which it was found."""
        node, condition = self.found_at[root]
        return tell(self.outlook, node, condition)

    def told_now(self, root: Root, outlook: Outlook) -> Told | None:
        """The same, when the schedule has gone on since; None when it keeps that job no longer."""
        node, _ = self.found_at[root]
        stands = (one for one in conditions_of(outlook, node) if not one.on and (one.code, one.subject) == root)
        condition = next(stands, None)
        return None if condition is None else tell(outlook, node, condition)

    def roots(self, node: Node) -> Roots:
        """The roots of all that keeps the job from going on."""
        entered: set[Node] = set()
        stack = [node]
        while stack:
            at = stack[-1]
            if at in self._roots:
                stack.pop()
                continue
            entered.add(at)
            if len(self._conditions) >= self._most:
                self.is_cut = True
                self._roots[at] = _NONE
                continue
            missing = [
                other
                for condition in self.conditions(at)
                if id(condition.on) not in self._unions
                for other in condition.on
                if other not in self._roots and other not in entered
            ]
            if missing:
                stack += missing
            else:
                self._roots[at] = self._roots_of(at)
        return self._roots[node]

    def _roots_of(self, node: Node) -> Roots:
        parts: list[Roots] = []
        for condition in self.conditions(node):
            if condition.on:
                parts.append(self._union_of(condition.on))
            elif not condition.code.is_note:
                root = Root(condition.code, condition.subject)
                if root not in self.found_at:
                    self.found_at[root] = (node, condition)
                parts.append(frozenset((root,)))
        return _union(parts)

    def _union_of(self, nodes: tuple[Node, ...]) -> Roots:
        found = self._unions.get(id(nodes))
        if found is None:
            found = self._unions[id(nodes)] = _union(self._roots.get(node, _NONE) for node in nodes)
        return found


def _union(parts: Iterable[Roots]) -> Roots:
    """Equal parts stay one object: thousands of jobs have the same roots."""
    whole = _NONE
    for part in parts:
        if not whole:
            whole = part
        elif part is not whole and not part <= whole:
            whole = part if whole <= part else whole | part
    return whole
