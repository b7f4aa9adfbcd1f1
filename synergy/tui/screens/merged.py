"""The logs of several jobs as one, ordered by time and followed live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from textual.app import ComposeResult

from synergy.client.merged_logs import OneOf, in_order
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CallerError, SynergyError
from synergy.tui.desk import Desk
from synergy.tui.feed import first_of
from synergy.tui.model.log_buffer import PAGE, TOO_FAR_BEHIND
from synergy.tui.model.log_lens import Held
from synergy.tui.model.log_targets import is_of, read_attempt, read_names, short_names
from synergy.tui.model.matches import Matches, match_from
from synergy.tui.model.merged_log import MergedBuffer
from synergy.tui.model.reducer import Step
from synergy.tui.model.sheets import lines_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.log_looking import Looking
from synergy.tui.widgets.log_view import LogView, Source

FIRST_PAGES: Final = 20
"""So many older pages are read at most for who goes to the beginning."""

_COLORS: Final = ("in-progress", "requested", "processed", "final-run", "skipped", "noop")


class MergedScreen(Looking):
    """``place.target`` names jobs, entries or units of work; of each the newest attempt's log is read."""

    screen_name = "merged"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._names = read_names(place.target)
        self._problems: dict[int, str] = {}
        self._followed: set[str] = set()

    def body(self) -> ComposeResult:
        """The lines, each behind the name of its log."""
        view = LogView(MergedBuffer(len(self._names)), id="main")
        short = short_names(self._names)
        view.name_sources([Source(name, _COLORS[at % len(_COLORS)]) for at, name in enumerate(short)])
        yield view

    @property
    def buffer(self) -> MergedBuffer:
        """The lines of all logs."""
        assert isinstance(self.view.buffer, MergedBuffer)  # noqa: S101 - see body
        return self.view.buffer

    async def read(self) -> None:
        """The ends of all logs, or what was added to each, or what is older."""
        wants, self.wants = self.wants, "growth"
        if wants == "growth":
            await self._read_growth()
        elif wants in {"last", "newer"}:
            self._take(await self._ends(), to_end=True)
            self.view.empty = "\n".join((*self._problems.values(), self._why_empty()))
        else:
            for _ in range(FIRST_PAGES if wants == "first" else 1):
                await self.read_older()
            if wants == "first":
                self.view.go(0)
        await self._follow()

    def _why_empty(self) -> str:
        if any(log.is_live for log in self.buffer.logs):
            return "Nothing was written yet; what the attempts write will stand here."
        return f"Nothing was written: {self.next_keys}."

    async def find_lines(self, text: str, near: int) -> r.LogMatches:
        """See Looking; among the lines that are held, for a place in one log is none in all of them."""
        del near
        return self._matches_of(text)

    def beside(self, at: Matches, by: int) -> Matches:
        """See Looking; places move with every line that comes, so the cursor's own place is where the search stands."""
        line = self.view.line
        found = self._matches_of(self.sought)
        return match_from(found, self.buffer.place(line), by) if line is not None else at

    def _matches_of(self, text: str) -> r.LogMatches:
        wanted = text.casefold()
        found = tuple(at for at, line in enumerate(self.buffer.all_lines()) if wanted in line.text.casefold())
        return r.LogMatches(found, more=False, total=len(found))

    async def _read_growth(self) -> None:
        """What was added to each log while they are followed; otherwise only learn whether they still run."""
        logs = self.buffer.logs
        wanted = [
            at for at, log in enumerate(logs) if at not in self._problems and (log.is_live or log.end < log.total)
        ]
        if not self.following:
            for index, page in (
                await self._pages({at: (logs[at].end, 1) for at in wanted if logs[at].is_live})
            ).items():
                self.buffer.look_at(index, page)
            return
        while wanted:
            pages = await self._pages({at: (logs[at].end, PAGE) for at in wanted})
            far = [at for at, page in pages.items() if page.total - logs[at].end > TOO_FAR_BEHIND]
            pages |= await self._pages(dict.fromkeys(far, (-PAGE, PAGE)))
            self._take(pages, to_end=self.following)
            wanted = [at for at, page in pages.items() if page.lines and logs[at].end < page.total]

    async def newest_stamp(self) -> str:
        """See ReadingLines."""
        pages = await self._ends(1)
        return max((row.at for page in pages.values() for row in page.lines), default="")

    async def all_lines(self) -> AsyncIterator[Sequence[str]]:
        """See ReadingLines; of those logs that can be read."""
        readable = [name for index, name in enumerate(self._names) if index not in self._problems]
        logs = [OneOf(name, *read_attempt(name)) for name in readable]
        lines: list[str] = []
        async for row in in_order(self.desk.feed.call, logs):
            lines.append(f"{row.at} {row.job} {row.text}" if self.view.times and row.at else f"{row.job} {row.text}")
            if len(lines) == PAGE:
                yield lines
                lines = []
        if lines:
            yield lines

    async def go_to_time(self, stamp: str, *, is_end: bool) -> None:
        """See ReadingLines; the ends are read, or what is older until the time is reached, up to a limit."""
        del is_end
        self.following = False
        newest = self.buffer.newest
        if newest is not None and newest.at < stamp:
            self._take(await self._ends())
        for _ in range(FIRST_PAGES):
            oldest = self.buffer.oldest
            if not self.buffer.has_older or oldest is None or oldest.at < stamp:
                break
            await self.read_older()
        self.chrome()

    async def read_older(self) -> None:
        """See ReadingLines: of those logs that are held the shortest way back."""
        firsts = {index: self.buffer.logs[index].first for index in self.buffer.behind()}
        self._take(await self._pages({at: (max(0, end - PAGE), min(end, PAGE)) for at, end in firsts.items()}))

    def _take(self, pages: Mapping[int, r.LogPage], *, to_end: bool = False) -> None:
        def take() -> None:
            for index, page in pages.items():
                self.buffer.take_of(index, page)

        self.view.change(take, to_end=to_end)

    async def _ends(self, lines: int = PAGE) -> dict[int, r.LogPage]:
        """The last lines of each log."""
        return await self._pages(dict.fromkeys(range(len(self._names)), (-lines, lines)))

    async def _pages(self, wanted: Mapping[int, tuple[int, int]]) -> dict[int, r.LogPage]:
        """Pages of some of the logs, first lines and limits by their indexes; of what has none the border says why."""
        failed: SynergyError | None = None
        found: dict[int, r.LogPage] = {}
        try:
            async with asyncio.TaskGroup() as tasks:
                for index, (first, limit) in wanted.items():
                    tasks.create_task(self._page(found, index, first, limit))
        except* SynergyError as problems:
            failed = first_of(problems)
        if failed is not None:
            raise failed
        return found

    async def _page(self, found: dict[int, r.LogPage], index: int, first: int, limit: int) -> None:
        try:
            found[index] = await self.desk.feed.call(q.Logs(*read_attempt(self._names[index]), first, limit))
        except CallerError as problem:
            if self._problems.get(index) != problem.message:
                self.notify(str(problem), severity="warning", markup=False)
            self._problems[index] = problem.message
        else:
            self._problems.pop(index, None)

    async def _follow(self) -> None:
        """Ask for the events of what still runs."""
        wanted = {log.about[0] for log in self.buffer.logs if log.is_live and log.about is not None}
        for uow_id in self._followed - wanted:
            await self.desk.feed.call(q.FollowLog(uow_id, on=False))
        for uow_id in wanted - self._followed:
            await self.desk.feed.call(q.FollowLog(uow_id))
        self._followed = wanted

    def begin(self) -> None:
        """Whatever was followed may have been lost while another screen was shown."""
        self._followed = set()
        super().begin()

    def take_up(self) -> None:
        """A new connection follows nothing yet."""
        self._followed = set()
        super().take_up()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read what was added; what began to run has a log by now."""
        del cells
        if step.resync:
            self._followed = set()
        own = {log.about[0] for log in self.buffer.logs if log.about is not None}
        went_on = any(is_of(name, at) for at in step.uows for name in (*self._names, *own))
        if went_on and self.following:
            self.wants = "last"  # what had no log may have one now, what had one another
        if went_on or any(at.uow_id in own for at in step.logs):
            self.reload()
        elif any(log.is_live for log in self.buffer.logs):
            self.reload(periodic=True)

    async def leave(self) -> None:
        """Follow nothing any more."""
        followed, self._followed = self._followed, set()
        for uow_id in followed if self.desk.link.is_live else ():
            await self.desk.feed.call(q.FollowLog(uow_id, on=False))

    def on_unmount(self) -> None:
        """Say so to the daemon; the app outlives this screen."""
        self.app.run_worker(self.leave(), exit_on_error=False)

    def title_text(self) -> str:
        """How many logs, how many of them run, and of which there is nothing."""
        running = sum(log.is_live for log in self.buffer.logs)
        following = " · following" if self.following and running else ""
        missing = "".join(f" · {problem}" for problem in self._problems.values())
        lines = f"{self.buffer.end:,} lines" + (" and older ones" if self.buffer.has_older else "")
        return f"{len(self._names)} logs, {running} running · {lines}{following}{missing}"

    def shown_table(self) -> Table:
        """The lines shown; the key names the log, too."""
        return lines_table(self.buffer.shown_lines(), self._names)

    def _spelled(self, line: Held) -> str:
        at = f"{line.at} " if self.view.times and line.at else ""
        return f"{at}{self._names[line.source]} {line.text}"
