"""What a verb would change: the closure of its targets, worked out without changing anything.

Reprocess follows the edges to parents and dependants, skip those to children and dependants (DOMAIN: section 5). A node
is visited once. A drafted plan is bound to the states it saw: drafting it again must give the same, or it is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from synergy.core.control.replies import Refusal
from synergy.core.engine.schedule import Schedule, is_active
from synergy.core.errors import CallerError, IllegalState
from synergy.core.plan_records import PlannedChange
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from synergy.core.targets import EntryTarget, JobRange, UowTarget, parse_target
from synergy.core.timetable.timetable import Node


class Draft(Struct, frozen=True):
    """A verb's plan. ``nodes[i]`` is the place of ``changes[i]``; ``ordered``: embryo jobs that only wait their turn.

    ``kills``: units of work whose running work would be stopped; ``cancels``: all that would be canceled.
    """

    verb: str
    targets: tuple[str, ...]
    only: tuple[JobState, ...]
    nodes: tuple[Node, ...]
    changes: tuple[PlannedChange, ...]
    ordered: tuple[Node, ...] = ()
    cancels: tuple[UowId, ...] = ()
    kills: tuple[UowId, ...] = ()
    refused: tuple[Refusal, ...] = ()


def draft(schedule: Schedule, verb: str, targets: tuple[str, ...], only: tuple[JobState, ...] = ()) -> Draft:
    """Work out what ``reprocess``, ``skip`` or ``cancel`` of these targets would change.

    Raises:
        CallerError: the only target cannot be read, does not exist, or the verb is not legal for it; of several
            targets, such ones are listed in ``refused``.
    """
    drafter = _Drafter(schedule, verb, frozenset(only))
    refused = []
    for text in targets:
        try:
            drafter.add(text)
        except CallerError as error:
            if len(targets) == 1:
                raise
            refused.append(Refusal(text, error.code, str(error)))
    return drafter.finish(targets, only, tuple(refused))


class _Drafter:
    """Collects the closure of one verb, target by target."""

    def __init__(self, schedule: Schedule, verb: str, only: frozenset[JobState]) -> None:
        self.schedule = schedule
        self.verb = verb
        self.only = only
        self.because: dict[Node, str] = {}
        self.entry_uows: list[UnitOfWork] = []

    def add(self, text: str) -> None:
        target = parse_target(text)
        if isinstance(target, JobRange):
            nodes = self._range(target)
            if self.only:
                nodes = [node for node in nodes if self.schedule.state(node) in self.only]
            self._add_nodes(text, nodes)
        elif self.verb != "cancel":
            raise IllegalState(f"{self.verb} needs a job, not {text}", remedy="name it PROCESS@TIMEPERIOD")
        else:
            self._add_uow(self._uow(target), text)

    def _range(self, target: JobRange) -> list[Node]:
        timetable = self.schedule.timetable
        return timetable.nodes_between(target.process_name, target.from_timeperiod, target.to_timeperiod)

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
            done = _DONE[self.verb]
            raise IllegalState(f"{text} is {self._words(nodes)}, it cannot be {done}", remedy=_REMEDIES[self.verb])
        step = self._edges()
        fresh = [node for node in legal if node not in self.because]
        self.because.update(dict.fromkeys(fresh, "target"))
        while fresh:
            found: dict[Node, str] = {}
            for node in fresh:
                for other, edge in step(node):
                    if other not in self.because and other not in found and self._passes(other):
                        found[other] = f"{self.schedule.timetable.key(node)} is its {edge}"
            self.because.update(found)
            fresh = list(found)

    def _words(self, nodes: list[Node]) -> str:
        return ", ".join(sorted({self.schedule.state(node).word for node in nodes}))

    def _is_legal(self, node: Node) -> bool:
        state = self.schedule.state(node)
        if self.verb == "reprocess":
            return state is not JobState.EMBRYO
        if self.verb == "skip":
            return not state.is_finished
        return is_active(self.schedule.related_uow(node))

    def _passes(self, node: Node) -> bool:
        return self.verb == "reprocess" or not self.schedule.state(node).is_finished

    def _edges(self) -> Callable[[Node], Iterable[tuple[Node, str]]]:
        return {"reprocess": self._up, "skip": self._down, "cancel": lambda _node: ()}[self.verb]

    def _up(self, node: Node) -> Iterator[tuple[Node, str]]:
        timetable = self.schedule.timetable
        parent = timetable.parent(node)
        if parent is not None:
            yield parent, "child"
        for other in timetable.dependants(node):
            yield other, "dependency"

    def _down(self, node: Node) -> Iterator[tuple[Node, str]]:
        timetable = self.schedule.timetable
        children = timetable.children(node)
        if children is not None:
            for other in timetable.nodes_of(children):
                yield other, "parent"
        for other in timetable.dependants(node):
            yield other, "dependency"

    def _new_state(self, node: Node) -> JobState:
        if self.verb == "reprocess":
            return JobState.EMBRYO
        if self.verb == "skip" or self.schedule.has_ended(node):
            return JobState.SKIPPED
        return self.schedule.state(node)

    def finish(self, targets: tuple[str, ...], only: tuple[JobState, ...], refused: tuple[Refusal, ...]) -> Draft:
        schedule = self.schedule
        nodes, changes, ordered = [], [], []
        for node, because in self.because.items():
            state = schedule.state(node)
            if self.verb == "reprocess" and state is JobState.EMBRYO:
                ordered.append(node)
                continue
            key = schedule.timetable.key(node)
            nodes.append(node)
            changes.append(PlannedChange(key.process_name, key.timeperiod, state, self._new_state(node), because))
        related = [uow for node in nodes if (uow := schedule.related_uow(node)) and is_active(uow)] + self.entry_uows
        return Draft(
            verb=self.verb,
            targets=targets,
            only=only,
            nodes=tuple(nodes),
            changes=tuple(changes),
            ordered=tuple(ordered),
            cancels=tuple(uow.uow_id for uow in related),
            kills=tuple(uow.uow_id for uow in related if uow.state is UowState.IN_PROGRESS),
            refused=refused,
        )


_DONE = {"reprocess": "reprocessed", "skip": "skipped", "cancel": "canceled"}
_REMEDIES = {
    "reprocess": "an embryo job has not run yet; it will when it is due",
    "skip": "reprocess it first, if it shall be skipped",
    "cancel": "it has no active unit of work",
}


def difference(old: Draft, new: Draft) -> list[str]:
    """What has moved between two drafts of the same verb and targets, in words; empty when they are equal."""
    before = {(change.process_name, change.timeperiod): change for change in old.changes}
    after = {(change.process_name, change.timeperiod): change for change in new.changes}
    lines = []
    for key in sorted(before.keys() | after.keys()):
        was, is_now = before.get(key), after.get(key)
        name = "@".join(key)
        if is_now is None:
            lines.append(f"{name} would not change any more")
        elif was is None:
            lines.append(f"{name} would change too ({is_now.state.word} → {is_now.new_state.word})")
        elif (was.state, was.new_state) != (is_now.state, is_now.new_state):
            lines.append(f"{name} was {was.state.word} and is {is_now.state.word}")
    return lines
