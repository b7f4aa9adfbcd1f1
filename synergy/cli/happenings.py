"""The command ``events``: what the daemon tells its subscribers, one line an event."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Final, assert_never

import click
import msgspec

from synergy.cli import words as w
from synergy.cli.connection import Updates, followed
from synergy.cli.failures import tell_parts
from synergy.cli.output import encode
from synergy.cli.program import Invocation, command
from synergy.cli.reconnecting import outlast_restarts
from synergy.client import ControlClient
from synergy.core.control import events as e
from synergy.core.errors import DaemonUnreachable

DEFAULT_SECONDS: Final = 5.0


@command("events", "synergyctl events", "synergyctl events -f -o jsonl | jq -r .type", "synergyctl events --timeout 60")
@click.option("-f", "--follow", is_flag=True, help="Go on until interrupted.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="S",
    help=f"End after S seconds (default: {DEFAULT_SECONDS:g} without -f).",
)
def events(invocation: Invocation, timeout: float | None, *, follow: bool) -> None:
    """Print what happens from now on: jobs, units of work, processes, health, alerts; JSON is one object a line.

    With -f a restart of the daemon is outlasted; when it stays away for longer than 30 s the exit code is 9.
    """
    asyncio.run(_follow(invocation, timeout) if follow else _print(invocation, timeout))


async def _print(invocation: Invocation, timeout: float | None) -> None:  # noqa: ASYNC109 - the user's
    clock = asyncio.get_running_loop().time
    until = clock() + (DEFAULT_SECONDS if timeout is None else timeout)
    async with followed(invocation) as (_, updates):
        while clock() < until:
            _write(invocation, await updates.batches(until - clock()))


async def _follow(invocation: Invocation, timeout: float | None) -> None:  # noqa: ASYNC109 - the user's
    async def use(link: tuple[ControlClient, Updates]) -> None:
        while True:
            _write(invocation, await link[1].batches(None))

    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await outlast_restarts(partial(followed, invocation), use, partial(_tell_lost, invocation))


def _tell_lost(invocation: Invocation) -> None:
    told = "the daemon went away; what happens until it is back is not told"
    if invocation.as_json:
        tell_parts(DaemonUnreachable.code, told, as_json=True)
    else:
        click.echo(told, err=True)


def _write(invocation: Invocation, batches: tuple[e.Events, ...]) -> None:
    for batch in batches:
        for event in batch.events:
            click.echo(_line(invocation.output, batch, event))


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
