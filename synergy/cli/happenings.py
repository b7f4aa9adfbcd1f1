"""The command ``events``: what the daemon tells its subscribers, one line an event."""

from __future__ import annotations

import asyncio
from typing import Final, assert_never

import click
import msgspec

from synergy.cli import words as w
from synergy.cli.connection import connected, subscribed
from synergy.cli.output import encode
from synergy.cli.program import Invocation, command
from synergy.core.control import events as e

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
    """Print what happens from now on: jobs, units of work, processes, health, alerts; JSON is one object a line."""
    seconds = timeout if timeout is not None or follow else DEFAULT_SECONDS
    asyncio.run(_print(invocation, seconds))


async def _print(invocation: Invocation, seconds: float | None) -> None:
    clock = asyncio.get_running_loop().time
    until = None if seconds is None else clock() + seconds
    async with connected(invocation) as client, subscribed(client) as updates:
        while until is None or clock() < until:
            for batch in await updates.batches(None if until is None else until - clock()):
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
