"""Commands that look at the whole deployment: status, trees, processes, boxes, workers and the collector's queues."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

from synergy.cli import words as w
from synergy.cli.connection import ask
from synergy.cli.output import Column, write_facts, write_object, write_rows, write_section
from synergy.cli.program import Invocation, command
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.counting import counted

OLD_COUNT_SECONDS: Final = 10.0

TREE_COLUMNS: Final = (
    Column[r.TreeRow]("TREE", lambda row: row.tree_name),
    Column[r.TreeRow]("LAG", lambda row: w.duration(row.lag_seconds)),
    Column[r.TreeRow]("INVALID", lambda row: str(row.invalid), numeric=True),
    Column[r.TreeRow]("OLDEST UNFINISHED", lambda row: w.text(row.oldest_unfinished)),
    Column[r.TreeRow]("JOBS", lambda row: w.counts(row.counts)),
    Column[r.TreeRow]("DEPENDENT ON", lambda row: w.text(", ".join(row.dependent_on))),
    Column[r.TreeRow]("PROCESSES", lambda row: ", ".join(row.processes)),
)
PROCESS_COLUMNS: Final = (
    Column[r.ProcessRow]("PROCESS", lambda row: row.process_name),
    Column[r.ProcessRow]("IS", lambda row: "held" if row.held and row.is_on else w.yes_no(row.is_on)),
    Column[r.ProcessRow]("RUNNING", lambda row: str(row.in_progress), numeric=True),
    Column[r.ProcessRow]("INVALID", lambda row: str(row.invalid), numeric=True),
    Column[r.ProcessRow]("REPROCESSING", lambda row: str(row.reprocessing_queue), numeric=True),
    Column[r.ProcessRow]("NEXT PERIOD", lambda row: w.text(row.next_timeperiod)),
    Column[r.ProcessRow]("NEXT RUN IN", lambda row: w.duration(row.next_run_in)),
    Column[r.ProcessRow]("TRIGGER", lambda row: row.trigger_frequency),
    Column[r.ProcessRow]("JOBS", lambda row: w.counts(row.counts)),
    Column[r.ProcessRow]("QUALIFIER", lambda row: row.time_qualifier),
    Column[r.ProcessRow]("MACHINE", lambda row: row.state_machine),
    Column[r.ProcessRow]("BLOCKING", lambda row: row.blocking_type),
    Column[r.ProcessRow]("TREE", lambda row: row.tree_name),
)
WORKER_COLUMNS: Final = (
    Column[r.WorkerRow]("BOX", lambda row: row.box_id),
    Column[r.WorkerRow]("KIND", lambda row: row.kind),
    Column[r.WorkerRow]("PID", lambda row: str(row.pid), numeric=True),
    Column[r.WorkerRow]("IS", lambda row: "up" if row.up else "down"),
    Column[r.WorkerRow]("CPU %", lambda row: f"{row.cpu_percent:.0f}", numeric=True),
    Column[r.WorkerRow]("RSS", lambda row: w.size(row.rss_bytes), numeric=True),
    Column[r.WorkerRow]("WORKS ON", lambda row: w.text(row.uow_id or row.process_name or row.detail)),
    Column[r.WorkerRow]("SINCE", lambda row: w.when(row.since)),
    Column[r.WorkerRow]("HOST", lambda row: row.host),
)
COLLECTOR_COLUMNS: Final = (
    Column[r.CollectorRow]("UNIT OF WORK", lambda row: row.uow_id),
    Column[r.CollectorRow]("ATTEMPT", lambda row: str(row.attempt), numeric=True),
    Column[r.CollectorRow]("RELEASE IN", lambda row: w.duration(row.release_in)),
    Column[r.CollectorRow]("GIVES UP IN", lambda row: "gave up" if row.gave_up else w.duration(row.gives_up_in)),
    Column[r.CollectorRow]("REASON", lambda row: w.text(row.exit_reason)),
    Column[r.CollectorRow]("STATE", lambda row: w.state_word(row.state)),
)
BOX_COLUMNS: Final = (
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]]("BOX", lambda pair: pair[0].box_id),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]]("HOST", lambda pair: pair[0].host),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]]("IS", lambda pair: pair[0].state),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]]("SLOTS", lambda pair: f"{pair[0].running}/{pair[0].slots}"),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]](
        "DAEMON PROCESS", lambda pair: pair[1].process_name if pair[1] else w.NOTHING
    ),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]]("STATE", lambda pair: pair[1].state if pair[1] else w.NOTHING),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]](
        "PID", lambda pair: w.text(pair[1].pid if pair[1] else None), numeric=True
    ),
    Column[tuple[r.BoxRow, r.BoxProcessRow | None]]("SINCE", lambda pair: w.when(pair[1].since if pair[1] else None)),
)


@command(
    "status", "synergyctl status", "synergyctl status --check && echo healthy", "synergyctl status -o json | jq .jobs"
)
@click.option("--check", is_flag=True, help="Exit 1 when something needs an operator, or no supervisor is alive yet.")
def status(invocation: Invocation, *, check: bool) -> int:
    """Show the deployment's health: daemon, store, broker, clock, counts of jobs and units of work, workers, lag."""
    answer = ask(invocation, q.Status())
    if invocation.output == "table":
        _write_status(answer)
    else:
        write_object(invocation.output, answer)
    healthy = answer.store.up and answer.broker.up and not answer.problems and not answer.notes
    return 1 if check and not healthy else 0


