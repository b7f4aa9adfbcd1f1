"""A log, drawn from the lines that are held: time, stream and text, and what a lens and a search make of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style

from synergy.tui.model.formats import same_day, short_moment, time_of_day
from synergy.tui.model.log_buffer import LogBuffer, Page, Row
from synergy.tui.model.log_lens import Held, Lens
from synergy.tui.model.log_levels import Level
from synergy.tui.widgets.colors import GREY, MARKED_CELL, MATCH, SELECTED_BLURRED, style_of
from synergy.tui.widgets.scrolled_lines import ScrolledLines

CURSOR, MARK, HIDDEN = "›", "+", "⋮"
"""Signs before a line: the cursor, a marked line, a line before which others are hidden."""

_TIME_CELLS, _DATE_CELLS = 9, 6
_GUTTER_CELLS: Final = 1
_SIGN_CELLS: Final = 3
_LEVELS: Final[Mapping[Level, str]] = {
    Level.DEBUG: "faint", Level.WARNING: "warning", Level.ERROR: "problem", Level.CRITICAL: "bold problem",
}  # fmt: skip
_STREAMS: Final = {"stderr": ("e", "stderr"), "log": (" ", "logged"), "stdout": (" ", "")}
"""The sign behind the letter of a line's level, and the colour of both where the level has none."""


class Source(NamedTuple):
    """One of several logs that are shown as one: a short name, and a colour of its own."""

    name: str
    color: str


