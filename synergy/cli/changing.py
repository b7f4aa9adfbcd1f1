"""Carrying a change out: plan, show and ask where somebody can answer, apply, confirm, and tell how it ended.

The daemon makes the plan and does exactly that; this room only asks, shows, and says which exit code it is.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import click

from synergy.cli.asking import agreed
from synergy.cli.connection import ANSWER_SECONDS, Updates, connected, subscribed
from synergy.cli.failures import tell_parts
from synergy.cli.kills import Patience, Stopping, confirm_options, stopped_line
from synergy.cli.output import versioned, write_object
from synergy.cli.plans import refused_line, summary, write_applied, write_plan
from synergy.cli.program import USAGE, CommandFunction, Invocation
from synergy.cli.targets import read_targets, split_states
from synergy.cli.times import parse_until
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import IllegalState
from synergy.core.wishes import Scope, Verb

PARTLY: Final = 7
NOT_UNDONE: Final = 8
DECLINED: Final = 1

SHOWN_LINES: Final = 20
"""So many lines name what could not be taken back; all of them are in the JSON."""

Option = Callable[[CommandFunction], CommandFunction]


class Wish(NamedTuple):
    """What the user asked for, and how it may be carried out."""

    request: q.MakePlan
    plan: bool
    yes: bool
    reason: str | None
    break_seal: bool
    patience: Patience


def options(*added: Option) -> Option:
    """Add several options, in the order in which they are to stand in the help."""

    def decorate(function: CommandFunction) -> CommandFunction:
        for option in reversed(added):
            function = option(function)
        return function

    return decorate


TARGETS: Final[Option] = click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
CHANGE: Final = options(
    click.option("--plan", is_flag=True, help="Show all that would change, and change nothing."),
    click.option("--yes", is_flag=True, help="Do it without asking."),
    click.option("--reason", metavar="R", help="Why; kept in the history and the audit."),
    click.option("--key", metavar="K", help="A name of your own: the same change under it is made once only."),
)
"""What every change takes."""
SETTING: Final = options(
    click.option("--plan", "preview", is_flag=True, help="Tell what it would do, and change nothing."),
    click.option("--yes", is_flag=True, help="Nothing is asked; for scripts that say it everywhere."),
    click.option("--reason", metavar="R", help="Why; kept in the audit."),
    click.option("--key", metavar="K", help="A name of your own: the same change under it is made once only."),
)
"""What a change of one process, entry or box takes: it is made at once, and can be undone."""
CONFIRM: Final[Option] = confirm_options
"""What every change takes that may stop running work."""
SEAL: Final[Option] = click.option("--break-seal", is_flag=True, help="Change sealed jobs, too; needs --reason.")
FILTER: Final = options(
    click.option("--only", multiple=True, metavar="S,…", help="Only targets in these states."),
    click.option("--tree", metavar="T", help="Only targets of this tree."),
)
SCOPE: Final = options(
    click.option("--self", "alone", is_flag=True, help="Only the targets; with the next two, as far as these say."),
    click.option("--ancestors", is_flag=True, help="Follow the edges within the tree."),
    click.option("--dependents", is_flag=True, help="Follow the edges to other trees."),
    click.option("--depth", type=click.IntRange(min=0), metavar="N", help="Follow at most N edges."),
    click.option("--exclude", multiple=True, metavar="NAME", help="Leave out a process, tree or job (* is anything)."),
)


def wish_of(verb: Verb, targets: tuple[str, ...], given: Mapping[str, Any]) -> Wish:
    """The wish of a command line; ``given`` are its options, by their parameters' names.

    Raises:
        InvalidArgument: a target or a time cannot be read.
    """
    until = given.get("until")
    request = q.MakePlan(
        verb,
        targets,
        only=split_states(given.get("only", ())),
        tree=given.get("tree"),
        scope=Scope(
            alone=given.get("alone", False),
            ancestors=given.get("ancestors", False),
            dependents=given.get("dependents", False),
            depth=given.get("depth"),
            exclude=tuple(given.get("exclude", ())),
        ),
        to=given.get("to"),
        until=None if until is None else parse_until(until),
        max_parallel=given.get("max_parallel"),
        key=given.get("key"),
    )
    seal = given.get("break_seal", False)
    return Wish(request, given["plan"], given["yes"], given["reason"], seal, patience_of(given))


def patience_of(given: Mapping[str, Any]) -> Patience:
    """Whether to wait for the end of stopped work, as the options say."""
    return Patience(not given.get("no_wait", True), given.get("timeout"))


def job_wish(verb: Verb, targets: tuple[str, ...], given: Mapping[str, Any]) -> Wish:
    """As ``wish_of``, with targets as they are written for jobs; ``-`` reads them from standard input."""
    return wish_of(verb, read_targets(targets), given)


def carry_out(invocation: Invocation, wish: Wish) -> int:
    """Plan, ask where somebody can answer, apply, and confirm; returns the exit code."""
    return asyncio.run(_carry_out(invocation, wish))


def apply_plan(invocation: Invocation, request: q.ApplyPlan, patience: Patience) -> int:
    """Apply a plan that was shown before; returns the exit code."""

    async def once() -> int:
        async with connected(invocation) as client, subscribed(client) as updates:
            applied = await client.call(request, timeout=ANSWER_SECONDS)
            return await _see_through(invocation, applied, applied.refused, patience, updates)

    return asyncio.run(once())


async def _carry_out(invocation: Invocation, wish: Wish) -> int:
    async with connected(invocation) as client:
        plan = await _make_plan(client, wish)
        if wish.plan:
            write_plan(invocation.output, plan)
            if not invocation.as_json:
                _tell_refused(invocation, plan.refused)
            return 0
        if not wish.yes and not plan.repeats:
            answer = _ask(invocation, plan)
            if answer is not None:
                return answer
        async with subscribed(client) as updates:
            applied = await _apply(client, wish, plan)
            return await _see_through(invocation, applied, applied.refused or plan.refused, wish.patience, updates)


async def _make_plan(client: ControlClient, wish: Wish) -> r.Plan:
    plan = await client.call(wish.request, timeout=ANSWER_SECONDS)
    if plan.refused and not (plan.changes or plan.kills or plan.directives):
        raise IllegalState(_refusals(plan.refused))
    return plan


def _ask(invocation: Invocation, plan: r.Plan) -> int | None:
    """Show the plan and ask; None when it may be applied, else the exit code."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        write_plan(invocation.output, plan)
        told = "nothing was changed, there is no terminal to ask on"
        tell_parts("not_asked", told, "add --yes", as_json=invocation.as_json)
        return USAGE
    click.echo(summary(plan), err=True)
    if agreed("Do it?"):
        return None
    click.echo("nothing was changed", err=True)
    return DECLINED


