"""The log of one attempt: the last page first, older pages when the operator goes there, and live while it grows."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CallerError, SynergyError
from synergy.tui.desk import Desk
from synergy.tui.model.log_buffer import PAGE
from synergy.tui.model.reducer import Step
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import Frame, bindings_of
from synergy.tui.widgets.chrome import TypedLine
from synergy.tui.widgets.log_view import LogView

TOO_FAR_BEHIND: Final = 5 * PAGE
"""A log that grew more than this since the last look is joined at its end again."""


class LogScreen(Frame):
    """``place.target`` is a job, entry or unit of work, with ``#N`` for an attempt's number."""

    screen_name = "log"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        name, _, number = place.target.rpartition("#")
        numbered = bool(name) and number.isdigit()
        self._of = name if numbered else place.target
        self._number = int(number) if numbered else None
        self._page: r.LogPage | None = None
        self._wants = "last"
        self._following = True
        self._followed: str | None = None
        self._sought = ""
        self._matches: r.LogMatches | None = None
        self._at_match = -1

    def body(self) -> ComposeResult:
        """The lines."""
        yield LogView(id="main")

    @property
    def view(self) -> LogView:
        """The lines."""
        return self.query_one("#main", LogView)

    async def read(self) -> None:
        """Read what is wanted: the last page, the first, an older one, what was added, or the lines around a match."""
        wants, self._wants = self._wants, "growth"
        buffer = self.view.buffer
        try:
            if wants == "growth":
                await self._read_growth()
            else:
                places = {"last": -PAGE, "first": 0, "older": max(0, buffer.first - PAGE), "newer": buffer.end}
                first = places.get(wants)
                first = max(0, int(wants) - PAGE // 2) if first is None else first
                limit = buffer.first - first if wants == "older" else PAGE
                self._take(await self._ask(first, limit), to_end=wants == "last")
                if wants.isdigit():
                    self.view.see_line(int(wants))
        except CallerError as problem:
            self.view.empty = str(problem)
            self.view.refresh()
            return
        await self._follow()

    async def _read_growth(self) -> None:
        """Read what was added while it is followed; otherwise only learn how long it is by now."""
        if not self._following and self.view.buffer.rows:
            self._page = await self._ask(self.view.buffer.end, 1)
            self.view.buffer.total = self._page.total
            return
        while True:
            page = await self._ask(self.view.buffer.end, PAGE)
            if page.total - self.view.buffer.end > TOO_FAR_BEHIND:
                page = await self._ask(-PAGE, PAGE)
            grew = bool(page.lines)
            self._take(page, to_end=self._following)
            if not grew or self.view.buffer.end >= page.total:
                return

    async def _ask(self, first: int, limit: int) -> r.LogPage:
        return await self.desk.feed.call(q.Logs(self._of, self._number, first_line=first, limit=limit))

    def _take(self, page: r.LogPage, *, to_end: bool) -> None:
        self._page = page
        if not page.total:
            self.view.empty = "Nothing was written yet." if page.live else "This attempt wrote nothing."
        if page.lines or not self.view.buffer.total:
            self.view.take(page, to_end=to_end)
        self.view.buffer.total = page.total

    async def _follow(self) -> None:
        """Ask for the events of the attempt that is shown, and only while it runs."""
        page = self._page
        wanted = page.uow_id if page is not None and page.live else None
        if wanted != self._followed:
            if self._followed is not None:
                await self.desk.feed.call(q.FollowLog(self._followed, on=False))
            self._followed = wanted
            if wanted is not None:
                await self.desk.feed.call(q.FollowLog(wanted))

    def begin(self) -> None:
        """Whatever was followed may have been lost while another screen was shown."""
        self._followed = None
        super().begin()

    def take_up(self) -> None:
        """A new connection follows nothing yet."""
        self._followed = None
        super().take_up()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read what was added; a new connection follows nothing yet."""
        del cells
        page = self._page
        if step.resync:
            self._followed = None
        if page is None:
            return
        grew = any(at.uow_id == page.uow_id and at.attempt == page.attempt for at in step.logs)
        ended = any(at.uow_id == page.uow_id for at in step.uows)
        if grew or ended or page.live:
            self.reload(periodic=not (grew or ended))

    def show(self) -> None:
        """Times may be shown in another zone."""
        if self.view.zone is not self.desk.style.zone:
            self.view.zone = self.desk.style.zone
            self.view.refresh()

    async def leave(self) -> None:
        """Follow nothing any more."""
        if self._followed is not None and self.desk.link.is_live:
            followed, self._followed = self._followed, None
            await self.desk.feed.call(q.FollowLog(followed, on=False))

    def on_unmount(self) -> None:
        """Say so to the daemon; the app outlives this screen."""
        self.app.run_worker(self.leave(), exit_on_error=False)

    def on_log_view_wanted(self, event: LogView.Wanted) -> None:
        """Other lines are wanted."""
        self._following = event.what == "last"
        self._wants = event.what
        self.reload()

    def on_log_view_scrolled(self, event: LogView.Scrolled) -> None:
        """Whoever scrolls away stops following; whoever comes back to the end follows again."""
        page = self._page
        self._following = event.at_end and page is not None and self.view.buffer.end >= page.total
        self.chrome()

    def title_text(self) -> str:
        """Attempt, lines, state, follow."""
        page = self._page
        if page is None:
            return f"log {self.place.target}"
        state = "running" if page.live else page.exit_reason or page.state.removeprefix("state_").replace("_", " ")
        held = self.view.buffer
        lines = f"lines {held.first + 1:,}–{held.end:,} of {held.total:,}" if held.end else "no lines"
        following = " · following" if self._following and page.live else ""
        wrap = " · wrapped" if self.view.wrap else ""
        found = ""
        if self._matches is not None:
            more = "+" if self._matches.more else ""
            found = f" · “{self._sought}” {self._at_match + 1}/{len(self._matches.lines)}{more}"
        return f"{page.uow_id} attempt {page.number}/{page.attempts} · {state} · {lines}{following}{wrap}{found}"

    def target(self) -> str | None:
        """What the log is of."""
        return self._of

    def plain_lines(self) -> list[str]:
        """The lines held."""
        return self.view.buffer.texts()

    def do_follow(self) -> None:
        """Follow, or stay where it is."""
        self._following = not self._following
        if self._following:
            self._wants = "last"
            self.reload()
        self.chrome()

    def do_wrap(self) -> None:
        """Wrap, or not."""
        self.view.toggle_wrap()
        self.chrome()

    def do_search(self) -> None:
        """Type what to search for."""
        self.query_one(TypedLine).open("search", "/", self._sought)

    def do_back(self) -> None:
        """A search ends before the screen does."""
        if self._sought and not self.query_one(TypedLine).is_open:
            self.typed("search", "")
        else:
            super().do_back()

    def typed(self, purpose: str, text: str) -> None:
        """Search through the whole log, whatever part is held."""
        if purpose != "search":
            super().typed(purpose, text)
            return
        self._sought, self._matches, self._at_match = text, None, -1
        self.view.search(text)
        self.chrome()
        if text and self.desk.link.is_live:
            self.work(self._search(text), "search", exclusive=True)

    async def _search(self, text: str) -> None:
        try:
            found = await self.desk.feed.call(q.SearchLog(self._of, text, self._number))
        except SynergyError as problem:
            self.tell_failure(problem)
            return
        self._matches = found
        if not found.lines:
            self.notify(f"“{text}” is not in this log.", markup=False, timeout=3)
            self.chrome()
            return
        top = self.view.top_line
        self._at_match = next((index for index, line in enumerate(found.lines) if line >= top), 0)
        self._see_match()

    def _see_match(self) -> None:
        if self._matches is None:
            return
        line = self._matches.lines[self._at_match]
        self._following = False
        if not self.view.see_line(line):
            self._wants = str(line)
            self.reload()
        self.chrome()

    def do_next_match(self) -> None:
        """The next match, round the end."""
        self._step_match(1)

    def do_previous_match(self) -> None:
        """The match before, round the beginning."""
        self._step_match(-1)

    def _step_match(self, by: int) -> None:
        if self._matches is not None and self._matches.lines:
            self._at_match = (self._at_match + by) % len(self._matches.lines)
            self._see_match()

    def do_older_attempt(self) -> None:
        """The attempt before."""
        self._other_attempt(-1)

    def do_newer_attempt(self) -> None:
        """The attempt after."""
        self._other_attempt(1)

    def _other_attempt(self, by: int) -> None:
        page = self._page
        if page is not None and 1 <= page.number + by <= page.attempts:
            self.post_message(GoTo(Place("log", f"{self._of}#{page.number + by}"), inside=True))
