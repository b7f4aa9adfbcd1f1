"""``logs JOB JOB…``: the logs of several jobs as one, ordered by time, each line behind the job it is of.

Of each log a page is held at a time, however long they are.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Final

import click
from msgspec.structs import replace

from synergy.cli.connection import ANSWER_SECONDS, Updates, connected, subscribed
from synergy.cli.output import Column, RowWriter
from synergy.cli.program import Invocation
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q

PAGE: Final = 1000
LOOK_SECONDS: Final = 5.0
"""After this long without an event followed logs are read anyway: an event may have been dropped."""


class JobLine(r.LogRow, frozen=True, kw_only=True):
    """A line, and whose it is: the job, entry or unit of work as it was named."""

    job: str


_NO_COLUMNS: Final[tuple[Column[JobLine], ...]] = ()


class OneOf:
    """One of the logs: how far it was read, and ``lines``, what was read of it and is not written yet."""

    def __init__(self, name: str, tail: int | None) -> None:
        self.name = name
        self.lines: deque[JobLine] = deque()
        self.page: r.LogPage | None = None
        self._request = q.Logs(name, first_line=-tail if tail else 0, limit=PAGE)
        self._at = ""

    @property
    def is_live(self) -> bool:
        """Whether its attempt was running when it was last read."""
        return self.page is not None and self.page.live

    @property
    def is_read(self) -> bool:
        """Whether it was read to the end that was known then."""
        return self.page is not None and (not self.page.lines or self._request.first_line >= self.page.total)

    async def read(self, client: ControlClient) -> None:
        """Read a page more; a line without a time has that of the line before."""
        self.page = page = await client.call(self._request, timeout=ANSWER_SECONDS)
        for row in page.lines:
            self._at = row.at or self._at
            self.lines.append(JobLine(row.line, self._at, row.stream, row.level, row.text, job=self.name))
        end = page.first_line + len(page.lines)
        self._request = replace(self._request, number=page.number, first_line=end)

    async def grown(self, client: ControlClient) -> list[JobLine]:
        """All that was added since it was read."""
        await self.read(client)
        while not self.is_read:
            await self.read(client)
        found = list(self.lines)
        self.lines.clear()
        return found


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
    """Print the logs as one, and with ``follow`` what comes until all the attempts have ended."""
    printer = Printer("jsonl" if follow and invocation.output == "json" else invocation.output, names, times=times)
    logs = [OneOf(name, tail) for name in names]
    async with connected(invocation) as client:
        if follow:
            async with subscribed(client) as updates:
                await _print_all(client, logs, printer, tail)
                await _follow(client, updates, logs, printer)
        else:
            await _print_all(client, logs, printer, tail)
    printer.close()
    if not printer.written and invocation.output == "table":
        click.echo("no lines were logged", err=True)


async def _print_all(client: ControlClient, logs: Sequence[OneOf], printer: Printer, tail: int | None) -> None:
    lines: list[JobLine] = []
    async for line in _in_order(client, logs):
        lines.append(line)
        if tail is None and len(lines) >= PAGE:
            printer.add(lines)
            lines = []
    printer.add(lines[-tail:] if tail else lines)


async def _in_order(client: ControlClient, logs: Sequence[OneOf]) -> AsyncIterator[JobLine]:
    """All lines that are there, by their times; of one time in the order of the logs."""
    heads: list[tuple[str, int]] = []

    async def offer(index: int) -> None:
        log = logs[index]
        if not log.lines and not log.is_read:
            await log.read(client)
        if log.lines:
            heapq.heappush(heads, (log.lines[0].at, index))

    for index in range(len(logs)):
        await offer(index)
    while heads:
        _, index = heapq.heappop(heads)
        yield logs[index].lines.popleft()
        await offer(index)


async def _follow(client: ControlClient, updates: Updates, logs: Sequence[OneOf], printer: Printer) -> None:
    """Write what is added, each time something was announced, until all attempts are over and read to their ends."""
    live = [log for log in logs if log.is_live]
    for log in live:
        if log.page is not None:
            await client.call(q.FollowLog(log.page.uow_id), timeout=ANSWER_SECONDS)
    while live:
        lines = [line for log in live for line in await log.grown(client)]
        printer.add(sorted(lines, key=lambda line: line.at))
        for log in live:
            if log.page is not None and not log.is_live:
                reason = f": {log.page.exit_reason}" if log.page.exit_reason else ""
                click.echo(f"attempt {log.page.number} of {log.name} ended{reason}", err=True)
        live = [log for log in live if log.is_live]
        if live:
            await updates.wait(LOOK_SECONDS)
