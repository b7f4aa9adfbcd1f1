"""The log of one attempt: the last page first, older pages when the operator goes there, and live while it grows."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CallerError
from synergy.tui.desk import Desk
from synergy.tui.model.log_buffer import PAGE, TOO_FAR_BEHIND
from synergy.tui.model.log_targets import is_of, read_attempt
from synergy.tui.model.reducer import Step
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.log_paging import Paging


class LogScreen(Paging):
    """``place.target`` is a job, entry or unit of work, with ``#N`` for an attempt's number."""

    screen_name = "log"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._of, self._number = read_attempt(place.target)
        self._page: r.LogPage | None = None
        self._followed: str | None = None

    async def read(self) -> None:
        """Read what is wanted: the last page, the first, an older one, what was added, or the lines around a match."""
        wants, self.wants = self.wants, "growth"
        try:
            if wants == "growth":
                await self._read_growth()
            else:
                await self.read_page(wants)
        except CallerError as problem:
            self.tell_problem(problem)
            return
        await self._follow()

    async def read_lines(self, first: int, limit: int) -> r.LogPage:
        """See Paging; when another attempt has begun its end."""
        page = await self._ask(first, limit)
        if self._page is not None and (page.uow_id, page.attempt) != (self._page.uow_id, self._page.attempt):
            self.view.buffer.clear()  # another attempt has another log
            self.notify(f"Attempt {page.number} began.", timeout=3)
            page = await self._ask(-PAGE, PAGE)
        self._page = page
        self.view.buffer.total = page.total
        if not page.total:
            older = ", [ shows the attempt before" if page.number > 1 else ""
            self.view.empty = (
                "Nothing was written yet; what the attempt writes will stand here."
                if page.live
                else f"This attempt wrote nothing: esc goes back{older}."
            )
        return page

    async def _ask(self, first: int, limit: int) -> r.LogPage:
        return await self.desk.feed.call(q.Logs(self._of, self._number, first_line=first, limit=limit))

    async def peek_lines(self, first: int, limit: int) -> r.LogPage:
        """See Paging."""
        number = self._page.number if self._page is not None else self._number
        return await self.desk.feed.call(q.Logs(self._of, number, first_line=first, limit=limit))

    async def find_lines(self, text: str, near: int) -> r.LogMatches:
        """See Looking."""
        return await self.desk.feed.call(q.SearchLog(self._of, text, self._number, near=near))

    async def _read_growth(self) -> None:
        """Read what was added while it is followed; otherwise only learn how long it is by now."""
        if not self.following and self.view.buffer.end:
            await self.read_lines(self.view.buffer.end, 1)
            return
        while True:
            page = await self.read_lines(self.view.buffer.end, PAGE)
            if page.total - self.view.buffer.end > TOO_FAR_BEHIND:
                page = await self.read_lines(-PAGE, PAGE)
            self.view.take(page, to_end=self.following)
            if not page.lines or self.view.buffer.end >= page.total:
                return

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
        went_on = any(at.uow_id == page.uow_id or is_of(self._of, at) for at in step.uows)
        if grew or went_on or page.live:
            self.reload(periodic=not (grew or went_on))

    async def leave(self) -> None:
        """Follow nothing any more."""
        if self._followed is not None and self.desk.link.is_live:
            followed, self._followed = self._followed, None
            await self.desk.feed.call(q.FollowLog(followed, on=False))

    def on_unmount(self) -> None:
        """Say so to the daemon; the app outlives this screen."""
        self.app.run_worker(self.leave(), exit_on_error=False)

    def title_text(self) -> str:
        """Attempt, state, lines, follow; the unit of work last: the line above names the job."""
        page = self._page
        if page is None:
            return f"log {self.place.target}"
        state = "running" if page.live else page.exit_reason or page.state.removeprefix("state_").replace("_", " ")
        held = self.view.buffer
        lines = f"lines {held.first + 1:,}–{held.end:,} of {held.total:,}" if held.end else "no lines"
        following = " · following" if self.following and page.live else ""
        return f"attempt {page.number}/{page.attempts} · {state} · {lines}{following} · {page.uow_id}"

    def target(self) -> str | None:
        """What the log is of; the verbs act on it, whichever attempt is shown."""
        return self._of

    def do_diff(self) -> None:
        """Compare it with the attempt before."""
        number = self._page.number if self._page is not None else self._number
        self.post_message(GoTo(Place("diff", f"{self._of} {number}" if number else self._of), inside=True))

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
