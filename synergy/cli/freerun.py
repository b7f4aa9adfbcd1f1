"""The command family ``freerun``: entries that run by their own trigger, outside of the timetable."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from synergy.cli import words as w
from synergy.cli.asking import agreed
from synergy.cli.changing import (
    CHANGE,
    CONFIRM,
    DECLINED,
    SETTING,
    carry_out,
    job_wish,
    setting_of,
    write_done,
)
from synergy.cli.connection import ask
from synergy.cli.failures import tell_parts
from synergy.cli.lazy import Entry
from synergy.cli.output import Column, write_rows
from synergy.cli.program import USAGE, CommandFunction, Invocation, command, group
from synergy.core.arguments import read_arguments
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.core.states import UowState

COLUMNS: Final = (
    Column[r.EntryRow]("ENTRY", lambda row: f"{row.process_name}::{row.entry_name}"),
    Column[r.EntryRow]("IS", lambda row: w.yes_no(row.is_on)),
    Column[r.EntryRow]("NEXT RUN IN", lambda row: w.duration(row.next_run_in)),
    Column[r.EntryRow]("UOW STATE", lambda row: w.state_word(row.uow_state)),
    Column[r.EntryRow]("TRIGGER", lambda row: row.trigger_frequency),
    Column[r.EntryRow]("LAST FIRED", lambda row: w.when(row.last_firing)),
    Column[r.EntryRow]("RUNS", lambda row: row.run),
    Column[r.EntryRow]("FROM", lambda row: "operator" if row.by_hand else "file"),
    Column[r.EntryRow]("DESCRIPTION", lambda row: w.text(row.description)),
)

ENTRIES: Final = {
    "ls": Entry("freerun:ls", "List freerun entries."),
    "add": Entry("freerun:add", "Create an entry."),
    "set": Entry("freerun:change", "Change an entry."),
    "rm": Entry("freerun:remove", "Delete an entry."),
    "run": Entry("freerun:run", "Run an entry now."),
    "cancel": Entry("freerun:cancel", "Stop what an entry runs."),
}


@group("freerun", ENTRIES, "synergyctl freerun ls", "synergyctl freerun run Report::mail")
def freerun(_invocation: Invocation) -> None:
    """See and change freerun entries, named PROCESS::ENTRY."""


def _fields(function: CommandFunction) -> CommandFunction:
    """The options that set an entry's fields."""
    for option in reversed(
        (
            click.option("--trigger", metavar="T", help='When it runs: "every 60", "at 06:30", "cron 30 6 * * 1-5".'),
            click.option("--run", "run_", metavar="MODULE:CALLABLE", help="The Python callable to run."),
            click.option("--arg", "arguments", multiple=True, metavar="KEY=VALUE", help="An argument; repeatable."),
            click.option("--description", metavar="TEXT", help="What it is for."),
            click.option("--on/--off", "is_on", default=None, help="Whether its trigger fires."),
            click.argument("command_line", nargs=-1, metavar="[-- COMMAND…]"),
        )
    ):
        function = option(function)
    return function


@command("ls", "synergyctl freerun ls", "synergyctl freerun ls -o json | jq '.[] | select(.is_on)'")
def ls(invocation: Invocation) -> None:
    """List freerun entries: trigger, next run, last firing, what they run."""
    write_rows(invocation.output, COLUMNS, ask(invocation, q.ListEntries()).entries, empty="there are no entries")


@command(
    "add",
    'synergyctl freerun add Report::mail --trigger "at 06:30" --run reports.jobs:mail --arg to=ops',
    'synergyctl freerun add Clean::tmp --trigger "every 3600" -- find /tmp/scratch -mtime +3 -delete',
)
@click.argument("entry")
@_fields
@SETTING
def add(invocation: Invocation, entry: str, **fields: object) -> None:
    """Create a freerun entry that runs a Python callable (--run) or a command (after --)."""
    if not fields["trigger"]:
        raise InvalidArgument(f"entry {entry} has no trigger", remedy='add --trigger "every 60" or another one')
    if bool(fields["run_"]) == bool(fields["command_line"]):
        raise InvalidArgument(
            f"entry {entry} needs exactly one thing to run", remedy="give --run MODULE:CALLABLE or a command after --"
        )
    write_done(invocation, ask(invocation, _save(entry, fields, create=True)))


