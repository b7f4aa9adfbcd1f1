"""The logs of several jobs as one, ordered by time, each line behind the job it is of.

Of each log a page is held at a time, however long they are.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q

PAGE: Final = 1000

Ask = Callable[[q.Logs], Awaitable[r.LogPage]]
"""Sends a request to the daemon; raises SynergyError."""


class JobLine(r.LogRow, frozen=True, kw_only=True):
    """A line, and whose it is: the job, entry or unit of work as it was named."""

    job: str


class OneOf:
    """One of the logs: how far it was read, and ``lines``, what was read of it and is not handed out yet.

    Args:
        attempt: its number; None: the newest one's log.
        tail: begin so many lines before the end; None: at the beginning.
    """

    def __init__(self, name: str, target: str, attempt: int | None = None, tail: int | None = None) -> None:
        self.name = name
        self.lines: deque[JobLine] = deque()
        self.page: r.LogPage | None = None
        self._request = q.Logs(target, attempt, first_line=-tail if tail else 0, limit=PAGE)
        self._at = ""

    @property
    def is_live(self) -> bool:
        """Whether its attempt was running when it was last read."""
        return self.page is not None and self.page.live

    @property
    def is_read(self) -> bool:
        """Whether it was read to the end that was known then."""
        return self.page is not None and (not self.page.lines or self._request.first_line >= self.page.total)

    async def read(self, ask: Ask) -> None:
        """Read a page more; a line without a time has that of the line before."""
        self.page = page = await ask(self._request)
        for row in page.lines:
            self._at = row.at or self._at
            self.lines.append(JobLine(row.line, self._at, row.stream, row.level, row.text, job=self.name))
        end = page.first_line + len(page.lines)
        self._request = replace(self._request, number=page.number, first_line=end)

    async def grown(self, ask: Ask) -> list[JobLine]:
        """All that was added since it was read."""
        await self.read(ask)
        while not self.is_read:
            await self.read(ask)
        found = list(self.lines)
        self.lines.clear()
        return found


async def in_order(ask: Ask, logs: Sequence[OneOf]) -> AsyncIterator[JobLine]:
    """All lines that are there, by their times; of one time in the order of the logs."""
    heads: list[tuple[str, int]] = []

    async def offer(index: int) -> None:
        log = logs[index]
        if not log.lines and not log.is_read:
            await log.read(ask)
        if log.lines:
            heapq.heappush(heads, (log.lines[0].at, index))

    for index in range(len(logs)):
        await offer(index)
    while heads:
        _, index = heapq.heappop(heads)
        yield logs[index].lines.popleft()
        await offer(index)
