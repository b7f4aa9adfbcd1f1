"""The one table of the console, drawn line by line: only what is visible is ever rendered.

Textual's DataTable needs seconds for ten thousand rows and repaints all of it for one cell; this one keeps the rows as
values and draws the thirty that can be seen.
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
from synergy.tui.model.filters import EVERYTHING, Filter, title_counts
from synergy.tui.model.formats import shorten
from synergy.tui.model.table import AS_IT_CAME, GAP, Cell, Column, Row, Table, fit
from synergy.tui.widgets.colors import GREY, HEADER, MARKED, SELECTED, SELECTED_BLURRED, look_now, style_of

HEADER_LINES: Final = 1
GUTTER: Final = 2


class LineTable(ScrollView, can_focus=True):
    """Rows under a frozen header; the cursor stays on its row's key when rows come and go.

    ``from_top``: but until the operator moves it, it stays on the first row, whatever that is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(move.keys, move.verb, move.help, show=False)
        for move in moves("cursor_up", "cursor_down", "page_up", "page_down", "first", "last")
    ]

    class Moved(Message):
        """The cursor stands on another row; ``key`` None: there is none."""

        def __init__(self, table: LineTable, key: str | None) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LineTable:
            """The sender."""
            return self.table

    class Chosen(Message):
        """A row was clicked twice."""

        def __init__(self, table: LineTable, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

    class Sorted(Message):
        """The rows stand in another order."""

    class OverTop(Message):
        """The cursor was to go up from the first row."""

    class NearEnd(Message):
        """The cursor came near the last row; more may be wanted."""

    def __init__(
        self,
        *,
        empty: str = "Nothing to show.",
        from_top: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self.empty = empty
        self._stays_on_top = from_top
        self.marks: set[str] = set()
        self._whole = Table(())
        self._table = Table(())
        self._filter = EVERYTHING
        self._order = AS_IT_CAME
        self._only_problems = False
        self._cursor = 0
        self._anchor: str | None = None
        self._widths: list[int] = []
        self._strips: dict[tuple[int, bool, bool, tuple[str, bool]], Strip] = {}

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        rows = self._table.rows
        return rows[self._cursor].key if rows else None

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        rows = self._table.rows
        return rows[self._cursor] if rows else None

    @property
    def shown(self) -> Table:
        """What is shown, filtered and sorted."""
        return self._table

    @property
    def counts(self) -> str:
        """``[15/1,204]``."""
        filtered = bool(self._filter) or self._only_problems
        return title_counts(len(self._table.rows), len(self._whole.rows), filtered=filtered)

    @property
    def hidden_marks(self) -> int:
        """How many marked rows are not shown: they do not pass the filter, or are gone."""
        return len(self.marks - {row.key for row in self._table.rows}) if self.marks else 0

    @property
    def unseen_order(self) -> str:
        """What the rows are sorted by, where no heading tells it because there is no room for that column."""
        column = self._order.column
        if column is None or column >= len(self._widths) or self._widths[column]:
            return ""
        return f"{self._table.columns[column].title}{self._arrow}"

    @property
    def _arrow(self) -> str:
        return "▾" if self._order.descending else "▴"

    def show_table(self, table: Table) -> None:
        """Show other rows; only lines that differ are drawn again."""
        self._whole = table
        self._arrange()

    def narrow(self, wanted: Filter, *, only_problems: bool = False) -> None:
        """Filter the rows."""
        self._filter, self._only_problems = wanted, only_problems
        self._arrange()
        self._see_cursor()

    def toggle_mark(self) -> None:
        """Mark or unmark the row and go to the next."""
        if (key := self.key) is not None:
            self.marks ^= {key}
            self._anchor = key
            self._redraw()
            self._go(self._cursor + 1)

    def mark_range(self) -> None:
        """Mark from the last mark to the cursor."""
        keys = [row.key for row in self._table.rows]
        if not keys:
            return
        start = keys.index(self._anchor) if self._anchor in keys else self._cursor
        first, last = sorted((start, self._cursor))
        self.marks |= set(keys[first : last + 1])
        self._redraw()

    def mark_all(self) -> int:
        """Mark every row that is shown; how many that are."""
        keys = {row.key for row in self._table.rows if row.key}
        self.marks |= keys
        self._redraw()
        return len(keys)

    def drop_marks(self) -> None:
        """Unmark everything."""
        self.marks.clear()
        self._redraw()

    def go_to(self, key: str) -> bool:
        """Put the cursor on a row by its key; False when it is not shown."""
        for index, row in enumerate(self._table.rows):
            if row.key == key:
                self._go(index)
                return True
        return False

    def _arrange(self) -> None:
        key, old = self.key, self._table
        self._table = self._whole.arranged(self._filter, self._order, only_problems=self._only_problems)
        rows = self._table.rows
        found = 0 if self._stays_on_top else next((at for at, row in enumerate(rows) if row.key == key), None)
        self._cursor = found if found is not None else max(0, min(self._cursor, len(rows) - 1))
        self.virtual_size = Size(self._inner_width, len(rows) + HEADER_LINES)
        if old.columns != self._table.columns or len(old.rows) != len(rows) or not rows:
            self._redraw()
        else:
            self._redraw_changed(old)
        if self.key != key:
            self._see_cursor()
            self.post_message(self.Moved(self, self.key))

    @property
    def _inner_width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - HEADER_LINES)

    def _redraw(self) -> None:
        self._strips.clear()
        self._widths = fit(self._table.columns, max(1, self._inner_width - GUTTER)) if self._table.columns else []
        self.refresh()

    def _redraw_changed(self, old: Table) -> None:
        for index, (before, after) in enumerate(zip(old.rows, self._table.rows, strict=True)):
            if before != after:
                self._forget(index)

    def _forget(self, index: int) -> None:
        for key in [key for key in self._strips if key[0] == index]:
            del self._strips[key]
        self.refresh_line(index + HEADER_LINES)

    def _go(self, index: int) -> None:
        count = len(self._table.rows)
        self._stays_on_top = False
        index = max(0, min(index, count - 1))
        if index != self._cursor:
            before, self._cursor = self._cursor, index
            self.refresh_line(before + HEADER_LINES)
            self.refresh_line(index + HEADER_LINES)
            self._see_cursor()
            self.post_message(self.Moved(self, self.key))
        if count and index >= count - self._page:
            self.post_message(self.NearEnd())

    def _see_cursor(self) -> None:
        """Forced: new rows may be more than fit before the layout has given them the scrollbar that allows it."""
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + self._page:
            self.scroll_to(y=self._cursor - self._page + 1, animate=False, force=True)

    def action_cursor_up(self) -> None:
        """One row up."""
        if self._cursor == 0:
            self.post_message(self.OverTop())
        self._go(self._cursor - 1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self._go(self._cursor + 1)

    def action_page_up(self) -> None:
        """One page up."""
        self._go(self._cursor - self._page)

    def action_page_down(self) -> None:
        """One page down."""
        self._go(self._cursor + self._page)

    def action_first(self) -> None:
        """To the first row."""
        self._go(0)

    def action_last(self) -> None:
        """To the last row."""
        self._go(len(self._table.rows) - 1)

    def sort_by_letter(self, letter: str) -> bool:
        """Sort by a column that begins with it; False when there is none."""
        order = self._table.order_by_letter(letter, self._order)
        if order is None:
            return False
        self._order = order
        self._arrange()
        self._redraw()
        self._see_cursor()
        self.post_message(self.Sorted())
        return True

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice goes in."""
        index = event.y + self.scroll_offset.y - HEADER_LINES
        if event.y >= HEADER_LINES and 0 <= index < len(self._table.rows):
            self._go(index)
            if event.chain == 2 and (key := self.key) is not None:
                self.post_message(self.Chosen(self, key))

    def on_resize(self) -> None:
        """Follow the terminal's width."""
        self.virtual_size = Size(self._inner_width, len(self._table.rows) + HEADER_LINES)
        self._redraw()
        self._see_cursor()

    def on_focus(self) -> None:
        """Show the cursor strongly."""
        self.refresh_line(self._cursor + HEADER_LINES)

    def on_blur(self) -> None:
        """Show the cursor faintly."""
        self.refresh_line(self._cursor + HEADER_LINES)

    def render_line(self, y: int) -> Strip:
        """Draw one visible line."""
        base = self.rich_style
        if y < HEADER_LINES:
            return self._header(base)
        index = y + self.scroll_offset.y - HEADER_LINES
        if index >= len(self._table.rows):
            text = f"  {self._why_empty()}" if index == 0 and not self._table.rows else ""
            return Strip([Segment(text, base + style_of(GREY))]).adjust_cell_length(self.size.width, base)
        selected = index == self._cursor
        key = (index, selected, self.has_focus, look_now())
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._draw(self._table.rows[index], base, selected=selected)
        return strip

    def _why_empty(self) -> str:
        if not self._whole.rows:
            return self.empty
        if self._filter:
            return f"No row passes /{self._filter.source}{self._filter.note}: esc drops the filter."
        return "Nothing is wrong here: ctrl+z shows all rows."

    def _header(self, base: Style) -> Strip:
        style = base + style_of(f"bold {HEADER}")
        segments = [Segment(" " * GUTTER, style)]
        for index, (column, width) in enumerate(zip(self._table.columns, self._widths, strict=False)):
            if width:
                title = column.title
                if self._order.column == index:
                    title = shorten(title, width - 1) + self._arrow
                segments.append(Segment(_fitted(Cell(title), column, width), style))
        return Strip(segments).adjust_cell_length(self.size.width, style)

    def _draw(self, row: Row, base: Style, *, selected: bool) -> Strip:
        over = style_of((SELECTED if self.has_focus else SELECTED_BLURRED) if selected else "")
        marked = row.key in self.marks
        if marked:
            over += style_of(MARKED)
        segments = [Segment("+ " if marked else "  ", base + over)]
        for cell, column, width in zip(row.cells, self._table.columns, self._widths, strict=True):
            if width:
                segments += _segments(cell, column, width, base, over)
        return Strip(segments).adjust_cell_length(self.size.width, base + over)


def _fitted(cell: Cell, column: Column, width: int) -> str:
    text = shorten(cell.text, width)
    return (text.rjust(width) if column.right else text.ljust(width)) + " " * GAP


def _segments(cell: Cell, column: Column, width: int, base: Style, over: Style) -> list[Segment]:
    if not cell.parts or len(cell.text) > width:
        return [Segment(_fitted(cell, column, width), base + style_of(cell.color) + over)]
    parts = [Segment(text, base + style_of(color) + over) for text, color in cell.parts]
    return [*parts, Segment(" " * (width - len(cell.text) + GAP), base + over)]
