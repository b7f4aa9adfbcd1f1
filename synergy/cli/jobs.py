"""Commands that look at jobs: ls, show, history and attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import click
import msgspec

from synergy.cli import words as w
from synergy.cli.connection import ANSWER_SECONDS, ask, connected
from synergy.cli.output import Column, RowWriter, versioned, write_facts, write_object, write_rows, write_section
from synergy.cli.program import Invocation, command
from synergy.cli.targets import split_states
from synergy.core.control import replies as r
from synergy.core.control import requests as q

PAGE: Final = 1000
JOB_COLUMNS: Final = (
    Column[r.Job]("PROCESS", lambda job: job.process_name),
    Column[r.Job]("TIMEPERIOD", lambda job: job.timeperiod),
    Column[r.Job]("STATE", lambda job: w.state_word(job.state)),
    Column[r.Job]("UOW STATE", lambda job: w.state_word(job.uow_state)),
    Column[r.Job]("CHANGED", lambda job: w.when(job.changed)),
    Column[r.Job]("FAILURES", lambda job: str(job.number_of_failures), numeric=True),
    Column[r.Job]("UNIT OF WORK", lambda job: w.text(job.related_unit_of_work)),
)
HISTORY_COLUMNS: Final = (
    Column[r.HistoryRow]("AT", lambda row: w.when(row.at), least=w.DATE),
    Column[r.HistoryRow]("FROM", lambda row: w.state_word(row.old_state)),
    Column[r.HistoryRow]("TO", lambda row: w.state_word(row.new_state)),
    Column[r.HistoryRow]("ACTOR", lambda row: row.actor),
    Column[r.HistoryRow]("CAUSE", lambda row: row.cause),
    Column[r.HistoryRow]("REASON", lambda row: w.text(row.reason), least=8),
    Column[r.HistoryRow]("BECAUSE", lambda row: w.text(row.because), least=8),
)
ATTEMPT_COLUMNS: Final = (
    Column[r.AttemptRow]("NUMBER", lambda row: str(row.number), numeric=True),
    Column[r.AttemptRow]("STATE", lambda row: w.state_word(row.state)),
    Column[r.AttemptRow]("EXIT", lambda row: w.text(row.exit_reason)),
    Column[r.AttemptRow]("STARTED", lambda row: w.when(row.started)),
    Column[r.AttemptRow]("TOOK", lambda row: w.duration(row.seconds)),
    Column[r.AttemptRow]("LOG LINES", lambda row: str(row.log_lines), numeric=True),
    Column[r.AttemptRow]("COUNTS", lambda row: "yes" if row.accepted else "no, superseded"),
    Column[r.AttemptRow]("HOST", lambda row: row.host),
    Column[r.AttemptRow]("PID", lambda row: w.text(row.pid), numeric=True),
    Column[r.AttemptRow]("UNIT OF WORK", lambda row: row.uow_id),
    Column[r.AttemptRow]("ATTEMPT", lambda row: str(row.attempt), numeric=True),
)


@command(
    "ls",
    "synergyctl ls FlightsHourly --from 2013010100 --to 2013010123",
    "synergyctl ls --state skipped,in_progress -o json | jq length",
    "synergyctl ls FlightsDaily --newest --limit 7",
)
@click.argument("process", required=False)
@click.option("--from", "first", metavar="PERIOD", help="The first timeperiod, as 2013010114.")
@click.option("--to", "last", metavar="PERIOD", help="The last timeperiod, included.")
@click.option("--state", "states", multiple=True, metavar="S,…", help="Only jobs in these states.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N jobs (default: all).")
@click.option("--newest", is_flag=True, help="Newest first.")
def ls(invocation: Invocation, process: str | None, **filters: object) -> None:
    """List jobs, oldest first; jobs that nothing has touched yet are embryo and listed too."""
    limit = filters.pop("limit")
    states = split_states(_texts(filters.pop("states")))
    request = q.ListJobs(
        process_name=process,
        from_timeperiod=_optional(filters["first"]),
        to_timeperiod=_optional(filters["last"]),
        states=states,
        newest_first=bool(filters["newest"]),
    )
    asyncio.run(_list(invocation, request, limit if isinstance(limit, int) else None))


@command(
    "show", "synergyctl show FlightsHourly@2013010114", "synergyctl show FlightsDaily@2013010100 -o json | jq .state"
)
@click.argument("job")
def show(invocation: Invocation, job: str) -> None:
    """Show one job: its record, why it waits, its neighbours in the trees, its unit of work and its event log."""
    detail = ask(invocation, q.Show(job))
    if invocation.output == "table":
        _write_detail(detail)
    else:
        write_object(invocation.output, flat_detail(detail))


@command(
    "history", "synergyctl history FlightsHourly@2013010114", "synergyctl history FlightsDaily@2013010100 --limit 5"
)
@click.argument("job")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N transitions (default: all).")
def history(invocation: Invocation, job: str, limit: int | None) -> None:
    """List every transition of a job, newest first, with who caused it and why."""
    asyncio.run(_list_history(invocation, job, limit))


@command("attempts", "synergyctl attempts FlightsHourly@2013010114", "synergyctl attempts Report::mail -o json")
@click.argument("job")
def attempts(invocation: Invocation, job: str) -> None:
    """List all attempts of a job or freerun entry, oldest first, with exit, host and times.

    NUMBER counts all attempts of the job, over all its runs; ATTEMPT those of one unit of work.
    """
    rows = ask(invocation, q.Attempts(job)).attempts
    write_rows(invocation.output, ATTEMPT_COLUMNS, rows, empty=f"{job} was never attempted")


async def _list(invocation: Invocation, request: q.ListJobs, limit: int | None) -> None:
    writer = RowWriter(invocation.output, JOB_COLUMNS, empty="no job matches")
    left = limit
    async with connected(invocation) as client:
        more = True
        while more and left != 0:
            size = PAGE if left is None else min(PAGE, left)
            page = await client.call(msgspec.structs.replace(request, limit=size), timeout=ANSWER_SECONDS)
            writer.add(page.jobs)
            left = None if left is None else left - len(page.jobs)
            more = page.more and bool(page.jobs)
            if more:
                last = page.jobs[-1]
                request = msgspec.structs.replace(request, after=f"{last.process_name}@{last.timeperiod}")
    writer.close()


async def _list_history(invocation: Invocation, job: str, limit: int | None) -> None:
    writer = RowWriter(invocation.output, HISTORY_COLUMNS, empty=f"{job} has no history yet")
    offset, more = 0, True
    async with connected(invocation) as client:
        while more and (limit is None or offset < limit):
            size = PAGE if limit is None else min(PAGE, limit - offset)
            page = await client.call(q.JobHistory(job, limit=size, offset=offset), timeout=ANSWER_SECONDS)
            writer.add(page.history)
            offset += len(page.history)
            more = page.more and bool(page.history)
    writer.close()


def flat_detail(detail: r.JobDetail) -> dict[str, object]:
    """The job's own fields beside those of its surroundings: ``.state`` is the job's state."""
    fields = versioned(detail)
    job = fields.pop("job")
    return {"v": fields.pop("v"), **job, **fields}


def _write_detail(detail: r.JobDetail) -> None:
    job = detail.job
    by_hand = ", accepted by hand" if job.accepted_by_hand else ""
    live = "live" if detail.is_live else "closed"
    write_facts(
        {
            "job": f"{job.process_name}@{job.timeperiod}",
            "state": w.state_word(job.state) + by_hand,
            "tree": f"{job.tree_name}, {job.time_qualifier}",
            "period": f"{w.when(detail.period_start)} to {w.when(detail.period_end)} UTC, {live}",
            "runs": f"{job.run}, failures {job.number_of_failures}",
            "changed": w.when(job.changed),
            "unit of work": _uow_line(detail.unit_of_work),
            "parent": _neighbours([detail.parent] if detail.parent else []),
            "children": w.counts(detail.children_counts),
            "dependencies": _neighbours(detail.dependencies),
            "dependants": _neighbours(detail.dependants),
        }
    )
    for reason in detail.waiting_for:
        click.echo(f"waiting for: {reason}")
    unfinished = [
        child for child in detail.children if w.state_word(child.state) not in {"processed", "noop", "skipped"}
    ]
    if unfinished:
        write_section(f"unfinished children ({len(unfinished)})")
        click.echo(_neighbours(unfinished))
    if detail.event_log:
        write_section("event log")
        write_rows("table", HISTORY_COLUMNS, detail.event_log)


def _uow_line(uow: r.Uow | None) -> str:
    if uow is None:
        return w.NOTHING
    reason = f", {uow.exit_reason}" if uow.exit_reason else ""
    return f"{uow.uow_id}, {w.state_word(uow.state)}, attempt {uow.attempt}{reason}"


def _neighbours(rows: Sequence[r.Neighbour]) -> str:
    told = [f"{row.process_name}@{row.timeperiod} {w.state_word(row.state)}" for row in rows]
    return ", ".join(told) or w.NOTHING


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, tuple) else ()


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None
