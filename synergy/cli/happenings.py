"""The command ``events``: what the daemon tells its subscribers, one line an event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final, assert_never

import click
import msgspec

from synergy.cli import words as w
from synergy.cli.connection import Updates, followed
from synergy.cli.failures import tell_parts
from synergy.cli.interests import Interest, check_processes
from synergy.cli.output import encode
from synergy.cli.program import Invocation, command
from synergy.cli.reconnecting import outlast_restarts
from synergy.client import ControlClient
from synergy.core.control import events as e
from synergy.core.errors import DaemonUnreachable

DEFAULT_SECONDS: Final = 5.0


@command(
    "events",
    "synergyctl events -f -o jsonl | jq -r .type",
    "synergyctl events -f --kind job,alert --process FlightsHourly",
    "synergyctl events --timeout 60",
)
@click.option("-f", "--follow", is_flag=True, help="Go on until interrupted.")
@click.option("--kind", "kinds", multiple=True, metavar="K,…", help="Only events of these kinds.")
@click.option("--process", "processes", multiple=True, metavar="PROCESS", help="Only what names this process.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="S",
    help=f"End after S seconds (default: {DEFAULT_SECONDS:g} without -f).",
)
def events(
    invocation: Invocation,
    kinds: tuple[str, ...],
    processes: tuple[str, ...],
    timeout: float | None,
    *,
    follow: bool,
) -> None:
    """Print what happens from now on: jobs, units of work, plans, holds, health, alerts; JSON is one object a line.

    With -f standard error says when it begins, and a restart of the daemon is outlasted; when it stays away for
    longer than 30 s the exit code is 9.
    """
    teller = _Teller(invocation, Interest.of(kinds, processes))
    asyncio.run(teller.follow(timeout) if follow else teller.print(timeout))


class _Teller:
    """Prints events, and that the daemon went away and came back."""

    def __init__(self, invocation: Invocation, interest: Interest) -> None:
        self._invocation = invocation
        self._interest = interest
        self._is_away = False

    async def print(self, seconds: float | None) -> None:
        """Print events for a while."""
        clock = asyncio.get_running_loop().time
        until = clock() + (DEFAULT_SECONDS if seconds is None else seconds)
        async with followed(self._invocation) as (client, updates):
            await check_processes(client, self._interest)
            while clock() < until:
                self._write(await updates.batches(until - clock()))

    async def follow(self, seconds: float | None) -> None:
        """Print events until the time is up, over restarts of the daemon; None: until interrupted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await outlast_restarts(partial(followed, self._invocation), self._use, self._lose)

    async def _use(self, link: tuple[ControlClient, Updates]) -> None:
        client, updates = link
        if self._is_away:
            self._is_away = False
            self._remark("daemon_back", "the daemon is back")
        else:
            await check_processes(client, self._interest)
            self._remark("following", "following what happens from now on")
        while True:
            self._write(await updates.batches(None))

    def _lose(self) -> None:
        self._is_away = True
        self._remark(DaemonUnreachable.code, "the daemon went away; what happens until it is back is not told")

    def _remark(self, code: str, told: str) -> None:
        if self._invocation.as_json:
            tell_parts(code, told, as_json=True)
        else:
            click.echo(told, err=True)

    def _write(self, batches: Sequence[e.Events]) -> None:
        for batch in batches:
            for event in filter(self._interest.covers, batch.events):
                click.echo(_line(self._invocation.output, batch, event))


def _line(output: str, batch: e.Events, event: e.Event) -> str:
    if output == "table":
        kind, told = describe(event)
        return f"{w.when(batch.at)}  {kind:<8}  {told}"
    around = {"seq": batch.seq, "at": batch.at, "schedule_time": batch.schedule_time}
    return encode({**around, **msgspec.to_builtins(event)})


def describe(event: e.Event) -> tuple[str, str]:  # noqa: C901, PLR0911 - one line for each kind of event
    """The event's kind and what it says, for people."""
    match event:
        case e.JobChanged():
            cause = f" ({event.cause})" if event.cause else ""
            states = f"{w.state_word(event.old_state)} -> {w.state_word(event.state)}"
            return "job", f"{event.process_name}@{event.timeperiod} {states}{cause}"
        case e.UowChanged():
            reason = f", {event.exit_reason}" if event.exit_reason else ""
            return "uow", f"{event.uow_id} {w.state_word(event.state)}, attempt {event.attempt}{reason}"
        case e.LogGrew():
            return "log", f"{event.uow_id} attempt {event.attempt} has {event.total:,} lines"
        case e.TimetableGrew():
            return "periods", f"{event.process_name} goes on to {event.last_timeperiod}"
        case e.ProcessChanged():
            entry = f"::{event.entry_name}" if event.entry_name else ""
            return "process", f"{event.process_name}{entry} was changed"
        case e.PlanApplied():
            targets = f" of {', '.join(event.targets)}" if event.targets else ""
            return "plan", f"{event.plan_id} {event.verb}{targets} by {event.actor}"
        case e.DirectiveChanged():
            return event.kind, f"{event.directive_id} of {event.reach} {_standing(event)}"
        case e.HealthChanged():
            return "health", f"{event.component} is {'up' if event.up else 'down'}: {event.detail}"
        case e.Alert():
            return "alert", f"{event.code}: {event.message}"
        case e.Lagged():
            return "lagged", f"{event.dropped:,} events were dropped"
        case e.Stopping():
            return "stopping", event.reason
        case _:
            assert_never(event)


def _standing(event: e.DirectiveChanged) -> str:
    if event.is_lifted:
        return f"has ended: {event.outcome or 'lifted'}"
    return "is paused" if event.is_paused else "is in force"
