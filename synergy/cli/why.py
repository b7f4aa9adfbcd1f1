"""Commands that explain: why a job does not run, what waits for it, and why it ran."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click
from msgspec.structs import replace

from synergy.cli import words as w
from synergy.cli.connection import ask
from synergy.cli.output import Column, write_object, write_rows, write_section
from synergy.cli.program import Invocation, command
from synergy.cli.shell_lines import shell_line
from synergy.core.control import replies as r
from synergy.core.control import why_requests as y
from synergy.core.counting import counted

Explained = TypeVar("Explained", r.Condition, r.RootCause)
WIDEST: Final = 100
"""Longer lines are hard to read, also where there is room for them."""

CUT: Final = "there are more unfinished jobs than are looked at for one answer: there may be more root causes"
BLOCKED_COLUMNS: Final = (
    Column[r.BlockedJob]("PROCESS", lambda job: job.process_name),
    Column[r.BlockedJob]("TIMEPERIOD", lambda job: job.timeperiod),
    Column[r.BlockedJob]("STATE", lambda job: w.state_word(job.state)),
    Column[r.BlockedJob]("BECAUSE", lambda job: job.because),
)


@command(
    "why",
    "synergyctl why FlightsMonthly@2013010000",
    "synergyctl why --all",
    "synergyctl why Report::mail",
    "synergyctl why FlightsMonthly@2013010000 -o json | jq -r '.roots[].command'",
)
@click.argument("job", required=False)
@click.option("--all", "everything", is_flag=True, help="What keeps all jobs that do not go on, the worst first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="With --all: most roots.")
def why(invocation: Invocation, job: str | None, limit: int, *, everything: bool) -> None:
    """Tell why a job does not run: its unmet conditions down to the root causes, each with the command that helps.

    JOB is PROCESS@TIMEPERIOD, or a freerun entry, PROCESS::ENTRY.
    The codes are explained in docs/why.md.
    """
    if everything == (job is not None):
        raise click.UsageError("name a job, or say --all")
    if job is None:
        _tell_all(invocation, ask(invocation, y.WhyAll(limit)))
    else:
        _tell(invocation, ask(invocation, y.Why(job)))


@command("blocks", "synergyctl blocks FlightsHourly@2013010114", "synergyctl blocks FlightsDaily@2013010100 -o json")
@click.argument("job")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Name at most so many jobs.")
def blocks(invocation: Invocation, job: str, limit: int) -> None:
    """List what waits for a job: parents, dependants, later periods, and what waits for those; the nearest first."""
    answer = ask(invocation, y.Blocks(job, limit))
    if invocation.output != "table":
        write_object(invocation.output, answer)
        return
    by_process = ", ".join(f"{name} {count:,}" for name, count in answer.by_process.items())
    verb = "waits" if answer.total == 1 else "wait"
    _paragraph(
        f"{counted(answer.total, 'job')} {verb} for {answer.job} ({w.state_word(answer.state)})"
        + (f": {by_process}" if by_process else "")
    )
    if answer.jobs:
        write_section("the nearest" if answer.more else "all of them")
        write_rows("table", BLOCKED_COLUMNS, answer.jobs)


@command("why-ran", "synergyctl why-ran FlightsDaily@2013010100", "synergyctl why-ran FlightsDaily@2013010100 -o jsonl")
@click.argument("job")
def why_ran(invocation: Invocation, job: str) -> None:
    """Tell what caused each run of a job, and each attempt of it, oldest first."""
    answer = ask(invocation, y.WhyRan(job))
    if invocation.output != "table":
        write_object(invocation.output, answer)
        return
    if not answer.runs:
        click.echo(f"{answer.job} has not run yet; synergyctl why {answer.job} tells why", err=True)
    for run in answer.runs:
        _paragraph(f"run {run.run}, {w.when(run.at)}: {run.what}")
        for made in run.attempts:
            ended = made.exit_reason or w.state_word(made.state)
            _paragraph(f"attempt {made.attempt} on {made.box_id}, {w.when(made.started)}: {made.what} ({ended})", 2)


def _tell(invocation: Invocation, answer: r.Why) -> None:
    folder = invocation.folder
    answer = replace(
        answer,
        conditions=tuple(_in_shell(folder, answer.conditions)),
        roots=tuple(_in_shell(folder, answer.roots)),
    )
    if invocation.output != "table":
        write_object(invocation.output, answer)
        return
    none = "no run" if "::" in answer.job else "no job yet"
    click.echo(f"{answer.job}  {w.state_word(answer.state) if answer.state else none}, {answer.code}")
    _write_tree(answer.conditions, answer.job, 2)
    if answer.roots:
        write_section(counted(len(answer.roots) + answer.more_roots, "root cause"))
    for root in answer.roots:
        _write_root(root)
    if answer.more_roots:
        click.echo(f"and {answer.more_roots:,} more")
    if answer.is_cut:
        click.echo(CUT)


def _tell_all(invocation: Invocation, answer: r.WhyAll) -> None:
    answer = replace(answer, roots=tuple(_in_shell(invocation.folder, answer.roots)))
    if invocation.output != "table":
        write_object(invocation.output, answer)
        return
    click.echo(f"{counted(answer.unfinished, 'unfinished job')}, {answer.blocked:,} kept by a problem")
    for root in answer.roots:
        click.echo()
        _write_root(root)
        by_process = ", ".join(f"{name} {count:,}" for name, count in root.by_process.items())
        examples = f" (for example {', '.join(root.examples)})" if root.examples else ""
        _paragraph(f"blocks {counted(root.blocks, 'job')}{f': {by_process}{examples}' if root.blocks else ''}", 2)
    if answer.more_roots:
        click.echo(f"\nand {counted(answer.more_roots, 'more root cause')}; --limit shows more")
    if answer.passing:
        waits = ", ".join(f"{code} {count:,}" for code, count in answer.passing.items())
        click.echo(f"\nwhat goes on by itself: {waits}")
    if answer.is_cut:
        click.echo(CUT)


def _in_shell(folder: Path, told: Iterable[Explained]) -> Iterator[Explained]:
    """The same with commands that name the project's folder where a shell must be told it."""
    for each in told:
        line = None if each.command is None else shell_line(folder, each.command)
        if isinstance(each, r.Condition):
            yield replace(each, command=line, children=tuple(_in_shell(folder, each.children)))
        else:
            yield replace(each, command=line)


