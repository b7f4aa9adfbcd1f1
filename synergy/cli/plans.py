"""How plans and their outcome are shown."""

from __future__ import annotations

from collections.abc import Iterator
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


LEVEL_COLUMNS: Final = (
    Column[r.Level]("TREE", lambda level: level.tree_name),
    Column[r.Level]("PROCESS", lambda level: level.process_name),
    Column[r.Level]("JOBS", lambda level: f"{level.jobs:,}", numeric=True),
    Column[r.Level]("A RUN TAKES", lambda level: w.duration(level.median_seconds), numeric=True),
    Column[r.Level]("AT ONCE", lambda level: f"{level.at_once:,}", numeric=True),
    Column[r.Level]("ALL", lambda level: w.duration(level.seconds), numeric=True),
)


def write_plan(output: str, plan: r.Plan) -> None:
    """Print the full plan; with ``jsonl`` too it is one object."""
    if output != "table":
        write_object(output, plan)
        return
    if plan.changes or not (plan.directives or plan.restores):
        write_rows(output, CHANGE_COLUMNS, plan.changes, empty="no job would change")
    if len(plan.levels) > 1 or plan.seconds:
        write_rows(output, LEVEL_COLUMNS, plan.levels, empty="")
    click.echo(summary(plan))
    for line in _remarks(plan):
        click.echo(line)
    click.echo(f"plan {plan.plan_id}, good for {w.duration(plan.expires_in)}")


def _remarks(plan: r.Plan) -> Iterator[str]:
    """What else is to be known before it is carried out."""
    for one in plan.directives:
        yield _order(one)
    if plan.affects:
        told = ", ".join(f"{name} {count:,}" for name, count in plan.affects)
        yield f"unfinished jobs that this is about: {told}"
    if plan.kept:
        yield f"{counted(plan.kept, 'finished job')} built on them would stay as they are"
    yield from plan.obstacles
    for words, lines in (
        ("would be again: {}", plan.restores),
        ("would stop {}", plan.kills),
        ("deadline at risk: {}", plan.at_risk),
        ("sealed: {} (needs --break-seal --reason)", plan.sealed),
        ("cannot be undone: {}", (*plan.overtaken, *plan.lost)),
    ):
        yield from map(words.format, lines)


def _order(one: r.Directive) -> str:
    if one.lifted:
        return f"{one.kind} of {one.reach} would be lifted"
    return f"{one.kind} of {one.reach}" + (f" until {w.when(one.until)}" if one.until else "")


def summary(plan: r.Plan) -> str:
    """What the plan does in one line: ``reprocess changes 4 jobs (Hourly 1, …) and stops 1 running unit of work``."""
    by_process = ", ".join(f"{name} {count:,}" for name, count in plan.counts.items())
    verb = _undo_of(plan.undoes) if plan.undoes else plan.verb
    told = f"{verb} changes {counted(len(plan.changes), 'job')}" + (f" ({by_process})" if by_process else "")
    if (plan.directives or plan.restores) and not plan.changes:
        orders = (_order(one) if plan.verb == "undo" else one.reach for one in plan.directives)
        told = f"{verb}: {', '.join((*orders, *plan.restores))}"
    if plan.kills:
        told += f" and stops {len(plan.kills):,} running unit{'' if len(plan.kills) == 1 else 's'} of work"
    if plan.seconds:
        lasts = f"about {w.duration(plan.seconds)}" if plan.seconds >= 0.1 else "less than 0.1 s"
        told += f"; takes {lasts} by the last runs"
    return told


def _undo_of(undone: r.Undone) -> str:
    return f"undo of {undone.words(w.when(undone.at))}"


def write_applied(applied: r.Applied) -> None:
    """Print, for people, what became of a plan."""
    done = "was applied before, under the same key" if applied.repeated else "is applied"
    if applied.undoes:
        done += f", {_undo_of(applied.undoes)}"
    orders = (
        f"{one.kind} {one.directive_id} of {one.reach}" + (" is lifted" if one.lifted else "")
        for one in applied.directives
    )
    told = ", ".join((*orders, *applied.restores))
    changed = f"{counted(applied.changed, 'job')} changed" if applied.changed or not told else ""
    click.echo(f"plan {applied.plan_id} {done}: {'; '.join(filter(None, (changed, told)))}")
    for uow_id in applied.kills:
        click.echo(f"stopping {uow_id}")


def refused_line(refusal: r.Refusal) -> str:
    """One line of the list of what was not done."""
    return f"not done: {refusal}"
