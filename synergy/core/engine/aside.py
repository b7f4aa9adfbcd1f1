"""Jobs and entries whose records the store refuses: they are set aside, and what is left goes on.

A batch falls into parts, one for each job or entry that something is written of. The name of a part is what an operator
calls it by: ``PROCESS@TIMEPERIOD`` or ``PROCESS::ENTRY``. What is set aside stays as the store has it until an operator
acts, or the daemon is started anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from synergy.core import timeperiods
from synergy.core.engine.schedule import Schedule
from synergy.core.ports import Batch
from synergy.core.records import UnitOfWork, UowId
from synergy.core.timetable.timetable import Node

OWN: Final = ""
"""The part of what belongs to no job and no entry: it cannot be set aside."""

SCHEDULER: Final = "scheduler"


def part_of_uow(uow_id: UowId) -> str:
    """The part that a unit of work belongs to; its id derives from that."""
    name = uow_id.rpartition(".")[0]
    return name.rpartition("@")[0] if "::" in name else name


_PARTS: Final[Mapping[str, Callable[[Any], str]]] = {
    "jobs": lambda job: str(job.key),
    "new_uows": lambda uow: part_of_uow(uow.uow_id),
    "patches": lambda patch: part_of_uow(patch.uow_id),
    "history": lambda entry: f"{entry.process_name}@{entry.timeperiod}",
    "entries": lambda entry: f"{entry.process_name}::{entry.entry_name}",
}


def split(batch: Batch) -> dict[str, Batch]:
    """The batch by its parts, in the order in which they were first written of."""
    found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name in Batch.__struct_fields__[1:]:
        part_of = _PARTS.get(name, lambda _: OWN)
        for record in getattr(batch, name):
            found[part_of(record)][name].append(record)
    return {
        part: Batch(batch.term, **{name: tuple(all_) for name, all_ in held.items()}) for part, held in found.items()
    }


def join(parts: Iterable[Batch]) -> Batch:
    """One batch of several of the same term; there is at least one."""
    batches = list(parts)
    names = Batch.__struct_fields__[1:]
    return Batch(
        batches[0].term, **{name: tuple(one for part in batches for one in getattr(part, name)) for name in names}
    )


def is_asked_for(batch: Batch) -> bool:
    """Whether an operator's wish is in it, which is refused as a whole: nothing of it is done."""
    return any(entry.actor != SCHEDULER for entry in batch.audit)


def is_aside(schedule: Schedule, node: Node) -> bool:
    """Whether the node's job is set aside."""
    return bool(schedule.aside) and str(schedule.timetable.key(node)) in schedule.aside


def nodes_aside(schedule: Schedule) -> Iterator[Node]:
    """The nodes of all jobs that are set aside."""
    for name in schedule.aside:
        process_name, _, timeperiod = name.partition("@")
        lane = schedule.lane(process_name)
        if lane is not None:
            yield Node(lane.number, timeperiods.ordinal_of(lane.column.qualifier, timeperiod))


def is_uow_aside(schedule: Schedule, uow: UnitOfWork) -> bool:
    """Whether the unit of work's job or entry is set aside."""
    return bool(schedule.aside) and part_of_uow(uow.uow_id) in schedule.aside
