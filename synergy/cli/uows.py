"""Commands that look at units of work: uows and uow."""

from __future__ import annotations

import asyncio
from typing import Final

import click
import msgspec

from synergy.cli import words as w
from synergy.cli.connection import ANSWER_SECONDS, ask, connected
from synergy.cli.kills import kill_words
from synergy.cli.output import Column, RowWriter, write_facts, write_object
from synergy.cli.program import Invocation, command
from synergy.cli.targets import split_states
from synergy.core.control import replies as r
from synergy.core.control import requests as q

PAGE: Final = 500
COLUMNS: Final = (
    Column[r.Uow]("UNIT OF WORK", lambda uow: uow.uow_id),
    Column[r.Uow]("STATE", lambda uow: w.state_word(uow.state)),
    Column[r.Uow]("EXIT", lambda uow: w.text(uow.exit_reason), least=10),
    Column[r.Uow]("STARTED", lambda uow: w.when(uow.started), least=w.DATE),
    Column[r.Uow]("FINISHED", lambda uow: w.when(uow.finished), least=w.DATE),
    Column[r.Uow]("ATTEMPT", lambda uow: str(uow.attempt), numeric=True),
    Column[r.Uow]("READ", lambda uow: f"{uow.number_of_processed_documents:,}", numeric=True),
    Column[r.Uow]("WRITTEN", lambda uow: f"{uow.number_of_aggregated_documents:,}", numeric=True),
    Column[r.Uow]("BOX", lambda uow: w.text(uow.box_id)),
    Column[r.Uow]("CREATED", lambda uow: w.when(uow.created), least=w.DATE),
)


@command("uows", "synergyctl uows --state invalid", "synergyctl uows --process FlightsHourly --limit 10 -o jsonl")
@click.option("--state", "states", multiple=True, metavar="S,…", help="Only units of work in these states.")
@click.option("--process", metavar="PROCESS", help="Only those of this process.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N (default: all).")
def uows(invocation: Invocation, states: tuple[str, ...], process: str | None, limit: int | None) -> None:
    """List units of work, newest first."""
    request = q.ListUows(states=split_states(states), process_name=process)
    asyncio.run(_list(invocation, request, limit))


@command("uow", "synergyctl uow FlightsHourly@2013010114.1", "synergyctl uow FlightsHourly@2013010114.1 -o json")
@click.argument("uow_id", metavar="ID")
def uow(invocation: Invocation, uow_id: str) -> None:
    """Show one unit of work."""
    answer = ask(invocation, q.ShowUow(uow_id))
    if invocation.output == "table":
        _write(answer)
    else:
        write_object(invocation.output, answer)


async def _list(invocation: Invocation, request: q.ListUows, limit: int | None) -> None:
    writer = RowWriter(invocation.output, COLUMNS, empty="no unit of work matches")
    left, more = limit, True
    async with connected(invocation) as client:
        while more and left != 0:
            size = PAGE if left is None else min(PAGE, left)
            page = await client.call(msgspec.structs.replace(request, limit=size), timeout=ANSWER_SECONDS)
            writer.add(page.uows)
            left = None if left is None else left - len(page.uows)
            more = page.more and bool(page.uows)
            if more:
                request = msgspec.structs.replace(request, before=page.uows[-1].uow_id)
    writer.close()


def _write(uow: r.Uow) -> None:
    flags = [word for word, on in (("cancel requested", uow.cancel_requested), ("gave up", uow.gave_up)) if on]
    write_facts(
        {
            "unit of work": uow.uow_id,
            "state": ", ".join([w.state_word(uow.state), *flags]),
            "exit": w.text(uow.exit_reason),
            "attempt": f"{uow.attempt}, retries {uow.retries}",
            "covers": f"{uow.start_timeperiod} up to, not including {uow.end_timeperiod}",
            "data": f"{w.text(uow.start_id)} to {w.text(uow.end_id)}",
            "source, sink": f"{w.text(uow.source)}, {w.text(uow.sink)}",
            "arguments": ", ".join(f"{key}={value}" for key, value in uow.arguments.items()) or w.NOTHING,
            "created": w.when(uow.created),
            "submitted": w.when(uow.submitted),
            "started": w.when(uow.started),
            "finished": w.when(uow.finished),
            "documents": f"{uow.number_of_processed_documents:,} read, {uow.number_of_aggregated_documents:,} written",
            "worker": f"box {w.text(uow.box_id)}, pid {w.text(uow.pid)}",
            **({"ended by": kill_words(uow.kill)} if uow.kill else {}),
            **({"outlive KILL": f"pids {', '.join(map(str, uow.alive))}"} if uow.alive else {}),
        }
    )
