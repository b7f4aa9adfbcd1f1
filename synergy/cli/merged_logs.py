"""``logs JOB JOB…``: the logs of several jobs as one, printed and followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from synergy.cli.connection import ANSWER_SECONDS, Updates, connected, subscribed
from synergy.cli.failures import tell
from synergy.cli.output import Column, RowWriter
from synergy.cli.program import Invocation
from synergy.client import ControlClient
from synergy.client.merged_logs import PAGE, Ask, JobLine, OneOf, in_order
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CallerError

LOOK_SECONDS: Final = 5.0
"""After this long without an event followed logs are read anyway: an event may have been dropped."""


_NO_COLUMNS: Final[tuple[Column[JobLine], ...]] = ()


class Printer:
    """Writes lines of several logs: each behind its job's name, or as JSON."""

    def __init__(self, output: str, names: Sequence[str], *, times: bool) -> None:
        self._rows = None if output == "table" else RowWriter[JobLine](output, _NO_COLUMNS)
        self._width = max(map(len, names))
        self._times = times
        self.written = 0

    def add(self, lines: Sequence[JobLine]) -> None:
        """Write some lines."""
        self.written += len(lines)
        if self._rows is not None:
            self._rows.add(lines)
            return
        for line in lines:
            before = f"{line.at or '-'} {line.stream} {line.level or '-'} " if self._times else ""
            click.echo(f"{line.job:<{self._width}} {before}{line.text}")

    def close(self) -> None:
        """End the list."""
        if self._rows is not None:
            self._rows.close()


async def print_merged(
    invocation: Invocation, names: Sequence[str], tail: int | None, *, follow: bool, times: bool
) -> None:
    """Print the logs as one, and with ``follow`` what comes until all the attempts have ended.

    Raises:
        CallerError: one of them cannot be read, as its job has not run yet; what the others have is printed before.
    """
    printer = Printer("jsonl" if follow and invocation.output == "json" else invocation.output, names, times=times)
    async with connected(invocation) as client:
        logs, problems = await _readable(client, [OneOf(name, name, tail=tail) for name in names])
        if follow:
            async with subscribed(client) as updates:
                await _print_all(client, logs, printer, tail)
                await _follow(client, updates, logs, printer)
        else:
            await _print_all(client, logs, printer, tail)
    printer.close()
    if logs and not printer.written and invocation.output == "table":
        click.echo("no lines were logged", err=True)
    for problem in problems[:-1]:
        tell(problem, as_json=invocation.as_json)
    if problems:
        raise problems[-1]


async def _readable(client: ControlClient, logs: Sequence[OneOf]) -> tuple[list[OneOf], list[CallerError]]:
    """Those that can be read, their first page taken, and why the others cannot."""
    found: list[OneOf] = []
    problems: list[CallerError] = []
    for log in logs:
        try:
            await log.read(_asks(client))
        except CallerError as problem:
            problems.append(problem)
        else:
            found.append(log)
    return found, problems


def _asks(client: ControlClient) -> Ask:
    async def ask(request: q.Logs) -> r.LogPage:
        return await client.call(request, timeout=ANSWER_SECONDS)

    return ask


async def _print_all(client: ControlClient, logs: Sequence[OneOf], printer: Printer, tail: int | None) -> None:
    lines: list[JobLine] = []
    async for line in in_order(_asks(client), logs):
        lines.append(line)
        if tail is None and len(lines) >= PAGE:
            printer.add(lines)
            lines = []
    printer.add(lines[-tail:] if tail else lines)


async def _follow(client: ControlClient, updates: Updates, logs: Sequence[OneOf], printer: Printer) -> None:
    """Write what is added, each time something was announced, until all attempts are over and read to their ends."""
    ask = _asks(client)
    live = [log for log in logs if log.is_live]
    for log in live:
        if log.page is not None:
            await client.call(q.FollowLog(log.page.uow_id), timeout=ANSWER_SECONDS)
    while live:
        lines = [line for log in live for line in await log.grown(ask)]
        printer.add(sorted(lines, key=lambda line: line.at))
        for log in live:
            if log.page is not None and not log.is_live:
                reason = f": {log.page.exit_reason}" if log.page.exit_reason else ""
                click.echo(f"attempt {log.page.number} of {log.name} ended{reason}", err=True)
        live = [log for log in live if log.is_live]
        if live:
            await updates.wait(LOOK_SECONDS)
