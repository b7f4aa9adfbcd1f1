"""Which lines of a log are held, wherever they come from, and which are wanted next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.errors import CallerError
from synergy.tui.desk import Desk
from synergy.tui.model.log_lens import Lens
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import Frame
from synergy.tui.widgets.log_view import LogView

LOOK_BACK: Final = 5
"""So many older pages are read at once while a filter leaves less than a screen full."""


class ReadingLines(Frame):
    """The lines that are held, and which are wanted next."""

    next_keys: ClassVar[str] = "esc goes back, :log JOB shows another log"
    """What to press where there is no line."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.wants = "last"
        self.following = True

    def body(self) -> ComposeResult:
        """The lines."""
        yield LogView(id="main")

    @property
    def view(self) -> LogView:
        """The lines."""
        return self.query_one("#main", LogView)

    @property
    def lens(self) -> Lens:
        """What is shown of them."""
        return self.view.buffer.lens

    # What a screen adds

    async def read_older(self) -> None:
        """Hold a page more of what is older."""
        raise NotImplementedError

    async def find_lines(self, text: str, near: int) -> r.LogMatches:
        """The lines that hold a text, around one of them."""
        raise NotImplementedError

    async def newest_stamp(self) -> str:
        """When the last line there is was written, whether it is held or not; empty: no line has a time."""
        raise NotImplementedError

    async def go_to_time(self, stamp: str, *, is_end: bool) -> None:
        """Hold the first lines of a time, or the last ones up to it; it lies before all that is held, or behind it."""
        raise NotImplementedError

    def all_lines(self) -> AsyncIterator[Sequence[str]]:
        """All lines there are, as they are saved, some at a time."""
        raise NotImplementedError

    # Reading

    async def look_back(self) -> None:
        """While a filter leaves less than a screen full, read what is older, up to a limit."""
        buffer = self.view.buffer
        for _ in range(LOOK_BACK):
            if not self.lens.hides or buffer.shown >= self.view.page or not buffer.has_older:
                break
            if self.lens.since and buffer.oldest is not None and buffer.oldest.at < self.lens.since:
                break
            await self.read_older()
        self.say_why_empty()

    def tell_problem(self, problem: CallerError) -> None:
        """Say in place of the lines why there are none, and what to press."""
        self.view.empty = f"{problem}\n{self.next_keys}"
        self.view.refresh()

    def say_why_empty(self) -> None:
        """Where a filter hides all that is held, say so, and which key helps."""
        buffer = self.view.buffer
        if self.lens.hides and buffer.end:
            further = ", pageup looks further back, / searches all of it" if buffer.has_older else ""
            self.view.empty = f"Not one of lines {buffer.first + 1:,}–{buffer.end:,} is shown: esc shows all{further}."
            self.view.refresh()

    # What Textual tells

    def show(self) -> None:
        """Times may be shown in another zone."""
        if self.view.zone is not self.desk.style.zone:
            self.view.zone = self.desk.style.zone
            self.view.lay_out()
            self.view.refresh()

    def on_scrolled_lines_wanted(self, event: LogView.Wanted) -> None:
        """Other lines are wanted."""
        self.following = event.what == "last"
        self.wants = event.what
        self.reload()

    def on_scrolled_lines_moved(self, event: LogView.Moved) -> None:
        """Whoever goes away from the end stops following; whoever comes back to it follows again."""
        self.following = event.at_end and not self.view.buffer.has_newer
        self.chrome()

    def do_follow(self) -> None:
        """Follow, or stay where it is."""
        self.following = not self.following
        if self.following:
            self.wants = "last"
            self.reload()
        self.chrome()
