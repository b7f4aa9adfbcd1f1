"""Carrying a change out: plan, show and ask where somebody can answer, apply, confirm, and tell how it ended.

The daemon makes the plan and does exactly that; this room only asks, shows, and says which exit code it is.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import click

from synergy.cli.connection import ANSWER_SECONDS, Updates, connected, subscribed
from synergy.cli.failures import tell_parts
from synergy.cli.output import write_object
from synergy.cli.plans import refused_line, refused_text, summary, write_applied, write_plan
from synergy.cli.program import USAGE, CommandFunction, Invocation
from synergy.cli.targets import read_targets, split_states
from synergy.cli.times import parse_until
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import IllegalState, PlanStale
from synergy.core.states import UowState
from synergy.core.wishes import Scope, Verb

PARTLY: Final = 7
NOT_CONFIRMED: Final = 6
NOT_UNDONE: Final = 8
DECLINED: Final = 1
TRIES: Final = 3
"""How often ``--yes`` plans anew when the jobs moved between plan and apply; nobody looked at the plan in between."""

MARGIN_SECONDS: Final = 10.0
"""How much longer than the work's own grace cancel waits for proof that the work is gone."""

LOOK_SECONDS: Final = 2.0

Option = Callable[[CommandFunction], CommandFunction]


class Wish(NamedTuple):
    """What the user asked for, and how it may be carried out."""

    request: q.MakePlan
    plan: bool
    yes: bool
    reason: str | None
    break_seal: bool = False
    confirms: bool = False
    """Whether to wait until canceled work is gone."""
    confirm_seconds: float | None = None
    """How long to wait for that; None: the work's grace, and a margin."""


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
    return Wish(request, given["plan"], given["yes"], given["reason"], given.get("break_seal", False))


def job_wish(verb: Verb, targets: tuple[str, ...], given: Mapping[str, Any]) -> Wish:
    """As ``wish_of``, with targets as they are written for jobs; ``-`` reads them from standard input."""
    return wish_of(verb, read_targets(targets), given)


def carry_out(invocation: Invocation, wish: Wish) -> int:
    """Plan, ask where somebody can answer, apply, and confirm; returns the exit code."""
    return asyncio.run(_carry_out(invocation, wish))


def apply_plan(invocation: Invocation, request: q.ApplyPlan) -> int:
    """Apply a plan that was shown before; returns the exit code."""

    async def once() -> r.Applied:
        async with connected(invocation) as client:
            return await client.call(request, timeout=ANSWER_SECONDS)

    applied = asyncio.run(once())
    write_applied(invocation.output, applied)
    return _tell_rest(invocation, applied, applied.refused)


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
            write_applied(invocation.output, applied)
            code = _tell_rest(invocation, applied, applied.refused or plan.refused)
            if not wish.confirms or not applied.kills:
                return code
            grace = applied.grace_seconds + MARGIN_SECONDS
            seconds = grace if wish.confirm_seconds is None else wish.confirm_seconds
            left = await _left_alive(client, updates, applied.kills, seconds)
            if left:
                told = f"not confirmed as gone within {seconds:g} s: {', '.join(left)}"
                tell_parts("not_confirmed", told, "see synergyctl uow ID", as_json=invocation.as_json)
                return NOT_CONFIRMED
            return code


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
    if click.confirm("Do it?", err=True):
        return None
    click.echo("nothing was changed", err=True)
    return DECLINED


async def _apply(client: ControlClient, wish: Wish, plan: r.Plan) -> r.Applied:
    """Apply the plan; one that nobody was shown is made anew when it is stale."""
    for left in reversed(range(TRIES)):
        request = q.ApplyPlan(plan.plan_id, reason=wish.reason, key=wish.request.key, break_seal=wish.break_seal)
        try:
            return await client.call(request, timeout=ANSWER_SECONDS)
        except PlanStale:
            if not wish.yes or not left:
                raise
            plan = await _make_plan(client, wish)
    raise AssertionError(TRIES)


async def _left_alive(
    client: ControlClient, updates: Updates, uow_ids: tuple[str, ...], seconds: float
) -> tuple[str, ...]:
    """Wait until these units of work are finished; returns those that are not when the time is up."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    left = list(uow_ids)
    while True:
        answers = [await client.call(q.ShowUow(uow_id), timeout=ANSWER_SECONDS) for uow_id in left]
        left = [answer.uow_id for answer in answers if not UowState(answer.state).is_finished]
        room = until - clock()
        if not left or room <= 0:
            return tuple(left)
        await updates.wait(min(room, LOOK_SECONDS))


def _tell_rest(invocation: Invocation, applied: r.Applied, refused: tuple[r.Refusal, ...]) -> int:
    """Tell what was not done, or could not be taken back; the exit code says whether there is any."""
    left = (*applied.overtaken, *applied.lost)
    if not left:
        return _tell_refused(invocation, refused)
    tell_parts(
        "cannot_undo", f"not undone: {'; '.join(left)}", "see synergyctl history JOB", as_json=invocation.as_json
    )
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
    return ". ".join(dict.fromkeys(refused_text(refusal) for refusal in refused))


def write_done(invocation: Invocation, done: r.Done) -> None:
    """Print that something is done, with the unit of work it made."""
    if invocation.output == "table":
        is_told = done.uow_id is None or done.uow_id in done.message
        click.echo(done.message if is_told else f"{done.message} ({done.uow_id})")
    else:
        write_object(invocation.output, done)
