"""From a job down to what really keeps it: the conditions beneath its conditions, one job of a kind asked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.conditions import Condition, conditions_of
from synergy.core.engine.why.kinds import Alike, Answering, Kinds
from synergy.core.engine.why.outlook import Outlook
from synergy.core.engine.why.told import Told
from synergy.core.engine.why.words import tell
from synergy.core.timetable.timetable import Node

MOST_JOBS: Final = 50_000
"""So many jobs are asked for one answer, one of those that are alike; what lies beneath the next is not looked at."""


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
        self.kinds = Kinds(outlook)
        self.found_at: dict[Root, tuple[Node, Condition]] = {}
        self.is_cut = False
        self._most = most
        self._conditions: dict[Node, list[Condition]] = {}
        self._deciding: dict[Answering, Code] = {}
        self._roots: dict[Answering, Roots] = {}
        self._among: dict[int, list[Alike]] = {}
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
        return self.roots_of(self.kinds.of(node), node)

    def roots_of(self, answering: Answering, node: Node) -> Roots:
        """The same, when it is known who answers for the job.

        Of all for which one answers, the last is asked.
        """
        entered: set[Answering] = set()
        stack = [] if answering in self._roots else [(answering, node)]
        while stack:
            one, at = stack[-1]
            if one in self._roots:
                stack.pop()
                continue
            entered.add(one)
            if len(self._conditions) >= self._most:
                self.is_cut = True
                self._roots[one] = _NONE
                continue
            conditions = self.conditions(at)
            missing = [
                (other.answering, other.last)
                for condition in conditions
                if condition.on and id(condition.on) not in self._unions
                for other in self._answering_for(condition.on)
                if other.answering not in self._roots and other.answering not in entered
            ]
            if missing:
                stack += missing
            else:
                self._deciding[one] = conditions[0].code
                self._roots[one] = self._roots_at(at, conditions)
        return self._roots[answering]

    def deciding(self, answering: Answering) -> Code:
        """The code that decides of jobs whose roots have been found."""
        return self._deciding[answering]

    def _roots_at(self, node: Node, conditions: list[Condition]) -> Roots:
        parts: list[Roots] = []
        for condition in conditions:
            if condition.on:
                parts.append(self._union_of(condition.on))
            elif not condition.code.is_note:
                root = Root(condition.code, condition.subject)
                if root not in self.found_at:
                    self.found_at[root] = (node, condition)
                parts.append(frozenset((root,)))
        return _union(parts)

    def _union_of(self, nodes: Sequence[Node]) -> Roots:
        found = self._unions.get(id(nodes))
        if found is None:
            roots = (self._roots.get(alike.answering, _NONE) for alike in self._answering_for(nodes))
            found = self._unions[id(nodes)] = _union(roots)
        return found

    def _answering_for(self, nodes: Sequence[Node]) -> list[Alike]:
        found = self._among.get(id(nodes))
        if found is None:
            found = self._among[id(nodes)] = sorted(self.kinds.among(nodes), key=_last)
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


def _last(alike: Alike) -> Node:
    return alike.last
