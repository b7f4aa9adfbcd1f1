"""The schedule in memory: the timetable, what is open in it, and a lane for each process.

Only what is unfinished has a record here; finished jobs live in the store and as bytes in the columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from synergy.core import timeperiods
from synergy.core.collector import ReprocessingQueues
from synergy.core.context import FreerunSpec, MachineKind, ManagedSpec, ProcessContext, Work
from synergy.core.engine.order_values import Orders, Stretch
from synergy.core.engine.outbox import Outbox
from synergy.core.engine.uows import Uows
from synergy.core.errors import NotFound
from synergy.core.ports import Boundaries
from synergy.core.records import EntryRecord, Job, ProcessOverride, UnitOfWork, UowId, UowType
from synergy.core.settings import Settings
from synergy.core.states import JobState, UowState
from synergy.core.suggestions import did_you_mean
from synergy.core.timetable.column import Column
from synergy.core.timetable.timetable import Node, Timetable
from synergy.core.triggers import Trigger, parse_trigger


class Now(NamedTuple):
    """The time of a batch of events: schedule time decides periods, real time stamps records."""

    schedule: float
    real: float


class Why(NamedTuple):
    """Who changes something, and because of what; see HistoryEntry."""

    cause: str
    actor: str = "scheduler"
    because: str | None = None
    reason: str | None = None
    plan_id: str | None = None


@dataclass(slots=True)
class Lane:
    """The run-time side of a managed process.

    ``due_before``: periods below this ordinal are due. ``closed_before``: periods below it ended at least the lag ago,
    or are closed and were triggered by an operator. ``holding``: ordinals whose unit of work is active, each holding
    one of ``concurrency`` slots. ``frontier``: due periods below it have been looked at; ``ready`` (a heap, without
    duplicates) holds those below it that are to be looked at again. ``owed`` (continuous): ordinals to which the last
    firing gave one more run. A strict lane uses neither frontier nor ready. ``asked`` (recomputing): ordinals whose
    data source is being asked; each holds a slot meanwhile. ``without_data``: those that had none at the last firing.
    ``holds``: periods that an operator holds.
    """

    number: int
    spec: ManagedSpec
    column: Column
    trigger: Trigger
    is_on: bool
    due_before: int
    closed_before: int
    frontier: int
    triggered_before: int
    next_firing: float = 0.0
    holding: set[int] = field(default_factory=set)
    ready: list[int] = field(default_factory=list)
    owed: set[int] = field(default_factory=set)
    reopened: set[int] = field(default_factory=set)
    invalid: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    without_data: set[int] = field(default_factory=set)
    override: ProcessOverride | None = None
    holds: list[Stretch] = field(default_factory=list)
    _in_ready: set[int] = field(default_factory=set)

    @property
    def trigger_frequency(self) -> str:
        """The trigger as it was spelled, by an operator or in the file."""
        return _trigger_frequency(self.spec, self.override)

    @property
    def is_discrete(self) -> bool:
        """Whether jobs run once, after their period closed."""
        return self.spec.state_machine is MachineKind.DISCRETE

    @property
    def is_strict(self) -> bool:
        """Whether a period waits for all before it."""
        return self.spec.concurrency == 1

    @property
    def has_slot(self) -> bool:
        """Whether one more unit of work may be active."""
        return len(self.holding | self.asked if self.asked else self.holding) < self.spec.concurrency

    @property
    def reads_data(self) -> bool:
        """Whether each run carries the boundaries of what its data source holds."""
        return self.spec.state_machine is MachineKind.RECOMPUTING and self.spec.source is not None

    def look_again(self, ordinal: int) -> None:
        """Have a period that was passed over looked at once more; one that is still to come will be anyway."""
        if ordinal < self.frontier and not self.is_strict and ordinal not in self._in_ready:
            self._in_ready.add(ordinal)
            heappush(self.ready, ordinal)

    def take_ready(self) -> int | None:
        """The oldest due period that is to be looked at again, taken out; None when there is none."""
        if not self.ready or self.ready[0] >= self.due_before:
            return None
        ordinal = heappop(self.ready)
        self._in_ready.remove(ordinal)
        return ordinal


@dataclass(slots=True)
class EntryLane:
    """The run-time side of a freerun entry. ``spec`` is None for an entry made by hand."""

    record: EntryRecord
    work: Work
    trigger: Trigger
    next_firing: float
    spec: FreerunSpec | None = None


@dataclass(slots=True)
class Failure:
    """The last unit of work of a process that became invalid."""

    uow_id: UowId
    at: float


@dataclass(slots=True)
class Schedule:
    """Everything the scheduler knows. ``uows``: active units of work, and finished ones of unfinished jobs.

    ``dying``: nodes whose canceled unit of work has not been reported gone; no new one is issued until then.
    ``dirty``: lanes to look at before the batch ends. ``counted_from``: real time from which the
    collector's ages count. ``has_source``: the shell can ask data sources; else recomputing works as continuous does.
    ``deleted``: entries that are no more, for the numbers of their runs.
    ``boundaries``: what a source has just answered of a node, while that is acted upon.
    ``aside``: jobs and entries that are left as they are, and why; see ``engine.aside``.
    ``held_wakes``: while a plan is applied, the nodes that finished by it; they wake others when all of it is done.
    ``journal``: while a plan is applied, the records of the jobs that change, as they were before.
    """

    context: ProcessContext
    settings: Settings
    timetable: Timetable
    lanes: list[Lane]
    now: Now
    queues: ReprocessingQueues = field(default_factory=ReprocessingQueues)
    jobs: dict[Node, Job] = field(default_factory=dict)
    uows: Uows = field(default_factory=Uows)
    dying: dict[Node, UowId] = field(default_factory=dict)
    entries: dict[tuple[str, str], EntryLane] = field(default_factory=dict)
    deleted: dict[tuple[str, str], EntryRecord] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    dirty: set[int] = field(default_factory=set)
    counted_from: float = 0.0
    next_boundary: float = 0.0
    has_source: bool = False
    boundaries: dict[Node, Boundaries | None] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    held_wakes: list[Node] | None = None
    journal: dict[Node, Job] | None = None
    orders: Orders = field(default_factory=Orders)

    def job(self, node: Node) -> Job:
        """The node's record; an untouched embryo's is made up. Finished jobs' records are in the store only.

        A finished node's answer holds its state, but neither run nor unit of work.
        """
        record = self.jobs.get(node)
        if record is None:
            key = self.timetable.key(node)
            record = Job(key.process_name, key.timeperiod, self.state(node))
        return record

    def state(self, node: Node) -> JobState:
        """The node's state."""
        return self.timetable.columns[node.process].get(node.ordinal)

    def has_ended(self, node: Node) -> bool:
        """Whether the node's period lies in the past; the lag does not count."""
        return self.timetable.period_end(node) <= self.now.schedule

    def related_uow(self, node: Node) -> UnitOfWork | None:
        """The unit of work of an unfinished job's last run."""
        job = self.jobs.get(node)
        if job is None or job.related_unit_of_work is None:
            return None
        return self.uows.get(job.related_unit_of_work)

    def node_of(self, uow: UnitOfWork) -> Node | None:
        """The node of a managed unit of work; None for freerun ones and for processes that are gone."""
        number = self.timetable.index.get(uow.process_name)
        if number is None or uow.uow_type is UowType.FREERUN:
            return None
        column = self.timetable.columns[number]
        node = Node(number, timeperiods.ordinal_of(column.qualifier, uow.timeperiod))
        return node if node.ordinal in column else None

    def work_of(self, uow: UnitOfWork) -> Work | None:
        """What is executed for a unit of work; None when its process is gone."""
        if uow.entry_name is not None:
            entry = self.entries.get((uow.process_name, uow.entry_name))
            return entry.work if entry else None
        number = self.timetable.index.get(uow.process_name)
        return None if number is None else self.lanes[number].spec.work

    def active_uows(self) -> Iterator[UnitOfWork]:
        """Units of work that are requested, in progress or invalid."""
        return (uow for uow in self.uows.values() if not uow.state.is_finished)

    def lane(self, process_name: str) -> Lane | None:
        """The lane of a managed process."""
        number = self.timetable.index.get(process_name)
        return None if number is None else self.lanes[number]

    def entry(self, process_name: str, entry_name: str) -> EntryLane:
        """A freerun entry.

        Raises:
            NotFound: there is none of this name.
        """
        lane = self.entries.get((process_name, entry_name))
        if lane is None:
            name, known = f"{process_name}::{entry_name}", ["::".join(key) for key in self.entries]
            raise NotFound(f'freerun entry "{name}" is unknown', remedy=did_you_mean(name, known))
        return lane

    def knows(self, process_name: str) -> bool:
        """Whether a managed process or a freerun entry's process has this name."""
        return process_name in self.timetable.index or any(name == process_name for name, _ in self.entries)

    def cell(self, node: Node) -> str:
        """The node's character in the grid; see control.replies.GridRow."""
        if node.ordinal in self.lanes[node.process].invalid:
            return "6"
        return str(
            self.timetable.columns[node.process].states[node.ordinal - self.timetable.columns[node.process].first]
        )


