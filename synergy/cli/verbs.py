"""The verbs that change jobs, each through a plan; and apply, for a plan made before.

All of them may stop running work, and wait until that is gone.
"""

from __future__ import annotations

from typing import Any

import click

from synergy.cli.changing import (
    CHANGE,
    CONFIRM,
    FILTER,
    SCOPE,
    SEAL,
    TARGETS,
    apply_plan,
    carry_out,
    job_wish,
    patience_of,
    wish_of,
)
from synergy.cli.program import Invocation, command
from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument


@command(
    "reprocess",
    "synergyctl reprocess FlightsHourly@2013010114 --plan",
    "synergyctl reprocess FlightsDaily@2013010100..2013013100 --yes --reason 'late data'",
    "synergyctl reprocess FlightsHourly@2013010100..2013013123 --max-parallel 2 --yes",
    "synergyctl reprocess FlightsHourly@2013010114 --self --yes",
    "echo FlightsHourly@2013010114 FlightsHourly@2013010116 | synergyctl reprocess - --yes",
)
@TARGETS
@CHANGE
@CONFIRM
@SEAL
@FILTER
@SCOPE
@click.option("--max-parallel", type=click.IntRange(min=1), metavar="N", help="As a batch, at most N jobs at once.")
def reprocess(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Run jobs again, with everything that is built on them; running work of theirs is stopped.

    With --self, --ancestors, --dependents, --depth or --exclude not everything: what is left out stays as it is.
    """
    return carry_out(invocation, job_wish("reprocess", targets, given))


@command(
    "skip",
    "synergyctl skip FlightsHourly@2013010114 --plan",
    "synergyctl skip FlightsHourly@2013010100..2013010123 --only in_progress --yes",
)
@TARGETS
@CHANGE
@CONFIRM
@SEAL
@FILTER
@SCOPE
def skip(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Give jobs up as skipped, with the active ones below them and dependent on them."""
    return carry_out(invocation, job_wish("skip", targets, given))


@command(
    "cancel",
    "synergyctl cancel FlightsHourly@2013010114 --yes",
    "synergyctl cancel Report::mail --yes --no-wait",
    "synergyctl uows --state in_progress -o json | jq -r '.[].uow_id' | synergyctl cancel - --yes",
)
@TARGETS
@CHANGE
@CONFIRM
@SEAL
@FILTER
def cancel(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Stop the work of jobs, entries or units of work, and wait until it is gone."""
    return carry_out(invocation, job_wish("cancel", targets, given))


@command(
    "force",
    "synergyctl force FlightsDaily@2013010100 --plan",
    "synergyctl force FlightsDaily@2013010100 --yes --reason 'three hours will never come'",
)
@TARGETS
@CHANGE
@CONFIRM
@SEAL
@FILTER
def force(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
    """Start jobs now, past dependencies, trigger and turn; what was ignored is kept in the history."""
    return carry_out(invocation, job_wish("force", targets, given))


@command(
    "mark",
    "synergyctl mark processed FlightsHourly@2013010114 --yes --reason 'loaded by hand'",
    "synergyctl mark noop FlightsHourly@2013010100..2013010105 --plan",
)
@click.argument("state", metavar="processed|noop")
@TARGETS
@CHANGE
@CONFIRM
@SEAL
@FILTER
def mark(invocation: Invocation, state: str, targets: tuple[str, ...], **given: Any) -> int:
    """Say that jobs are processed, or that there is nothing to do; running work of theirs is stopped."""
    return carry_out(invocation, job_wish("mark", targets, {**given, "to": state}))


@command(
    "cursor",
    "synergyctl cursor FlightsHourly 2013010200 --plan",
    "synergyctl cursor FlightsHourly 2013010100 --yes --reason 'start the day anew'",
)
@click.argument("process")
@click.argument("timeperiod")
@CHANGE
@CONFIRM
@SEAL
def cursor(invocation: Invocation, process: str, timeperiod: str, **given: Any) -> int:
    """Move a process to a timeperiod: forward skips what is unfinished before it, back reprocesses from it on."""
    return carry_out(invocation, wish_of("cursor", (process,), {**given, "to": timeperiod}))


@command(
    "apply", "synergyctl reprocess FlightsHourly@2013010114 --plan -o json | jq -r .plan_id", "synergyctl apply PLAN_ID"
)
@click.argument("plan_id")
@click.option("--yes", is_flag=True, help="Nothing is asked; for scripts that say it everywhere.")
@click.option("--reason", metavar="R", help="Why; kept in the history and the audit.")
@click.option("--key", metavar="K", help="A name of your own: the same change under it is made once only.")
@CONFIRM
@SEAL
def apply(invocation: Invocation, plan_id: str, **given: Any) -> int:
    """Carry out a plan that --plan has shown, or refuse when it is no longer what would happen.

    Nothing is shown again and nothing is asked: a look at the plan is a new --plan of the verb that made it.
    """
    request = q.ApplyPlan(plan_id, reason=given["reason"], key=given["key"], break_seal=given["break_seal"])
    return apply_plan(invocation, request, patience_of(given))


@command("undo", "synergyctl undo --plan", "synergyctl undo p4c1d22f09a --yes")
@click.argument("plan_id", required=False)
@CHANGE
@CONFIRM
@SEAL
def undo(invocation: Invocation, plan_id: str | None, **given: Any) -> int:
    """Take the last change back, or that of a plan, as far as nothing has gone on since; exit 8 names what has."""
    if plan_id is not None and not plan_id.strip():
        raise InvalidArgument('plan "" cannot be undone', remedy="name one, or none for the last one")
    return carry_out(invocation, wish_of("undo", (plan_id,) if plan_id else (), given))
