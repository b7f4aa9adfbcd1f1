"""Commands on process entries: trigger, activate, deactivate and frequency."""

from __future__ import annotations

import click

from synergy.cli.changing import write_done
from synergy.cli.connection import ask
from synergy.cli.program import Invocation, command
from synergy.core.control import requests as q


@command("trigger", "synergyctl trigger FlightsDaily", "synergyctl trigger Report::mail")
@click.argument("process")
def trigger(invocation: Invocation, process: str) -> None:
    """Make all closed periods of a process due now, or run a freerun entry now; blocking is not overridden."""
    write_done(invocation, ask(invocation, q.Trigger(process)))


@command("activate", "synergyctl activate FlightsHourly")
@click.argument("process")
@click.option("--reason", metavar="R", help="Why; kept in the audit.")
def activate(invocation: Invocation, process: str, reason: str | None) -> None:
    """Let a process start jobs again."""
    _switch(invocation, process, reason, is_on=True)


@command("deactivate", "synergyctl deactivate FlightsHourly --reason 'source is down'")
@click.argument("process")
@click.option("--reason", metavar="R", help="Why; kept in the audit.")
def deactivate(invocation: Invocation, process: str, reason: str | None) -> None:
    """Start nothing new of a process; running work ends, and its dependants wait."""
    _switch(invocation, process, reason, is_on=False)


@command(
    "frequency",
    'synergyctl frequency FlightsHourly "every 30"',
    'synergyctl frequency Report::mail "at 06:30 Europe/Berlin"',
)
@click.argument("process")
@click.argument("trigger_frequency")
@click.option("--reason", metavar="R", help="Why; kept in the audit.")
def frequency(invocation: Invocation, process: str, trigger_frequency: str, reason: str | None) -> None:
    """Change a trigger: "every N", "at [D-]HH:MM,…" or "cron <5 fields>", each with a time zone if you like."""
    if "::" in process:
        request: q.SaveEntry | q.ChangeFrequency = q.SaveEntry(process, trigger_frequency=trigger_frequency)
    else:
        request = q.ChangeFrequency(process, trigger_frequency, reason=reason)
    write_done(invocation, ask(invocation, request))


def _switch(invocation: Invocation, process: str, reason: str | None, *, is_on: bool) -> None:
    if "::" in process:
        request: q.SaveEntry | q.SwitchProcess = q.SaveEntry(process, is_on=is_on)
    else:
        request = q.SwitchProcess(process, is_on, reason=reason)
    write_done(invocation, ask(invocation, request))
