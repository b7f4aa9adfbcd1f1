"""The logs of the deployment itself: the daemon's, the collector's part of it, the supervisors', daemon processes'."""

from __future__ import annotations

from typing import Final

from synergy.core.control import replies as r
from synergy.core.control.log_requests import DAEMON_LOG, DaemonLog, DaemonLogs, SearchDaemonLog
from synergy.core.errors import CallerError
from synergy.tui.desk import Desk
from synergy.tui.model.formats import size
from synergy.tui.model.log_buffer import PAGE
from synergy.tui.model.reducer import Step
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.log_paging import Paging

COLLECTOR: Final = "gc"
COLLECTS: Final = r"\((collected|uow_lost|lease_lost|set_aside|expired|expire_failed|kill_unproved)\b"
"""The daemon is the garbage collector too; by these events its part of the log is known."""


class OwnLogsScreen(Paging):
    """``place.target`` is a log's name, ``gc``, or nothing for the daemon's."""

    screen_name = "logs"
    next_keys = "esc goes back, :logs shows the daemon's, [ and ] go from log to log"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._log_name = DAEMON_LOG if place.target in {"", COLLECTOR} else place.target
        self._page: r.DaemonLogPage | None = None
        self._known: tuple[r.DaemonLogRow, ...] = ()

    def on_mount(self) -> None:
        """The collector's part is a filter that is on from the start."""
        super().on_mount()
        if self.place.target == COLLECTOR:
            self.typed("lines", COLLECTS)

    async def read(self) -> None:
        """The page that is wanted, and what was added since."""
        wants, self.wants = self.wants, "growth"
        if not self._known:
            self._known = (await self.desk.feed.call(DaemonLogs())).logs
        try:
            if wants == "growth":
                await self._read_growth()
            else:
                await self.read_page(wants)
        except CallerError as problem:
            self.tell_problem(problem)

    async def read_lines(self, first: int, limit: int) -> r.DaemonLogPage:
        """See Paging."""
        self._page = page = await self.peek_lines(first, limit)
        if not page.total:
            self.view.empty = f"Nothing is in {page.path} yet: ] goes to the next log."
        return page

    async def peek_lines(self, first: int, limit: int) -> r.DaemonLogPage:
        """See Paging."""
        return await self.desk.feed.call(DaemonLog(self._log_name, first, limit))

    async def find_lines(self, text: str, near: int) -> r.LogMatches:
        """See Looking."""
        return await self.desk.feed.call(SearchDaemonLog(text, self._log_name, near=near))

    async def _read_growth(self) -> None:
        buffer = self.view.buffer
        if not self.following and buffer.end:
            buffer.total = (await self.read_lines(buffer.end, 1)).total
            return
        page = await self.read_lines(buffer.end, PAGE)
        if page.total - buffer.end > PAGE:
            page = await self.read_lines(-PAGE, PAGE)
        if page.lines:
            self.view.take(page, to_end=self.following)

    def tick(self) -> None:
        """Nothing announces what is written to a file: while it is followed it is read each second."""
        super().tick()
        if self.following and self.is_uppermost and self.is_read:
            self.reload(periodic=True)

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """What happens to jobs changes nothing here."""

    def told_filter(self, source: str) -> str:
        """See Looking; the collector's part has a name."""
        return "only the collector" if source == COLLECTS else super().told_filter(source)

    def title_text(self) -> str:
        """Which of the logs, where it lies, what is held of it."""
        page = self._page
        if page is None:
            return f"log of {self._log_name}"
        place = next((at for at, row in enumerate(self._known) if row.name == page.name), None)
        which = f" {place + 1}/{len(self._known)}" if place is not None else ""
        bytes_there = f" · {size(self._known[place].size_bytes)}" if place is not None else ""
        held = self.view.buffer
        lines = f"lines {held.first + 1:,}–{held.end:,} of {page.total:,}" if held.end else "no lines"
        following = " · following" if self.following else ""
        return f"{page.name}{which} · {lines}{following} · {page.path}{bytes_there}"

    def do_previous_log(self) -> None:
        """The log before in the list."""
        self._other(-1)

    def do_next_log(self) -> None:
        """The next log of the list."""
        self._other(1)

    def _other(self, by: int) -> None:
        names = [row.name for row in self._known]
        own = self._page.name if self._page is not None else self._log_name
        if names:
            at = names.index(own) if own in names else 0
            self.post_message(GoTo(Place("logs", names[(at + by) % len(names)])))
