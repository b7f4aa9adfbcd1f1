"""Which events somebody wants to hear of: of some kinds only, of some processes only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, get_args

from synergy.cli.connection import ANSWER_SECONDS
from synergy.cli.targets import split_states
from synergy.client import ControlClient
from synergy.core.control import events as e
from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument, NotFound
from synergy.core.suggestions import did_you_mean

KINDS: Final[dict[str, type[e.Event]]] = {str(kind.__struct_config__.tag): kind for kind in get_args(e.Event)}
"""Every kind of event by its ``type``."""


class Interest(NamedTuple):
    """Which events are wanted; empty: all. That events were dropped is wanted always, so that no gap looks like peace.

    An event is of a process when it names the process, or a job, an entry or a unit of work of it.
    """

    kinds: tuple[type[e.Event], ...]
    processes: tuple[str, ...]

    @classmethod
    def of(cls, kinds: Sequence[str], processes: Sequence[str]) -> Interest:
        """Read what was said: ``("job,uow", "alert")`` are three kinds.

        Raises:
            InvalidArgument: there is no such kind.
        """
        names = split_states(kinds)
        for name in names:
            if name not in KINDS:
                raise InvalidArgument(f'there is no kind of event "{name}"', remedy=did_you_mean(name, KINDS))
        return cls(tuple(KINDS[name] for name in names), tuple(processes))

    def covers(self, event: e.Event) -> bool:
        """Whether it is wanted."""
        if isinstance(event, e.Lagged):
            return True
        if self.kinds and not isinstance(event, self.kinds):
            return False
        return not self.processes or any(_is_of(name, self.processes) for name in named_by(event))


def named_by(event: e.Event) -> Iterable[str]:
    """The processes, jobs, entries and units of work that the event names."""
    match event:
        case e.JobChanged() | e.UowChanged() | e.TimetableGrew() | e.ProcessChanged():
            return (event.process_name,)
        case e.LogGrew():
            return (event.uow_id,)
        case e.PlanApplied():
            return event.targets
        case e.DirectiveChanged():
            return (event.reach,)
        case e.Alert():
            return (event.target or "",)
        case _:
            return ()


def _is_of(name: str, processes: Iterable[str]) -> bool:
    return any(name == process or name.startswith((f"{process}@", f"{process}::")) for process in processes)


async def check_processes(client: ControlClient, interest: Interest) -> None:
    """Make sure that there is something to hear of.

    Raises:
        NotFound: there is no such process.
    """
    if not interest.processes:
        return
    managed = (await client.call(q.Processes(), timeout=ANSWER_SECONDS)).processes
    entries = (await client.call(q.ListEntries(), timeout=ANSWER_SECONDS)).entries
    boxes = (await client.call(q.Boxes(), timeout=ANSWER_SECONDS)).boxes
    known = {row.process_name for row in managed} | {row.process_name for row in entries}
    known.update(process.process_name for box in boxes for process in box.processes)
    for name in interest.processes:
        if name not in known:
            raise NotFound(f'process "{name}" is unknown', remedy=did_you_mean(name, known))