@command(
    "set",
    'synergyctl freerun set Report::mail --trigger "cron 30 6 * * 1-5"',
    "synergyctl freerun set Report::mail --off",
)
@click.argument("entry")
@_fields
@SETTING
def change(invocation: Invocation, entry: str, **fields: object) -> None:
    """Change a freerun entry; what is not named stays as it is."""
    setting = ("preview", "yes", "reason", "key")
    if all(value in (None, ()) for name, value in fields.items() if name not in setting):
        raise InvalidArgument(f"nothing to change of {entry} is given", remedy="see synergyctl freerun set --help")
    write_done(invocation, ask(invocation, _save(entry, fields, create=False)))


@command("rm", "synergyctl freerun rm Report::mail", "synergyctl freerun rm Report::mail --yes")
@click.argument("entry")
@SETTING
def remove(invocation: Invocation, entry: str, *, yes: bool, **given: Any) -> int:
    """Delete a freerun entry and stop its running work.

    On a terminal you are asked first; elsewhere an entry whose work runs is deleted only with --yes (else exit 2).
    """
    request = q.RemoveEntry(entry, **setting_of(given))
    yes = yes or request.preview
    running = None if yes else _running_work(invocation, entry)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        stops = f" Its running work, {running}, is stopped." if running else ""
        if not agreed(f"Delete the entry {entry}?{stops}"):
            click.echo("nothing was changed", err=True)
            return DECLINED
    elif running:
        told = f"nothing was changed: {entry} runs {running}, and its running work would be stopped"
        tell_parts("not_asked", told, "add --yes", as_json=invocation.as_json)
        return USAGE
    write_done(invocation, ask(invocation, request))
    return 0


@command("run", "synergyctl freerun run Report::mail", "synergyctl freerun run Report::mail --arg to=me")
@click.argument("entry")
@click.option("--arg", "arguments", multiple=True, metavar="KEY=VALUE", help="An argument over the entry's own.")
@SETTING
def run(invocation: Invocation, entry: str, arguments: tuple[str, ...], **given: Any) -> None:
    """Run a freerun entry now; refused (exit 3) while it runs."""
    write_done(invocation, ask(invocation, q.RunEntry(entry, read_arguments(arguments), **setting_of(given))))


@command("cancel", "synergyctl freerun cancel Report::mail --yes")
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY…")
@CHANGE
@CONFIRM
def cancel(invocation: Invocation, entries: tuple[str, ...], **given: Any) -> int:
    """Stop what entries run, and wait until it is gone; their next trigger makes new work."""
    return carry_out(invocation, job_wish("cancel", entries, given))


def _running_work(invocation: Invocation, entry: str) -> str | None:
    """The unit of work that the entry runs now."""
    for row in ask(invocation, q.ListEntries()).entries:
        if f"{row.process_name}::{row.entry_name}" == entry and row.uow_state == UowState.IN_PROGRESS:
            return row.related_unit_of_work
    return None


def _save(entry: str, fields: dict[str, object], *, create: bool) -> q.SaveEntry:
    command_line = _words(fields["command_line"])
    arguments = _words(fields["arguments"])
    is_on = fields["is_on"]
    return q.SaveEntry(
        entry,
        create=create,
        trigger_frequency=_optional(fields["trigger"]),
        run=_optional(fields["run_"]),
        command=command_line or None,
        arguments=read_arguments(arguments) if arguments else None,
        description=_optional(fields["description"]),
        is_on=is_on if isinstance(is_on, bool) else None,
        **setting_of(fields),
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, tuple) else ()


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None
