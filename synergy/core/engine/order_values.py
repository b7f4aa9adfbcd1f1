"""What of the directives is kept in memory: stretches of lanes, sealed time, batches under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from synergy.core.directives import Directive, DirectiveId
from synergy.core.timetable.timetable import Node


class Stretch(NamedTuple):
    """The ordinals of a lane that a hold is about, ``stop`` excluded."""

    start: int
    stop: int
    directive: Directive


class Seal(NamedTuple):
    """Schedule time that is sealed for a tree: [start, end) in seconds; see ``orders.seal_of``."""

    start: float
    end: float
    directive: Directive


@dataclass(slots=True)
class Batch:
    """A batch under way.

    ``members``: its unfinished jobs; ``running``: those with an active unit of work; ``parked``: those that were passed
    over for want of room. They are taken out one by one: looking at all of them with each end would cost the square.
    """

    directive: Directive
    members: set[Node] = field(default_factory=set)
    running: set[Node] = field(default_factory=set)
    parked: set[Node] = field(default_factory=set)
    _oldest: dict[int, list[Node]] = field(default_factory=dict)

    def park(self, node: Node) -> None:
        """The node is passed over."""
        if node not in self.parked:
            self.parked.add(node)
            heappush(self._oldest.setdefault(node.process, []), node)

    def unpark(self, process: int) -> Node | None:
        """The oldest parked node of a process, taken out; None when there is none."""
        oldest = self._oldest.get(process, [])
        while oldest:
            node = heappop(oldest)
            if node in self.parked:
                self.parked.remove(node)
                return node
        return None

    def unpark_each(self) -> Iterator[Node]:
        """The oldest parked node of every process, taken out."""
        return (node for process in self._oldest if (node := self.unpark(process)) is not None)


@dataclass(slots=True)
class Orders:
    """All directives in force. ``next_release``: real time at which the next hold lifts itself.

    ``drain``: the hold on everything, if there is one; it is asked for with every event.
    """

    directives: dict[DirectiveId, Directive] = field(default_factory=dict)
    seals: dict[str, list[Seal]] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    next_release: float = float("inf")
    drain: Directive | None = None