class LogView(ScrolledLines):
    """Lines with their time; wrapped or scrolled sideways; matches of a search are set apart.

    ``range_start``: the line at which a marked range begins; it ends at the cursor. ``dated``: each line tells its day,
    for the lines held are of more than one.
    """

    def __init__(self, buffer: LogBuffer | None = None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(empty="Reading the log …", id=id)
        self.buffer = buffer or LogBuffer()
        self.wrap = False
        self.times = True
        self.zone: tzinfo | None = UTC
        self.range_start: Held | None = None
        self.dated = False
        self._sources: Sequence[Source] = ()
        self._needle: re.Pattern[str] | None = None

    @property
    def rows(self) -> int:
        """See ScrolledLines."""
        return self.buffer.rows

    @property
    def frozen(self) -> int:
        """See ScrolledLines."""
        source = max((len(source.name) + 1 for source in self._sources), default=0)
        return _GUTTER_CELLS + self._time_cells + _SIGN_CELLS + source

    @property
    def _time_cells(self) -> int:
        return (_TIME_CELLS + (_DATE_CELLS if self.dated else 0)) if self.times else 0

    @property
    def longest(self) -> int:
        """See ScrolledLines."""
        return 0 if self.wrap else self.buffer.longest + self.frozen

    @property
    def has_older(self) -> bool:
        """See ScrolledLines."""
        return self.buffer.has_older

    @property
    def has_newer(self) -> bool:
        """See ScrolledLines."""
        return self.buffer.has_newer

    @property
    def line(self) -> Held | None:
        """The line under the cursor."""
        return self.buffer.row(self.cursor).line if self.buffer.rows else None

    @property
    def chosen(self) -> list[Held]:
        """The marked range, or the line under the cursor."""
        line = self.line
        if line is None:
            return []
        return [line] if self.range_start is None else self.buffer.lines_between(self.range_start, line)

    def take(self, page: Page, *, to_end: bool) -> None:
        """Show a page; older lines keep what is visible in its place, ``to_end`` goes to the last line."""
        self.change(lambda: self.buffer.take(page), to_end=to_end)

    def change(self, act: Callable[[], object], *, to_end: bool) -> None:
        """Do something to the lines that are held; the line under the cursor stays where it is on the screen."""
        line = self.line
        top = self.scroll_offset.y - self.cursor
        act()
        self._settle(line, top, to_end=to_end)

    def look_through(self, lens: Lens, *, to_end: bool = False) -> None:
        """Show what a lens shows; the line under the cursor stays, if it is shown."""
        line = self.line
        self.buffer.look_through(lens)
        self._settle(line, -(self.page // 2), to_end=to_end)

    def name_sources(self, sources: Sequence[Source]) -> None:
        """Several logs are shown as one: name each before its lines."""
        self._sources = sources
        self.lay_out()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or not."""
        self.wrap = not self.wrap
        self.scroll_to(x=0, animate=False)
        self.lay_out()

    def toggle_times(self) -> None:
        """Show each line's time, or not."""
        self.times = not self.times
        self.lay_out()

    def mark(self) -> None:
        """Begin a marked range here, or drop it."""
        line = self.line
        self.range_start = line if self.range_start is None else None
        self.refresh()

    def search(self, text: str) -> None:
        """Set matches apart; an empty text ends it."""
        self._needle = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self.refresh()

    def see_line(self, number: int) -> bool:
        """Put the cursor on a line by its number; False when it is not held."""
        row = self.buffer.row_of(number - self.buffer.first)
        if row is None:
            return False
        self.go(row, centre=True)
        return True

    def lay_out(self) -> None:
        """Follow the terminal's width, and what stands before each line."""
        line = self.line
        top = self.scroll_offset.y - self.cursor
        self._lay_out_rows()
        self._settle(line, top, to_end=False)

    def draw(self, index: int, base: Style) -> list[Segment]:
        """See ScrolledLines."""
        row = self.buffer.row(index)
        if index == self.cursor:
            base += style_of(SELECTED_BLURRED)
        is_marked = self._is_marked(row)
        if is_marked:
            base += style_of(MARKED_CELL)
        sign = CURSOR if index == self.cursor else MARK if is_marked else HIDDEN if row.after_gap else " "
        return [Segment(sign, base + style_of(GREY)), *self._prefix(row, base), *self._text(row, base)]

    def on_resize(self) -> None:
        """Wrap to the new width; the end stays the end."""
        at_end = self.at_end
        self.lay_out()
        if at_end:
            self.go_to_end()

    def _lay_out_rows(self) -> None:
        self.buffer.lay_out(self.scrollable_content_region.width - self.frozen, wrap=self.wrap)

    def _settle(self, line: Held | None, top: int, *, to_end: bool) -> None:
        """Put the cursor back on its line, and that where it was on the screen."""
        oldest, newest = self.buffer.oldest, self.buffer.newest
        dated = oldest is not None and newest is not None and not same_day(oldest.at, newest.at, self.zone)
        if dated is not self.dated:
            self.dated = dated
            self._lay_out_rows()
        self.resize()
        if to_end:
            self.go_to_end()
            return
        row = self.buffer.row_of(self.buffer.place(line)) if line is not None else None
        if row is None:
            self.go(0)
            return
        if row != self.cursor:
            self.cursor = row
            self.scroll_to(y=max(0, row + top), animate=False)
        self.go(row)

    def _is_marked(self, row: Row) -> bool:
        line = self.line
        if self.range_start is None or line is None:
            return False
        key = self.buffer.key
        low, high = sorted((key(self.range_start), key(line)))
        return low <= key(row.line) <= high

    def _prefix(self, row: Row, base: Style) -> list[Segment]:
        if row.offset:
            return [Segment(" " * (self.frozen - _GUTTER_CELLS), base)]
        segments = []
        if self.times:
            told = (short_moment if self.dated else time_of_day)(row.line.at, self.zone)
            segments.append(Segment(f"{told:>{self._time_cells - 1}} ", base + style_of(GREY)))
        if self._sources:
            source = self._sources[row.line.source]
            width = self.frozen - _GUTTER_CELLS - _SIGN_CELLS - self._time_cells
            segments.append(Segment(f"{source.name:<{width}}", base + style_of(source.color)))
        sign, color = _STREAMS.get(row.line.stream, ("?", ""))
        level = row.line.level
        letter = level.name[0] if level else " "
        return [*segments, Segment(f"{letter}{sign} ", base + style_of(_LEVELS.get(level, color)))]

    def _text(self, row: Row, base: Style) -> list[Segment]:
        text = row.line.text
        if self.wrap:
            text = text[row.offset : row.offset + self.buffer.width]
        style = base + style_of(_LEVELS.get(row.line.level, ""))
        if self._needle is None:
            return [Segment(text, style)]
        segments, at = [], 0
        for match in self._needle.finditer(text):
            segments += [Segment(text[at : match.start()], style), Segment(match.group(), style + style_of(MATCH))]
            at = match.end()
        return [*segments, Segment(text[at:], style)]
