"""How plans and their outcome are shown."""

from __future__ import annotations

from typing import Final

import click

from synergy.cli import words as w
from synergy.cli.output import Column, write_object, write_rows
from synergy.core.control import replies as r
from synergy.core.counting import counted

CHANGE_COLUMNS: Final = (
    Column[r.PlanChange]("PROCESS", lambda change: change.process_name),
    Column[r.PlanChange]("TIMEPERIOD", lambda change: change.timeperiod),
    Column[r.PlanChange]("STATE", lambda change: w.state_word(change.state)),
    Column[r.PlanChange]("BECOMES", lambda change: w.state_word(change.new_state)),
    Column[r.PlanChange]("BECAUSE", lambda change: change.because),
)


def write_plan(output: str, plan: r.Plan) -> None:
    """Print the full plan; with ``jsonl`` too it is one object."""
    if output != "table":
        write_object(output, plan)
        return
    write_rows(output, CHANGE_COLUMNS, plan.changes, empty="no job would change")
    click.echo(summary(plan))
    for uow_id in plan.kills:
        click.echo(f"would stop {uow_id}")
    click.echo(f"plan {plan.plan_id}, good for {w.duration(plan.expires_in)}")


def summary(plan: r.Plan) -> str:
    """What the plan does in one line: ``reprocess changes 4 jobs (Hourly 1, …) and stops 1 running unit of work``."""
    by_process = ", ".join(f"{name} {count:,}" for name, count in plan.counts.items())
    told = f"{plan.verb} changes {counted(len(plan.changes), 'job')}" + (f" ({by_process})" if by_process else "")
    if plan.kills:
        told += f" and stops {len(plan.kills):,} running unit{'' if len(plan.kills) == 1 else 's'} of work"
    return told


def write_applied(output: str, applied: r.Applied) -> None:
    """Print what became of a plan."""
    if output != "table":
        write_object(output, applied)
        return
    click.echo(f"plan {applied.plan_id} is applied: {counted(applied.changed, 'job')} changed")
    for uow_id in applied.kills:
        click.echo(f"stopping {uow_id}")


def refused_line(refusal: r.Refusal) -> str:
    """One line of the list of what was not done."""
    return f"not done: {refused_text(refusal)}"


def refused_text(refusal: r.Refusal) -> str:
    """What was not done and why; a reason that begins with the target's name is not given another one."""
    named = refusal.message.startswith(f"{refusal.target} ")
    return refusal.message if named else f"{refusal.target}: {refusal.message}"
