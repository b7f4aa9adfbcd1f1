"""Holds, drain and seals: what is ordered until it is lifted."""

from __future__ import annotations

from typing import Any, Final

import click

from synergy.cli import words as w
from synergy.cli.changing import CHANGE, TARGETS, carry_out, wish_of
from synergy.cli.connection import ask
from synergy.cli.output import Column, write_rows
from synergy.cli.program import Invocation, command
from synergy.cli.targets import read_names
from synergy.core.control import replies as r
from synergy.core.control import requests as q

UNTIL: Final = click.option("--until", metavar="T", help="Lift it then: 06:00 (UTC), 2h, 2026-11-26T06:00.")


def state_of(one: r.Directive) -> str:
    """How it stands, in a few words."""
    if one.lifted is not None:
        return f"{one.outcome or 'lifted'} {w.when(one.lifted)}"
    if one.kind == "batch":
        told = f"{(one.total - (one.left or 0)):,} of {one.total:,} done, {one.running or 0} running"
        return f"paused, {told}" if one.is_paused else told
    return f"until {w.when(one.until)}" if one.until else "in force"


DIRECTIVE_COLUMNS: Final = (
    Column[r.Directive]("ID", lambda one: one.directive_id),
    Column[r.Directive]("KIND", lambda one: one.kind),
    Column[r.Directive]("WHAT", lambda one: one.reach, least=12),
    Column[r.Directive]("STATE", state_of, least=10),
    Column[r.Directive]("BY", lambda one: one.actor),
    Column[r.Directive]("SINCE", lambda one: w.when(one.at), least=w.DATE),
    Column[r.Directive]("REASON", lambda one: w.text(one.reason), least=8),
)


@command(
    "hold",
    "synergyctl hold FlightsHourly --reason 'bad feed' --until 06:00 --yes",
    "synergyctl hold FlightsHourly@2013010114 --yes",
    "synergyctl hold FlightsDaily@2013010100..2013010700 --plan",
    "synergyctl hold Flights@2013020000 --yes",
)
@TARGETS
@CHANGE
@UNTIL
def hold(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Keep jobs, a process or a tree from starting, also in periods to come; what runs goes on.

    TARGET is a process or a tree, alone or with @TIMEPERIOD, @FROM..TO or @FROM.. (open).
    """
    return carry_out(invocation, wish_of("hold", read_names(targets), given))


@command("release", "synergyctl release FlightsHourly --yes", "synergyctl release p4c1d22f09a --yes")
@TARGETS
@CHANGE
def release(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Lift holds, named as they were made or by their id."""
    return carry_out(invocation, wish_of("release", read_names(targets), given))


@command("drain", "synergyctl drain --reason 'database upgrade' --until 2h --yes")
@CHANGE
@UNTIL
def drain(invocation: Invocation, **given: Any) -> int:
    """Start nothing at all until resume; what runs goes on, and nothing is forgotten."""
    return carry_out(invocation, wish_of("drain", (), given))


@command("resume", "synergyctl resume --yes")
@CHANGE
def resume(invocation: Invocation, **given: Any) -> int:
    """End a drain."""
    return carry_out(invocation, wish_of("resume", (), given))


@command(
    "seal",
    "synergyctl seal Flights@2013060000 --reason 'reported to the auditors' --yes",
    "synergyctl seal FlightsDaily@2013010100..2013010700 --yes",
)
@TARGETS
@CHANGE
def seal(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Close finished periods of a tree: from then on a change of anything in them needs --break-seal and a reason."""
    return carry_out(invocation, wish_of("seal", read_names(targets), given))


@command("unseal", "synergyctl unseal Flights@2013060000 --reason 'corrected data' --yes")
@TARGETS
@CHANGE
def unseal(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Open sealed periods again."""
    return carry_out(invocation, wish_of("unseal", read_names(targets), given))


@command("directives", "synergyctl directives", "synergyctl directives --all -o json")
@click.option("--all", "lifted", is_flag=True, help="Those that were lifted, too.")
def directives(invocation: Invocation, *, lifted: bool) -> None:
    """Holds, seals and batches that are in force."""
    found = ask(invocation, q.Directives(lifted=lifted)).directives
    write_rows(invocation.output, DIRECTIVE_COLUMNS, found, empty="nothing is held, sealed or under way as a batch")
