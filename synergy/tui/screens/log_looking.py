"""What all logs have in common: search, filter, levels, windows of time, marks, copying and saving.

A screen says where lines come from; how they are looked at is the same whatever they are of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

from synergy.core.control import replies as r
from synergy.core.errors import SynergyError
from synergy.tui.desk import Desk
from synergy.tui.model.exports import stem_of
from synergy.tui.model.filters import TOO_SLOW
from synergy.tui.model.formats import read_stamp, shorten
from synergy.tui.model.log_lens import NO_LENS, Held, Lens
from synergy.tui.model.log_levels import Level, next_step
from synergy.tui.model.log_text import printable
from synergy.tui.model.log_window import Window, describe_window, parse_window
from synergy.tui.model.matches import Matches, first_match
from synergy.tui.model.sheets import lines_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.own_files import append_lines
from synergy.tui.screens.log_reading import ReadingLines
from synergy.tui.widgets.chrome import TypedLine

SOURCE_CELLS: Final = 24
"""So much of a filter is told in the border."""


class Looking(ReadingLines):
    """A log, wherever its lines come from."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.sought = ""
        self._matches: Matches | None = None
        self._steps = 0
        self._source = ""
        self._window = ""

    # What is on

    def notes(self) -> str:
        """What is on, for the border."""
        view, lens = self.view, self.lens
        found = f"“{self.sought}” {self._matches.words}" if self._matches is not None else ""
        parts = [
            found,
            f"{self.told_filter(self._source)}{TOO_SLOW * lens.pattern.gave_up}" if lens.pattern else "",
            f"≥{lens.at_least.name}" if lens.at_least else "",
            describe_window(Window(lens.since, lens.until), self.desk.style.zone, dated=view.dated),
            f"±{lens.context}" if lens.context else "",
            f"{view.buffer.matched:,} of {view.buffer.end - view.buffer.first:,} held" if lens.hides else "",
            f"{len(view.chosen):,} marked" if view.range_start is not None else "",
            "wrapped" if view.wrap else "",
            "" if view.times else "no times",
        ]
        return "".join(f" · {part}" for part in parts if part)

    def told_filter(self, source: str) -> str:
        """A filter as it stands in the border."""
        return f"&{shorten(source, SOURCE_CELLS)}"

    def drop_marks(self) -> bool:
        """Mark no range any more."""
        had = self.view.range_start is not None
        if had:
            self.view.mark()
        self.chrome()
        return had

    def do_back(self) -> None:
        """A search and a filter end before the screen does."""
        if self.query_one(TypedLine).is_open or self.view.range_start is not None:
            super().do_back()
        elif self._matches is not None or self.sought:
            self._search_for("")
        elif self.lens.hides:
            self._source = self._window = ""
            self._look(NO_LENS)
        else:
            super().do_back()

    def typed(self, purpose: str, text: str) -> str | None:
        """Search, filter, or look at a window of time."""
        match purpose:
            case "search":
                self._search_for(text)
            case "lines":
                lens = self.lens.with_pattern(text)
                self._source = text
                self._look(lens)
            case "window":
                self._look_at(text)
            case _:
                return super().typed(purpose, text)
        return None

    def do_wrap(self) -> None:
        """Wrap, or not."""
        self.view.toggle_wrap()
        self.chrome()

    def do_times(self) -> None:
        """Show times, or not."""
        self.view.toggle_times()
        self.chrome()

    # Filter, levels, time

    def do_only_lines(self) -> None:
        """Type what lines to show."""
        self.query_one(TypedLine).open("lines", "&", self._source)

    def do_more_context(self) -> None:
        """More lines around each that matches."""
        self._look(self.lens.wider(1))

    def do_less_context(self) -> None:
        """Fewer lines around each that matches."""
        self._look(self.lens.wider(-1))

    def do_level(self) -> None:
        """Only lines at least as bad; behind the worst all of them again."""
        self._look(self.lens._replace(at_least=next_step(self.lens.at_least)))

    def do_only_problems(self) -> None:
        """Only what is a warning or worse, or all lines again."""
        bad = self.lens.at_least < Level.WARNING
        self._look(self.lens._replace(at_least=Level.WARNING if bad else Level.UNKNOWN))

    def do_window(self) -> None:
        """Type the window of time to show."""
        self.query_one(TypedLine).open("window", "time ", self._window)

    def _look_at(self, text: str) -> None:
        """A window of time; ages in it count from the end of the log, which may have to be read."""
        buffer = self.view.buffer
        if buffer.has_newer and self.desk.link.is_live:
            self.work(self._look_from_end(text), "window", exclusive=True)
        else:
            self._look_before(buffer.newest.at if buffer.newest is not None else "", text)

    async def _look_from_end(self, text: str) -> None:
        try:
            self._look_before(await self.newest_stamp(), text)
        except SynergyError as problem:
            self.notify(str(problem), severity="error", markup=False)

    def _look_before(self, last: str, text: str) -> None:
        end, buffer = read_stamp(last), self.view.buffer
        if end is None:
            self.notify("No line here has a time.", severity="warning")
            return
        since, until = parse_window(text, end, self.desk.style.zone)
        self._window = text.strip()
        self._look(self.lens._replace(since=since, until=until))
        oldest, newest, sought = buffer.oldest, buffer.newest, since or until
        if not self.desk.link.is_live or oldest is None or newest is None or not sought:
            return
        if oldest.at > sought or (buffer.has_newer and newest.at < sought):
            self.work(self._going(sought, is_end=not since), "going", exclusive=True)

    async def _going(self, stamp: str, *, is_end: bool) -> None:
        try:
            await self.go_to_time(stamp, is_end=is_end)
        except SynergyError as problem:
            self.tell_failure(problem)

    def _look(self, lens: Lens) -> None:
        self.view.look_through(lens, to_end=self.following)
        self.say_why_empty()
        self.chrome()
        if lens.hides and self.desk.link.is_live and self.view.buffer.shown < self.view.page:
            self.work(self._look_further(), "look")

    async def _look_further(self) -> None:
        try:
            await self.look_back()
        except SynergyError as problem:
            self.tell_failure(problem)
        self.chrome()

    # Search

    def do_search(self) -> None:
        """Type what to search for."""
        self.query_one(TypedLine).open("search", "/", self.sought)

    def _search_for(self, text: str) -> None:
        self.sought, self._matches, self._steps = text, None, 0
        self.view.search(text)
        self.chrome()
        if text and self.desk.link.is_live:
            self.work(self._search(), "search", exclusive=True)

    async def _search(self) -> None:
        """Look through the whole log, whatever part is held."""
        line = self.view.line
        near = self.view.buffer.first + self.view.buffer.place(line) if line is not None else 0
        found = await self._asked(self.find_lines(self.sought, near))
        if found is None:
            return
        self._matches = self.beginning(found, near).step(self._steps)
        if not found.total:
            self.notify(f"“{self.sought}” is not in this log.", markup=False, timeout=3)
        await self._see_match()

    async def _asked(self, asking: Coroutine[None, None, r.LogMatches]) -> r.LogMatches | None:
        try:
            return await asking
        except SynergyError as problem:
            self.tell_failure(problem)
            return None

    async def _see_match(self) -> None:
        if self._matches is not None and self._matches.line is None and self._matches.found.total:
            found = await self._asked(self.bring(self._matches))
            self._matches = self._matches._replace(found=found) if found is not None else None
        line = self._matches.line if self._matches is not None else None
        if line is not None:
            self.following = False
            if not self.view.see_line(line):
                self.wants = f"around {line}"
                self.reload()
        self.chrome()

    def do_next_match(self) -> None:
        """The next match, round the end."""
        self._step_match(1)

    def do_previous_match(self) -> None:
        """The match before, round the beginning."""
        self._step_match(-1)

    def _step_match(self, by: int) -> None:
        """To another match; what is pressed before any was found is done when it is."""
        if self._matches is None:
            self._steps += by
            return
        self._matches = self.beside(self._matches, by)
        self.work(self._see_match(), "search", exclusive=True)

    def beginning(self, found: r.LogMatches, near: int) -> Matches:
        """The match at which a search begins that was asked for at a line."""
        return first_match(found, near)

    def beside(self, at: Matches, by: int) -> Matches:
        """The match so many further on."""
        return at.step(by)

    async def bring(self, at: Matches) -> r.LogMatches:
        """The matches around one whose line is not known yet."""
        return await self.find_lines(self.sought, at.near)

    # Copying and saving

    def do_mark_lines(self) -> None:
        """Begin a marked range, or drop it."""
        self.view.mark()
        self.chrome()

    def copied(self) -> str:
        """The line under the cursor, or the marked range."""
        return "\n".join(line.text for line in self.view.chosen)

    def plain_lines(self) -> list[str]:
        """The lines shown."""
        return [self._spelled(line) for line in self.view.buffer.shown_lines()]

    def shown_table(self) -> Table:
        """The lines shown, with their numbers."""
        return lines_table(self.view.buffer.shown_lines())

    def _spelled(self, line: Held) -> str:
        return f"{line.at} {line.text}" if self.view.times and line.at else line.text

    def do_save_all(self) -> None:
        """Write all lines there are into a file of the current folder."""
        self.notify("Saving the whole log …", timeout=2)
        self.work(self._save_all(), "saving", exclusive=True)

    async def _save_all(self) -> None:
        path: Path | None = None
        stem, saved = f"{stem_of(*self.place)}-all", 0
        try:
            async for lines in self.all_lines():
                path = await asyncio.to_thread(append_lines, path, stem, [printable(line) for line in lines])
                saved += len(lines)
        except (OSError, SynergyError) as problem:
            where = f"{path} has the first {saved:,} lines: " if path is not None else ""
            self.notify(f"cannot save: {where}{problem}", severity="error", markup=False)
            return
        told = f"Saved {saved:,} lines as {path}" if path is not None else "Nothing was written, so nothing is saved."
        self.notify(told, markup=False)
