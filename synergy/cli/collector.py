"""The command family ``gc``: the garbage collector's queues, and what an operator may do with them."""

from __future__ import annotations

from typing import Any, Final

import click

from synergy.cli.changing import SETTING, setting_of, write_done
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


@command("refresh", "synergyctl gc refresh", "synergyctl gc refresh --plan")
@SETTING
def refresh(invocation: Invocation, **given: Any) -> None:
    """Run the garbage collector now instead of at its next interval."""
    write_done(invocation, ask(invocation, q.CollectorRefresh(**setting_of(given))))


@command("flush", "synergyctl gc flush --plan", "synergyctl gc flush FlightsHourly")
@click.argument("process", required=False)
@SETTING
def flush(invocation: Invocation, process: str | None, **given: Any) -> None:
    """Resubmit at once what waits in the reprocessing queue of one process, or of all."""
    write_done(invocation, ask(invocation, q.CollectorFlush(process, **setting_of(given))))