def _write_tree(conditions: Sequence[r.Condition], job: str, depth: int) -> None:
    """One condition a paragraph, those beneath it set in; a job is named where another one's conditions begin."""
    for each in conditions:
        name = "" if each.job == job else f"{each.job}: "
        again = " (see above)" if each.again else ""
        _paragraph(f"{each.code}  {name}{each.what}{again}", depth)
        _write_tree(each.children, each.job, depth + 2)


def _write_root(root: r.RootCause) -> None:
    """What it is, since when, by whom; its log's last line; the command, on a line of its own to be copied."""
    _paragraph(f"{root.code}  {root.job}: {root.what}")
    since = f"since {w.when(root.since)} UTC" if root.since else ""
    actor = f"by {root.actor}" if root.actor else ""
    told = " ".join(part for part in (since, actor) if part)
    told = ": ".join(part for part in (told, root.reason) if part)
    if told:
        _paragraph(told, 2)
    if root.last_line is not None:
        _paragraph(f"log: {root.last_line}", 2)
    if root.command is not None:
        click.echo(f"  run: {root.command}")


def _paragraph(text: str, indent: int = 0) -> None:
    """Text folded to the terminal's width; its further lines are set in."""
    width = min(WIDEST, shutil.get_terminal_size().columns)
    lines = textwrap.wrap(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 4), break_on_hyphens=False
    )
    click.echo("\n".join(lines))
