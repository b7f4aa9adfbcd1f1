"""Batches: reprocessing with a limit of its own, listed, paused, resumed and canceled."""

from __future__ import annotations

from typing import Any, Final

import click

from synergy.cli import words as w
from synergy.cli.changing import CHANGE, CONFIRM, SEAL, TARGETS, Option, carry_out, options, wish_of
from synergy.cli.connection import ask
from synergy.cli.lazy import Entry
from synergy.cli.orders import DIRECTIVE_COLUMNS, state_of
from synergy.cli.output import Column, write_object, write_rows
from synergy.cli.program import Invocation, command, group
from synergy.cli.targets import read_names
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.wishes import Verb

JOB_COLUMNS: Final = (
    Column[r.BatchJob]("PROCESS", lambda job: job.process_name),
    Column[r.BatchJob]("TIMEPERIOD", lambda job: job.timeperiod),
    Column[r.BatchJob]("STATE", lambda job: "running" if job.is_running else w.state_word(job.state)),
    Column[r.BatchJob]("UNIT OF WORK", lambda job: w.text(job.uow_id)),
    Column[r.BatchJob]("EXIT", lambda job: w.text(job.exit_reason)),
)


@group(
    "batch",
    {
        "ls": Entry("batches:ls", "Batches under way."),
        "show": Entry("batches:show", "What became of each job of a batch."),
        "wait": Entry("batch_waiting:wait", "Wait until batches are done."),
        "pause": Entry("batches:pause", "Start nothing more of a batch."),
        "resume": Entry("batches:resume", "Go on with a paused batch."),
        "cancel": Entry("batches:cancel", "End a batch; what it has not done is skipped."),
    },
    "synergyctl reprocess FlightsHourly@2013010100..2013013123 --max-parallel 2 --yes",
    "synergyctl batch ls",
)
def batch(_invocation: Invocation) -> None:
    """Reprocessing with --max-parallel: a batch runs beside live work and never more than its limit at once."""


@command("ls", "synergyctl batch ls --all")
@click.option("--all", "lifted", is_flag=True, help="Those that have ended, too.")
def ls(invocation: Invocation, *, lifted: bool) -> None:
    """Batches under way."""
    found = [one for one in ask(invocation, q.Directives(lifted=lifted)).directives if one.kind == "batch"]
    write_rows(invocation.output, DIRECTIVE_COLUMNS, found, empty="no batch is under way")


@command("show", "synergyctl batch show p4c1d22f09a")
@click.argument("batch_id")
def show(invocation: Invocation, batch_id: str) -> None:
    """What became of each job of a batch."""
    detail = ask(invocation, q.ShowBatch(batch_id))
    if invocation.output != "table":
        write_object(invocation.output, detail)
        return
    write_rows(invocation.output, JOB_COLUMNS, detail.jobs, empty="it has no jobs")
    click.echo(f"{state_of(detail.batch)}; {w.counts(detail.counts)}")


def _command(name: str, verb: Verb, text: str, *added: Option) -> click.Command:
    @command(name, f"synergyctl batch {name} p4c1d22f09a --yes")
    @TARGETS
    @CHANGE
    @CONFIRM
    @options(*added)
    def act(invocation: Invocation, targets: tuple[str, ...], **given: Any) -> int:
        return carry_out(invocation, wish_of(verb, read_names(targets), given))

    act.help = text
    return act


pause = _command("pause", "batch pause", "Start nothing more of a batch; what runs goes on.")
resume = _command("resume", "batch resume", "Go on with a paused batch.")
cancel = _command(
    "cancel",
    "batch cancel",
    "End a batch: its running work is stopped, and what it has not done is skipped. "
    "Each of its jobs can be reprocessed then; undo of the batch restores those that it had not begun.",
    SEAL,
)
