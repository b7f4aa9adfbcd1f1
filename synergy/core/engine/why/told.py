"""A condition in words, as a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.conditions import Condition
from synergy.core.engine.why.outlook import Outlook
from synergy.core.records import UowId
from synergy.core.timetable.timetable import Node

NAMED: Final = 3
"""So many of several are named, the rest is counted."""


class Told(Struct, frozen=True):
    """One condition, to be read. ``since`` is real time; ``about`` names a job, a unit of work, a process, an order.

    ``uow_id``: the unit of work whose log tells more. ``command`` changes it, run as it stands in the project's folder;
    None: nothing needs to be done, or no command can do it.
    """

    code: Code
    what: str
    about: str
    job: str
    since: float | None = None
    actor: str | None = None
    reason: str | None = None
    command: str | None = None
    uow_id: UowId | None = None
    attempt: int = 0


def named(outlook: Outlook, nodes: Sequence[Node]) -> str:
    """``A@1 (embryo), B@2 (in progress) and 4 more``."""
    schedule = outlook.schedule
    names = ", ".join(f"{outlook.key(node)} ({schedule.state(node).word})" for node in nodes[:NAMED])
    return f"{names} and {len(nodes) - NAMED} more" if len(nodes) > NAMED else names


def plain(outlook: Outlook, node: Node, condition: Condition, what: str, command: str | None = None) -> Told:
    """A condition of the job itself: it is so since the job changed last."""
    job = outlook.schedule.jobs.get(node)
    since = job.changed or None if job is not None else None
    return Told(condition.code, what, condition.subject, outlook.key(node), since, command=command)
