"""What of the directives is kept in memory: stretches of lanes, sealed time, batches under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from synergy.core.directives import Directive, DirectiveId
from synergy.core.timetable.timetable import Node


class Stretch(NamedTuple):
    """The ordinals of a lane that a hold is about, ``stop`` excluded."""

    start: int
    stop: int
    directive: Directive


class Seal(NamedTuple):
    """Schedule time that is sealed for a tree: [start, end) in seconds."""

    start: float
    end: float
    directive: Directive


@dataclass(slots=True)
class Batch:
    """A batch under way.

    ``members``: its unfinished jobs; ``running``: those with an active unit of work; ``parked``: those that were passed
    over for want of room.
    """

    directive: Directive
    members: set[Node] = field(default_factory=set)
    running: set[Node] = field(default_factory=set)
    parked: set[Node] = field(default_factory=set)


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
