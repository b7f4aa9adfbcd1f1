"""Many lines with a cursor, of which only the visible ones are drawn: what the views of logs have in common.

It never waits for the daemon: where lines are missing it asks for them by a message.
"""

from __future__ import annotations

from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from synergy.tui.actions import moves
from synergy.tui.widgets.colors import GREY, style_of
from synergy.tui.widgets.lines import fold_lines

SIDEWAYS: Final = 16


class ScrolledLines(ScrollView, can_focus=True):
    """Rows 0 … ``rows`` - 1, the first ``frozen`` cells of each stay when it is scrolled sideways."""

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

    class Moved(Message):
        """The cursor stands on another row; ``at_end``: on the last one."""

        def __init__(self, *, at_end: bool) -> None:
            super().__init__()
            self.at_end = at_end

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.empty = empty
        self.cursor = 0

    @property
    def rows(self) -> int:
        """How many there are."""
        return 0

    @property
    def frozen(self) -> int:
        """Cells that stand before the text of each row."""
        return 0

    @property
    def longest(self) -> int:
        """Cells of the longest row, the frozen ones too; 0: no row is longer than the screen."""
        return 0

    @property
    def has_older(self) -> bool:
        """Whether there is more before the first row."""
        return False

    @property
    def has_newer(self) -> bool:
        """Whether there is more behind the last row."""
        return False

    def draw(self, index: int, base: Style) -> list[Segment]:
        """One row."""
        raise NotImplementedError

    @property
    def at_end(self) -> bool:
        """Whether the cursor stands on the last row."""
        return self.cursor >= self.rows - 1

    @property
    def page(self) -> int:
        """Rows that are visible at once."""
        return max(1, self.scrollable_content_region.height)

    def resize(self) -> None:
        """There are other rows than before."""
        self.cursor = max(0, min(self.cursor, self.rows - 1))
        self.virtual_size = Size(max(self.longest, 1), self.rows)
        self.refresh()

    def go(self, row: int, *, centre: bool = False) -> None:
        """Put the cursor on a row, and have it seen."""
        before, self.cursor = self.cursor, max(0, min(row, self.rows - 1))
        top = self.scroll_offset.y
        if centre and not top <= self.cursor < top + self.page:
            self._see(self.cursor - self.page // 2)
        elif self.cursor < top:
            self._see(self.cursor)
        elif self.cursor >= top + self.page:
            self._see(self.cursor - self.page + 1)
        if self.cursor != before:
            self.refresh_line(before)
            self.refresh_line(self.cursor)

    def go_to_end(self) -> None:
        """Put the cursor on the last row."""
        self.cursor = max(0, self.rows - 1)
        self._see(self.rows - self.page)

    def _see(self, top: int) -> None:
        self.scroll_to(y=max(0, min(top, self.rows - self.page)), animate=False)

    def _move(self, by: int, *, page: bool = False) -> None:
        if page:
            self._see(self.scroll_offset.y + by)
        wanted = self.cursor + by
        self.go(wanted)
        if wanted < 0 and self.has_older:
            self.post_message(self.Wanted("older"))
        if wanted >= self.rows and self.has_newer:
            self.post_message(self.Wanted("newer"))
        self.post_message(self.Moved(at_end=self.at_end))

    def action_cursor_up(self) -> None:
        """One row up."""
        self._move(-1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self._move(1)

    def action_page_up(self) -> None:
        """One page up."""
        self._move(-self.page, page=True)

    def action_page_down(self) -> None:
        """One page down."""
        self._move(self.page, page=True)

    def action_cursor_left(self) -> None:
        """Sideways to the left."""
        self.scroll_to(x=max(0, self.scroll_offset.x - SIDEWAYS), animate=False)

    def action_cursor_right(self) -> None:
        """Sideways to the right."""
        self.scroll_to(x=self.scroll_offset.x + SIDEWAYS, animate=False)

    def action_first(self) -> None:
        """To the first row there is."""
        if self.has_older:
            self.post_message(self.Wanted("first"))
        else:
            self._move(-self.rows)

    def action_last(self) -> None:
        """To the last row there is."""
        if self.has_newer:
            self.post_message(self.Wanted("last"))
        else:
            self._move(self.rows)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there."""
        self.go(event.y + self.scroll_offset.y)
        self.post_message(self.Moved(at_end=self.at_end))

    def render_line(self, y: int) -> Strip:
        """Draw one visible line."""
        base, width = self.rich_style, self.size.width
        index = y + self.scroll_offset.y
        if index >= self.rows:
            text = self._empty_line(y, width) if not self.rows else ""
            return Strip([Segment(text, base + style_of(GREY))]).adjust_cell_length(width, base)
        strip = Strip(self.draw(index, base))
        if self.scroll_offset.x:
            strip = Strip.join([strip.crop(0, self.frozen), strip.crop(self.frozen + self.scroll_offset.x)])
        return strip.adjust_cell_length(width, base)

    def _empty_line(self, y: int, width: int) -> str:
        """What is said while there is no row, whole however narrow the screen is."""
        lines = fold_lines([[(line, "")] for line in self.empty.split("\n")], width - 2, indent=0)
        return " " + "".join(text for text, _ in lines[y]) if y < len(lines) else ""
