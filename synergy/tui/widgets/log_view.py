"""A log, drawn line by line from the lines that are held; it never waits for the daemon, it asks by a message."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from synergy.core.control.replies import LogPage
from synergy.tui.actions import moves
from synergy.tui.model.formats import time_of_day
from synergy.tui.model.log_buffer import LogBuffer, Row
from synergy.tui.widgets.colors import GREY, MATCH, SELECTED_BLURRED, style_of

PREFIX: Final = 11
"""Time, stream and blanks before a line's text."""
_LEVELS: Final = {"ERROR": "#ff5f5f", "CRITICAL": "bold #ff5f5f", "WARNING": "#ffaf5f", "DEBUG": "#8a8a8a"}
_STREAMS: Final = {"stderr": ("E", "#ff875f"), "log": ("L", "#87afaf"), "stdout": (" ", "")}


class LogView(ScrollView, can_focus=True):
    """Lines with their time; wrapped or scrolled sideways; matches of a search are set apart."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(move.keys, move.verb, move.help, show=False)
        for move in moves(
            "cursor_up", "cursor_down", "cursor_left", "cursor_right", "page_up", "page_down", "first", "last"
        )
    ]

    class Wanted(Message):
        """The operator went where no line is held: ``older``, ``newer``, ``first`` or ``last``."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class Scrolled(Message):
        """Other lines are visible; ``at_end``: the last ones held."""

        def __init__(self, *, at_end: bool) -> None:
            super().__init__()
            self.at_end = at_end

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.buffer = LogBuffer()
        self.wrap = False
        self.zone: tzinfo | None = UTC
        self.empty = "Reading the log …"
        self._needle: re.Pattern[str] | None = None
        self._current: int | None = None

    @property
    def at_end(self) -> bool:
        """Whether the last line held is visible."""
        return self.scroll_offset.y + self._height >= self.buffer.rows

    @property
    def top_line(self) -> int:
        """The number of the first visible line."""
        if not self.buffer.rows:
            return 0
        return self.buffer.row(min(self.scroll_offset.y, self.buffer.rows - 1)).line.line

    def take(self, page: LogPage, *, to_end: bool) -> None:
        """Show a page; older lines keep what is visible in its place, ``to_end`` goes to the last line."""
        before = (self.buffer.first, self.buffer.end)
        offset = self.scroll_offset.y
        added = self.buffer.take(page)
        self._resize()
        if to_end:
            self.scroll_to(y=max(0, self.buffer.rows - self._height), animate=False)
        elif added:
            self.scroll_to(y=offset + added, animate=False)
        elif (self.buffer.first, self.buffer.end) != before and self.buffer.first != before[0]:
            self.scroll_to(y=0, animate=False)
        self.refresh()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or not; the first visible line stays."""
        top = self.top_line
        self.wrap = not self.wrap
        self._lay_out()
        self.see_line(top, centre=False)

    def search(self, text: str) -> None:
        """Set matches apart; an empty text ends it."""
        self._needle = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._current = None
        self.refresh()

    def see_line(self, number: int, *, centre: bool = True) -> bool:
        """Scroll to a line by its number; False when it is not held."""
        row = self.buffer.row_of(number)
        if row is None:
            return False
        if centre:
            self._current = number
        self.scroll_to(y=max(0, row - (self._height // 2 if centre else 0)), animate=False)
        self.refresh()
        return True

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        base, width = self.rich_style, self.size.width
        index = y + self.scroll_offset.y
        if index >= self.buffer.rows:
            text = self.empty if not self.buffer.rows and y == 0 else ""
            return Strip([Segment(text, base + GREY)]).adjust_cell_length(width, base)
        row = self.buffer.row(index)
        segments = self._prefix(row, base) + self._text(row, base)
        strip = Strip(segments)
        if not self.wrap and self.scroll_offset.x:
            left = strip.crop(0, PREFIX)
            strip = Strip.join([left, strip.crop(PREFIX + self.scroll_offset.x)])
        return strip.adjust_cell_length(width, base)

    def _prefix(self, row: Row, base: Style) -> list[Segment]:
        if row.offset:
            return [Segment(" " * PREFIX, base)]
        sign, color = _STREAMS.get(row.line.stream, ("?", ""))
        return [
            Segment(f"{time_of_day(row.line.at, self.zone):>8} ", base + GREY),
            Segment(f"{sign} ", base + style_of(color)),
        ]

    def _text(self, row: Row, base: Style) -> list[Segment]:
        text = row.line.text.expandtabs(4)
        if self.wrap:
            text = text[row.offset : row.offset + self._text_width]
        style = base + style_of(_LEVELS.get(row.line.level, ""))
        if row.line.line == self._current:
            style += SELECTED_BLURRED
        if self._needle is None:
            return [Segment(text, style)]
        segments, at = [], 0
        for match in self._needle.finditer(text):
            segments += [Segment(text[at : match.start()], style), Segment(match.group(), style + MATCH)]
            at = match.end()
        return [*segments, Segment(text[at:], style)]

    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height)

    @property
    def _text_width(self) -> int:
        return max(1, self.scrollable_content_region.width - PREFIX)

    def _resize(self) -> None:
        width = 0 if self.wrap else self.buffer.longest + PREFIX
        self.virtual_size = Size(max(width, 1), self.buffer.rows)

    def _lay_out(self) -> None:
        self.buffer.lay_out(self._text_width, wrap=self.wrap)
        self._resize()
        self.refresh()

    def on_resize(self) -> None:
        """Wrap to the new width; the end stays the end."""
        at_end = self.at_end
        self._lay_out()
        if at_end:
            self.scroll_to(y=max(0, self.buffer.rows - self._height), animate=False)

    def _scroll(self, by: int) -> None:
        target = max(0, min(self.scroll_offset.y + by, self.buffer.rows - self._height))
        self.scroll_to(y=target, animate=False)
        if target <= 0 and by < 0 and self.buffer.has_older:
            self.post_message(self.Wanted("older"))
        if by > 0 and self.buffer.has_newer and target + self._height >= self.buffer.rows:
            self.post_message(self.Wanted("newer"))
        self.post_message(self.Scrolled(at_end=target + self._height >= self.buffer.rows))

    def action_cursor_up(self) -> None:
        """One row up."""
        self._scroll(-1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """One page up."""
        self._scroll(-self._height)

    def action_page_down(self) -> None:
        """One page down."""
        self._scroll(self._height)

    def action_cursor_left(self) -> None:
        """Sideways to the left."""
        self.scroll_to(x=max(0, self.scroll_offset.x - 16), animate=False)

    def action_cursor_right(self) -> None:
        """Sideways to the right."""
        self.scroll_to(x=self.scroll_offset.x + 16, animate=False)

    def action_first(self) -> None:
        """To the first line of the log."""
        if self.buffer.has_older:
            self.post_message(self.Wanted("first"))
        else:
            self._scroll(-(10**9))

    def action_last(self) -> None:
        """To the last line of the log."""
        self.post_message(self.Wanted("last"))
