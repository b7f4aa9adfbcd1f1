"""The command ``wait``: sleeps on the daemon's events until jobs or units of work reach a state.

It subscribes first and looks afterwards, so nothing can happen in between unseen; after dropped events it looks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

import click

from synergy.cli import words as w
from synergy.cli.connection import ANSWER_SECONDS, Updates, followed
from synergy.cli.failures import tell_parts
from synergy.cli.output import Column, RowWriter
from synergy.cli.program import Invocation, command
from synergy.cli.reconnecting import outlast_restarts
from synergy.cli.targets import read_targets
from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.control.events import Event, JobChanged, Lagged, UowChanged
from synergy.core.errors import NotFound, RequestTimedOut
from synergy.core.states import JobState, UowState, parse_state
from synergy.core.targets import EntryTarget, JobRange, UowTarget, parse_target

NEGATIVE: Final = 1
PAGE: Final = 1000
LOOK_SECONDS: Final = 30.0
"""After this long without an event everything is looked at again."""

FIRST_LOOK_SECONDS: Final = 5.0
"""What is there already is found even with a shorter timeout, so that a timeout of 0 asks and does not wait."""


class Seen(NamedTuple):
    """The state that something was seen in; ``state`` is a stored name."""

    name: str
    state: str


COLUMNS: Final = (
    Column[dict[str, object]]("TARGET", lambda row: str(row["target"])),
    Column[dict[str, object]]("STATE", lambda row: w.state_word(str(row["state"]))),
)


@command(
    "wait",
    "synergyctl wait FlightsDaily@2013010100 --for processed --timeout 600",
    "synergyctl wait FlightsHourly@2013010100..2013010123 --for processed",
    "synergyctl uows --state in_progress -o json | jq -r '.[].uow_id' | synergyctl wait - --for processed",
)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("--for", "goal", required=True, metavar="STATE", help="The state to wait for.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="S", help="Give up after S seconds (exit 124).")
def wait(invocation: Invocation, targets: tuple[str, ...], goal: str, timeout: float | None) -> int:
    """Wait until all targets reach a state; exit 1 as soon as one finishes in another one."""
    watch = Watch(read_targets(targets), goal)
    return asyncio.run(_wait(invocation, watch, timeout))


class Watch:
    """What is waited for, and what of it is still missing."""

    def __init__(self, targets: Iterable[str], goal: str) -> None:
        parsed = [parse_target(target) for target in targets]
        self.ranges = [target for target in parsed if isinstance(target, JobRange)]
        self.entries = [target for target in parsed if isinstance(target, EntryTarget)]
        self.uow_ids = {str(target.uow_id) for target in parsed if isinstance(target, UowTarget)}
        self.goals: dict[type[JobState | UowState], str] = {}
        if self.ranges:
            self.goals[JobState] = parse_state(JobState, goal)
        if self.uow_ids or self.entries:
            self.goals[UowState] = parse_state(UowState, goal)
        self.word = w.state_word(next(iter(self.goals.values())))
        self.on_looked: Callable[[], None] = lambda: None
        self.missing: set[str] | None = None
        self.reached: list[Seen] = []

    def expect(self, names: Iterable[str]) -> None:
        """Say, once, what all must reach the goal."""
        if self.missing is None:
            self.missing = set(names)

    def see(self, kind: type[JobState | UowState], seen: Seen) -> bool:
        """Take note of a state; False when it is the end of the wait: finished, but not as wished."""
        if self.missing is None or seen.name not in self.missing:
            return True
        if seen.state == self.goals[kind]:
            self.missing.discard(seen.name)
            self.reached.append(seen)
            return True
        return not kind(seen.state).is_finished


class _FinishedOtherwise(Exception):
    def __init__(self, seen: Seen) -> None:
        super().__init__(seen.name)
        self.seen = seen


async def _wait(invocation: Invocation, watch: Watch, timeout: float | None) -> int:  # noqa: ASYNC109 - the user's
    writer = RowWriter(invocation.output, COLUMNS, empty=None)
    try:
        async with asyncio.timeout(timeout if timeout is None else max(timeout, FIRST_LOOK_SECONDS)) as limit:
            if timeout is not None:
                watch.on_looked = partial(limit.reschedule, asyncio.get_running_loop().time() + timeout)
            await outlast_restarts(partial(followed, invocation), partial(_watch, watch=watch, writer=writer))
    except TimeoutError:
        missing = sorted(watch.missing or ())
        told = ", ".join(missing[:3]) + (f" and {len(missing) - 3:,} more" if len(missing) > 3 else "")
        raise RequestTimedOut(f"not {watch.word} within {timeout:g} s: {told or 'nothing was seen yet'}") from None
    except _FinishedOtherwise as end:
        told = f"{end.seen.name} is {w.state_word(end.seen.state)}, not {watch.word}"
        tell_parts("ended_otherwise", told, as_json=invocation.as_json)
        writer.add([_row(end.seen, reached=False)])
        return NEGATIVE
    finally:
        writer.close()
    return 0


async def _watch(link: tuple[ControlClient, Updates], watch: Watch, writer: RowWriter[dict[str, object]]) -> None:
    client, updates = link
    await _look(client, watch)
    while True:
        writer.add([_row(seen, reached=True) for seen in watch.reached])
        watch.reached.clear()
        if not watch.missing:
            return
        watch.on_looked()
        events = await updates.wait(LOOK_SECONDS)
        if not events or any(isinstance(event, Lagged) for event in events):
            await _look(client, watch)
        for event in events:
            _take(watch, event)


async def _look(client: ControlClient, watch: Watch) -> None:
    """Read the states of everything that is waited for."""
    if watch.entries:
        await _resolve_entries(client, watch)
    jobs = [seen for wanted in watch.ranges for seen in await _jobs(client, wanted)]
    watch.expect([*(seen.name for seen in jobs), *watch.uow_ids])
    for seen in jobs:
        _see(watch, JobState, seen)
    for uow_id in sorted(watch.uow_ids & (watch.missing or set())):
        answer = await client.call(q.ShowUow(uow_id), timeout=ANSWER_SECONDS)
        _see(watch, UowState, Seen(uow_id, answer.state))


async def _resolve_entries(client: ControlClient, watch: Watch) -> None:
    """An entry stands for the unit of work it has now."""
    rows = (await client.call(q.ListEntries(), timeout=ANSWER_SECONDS)).entries
    related = {(row.process_name, row.entry_name): row.related_unit_of_work for row in rows}
    for entry in watch.entries:
        uow_id = related.get((entry.process_name, entry.entry_name))
        if uow_id is None:
            name = f"{entry.process_name}::{entry.entry_name}"
            raise NotFound(f"entry {name} has no unit of work", remedy=f"run it: synergyctl freerun run {name}")
        watch.uow_ids.add(uow_id)
    watch.entries = []


async def _jobs(client: ControlClient, wanted: JobRange) -> list[Seen]:
    found: list[Seen] = []
    after: str | None = None
    while True:
        request = q.ListJobs(wanted.process_name, wanted.from_timeperiod, wanted.to_timeperiod, limit=PAGE, after=after)
        page = await client.call(request, timeout=ANSWER_SECONDS)
        found.extend(Seen(f"{job.process_name}@{job.timeperiod}", job.state) for job in page.jobs)
        if not page.more or not page.jobs:
            break
        after = found[-1].name
    if not found:
        span = f"{wanted.process_name}@{wanted.from_timeperiod}..{wanted.to_timeperiod}"
        raise NotFound(f"there is no job in {span}", remedy="see synergyctl processes for its periods")
    return found


def _take(watch: Watch, event: Event) -> None:
    if isinstance(event, JobChanged):
        _see(watch, JobState, Seen(f"{event.process_name}@{event.timeperiod}", event.state))
    elif isinstance(event, UowChanged):
        _see(watch, UowState, Seen(event.uow_id, event.state))


def _see(watch: Watch, kind: type[JobState | UowState], seen: Seen) -> None:
    if not watch.see(kind, seen):
        raise _FinishedOtherwise(seen)


def _row(seen: Seen, *, reached: bool) -> dict[str, object]:
    return {"target": seen.name, "state": seen.state, "reached": reached}