async def _apply(client: ControlClient, wish: Wish, plan: r.Plan) -> r.Applied:
    """Apply the plan; one that nobody was shown is made anew with it where jobs have moved."""
    request = q.ApplyPlan(
        plan.plan_id, reason=wish.reason, key=wish.request.key, break_seal=wish.break_seal, renew=wish.yes
    )
    return await client.call(request, timeout=ANSWER_SECONDS)


async def _see_through(
    invocation: Invocation, applied: r.Applied, refused: tuple[r.Refusal, ...], patience: Patience, updates: Updates
) -> int:
    """Tell what was done, and wait until the work that it stops is gone; returns the exit code.

    People are told step by step; a program gets one object when all is known, or when waiting for that fails.
    """
    stopping = Stopping(applied, patience.seconds)
    if not invocation.as_json:
        write_applied(applied)
    code = _tell_rest(invocation, applied, refused)
    try:
        if patience.waits:
            await stopping.wait(updates, _say_nothing if invocation.as_json else _say_stopped)
    finally:
        if invocation.as_json:
            write_object(invocation.output, {**versioned(applied), "kills": stopping.rows})
    return (stopping.tell_left(as_json=invocation.as_json) if patience.waits else 0) or code


def _say_stopped(row: r.Stopped) -> None:
    click.echo(stopped_line(row))


def _say_nothing(_row: r.Stopped) -> None:
    """The object at the end holds it."""


def _tell_rest(invocation: Invocation, applied: r.Applied, refused: tuple[r.Refusal, ...]) -> int:
    """Tell what was not done, or could not be taken back; the exit code says whether there is any."""
    left = (*applied.overtaken, *applied.lost)
    if not left:
        return _tell_refused(invocation, refused)
    if not invocation.as_json and len(left) > SHOWN_LINES:
        left = (*left[:SHOWN_LINES], f"and {len(left) - SHOWN_LINES:,} more")
    tell_parts("cannot_undo", "not undone", "see synergyctl history JOB", left, as_json=invocation.as_json)
    return NOT_UNDONE


def _tell_refused(invocation: Invocation, refused: tuple[r.Refusal, ...]) -> int:
    """List what was not done; the exit code says whether there is any."""
    if not refused:
        return 0
    if invocation.as_json:
        tell_parts("partly_done", _refusals(refused), as_json=True)
    else:
        for refusal in refused:
            click.echo(refused_line(refusal), err=True)
    return PARTLY


def _refusals(refused: tuple[r.Refusal, ...]) -> str:
    return ". ".join(dict.fromkeys(map(str, refused)))


def setting_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request that the options of SETTING fill."""
    return {name: given[name] for name in ("reason", "key", "preview")}


def write_done(invocation: Invocation, done: r.Done) -> None:
    """Print that something is done, with the unit of work it made; or what would be."""
    if invocation.output == "table":
        is_told = done.uow_id is None or done.uow_id in done.message
        click.echo(done.message if is_told else f"{done.message} ({done.uow_id})")
        for detail in done.details:
            click.echo(f"  {detail}")
    else:
        write_object(invocation.output, done)
