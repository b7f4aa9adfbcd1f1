"""Events folded into what the console shows: pure, so that any history can be replayed in a test.

Counts follow the events at once; what events cannot tell (lag, what is oldest) is named as stale and read again at the
feed's own pace. Batches that the snapshot already contains are passed over by their number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control.events import (
    Alert,
    DirectiveChanged,
    Event,
    Events,
    HealthChanged,
    JobChanged,
    Lagged,
    LogGrew,
    ProcessChanged,
    Stopping,
    TimetableGrew,
    UowChanged,
)
from synergy.core.states import JobState, UowState

MAX_ALERTS: Final = 100


class Topic(StrEnum):
    """What can be read again."""

    STATUS = "status"
    TREES = "trees"
    PROCESSES = "processes"
    UOWS = "uows"
    ENTRIES = "entries"
    WORKERS = "workers"
    COLLECTOR = "collector"
    DIRECTIVES = "directives"


class View(Struct, frozen=True):
    """All that is known; ``generation`` rises with every change. Times are ISO-8601."""

    generation: int = 0
    seq: int = 0
    status: r.Status | None = None
    trees: tuple[r.TreeRow, ...] = ()
    processes: tuple[r.ProcessRow, ...] = ()
    schedule_time: str = ""
    real_time: str = ""
    alerts: tuple[Alert, ...] = ()

    def process(self, process_name: str) -> r.ProcessRow | None:
        """One process's row."""
        return next((row for row in self.processes if row.process_name == process_name), None)

    def tree(self, tree_name: str) -> r.TreeRow | None:
        """One tree's row."""
        return next((row for row in self.trees if row.tree_name == tree_name), None)


class Step(Struct, frozen=True):
    """What a fold came to. ``jobs`` keep the number of their batch; ``resync``: read the snapshot again."""

    view: View
    jobs: tuple[tuple[int, JobChanged], ...] = ()
    uows: tuple[UowChanged, ...] = ()
    logs: tuple[LogGrew, ...] = ()
    grew: tuple[TimetableGrew, ...] = ()
    alerts: tuple[Alert, ...] = ()
    stale: frozenset[Topic] = frozenset()
    resync: bool = False
    stopping: str | None = None


_STALE: Final[Mapping[type[object], frozenset[Topic]]] = {
    JobChanged: frozenset({Topic.STATUS, Topic.TREES, Topic.PROCESSES}),
    UowChanged: frozenset({Topic.STATUS, Topic.UOWS, Topic.WORKERS, Topic.ENTRIES}),
    TimetableGrew: frozenset({Topic.STATUS, Topic.TREES, Topic.PROCESSES}),
    ProcessChanged: frozenset({Topic.PROCESSES, Topic.ENTRIES}),
    DirectiveChanged: frozenset({Topic.STATUS, Topic.PROCESSES, Topic.DIRECTIVES}),
    HealthChanged: frozenset({Topic.STATUS, Topic.WORKERS}),
}

Kind = TypeVar("Kind", bound=Event)


def fold(view: View, batches: Sequence[Events]) -> Step:
    """Fold batches, in the order they came, into the view."""
    fresh = [batch for batch in batches if batch.seq > view.seq]
    if not fresh:
        return Step(view)
    numbered = [(batch.seq, event) for batch in fresh for event in batch.events]
    events = [event for _, event in numbered]
    jobs = tuple((seq, event) for seq, event in numbered if isinstance(event, JobChanged))
    alerts = _of(events, Alert)
    stale = frozenset[Topic]().union(*(_STALE.get(type(event), frozenset()) for event in events))
    if any(isinstance(event, UowChanged) and event.state == UowState.INVALID for event in events):
        stale |= {Topic.COLLECTOR}
    stopping = _of(events, Stopping)
    grew = _of(events, TimetableGrew)
    counted = _grow(_count(view, [change for _, change in jobs]), grew)
    return Step(
        replace(
            counted,
            generation=view.generation + 1,
            seq=fresh[-1].seq,
            schedule_time=fresh[-1].schedule_time,
            real_time=fresh[-1].at,
            alerts=(view.alerts + alerts)[-MAX_ALERTS:],
        ),
        jobs=jobs,
        uows=_of(events, UowChanged),
        logs=_of(events, LogGrew),
        grew=grew,
        alerts=alerts,
        stale=stale,
        # A store that was away has the daemon build its schedule anew.
        resync=any(isinstance(event, Lagged) or _is_store_back(event) for event in events),
        stopping=stopping[-1].reason if stopping else None,
    )


def _is_store_back(event: Event) -> bool:
    return isinstance(event, HealthChanged) and event.component == "store" and event.up


def read_again(view: View, *answers: r.Status | r.Trees | r.Processes) -> View:
    """Replace parts of the view by what the daemon says now."""
    changed = view
    for answer in answers:
        match answer:
            case r.Status():
                clock = answer.clock
                changed = replace(changed, status=answer, schedule_time=clock.schedule_time, real_time=clock.real_time)
            case r.Trees():
                changed = replace(changed, trees=answer.trees)
            case r.Processes():
                changed = replace(changed, processes=answer.processes)
    return replace(changed, generation=view.generation + 1)


def has_problem(counts: Mapping[str, int], invalid: int) -> bool:
    """What ``only problems`` leaves: something invalid or skipped."""
    return invalid > 0 or counts.get(JobState.SKIPPED, 0) > 0


def _of(events: Iterable[Event], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(event for event in events if isinstance(event, kind))


def _count(view: View, changes: Sequence[JobChanged]) -> View:
    """Move each changed job from its old state's count to its new one's, in process, tree and status."""
    if not changes:
        return view
    by_process: dict[str, Counter[str]] = defaultdict(Counter)
    for change in changes:
        if change.old_state != change.state:
            by_process[change.process_name][change.old_state] -= 1
            by_process[change.process_name][change.state] += 1
    by_tree: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for row in view.processes:
        if row.process_name in by_process:
            _add(by_tree[row.tree_name], by_process[row.process_name])
            _add(total, by_process[row.process_name])
    status = view.status
    return replace(
        view,
        status=status and replace(status, jobs=_moved(status.jobs, total)),
        trees=tuple(
            replace(row, counts=_moved(row.counts, by_tree[row.tree_name])) if row.tree_name in by_tree else row
            for row in view.trees
        ),
        processes=tuple(
            replace(row, counts=_moved(row.counts, by_process[row.process_name]))
            if row.process_name in by_process
            else row
            for row in view.processes
        ),
    )


def _grow(view: View, grew: Sequence[TimetableGrew]) -> View:
    """Move the ends of processes; their new jobs are counted when the counts are read again."""
    if not grew:
        return view
    ends = {growth.process_name: growth.last_timeperiod for growth in grew}
    rows = (
        replace(row, last_timeperiod=ends[row.process_name]) if row.process_name in ends else row
        for row in view.processes
    )
    return replace(view, processes=tuple(rows))


def _add(into: Counter[str], other: Counter[str]) -> None:
    for name, amount in other.items():  # Counter's own += drops what is negative
        into[name] += amount


def _moved(counts: Mapping[str, int], by: Mapping[str, int]) -> dict[str, int]:
    """The counts after the moves; never below zero, for the snapshot may be a moment older than an event's job."""
    names = (*counts, *(name for name in by if name not in counts))
    return {name: max(0, counts.get(name, 0) + by.get(name, 0)) for name in names}
