"""The verbs that change jobs: reprocess, skip and cancel, each through a plan; and apply, for a plan made before.

The daemon makes the plan and carries out exactly that; this room only asks, shows, and tells how it ended.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final, Literal, NamedTuple

import click

from synergy.cli.connection import ANSWER_SECONDS, Updates, connected, subscribed
from synergy.cli.failures import tell_parts
from synergy.cli.output import write_object
from synergy.cli.plans import refused_line, refused_text, summary, write_applied, write_plan
from synergy.cli.program import USAGE, CommandFunction, Invocation, command
from synergy.cli.targets import read_targets, split_states
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import IllegalState, PlanStale
from synergy.core.states import UowState

PARTLY: Final = 7
NOT_CONFIRMED: Final = 6
DECLINED: Final = 1
TRIES: Final = 3
"""How often ``--yes`` plans anew when the jobs moved between plan and apply; nobody looked at the plan in between."""

MARGIN_SECONDS: Final = 10.0
"""How much longer than the work's own grace cancel waits for proof that the work is gone."""

LOOK_SECONDS: Final = 2.0

Verb = Literal["reprocess", "skip", "cancel"]


class Wish(NamedTuple):
    """What the user asked for, and how it may be carried out."""

    verb: Verb
    targets: tuple[str, ...]
    only: tuple[str, ...]
    plan: bool
    yes: bool
    reason: str | None
    confirms: bool = False
    """Whether to wait until canceled work is gone."""
    confirm_seconds: float | None = None
    """How long to wait for that; None: the work's grace, and a margin."""


def _options(function: CommandFunction) -> CommandFunction:
    for option in reversed(
        (
            click.argument("targets", nargs=-1, required=True, metavar="TARGET…"),
            click.option("--plan", is_flag=True, help="Show all that would change, and change nothing."),
            click.option("--yes", is_flag=True, help="Do it without asking."),
            click.option("--reason", metavar="R", help="Why; kept in the history and the audit."),
            click.option("--only", multiple=True, metavar="S,…", help="Only targets in these states."),
        )
    ):
        function = option(function)
    return function


def cancel_options(function: CommandFunction) -> CommandFunction:
    """The options that only cancel has."""
    no_wait = click.option("--no-wait", is_flag=True, help="Do not wait until the work is gone.")
    limit = click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        metavar="S",
        default=None,
        help="Wait at most S seconds for proof that the work is gone (default: its grace and 10 s).",
    )
    return limit(no_wait(function))


@command(
    "reprocess",
    "synergyctl reprocess FlightsHourly@2013010114 --plan",
    "synergyctl reprocess FlightsDaily@2013010100..2013013100 --yes --reason 'late data'",
    "echo FlightsHourly@2013010114 FlightsHourly@2013010116 | synergyctl reprocess - --yes",
)
@_options
def reprocess(
    invocation: Invocation,
    targets: tuple[str, ...],
    only: tuple[str, ...],
    reason: str | None,
    *,
    plan: bool,
    yes: bool,
) -> int:
    """Run jobs again, with everything that is built on them; running work of theirs is stopped."""
    wish = Wish("reprocess", read_targets(targets), split_states(only), plan, yes, reason)
    return carry_out(invocation, wish)


@command(
    "skip",
    "synergyctl skip FlightsHourly@2013010114 --plan",
    "synergyctl skip FlightsHourly@2013010100..2013010123 --only in_progress --yes",
)
@_options
def skip(
    invocation: Invocation,
    targets: tuple[str, ...],
    only: tuple[str, ...],
    reason: str | None,
    *,
    plan: bool,
    yes: bool,
) -> int:
    """Give jobs up as skipped, with the active ones below them and dependent on them."""
    wish = Wish("skip", read_targets(targets), split_states(only), plan, yes, reason)
    return carry_out(invocation, wish)


@command(
    "cancel",
    "synergyctl cancel FlightsHourly@2013010114 --yes",
    "synergyctl cancel Report::mail --yes --no-wait",
    "synergyctl uows --state in_progress -o json | jq -r '.[].uow_id' | synergyctl cancel - --yes",
)
@_options
@cancel_options
def cancel(  # noqa: PLR0913 - click hands over one parameter an option
    invocation: Invocation,
    targets: tuple[str, ...],
    only: tuple[str, ...],
    reason: str | None,
    timeout: float | None,
    *,
    plan: bool,
    yes: bool,
    no_wait: bool,
) -> int:
    """Stop the work of jobs, entries or units of work, and wait until it is gone."""
    wish = Wish("cancel", read_targets(targets), split_states(only), plan, yes, reason, not no_wait, timeout)
    return carry_out(invocation, wish)


@command(
    "apply", "synergyctl reprocess FlightsHourly@2013010114 --plan -o json | jq -r .plan_id", "synergyctl apply PLAN_ID"
)
@click.argument("plan_id")
@click.option("--reason", metavar="R", help="Why; kept in the history and the audit.")
def apply(invocation: Invocation, plan_id: str, reason: str | None) -> int:
    """Carry out a plan that --plan has shown, or refuse when it is no longer what would happen."""

    async def once() -> r.Applied:
        async with connected(invocation) as client:
            return await client.call(q.ApplyPlan(plan_id, reason=reason), timeout=ANSWER_SECONDS)

    applied = asyncio.run(once())
    write_applied(invocation.output, applied)
    return _tell_refused(invocation, applied.refused)


def carry_out(invocation: Invocation, wish: Wish) -> int:
    """Plan, ask where somebody can answer, apply, and confirm; returns the exit code."""
    return asyncio.run(_carry_out(invocation, wish))


async def _carry_out(invocation: Invocation, wish: Wish) -> int:
    async with connected(invocation) as client:
        plan = await _make_plan(client, wish)
        if wish.plan:
            write_plan(invocation.output, plan)
            if not invocation.as_json:
                _tell_refused(invocation, plan.refused)
            return 0
        if not wish.yes:
            answer = _ask(invocation, plan)
            if answer is not None:
                return answer
        async with subscribed(client) as updates:
            applied = await _apply(client, wish, plan)
            write_applied(invocation.output, applied)
            code = _tell_refused(invocation, applied.refused or plan.refused)
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
    plan = await client.call(q.MakePlan(wish.verb, wish.targets, only=wish.only), timeout=ANSWER_SECONDS)
    if plan.refused and not plan.changes and not plan.kills:
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
        try:
            return await client.call(q.ApplyPlan(plan.plan_id, reason=wish.reason), timeout=ANSWER_SECONDS)
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
