"""The other direction: what waits for a job, its parents, dependants and later periods, and theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synergy.core.engine.schedule import Schedule
from synergy.core.timetable.timetable import Node


class Waiting(NamedTuple):
    """An unfinished job that waits, and for which one: ``on`` is ``edge``, as in "its child"."""

    node: Node
    on: Node
    edge: str


def waiting_on(schedule: Schedule, node: Node) -> list[Waiting]:
    """All unfinished jobs that wait for this one, the nearest first; nothing waits for a finished one."""
    if schedule.state(node).is_finished:
        return []
    waiter = _Waiter(schedule)
    found: list[Waiting] = []
    known, fresh = {node}, [node]
    while fresh:
        near: list[Waiting] = []
        for at in fresh:
            for other, edge in waiter.next_to(at):
                if other not in known and not schedule.state(other).is_finished:
                    known.add(other)
                    near.append(Waiting(other, at, edge))
        found += near
        fresh = [waiting.node for waiting in near]
    return found


class _Waiter:
    """Each period of a strict process waits for all before it: later ones are gone through once."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._seen_from: dict[int, int] = {}

    def next_to(self, node: Node) -> Iterator[tuple[Node, str]]:
        timetable = self._schedule.timetable
        parent = timetable.parent(node)
        if parent is not None:
            yield parent, "its child"
        for other in timetable.dependants(node):
            yield other, "its dependency"
        lane = self._schedule.lanes[node.process]
        if not (lane.is_strict and lane.is_discrete):
            return
        stop = self._seen_from.get(node.process, lane.column.end)
        self._seen_from[node.process] = min(stop, node.ordinal)
        for ordinal in lane.column.unfinished(node.ordinal + 1):
            if ordinal >= stop:
                return
            yield Node(node.process, ordinal), "before it"
