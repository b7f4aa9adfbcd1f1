"""Commands on process entries: trigger, activate, deactivate and frequency."""

from __future__ import annotations

from typing import Any

import click

from synergy.cli.changing import SETTING, setting_of, write_done
from synergy.cli.connection import ask
from synergy.cli.program import Invocation, command
from synergy.core.control import requests as q


@command("trigger", "synergyctl trigger FlightsDaily --plan", "synergyctl trigger Report::mail")
@click.argument("process")
@SETTING
def trigger(invocation: Invocation, process: str, **given: Any) -> None:
    """Make all closed periods of a process due now, or run a freerun entry now; blocking is not overridden."""
    write_done(invocation, ask(invocation, q.Trigger(process, **setting_of(given))))


@command("activate", "synergyctl activate FlightsHourly")
@click.argument("process")
@SETTING
def activate(invocation: Invocation, process: str, **given: Any) -> None:
    """Let a process start jobs again."""
    _switch(invocation, process, setting_of(given), is_on=True)


@command("deactivate", "synergyctl deactivate FlightsHourly --reason 'source is down'")
@click.argument("process")
@SETTING
def deactivate(invocation: Invocation, process: str, **given: Any) -> None:
    """Start nothing new of a process; running work ends, and its dependants wait."""
    _switch(invocation, process, setting_of(given), is_on=False)


@command(
    "frequency",
    'synergyctl frequency FlightsHourly "every 30" --plan',
    'synergyctl frequency Report::mail "at 06:30 Europe/Berlin"',
)
@click.argument("process")
@click.argument("trigger_frequency")
@SETTING
def frequency(invocation: Invocation, process: str, trigger_frequency: str, **given: Any) -> None:
    """Change a trigger: "every N", "at [D-]HH:MM,…" or "cron <5 fields>", each with a time zone if you like."""
    setting = setting_of(given)
    if "::" in process:
        request: q.SaveEntry | q.ChangeFrequency = q.SaveEntry(process, trigger_frequency=trigger_frequency, **setting)
    else:
        request = q.ChangeFrequency(process, trigger_frequency, **setting)
    write_done(invocation, ask(invocation, request))


def _switch(invocation: Invocation, process: str, setting: dict[str, Any], *, is_on: bool) -> None:
    if "::" in process:
        request: q.SaveEntry | q.SwitchProcess = q.SaveEntry(process, is_on=is_on, **setting)
    else:
        request = q.SwitchProcess(process, is_on, **setting)
    write_done(invocation, ask(invocation, request))