@command("trees", "synergyctl trees", "synergyctl trees -o json | jq '.[].tree_name'")
def trees(invocation: Invocation) -> None:
    """List the trees with their jobs' states and what is late."""
    write_rows(invocation.output, TREE_COLUMNS, ask(invocation, q.Trees()).trees)


@command("processes", "synergyctl processes", "synergyctl processes -o jsonl")
def processes(invocation: Invocation) -> None:
    """List the managed processes: trigger, on or off, next run, state machine, blocking type, queues."""
    write_rows(invocation.output, PROCESS_COLUMNS, ask(invocation, q.Processes()).processes)


@command("boxes", "synergyctl boxes", "synergyctl boxes -o json")
def boxes(invocation: Invocation) -> None:
    """List the boxes and the daemon processes supervised on them."""
    rows = ask(invocation, q.Boxes()).boxes
    if invocation.output == "table":
        pairs = [(row, process) for row in rows for process in row.processes or (None,)]
        write_rows(invocation.output, BOX_COLUMNS, pairs)
    else:
        write_rows(invocation.output, (), rows)


@command("workers", "synergyctl workers", "synergyctl workers -o json | jq 'map(.rss_bytes) | add'")
def workers(invocation: Invocation) -> None:
    """List the supervisors and their child processes with their footprint."""
    write_rows(invocation.output, WORKER_COLUMNS, ask(invocation, q.Workers()).workers)


def show_collector(invocation: Invocation) -> None:
    """Print the collector's queues."""
    answer = ask(invocation, q.Collector())
    if invocation.output != "table":
        write_object(invocation.output, answer)
        return
    write_facts({"last run": w.when(answer.last_run), "next run in": w.duration(answer.next_run_in)})
    write_section(f"reprocessing queue ({len(answer.queued)})")
    write_rows(invocation.output, COLLECTOR_COLUMNS, answer.queued, empty="the queue is empty")


def _write_status(answer: r.Status) -> None:
    clock = answer.clock
    speed = "" if clock.speed == 1 else f", {clock.speed:g} times as fast as real time"
    timetable = f"{answer.synergy_start_timeperiod} to {answer.synergy_end_timeperiod or 'now'}"
    write_facts(
        {
            "daemon": f"{answer.state}, pid {answer.pid}, since {w.when(answer.started)}, version {answer.version}",
            "store": _component(answer.store),
            "broker": _component(answer.broker),
            "schedule time": f"{w.when(clock.schedule_time)} UTC{speed}",
            "timetable": timetable,
            "jobs": w.counts(answer.jobs),
            "units of work": w.counts(answer.uows) + _counted_before(answer),
            "workers": f"{counted(answer.workers, 'worker')} of {counted(answer.supervisors, 'supervisor')}, "
            f"slots {answer.running}/{answer.slots}",
            "queued": f"{answer.queued:,}",
            "lag": f"{w.duration(answer.lag_seconds)}, oldest unfinished {w.text(answer.oldest_unfinished)}",
            "footprint": f"{w.size(answer.rss_bytes)}, {w.duration(answer.cpu_seconds)} of CPU",
        }
    )
    if answer.draining:
        click.echo(f"draining, nothing is started: {answer.draining}; synergyctl resume ends that")
    if answer.holds or answer.batches:
        told = f"{counted(answer.holds, 'hold')} and {counted(answer.batches, 'batch', 'batches')} in force"
        click.echo(f"{told}; see synergyctl directives")
    if answer.inactive:
        are = "process is" if answer.inactive == 1 else "processes are"
        click.echo(f"{answer.inactive} {are} off; see synergyctl processes")
    for problem in answer.problems:
        click.echo(f"problem: {problem}")
    if any("@" in one for one in answer.about):
        click.echo("what it keeps, and what helps: synergyctl why --all")
    for note in answer.notes:
        click.echo(f"note: {note}")


def _counted_before(answer: r.Status) -> str:
    """How old the counts are, where they are old: a store that has much to do counts seldom."""
    if answer.uows_at is None:
        return ""
    seconds = (datetime.fromisoformat(answer.clock.real_time) - datetime.fromisoformat(answer.uows_at)).total_seconds()
    return f", counted {w.duration(seconds)} before" if seconds >= OLD_COUNT_SECONDS else ""


def _component(component: r.Component) -> str:
    state = "up" if component.up else "DOWN"
    detail = f", {component.detail}" if component.detail else ""
    return f"{state} since {w.when(component.since)}, {component.url}{detail}"
