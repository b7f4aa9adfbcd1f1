"""Names that the daemon knows now, for whoever is typing one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from synergy.cli import words as w
from synergy.client import ControlClient
from synergy.core import timeperiods as periods
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.timeperiods import Qualifier

MOST: Final = 48
"""So many timeperiods or units of work are offered: the newest ones that begin as was typed."""


class Name(NamedTuple):
    """``told``: what to say beside it. ``goes_on``: something is to be typed right behind it."""

    text: str
    told: str | None = None
    goes_on: bool = False


Source = Callable[[ControlClient, str, str | None], Awaitable[Sequence[Name]]]
"""Names that may fit to what was typed; the last argument is the process that stands before it on the line."""


async def processes(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Managed processes."""
    return [Name(row.process_name, row.trigger_frequency) for row in await _rows(client)]


async def entries(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Freerun entries."""
    rows = (await client.call(q.ListEntries())).entries
    return [Name(f"{row.process_name}::{row.entry_name}", row.trigger_frequency) for row in rows]


async def processes_and_entries(client: ControlClient, typed: str, process: str | None) -> list[Name]:
    """Both."""
    return [*await processes(client, typed, process), *await entries(client, typed, process)]


async def trees(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Trees."""
    return [Name(row.tree_name, row.description) for row in (await client.call(q.Trees())).trees]


async def trees_and_processes(client: ControlClient, typed: str, process: str | None) -> list[Name]:
    """Both."""
    return [*await trees(client, typed, process), *await processes(client, typed, process)]


async def boxes(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Boxes."""
    return [Name(row.box_id, "up" if row.up else "down") for row in (await client.call(q.Boxes())).boxes]


async def daemon_processes(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Daemon processes on any box."""
    rows = (await client.call(q.Boxes())).boxes
    return [Name(name) for name in sorted({process.process_name for row in rows for process in row.processes})]


async def timeperiods(client: ControlClient, typed: str, process: str | None) -> list[Name]:
    """Periods of the process that is named before; of none, nothing."""
    return [] if process is None else [Name(text, told) for text, told in await _periods(client, process, typed)]


async def jobs(client: ControlClient, typed: str, _process: str | None) -> list[Name]:
    """``PROCESS@``, and behind that timeperiods."""
    name, at, rest = typed.partition("@")
    if not at:
        return [Name(f"{row.process_name}@", goes_on=True) for row in await _rows(client)]
    return [Name(f"{name}@{text}", told) for text, told in await _periods(client, name, rest)]


async def targets(client: ControlClient, typed: str, process: str | None) -> list[Name]:
    """Jobs, ranges of them, freerun entries, and units of work behind ``PROCESS@TIMEPERIOD.``."""
    name, at, rest = typed.partition("@")
    if not at:
        return [*await jobs(client, typed, process), *await entries(client, typed, process)]
    first, dots, last = rest.partition("..")
    if dots:
        found = await _periods(client, name, last)
        return [Name(f"{name}@{first}..{text}", told) for text, told in found if text >= first]
    if "." in rest or "::" in name:
        return await uows(client, typed, process)
    return await jobs(client, typed, process)


async def reaches(client: ControlClient, typed: str, process: str | None) -> list[Name]:
    """What can be held: trees and processes, and timeperiods and ranges of both."""
    if "@" not in typed:
        return await trees_and_processes(client, typed, process)
    return await targets(client, typed, process)


async def sealable(client: ControlClient, typed: str, process: str | None) -> list[Name]:
    """What can be sealed: periods of trees and processes."""
    if "@" not in typed:
        return [Name(f"{name.text}@", goes_on=True) for name in await trees_and_processes(client, typed, process)]
    return await targets(client, typed, process)


async def uows(client: ControlClient, typed: str, _process: str | None) -> list[Name]:
    """Units of work, the newest ones of the process that is typed, or of all."""
    name, at, _ = typed.partition("@")
    process = name.partition("::")[0] if at else None
    found = (await client.call(q.ListUows(process_name=process, limit=500))).uows
    return [Name(uow.uow_id, w.state_word(uow.state)) for uow in found if uow.uow_id.startswith(typed)][:MOST]


async def holds(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Holds in force, as they were made and by their ids; a drain is ended by resume."""
    return [
        name
        for one in await _directives(client, "hold")
        if one.reach != "everything"
        for name in (Name(one.reach, one.reason), Name(one.directive_id, one.reach))
    ]


async def seals(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Seals in force."""
    return [Name(one.reach, one.reason) for one in await _directives(client, "seal")]


async def batches(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Batches under way."""
    return [Name(one.directive_id, one.reach) for one in await _directives(client, "batch")]


async def all_batches(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Those that have ended, too; the newest ones first."""
    found = await _directives(client, "batch", lifted=True)
    return [Name(one.directive_id, one.outcome or one.reach) for one in reversed(found)]


async def applicable(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Plans that wait to be applied."""
    return [_plan(row) for row in (await client.call(q.ListPlans())).plans if not row.is_applied]


async def undoable(client: ControlClient, _typed: str, _process: str | None) -> list[Name]:
    """Plans that can be undone."""
    return [_plan(row) for row in (await client.call(q.ListPlans())).plans if row.is_applied]


def _plan(row: r.PlanRow) -> Name:
    return Name(row.plan_id, " ".join((row.verb, *row.targets[:3], *("…" for _ in row.targets[3:4]))))


async def _rows(client: ControlClient) -> Sequence[r.ProcessRow]:
    return (await client.call(q.Processes())).processes


async def _directives(client: ControlClient, kind: str, *, lifted: bool = False) -> list[r.Directive]:
    return [one for one in (await client.call(q.Directives(lifted=lifted))).directives if one.kind == kind]


async def _periods(client: ControlClient, name: str, typed: str) -> list[tuple[str, str | None]]:
    """The newest timeperiods of a process that begin so, with the states of its jobs; of a tree those of its finest."""
    rows = await _rows(client)
    row = next((row for row in rows if row.process_name == name), None)
    if row is not None:
        span = _span(row, typed)
        if not span:
            return []
        request = q.ListJobs(name, span[0], span[-1], newest_first=True, limit=MOST)
        return [(job.timeperiod, w.state_word(job.state)) for job in (await client.call(request)).jobs]
    spans = [_span(row, typed) for row in rows if row.tree_name == name]
    return [(text, None) for text in reversed(max(spans, key=len, default=()))]


def _span(row: r.ProcessRow, typed: str) -> Sequence[str]:
    """The last timeperiods of the process that begin so, ascending."""
    if row.first_timeperiod is None or row.last_timeperiod is None:
        return ()
    mine = Qualifier(row.time_qualifier)
    known = range(periods.ordinal_of(mine, row.first_timeperiod), periods.ordinal_of(mine, row.last_timeperiod) + 1)
    start, stop = (
        bisect_left(known, edge, key=lambda ordinal: periods.timeperiod_of(mine, ordinal))
        for edge in (typed, f"{typed}~")
    )
    return [periods.timeperiod_of(mine, ordinal) for ordinal in known[max(start, stop - MOST) : stop]]
