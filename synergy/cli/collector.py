"""The command family ``gc``: the garbage collector's queues, and what an operator may do with them."""

from __future__ import annotations

from typing import Final

import click

from synergy.cli.changing import write_done
from synergy.cli.connection import ask
from synergy.cli.lazy import Entry
from synergy.cli.look import show_collector
from synergy.cli.program import Invocation, command, group
from synergy.core.control import requests as q

ENTRIES: Final = {
    "refresh": Entry("collector:refresh", "Run the collector now."),
    "flush": Entry("collector:flush", "Resubmit what waits, at once."),
}


@group("gc", ENTRIES, "synergyctl gc", "synergyctl gc flush FlightsHourly", bare=True)
@click.pass_context
def gc(context: click.Context, invocation: Invocation) -> None:
    """Show the garbage collector's last run and reprocessing queue, or act on them."""
    if context.invoked_subcommand is None:
        show_collector(invocation)


@command("refresh", "synergyctl gc refresh")
def refresh(invocation: Invocation) -> None:
    """Run the garbage collector now instead of at its next interval."""
    write_done(invocation, ask(invocation, q.CollectorRefresh()))


@command("flush", "synergyctl gc flush", "synergyctl gc flush FlightsHourly")
@click.argument("process", required=False)
def flush(invocation: Invocation, process: str | None) -> None:
    """Resubmit at once what waits in the reprocessing queue of one process, or of all."""
    write_done(invocation, ask(invocation, q.CollectorFlush(process)))
