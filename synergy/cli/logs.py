"""The command ``logs``: the lines of one attempt, and with ``-f`` those to come until the attempt ends."""

from __future__ import annotations

import asyncio
from typing import Final

import click
import msgspec

from synergy.cli.connection import ANSWER_SECONDS, Updates, connected, subscribed
from synergy.cli.log_lines import LineWriter
from synergy.cli.merged_logs import print_merged
from synergy.cli.own_logs import print_own
from synergy.cli.program import Invocation, command
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument

PAGE: Final = 1000
LOOK_SECONDS: Final = 5.0
"""After this long without an event a followed log is read anyway: an event may have been dropped."""


@command(
    "logs",
    "synergyctl logs FlightsHourly@2013010114",
    "synergyctl logs FlightsHourly@2013010114 --attempt 2 --times",
    "synergyctl logs -f Report::mail",
    "synergyctl logs FlightsHourly@2013010114 WeatherHourly@2013010114 --times",
    "synergyctl logs --daemon -f",
    "synergyctl logs --daemon supervisor@box-2 --tail 50 --times",
)
@click.argument("targets", nargs=-1, metavar="[JOB]…")
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until the attempt ends.")
@click.option(
    "--attempt",
    type=click.IntRange(min=1),
    metavar="N",
    help="Which of all attempts of the job, over all its runs, as `attempts` numbers them (default: the last).",
)
@click.option(
    "--daemon",
    is_flag=True,
    help="A log of the deployment's own instead of a job's: the daemon's, or the one that is named in place of JOB,"
    " supervisor@BOX or PROCESS@BOX (default: its last 1000 lines).",
)
@click.option("--tail", type=click.IntRange(min=1), metavar="N", help="Only the last N lines.")
@click.option("--times", is_flag=True, help="Put time, stream and level before each line.")
def logs(  # noqa: PLR0913 - each option of the command is one
    invocation: Invocation, targets: tuple[str, ...], attempt: int | None, tail: int | None,
    *, follow: bool, daemon: bool, times: bool,
) -> None:  # fmt: skip
    """Print the log of a job's, an entry's or a unit of work's attempt, or one of the deployment's own.

    Of several jobs, entries or units of work: all their lines by time, each behind what it is of.
    """
    target, several = (targets[0] if targets else None), len(dict.fromkeys(targets)) > 1
    if several and (daemon or attempt is not None):
        option = "--daemon" if daemon else "--attempt"
        raise InvalidArgument(f"{option} is of one log, and {len(targets)} are named", remedy="name one")
    if daemon:
        if attempt is not None:
            raise InvalidArgument("--attempt is of a job, --daemon of no job", remedy="give one of them")
        asyncio.run(print_own(invocation, target, tail, follow=follow, times=times))
        return
    if target is None:
        raise InvalidArgument("no JOB is named", remedy="name one, PROCESS@TIMEPERIOD, or give --daemon")
    if several:
        asyncio.run(print_merged(invocation, tuple(dict.fromkeys(targets)), tail, follow=follow, times=times))
        return
    request = q.Logs(target, number=attempt, first_line=-tail if tail else 0, limit=PAGE)
    asyncio.run(_print(invocation, request, follow=follow, times=times))


async def _print(invocation: Invocation, request: q.Logs, *, follow: bool, times: bool) -> None:
    output = "jsonl" if follow and invocation.output == "json" else invocation.output
    writer = LineWriter(output, times=times)
    async with connected(invocation) as client:
        if follow:
            async with subscribed(client) as updates:
                await _follow(client, updates, request, writer)
        else:
            page = await _read_on(client, request, writer)
            if not page.total and invocation.output == "table":
                click.echo(_why_empty(page), err=True)
    writer.close()


def _why_empty(page: r.LogPage) -> str:
    if page.live:
        return "no lines were logged yet"
    return "no lines were logged" + (f"; the attempt ended: {page.exit_reason}" if page.exit_reason else "")


async def _follow(client: ControlClient, updates: Updates, request: q.Logs, writer: LineWriter) -> None:
    """Read what is there, then each time something was announced, until the attempt is over and read to its end."""
    page = await _read_on(client, request, writer)
    await client.call(q.FollowLog(page.uow_id), timeout=ANSWER_SECONDS)
    while page.live:
        request = msgspec.structs.replace(request, number=page.number, first_line=page.first_line + len(page.lines))
        page = await _read_on(client, request, writer)
        if page.live:
            await updates.wait(LOOK_SECONDS)
    if page.exit_reason:
        click.echo(f"attempt {page.number} of {request.target} ended: {page.exit_reason}", err=True)


async def _read_on(client: ControlClient, request: q.Logs, writer: LineWriter) -> r.LogPage:
    """Write every line stored from the request's first line on; returns the last page."""
    while True:
        page = await client.call(request, timeout=ANSWER_SECONDS)
        writer.add(page.lines)
        end = page.first_line + len(page.lines)
        if not page.lines or end >= page.total:
            return page
        request = msgspec.structs.replace(request, number=page.number, first_line=end)
