"""How several logs are read as one: their ends first, what is older of all of them alike, what is added, what is saved.

What is not read is counted in the title; where reading stops before what was asked for, a toast says how to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from synergy.client.merged_logs import OneOf, in_order
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CallerError, SynergyError
from synergy.tui.desk import Desk
from synergy.tui.feed import first_of
from synergy.tui.model.formats import short_moment
from synergy.tui.model.log_buffer import PAGE, TOO_FAR_BEHIND
from synergy.tui.model.log_targets import read_attempt, read_names
from synergy.tui.model.merged_log import MergedBuffer
from synergy.tui.model.trail import Place
from synergy.tui.screens.log_looking import Looking

FIRST_PAGES: Final = 20
"""So many older pages are read at most for who goes to the beginning, to a time or to a match."""


class MergedPaging(Looking):
    """``place.target`` names jobs, entries or units of work; of each the newest attempt's log is read."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.names = read_names(place.target)
        self.problems: dict[int, str] = {}

    @property
    def buffer(self) -> MergedBuffer:
        """The lines of all logs."""
        assert isinstance(self.view.buffer, MergedBuffer)  # noqa: S101 - see MergedScreen.body
        return self.view.buffer

    # What is older

    async def read_older(self) -> None:
        """See ReadingLines: of those logs that are held the shortest way back."""
        logs = self.buffer.logs
        wanted = {at: (max(0, logs[at].first - PAGE), min(logs[at].first, PAGE)) for at in self.buffer.behind()}
        befores = {at: logs[at].first for at in wanted}
        pages = await self._pages(wanted)
        others = {at for at, page in pages.items() if self.buffer.is_other(at, page)}
        self.take(pages)
        for index in befores.keys() - others:
            if logs[index].first == befores[index]:  # they went with their month, or all of the job has gone
                self.view.change(partial(self.buffer.end_at, index), to_end=False)

    async def read_first(self) -> None:
        """To the beginning of all logs, or a good way towards it."""
        for _ in range(FIRST_PAGES):
            if not self.buffer.has_older:
                break
            await self.read_older()
        else:
            self.tell_unread()
        self.view.go(0)

    async def go_to_time(self, stamp: str, *, is_end: bool) -> None:
        """See ReadingLines; the ends are read, or what is older until the time is reached, up to a limit."""
        del is_end
        self.following = False
        newest = self.buffer.newest
        if newest is not None and newest.at < stamp:
            self.take(await self.ends())
        for _ in range(FIRST_PAGES):
            if self._is_known_from(stamp):
                break
            await self.read_older()
        if not self._is_known_from(stamp):
            self.tell_unread()
        self.chrome()

    def _is_known_from(self, stamp: str) -> bool:
        oldest = self.buffer.oldest
        return not self.buffer.has_older or oldest is None or oldest.at < stamp

    def tell_unread(self) -> None:
        """Say where reading stopped before what was asked for, and how it goes on."""
        unread, oldest = self.buffer.lines_in_all - self.buffer.end, self.buffer.oldest
        if not self.buffer.has_older or oldest is None:
            return
        since = short_moment(oldest.at, self.desk.style.zone)
        told = f"Read back to {since}; {unread:,} lines are not shown yet: home reads on, S saves all of them."
        self.notify(told, severity="warning", markup=False)

    # The ends, and what is added to them

    async def ends(self, lines: int = PAGE) -> dict[int, r.LogPage]:
        """The last lines of each log."""
        return await self._pages(dict.fromkeys(range(len(self.names)), (-lines, lines)))

    async def newest_stamp(self) -> str:
        """See ReadingLines."""
        pages = await self.ends(1)
        return max((row.at for page in pages.values() for row in page.lines), default="")

    async def look_at_ends(self) -> None:
        """Learn of those that grow how long they are by now."""
        logs = self.buffer.logs
        live = {at: (logs[at].end, 1) for at in self._growing() if logs[at].is_live}
        for index, page in (await self._pages(live)).items():
            self.buffer.look_at(index, page)

    async def read_added(self, *, to_end: bool, far: int = TOO_FAR_BEHIND) -> None:
        """All that was added to each log; one that grew by more than ``far`` lines is joined at its end."""
        logs, wanted = self.buffer.logs, self._growing()
        while wanted:
            pages = await self._pages({at: (logs[at].end, PAGE) for at in wanted})
            joined = {at: page.total - logs[at].end for at, page in pages.items() if page.total - logs[at].end > far}
            if joined and not to_end:
                told = f"{sum(joined.values()):,} lines were added; the last ones are shown, pageup reads the others."
                self.notify(told, severity="warning")
            pages |= await self._pages(dict.fromkeys(joined, (-PAGE, PAGE)))
            self.take(pages, to_end=to_end)
            wanted = [at for at, page in pages.items() if page.lines and logs[at].end < page.total]

    def _growing(self) -> Collection[int]:
        logs = enumerate(self.buffer.logs)
        return [at for at, log in logs if at not in self.problems and (log.is_live or log.end < log.total)]

    # All of it

    async def all_lines(self) -> AsyncIterator[Sequence[str]]:
        """See ReadingLines; of those logs that can be read."""
        readable = [name for index, name in enumerate(self.names) if index not in self.problems]
        logs = [OneOf(name, *read_attempt(name)) for name in readable]
        lines: list[str] = []
        async for row in in_order(self.desk.feed.call, logs):
            lines.append(f"{row.at} {row.job} {row.text}" if self.view.times and row.at else f"{row.job} {row.text}")
            if len(lines) == PAGE:
                yield lines
                lines = []
        if lines:
            yield lines

    # Pages

    def take(self, pages: Mapping[int, r.LogPage], *, to_end: bool = False) -> None:
        """Show pages of some of the logs."""

        def take() -> None:
            for index, page in pages.items():
                self.buffer.take_of(index, page)

        self.view.change(take, to_end=to_end)

    async def _pages(self, wanted: Mapping[int, tuple[int, int]]) -> dict[int, r.LogPage]:
        """Pages of some of the logs, first lines and limits by their indexes; of what has none the border says why."""
        found: dict[int, r.LogPage] = {}
        await self.each(self._page(found, index, first, limit) for index, (first, limit) in wanted.items())
        return found

    async def _page(self, found: dict[int, r.LogPage], index: int, first: int, limit: int) -> None:
        try:
            page = await self._ask(index, first, limit)
            if first >= 0 and self.buffer.is_other(index, page):
                page = await self._ask(index, -PAGE, PAGE)
        except CallerError as problem:
            self.tell_missing(index, problem)
        else:
            found[index] = page
            if self.problems.pop(index, None) is not None:
                self.view.change(partial(self.buffer.reopen, index), to_end=False)

    async def _ask(self, index: int, first: int, limit: int) -> r.LogPage:
        return await self.desk.feed.call(q.Logs(*read_attempt(self.names[index]), first, limit))

    def tell_missing(self, index: int, problem: CallerError) -> None:
        """One of the logs cannot be read: the border says why as long as it is so."""
        if self.problems.get(index) != problem.message:
            self.notify(str(problem), severity="warning", markup=False)
        self.problems[index] = problem.message

    async def each(self, asking: Iterable[Coroutine[None, None, None]]) -> None:
        """Ask for something of several logs at once.

        Raises:
            SynergyError: the first that one of them was answered with.
        """
        failed: SynergyError | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                for one in asking:
                    tasks.create_task(one)
        except* SynergyError as problems:
            failed = first_of(problems)
        if failed is not None:
            raise failed
