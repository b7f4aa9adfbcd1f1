"""Which jobs a verb reaches from its targets, and what they would become; nothing is changed by working it out.

Reprocess follows the edges to parents and dependants, skip those to children and dependants (DOMAIN: section 5), unless
a narrower scope is asked for; the other verbs stay at their targets. A node is visited once. Skipping the last child
of a node that was not skipped yet, and which has a younger sibling, skips the node, too: housekeeping would at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from synergy.core.counting import counted
from synergy.core.engine.schedule import Schedule, is_active
from synergy.core.errors import IllegalState, InvalidArgument
from synergy.core.records import UnitOfWork
from synergy.core.states import JobState
from synergy.core.targets import EntryTarget, JobRange, UowTarget, parse_target
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Wish

_DONE: Final = {
    "reprocess": "reprocessed", "skip": "skipped", "cancel": "canceled", "force": "forced", "mark": "marked"
}  # fmt: skip
_REMEDIES: Final = {
    "reprocess": "an embryo job has not run yet; it will when it is due",
    "skip": "reprocess it first, if it shall be skipped",
    "cancel": "it has no active unit of work",
    "force": "only a job that has not finished, and has no active unit of work, can be started",
    "mark": "it is in that state already",
}
_MARKS: Final = {"processed": JobState.PROCESSED, "noop": JobState.NOOP}


class Closure:
    """What one wish reaches, collected target by target.

    ``because``: each node reached, and by which edge. ``kept``: finished nodes that the scope leaves out although they
    are built on what is reached. ``entry_uows``: units of work of freerun entries.
    """

    def __init__(self, schedule: Schedule, wish: Wish) -> None:
        self.schedule = schedule
        self.wish = wish
        self.because: dict[Node, str] = {}
        self.kept: dict[Node, None] = {}
        self.entry_uows: list[UnitOfWork] = []
        self._verb = wish.verb
        self._only = frozenset(wish.only)
        self._mark = _mark_of(wish)
        self._excluded = [re.compile(_pattern(text)) for text in wish.scope.exclude]

    def add(self, text: str) -> None:
        """Take one target with all that it reaches.

        Raises:
            CallerError: it cannot be read, does not exist, or the verb is not legal for it.
        """
        target = parse_target(text)
        if isinstance(target, JobRange):
            self._add_nodes(text, [node for node in self._range(target) if self._is_wanted(node)])
        elif self._verb != "cancel":
            raise IllegalState(f"{self._verb} needs a job, not {text}", remedy="name it PROCESS@TIMEPERIOD")
        else:
            self._add_uow(self._uow(target), text)

    def new_state(self, node: Node) -> JobState:
        """What the node would become."""
        if self._mark is not None:
            return self._mark
        if self._verb == "reprocess":
            return JobState.EMBRYO
        if self._verb == "force":
            return JobState.IN_PROGRESS
        if self._verb == "skip" or self.schedule.has_ended(node):
            return JobState.SKIPPED
        return self.schedule.state(node)

    def _range(self, target: JobRange) -> list[Node]:
        timetable = self.schedule.timetable
        return timetable.nodes_between(target.process_name, target.from_timeperiod, target.to_timeperiod)

    def _is_wanted(self, node: Node) -> bool:
        if self._only and self.schedule.state(node) not in self._only:
            return False
        return self.wish.tree is None or self.schedule.lanes[node.process].spec.tree_name == self.wish.tree

    def _uow(self, target: EntryTarget | UowTarget) -> UnitOfWork:
        if isinstance(target, UowTarget):
            uow = self.schedule.uows.get(target.uow_id)
            name = str(target.uow_id)
        else:
            name = f"{target.process_name}::{target.entry_name}"
            related = self.schedule.entry(target.process_name, target.entry_name).record.related_unit_of_work
            uow = self.schedule.uows.get(related) if related else None
        if uow is None or not is_active(uow):
            raise IllegalState(f"{name} has no active unit of work", remedy="there is nothing to cancel")
        return uow

    def _add_uow(self, uow: UnitOfWork, text: str) -> None:
        node = self.schedule.node_of(uow)
        if node is None:
            self.entry_uows.append(uow)
        else:
            self._add_nodes(text, [node])

    def _add_nodes(self, text: str, nodes: list[Node]) -> None:
        legal = [node for node in nodes if self._is_legal(node)]
        if nodes and not legal:
            done = _DONE[self._verb]
            raise IllegalState(f"{text} is {self._words(nodes)}, it cannot be {done}", remedy=_REMEDIES[self._verb])
        fresh = [node for node in legal if node not in self.because and not self._is_excluded(node)]
        self.because.update(dict.fromkeys(fresh, "target"))
        depth = 0
        while fresh:
            depth += 1
            fresh = self._spread(fresh, depth)

    def _spread(self, nodes: list[Node], depth: int) -> list[Node]:
        """Follow the edges of these nodes, so many edges from a target; returns what they reach first."""
        found: dict[Node, str] = {}
        for node in nodes:
            for other, edge, is_followed in self._edges(node):
                if other in self.because or other in found or not self._passes(other):
                    continue
                if not is_followed or self._is_too_far(depth) or self._is_excluded(other):
                    self._keep(other)
                else:
                    found[other] = f"{self.schedule.timetable.key(node)} is its {edge}"
        self.because.update(found)
        if self._verb == "skip":
            found |= self._childless(nodes)
        return list(found)

    def _keep(self, node: Node) -> None:
        if self._verb == "reprocess" and self.schedule.state(node).is_finished:
            self.kept[node] = None

    def _is_too_far(self, depth: int) -> bool:
        return self.wish.scope.depth is not None and depth > self.wish.scope.depth

    def _is_excluded(self, node: Node) -> bool:
        if not self._excluded:
            return False
        spec = self.schedule.lanes[node.process].spec
        names = (spec.process_name, spec.tree_name, str(self.schedule.timetable.key(node)))
        return any(pattern.fullmatch(name) for pattern in self._excluded for name in names)

    def _words(self, nodes: list[Node]) -> str:
        return ", ".join(sorted({self.schedule.state(node).word for node in nodes}))

    def _is_legal(self, node: Node) -> bool:
        state, uow = self.schedule.state(node), self.schedule.related_uow(node)
        match self._verb:
            case "reprocess":
                return state is not JobState.EMBRYO
            case "skip":
                return not state.is_finished
            case "force":
                return not state.is_finished and not is_active(uow) and node not in self.schedule.dying
            case "mark":
                return state is not self._mark
            case _:
                return is_active(uow)

    def _passes(self, node: Node) -> bool:
        return self._verb == "reprocess" or not self.schedule.state(node).is_finished

    def _edges(self, node: Node) -> Iterable[tuple[Node, str, bool]]:
        """Other nodes, by which edge, and whether the scope follows it."""
        if self._verb == "reprocess":
            return self._up(node)
        return self._down(node) if self._verb == "skip" else ()

    def _up(self, node: Node) -> Iterator[tuple[Node, str, bool]]:
        timetable, scope = self.schedule.timetable, self.wish.scope
        parent = timetable.parent(node)
        if parent is not None:
            yield parent, "child", scope.follows_tree
        for other in timetable.dependants(node):
            yield other, "dependency", scope.follows_dependants

    def _down(self, node: Node) -> Iterator[tuple[Node, str, bool]]:
        timetable, scope = self.schedule.timetable, self.wish.scope
        children = timetable.children(node)
        if children is not None:
            for other in timetable.nodes_of(children):
                yield other, "parent", scope.follows_tree
        for other in timetable.dependants(node):
            yield other, "dependency", scope.follows_dependants

    def _childless(self, nodes: list[Node]) -> dict[Node, str]:
        """Parents of these that housekeeping would skip, because no child is left that is not skipped."""
        timetable, found = self.schedule.timetable, {}
        for parent in dict.fromkeys(parent for node in nodes if (parent := timetable.parent(node)) is not None):
            children = timetable.children(parent)
            if parent in self.because or children is None or self.schedule.state(parent).is_finished:
                continue
            job = self.schedule.job(parent)
            if job.reopened or job.accepted_by_hand or not timetable.has_younger_sibling(parent):
                continue
            below = list(timetable.nodes_of(children))
            if all(child in self.because or self.schedule.state(child) is JobState.SKIPPED for child in below):
                found[parent] = f"{counted(len(below), 'child is', 'children are')} skipped"
        self.because.update(found)
        return found


def _mark_of(wish: Wish) -> JobState | None:
    if wish.verb != "mark":
        return None
    state = _MARKS.get((wish.to or "").lower().removeprefix("state_"))
    if state is None:
        raise InvalidArgument(f'jobs cannot be marked as "{wish.to or ""}"', remedy="mark them as processed or noop")
    return state


def _pattern(text: str) -> str:
    """``Flights*`` as a regular expression; other signs stand for themselves.

    What is between two stars is taken where it comes first, for good: without that, many stars that do not match would
    be tried in all their combinations, and stop the daemon.
    """
    first, *others = (re.escape(part) for part in text.split("*"))
    if not others:
        return first
    *between, last = others
    return first + "".join(f"(?>.*?{part})" for part in between if part) + ".*" + last