def is_active(uow: UnitOfWork | None) -> bool:
    """Whether there is a unit of work and it is requested, in progress or invalid."""
    return uow is not None and uow.state in {UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID}


def make_lanes(timetable: Timetable, overrides: dict[str, ProcessOverride]) -> list[Lane]:
    """A lane for each managed process, with what operators changed of it (unless the file's value changed since)."""
    lanes = []
    for number, spec in enumerate(timetable.specs):
        column, override = timetable.columns[number], overrides.get(spec.process_name)
        is_on = spec.is_on
        if override is not None and override.is_on is not None and override.file_is_on == spec.is_on:
            is_on = override.is_on
        lanes.append(
            Lane(
                number=number,
                spec=spec,
                column=column,
                trigger=parse_trigger(_trigger_frequency(spec, override)),
                is_on=is_on,
                due_before=column.first,
                closed_before=column.first,
                frontier=column.first,
                triggered_before=_triggered_before(column, override),
                override=override,
            ),
        )
    return lanes


def _trigger_frequency(spec: ManagedSpec, override: ProcessOverride | None) -> str:
    changed = override.trigger_frequency if override is not None else None
    if override is None or changed is None or override.file_trigger_frequency != spec.trigger_frequency:
        return spec.trigger_frequency
    return changed


def _triggered_before(column: Column, override: ProcessOverride | None) -> int:
    if override is None or override.due_before is None:
        return column.first
    return timeperiods.ordinal_of(column.qualifier, override.due_before)
