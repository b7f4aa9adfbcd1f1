"""The timetable: names in one widget, cells in another, so that a changed cell does not redraw the names.

Fifty processes times a hundred thousand periods cost no more than what is visible: each row is a slice of the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from synergy.core.states import JobState
from synergy.core.timeperiods import Qualifier, cast, is_coarser, span
from synergy.tui.actions import MOVES
from synergy.tui.model.formats import shorten
from synergy.tui.model.glyphs import INVALID, JOB_LOOKS, GlyphSet
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.grid_view import (
    GridLine,
    bounds_of,
    finest_of,
    is_rolled_up,
    own_periods,
    row_of,
    runs_of,
    target_at,
)
from synergy.tui.model.marks import Marks
from synergy.tui.model.zoom import CELL_WIDTHS, Bounds, Window, columns_for, heading, move, resize, rezoom, seek
from synergy.tui.widgets.colors import CURSOR_CELL, GREY, HEADER, MARKED_CELL, SELECTED_BLURRED, look_now, style_of

HEADER_LINES: Final = 2
MAX_NAME: Final = 28
START: Final = Window(Qualifier.DAILY, 0, 1, 0)


PROBLEM_COLORS: Final = frozenset({INVALID.color, JOB_LOOKS[JobState.SKIPPED].color})
"""What keeps its colour where only problems are shown."""


class NameColumn(Widget):
    """The frozen names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.cursor = 0
        self.top = 0
        self.corner = ""

    def render_line(self, y: int) -> Strip:
        """Draw one name."""
        base, width = self.rich_style, self.size.width
        if y < HEADER_LINES:
            text = self.corner if y == HEADER_LINES - 1 else ""
            return Strip([Segment(shorten(text, width), base + style_of(GREY))]).adjust_cell_length(width, base)
        index = self.top + y - HEADER_LINES
        if index >= len(self.names):
            return Strip.blank(width, base)
        style = base + style_of(SELECTED_BLURRED) if index == self.cursor else base
        return Strip([Segment(shorten(self.names[index], width - 1), style)]).adjust_cell_length(width, style)


class CellGrid(Widget):
    """The cells and their heading."""

    def __init__(self, grid: PeriodGrid) -> None:
        super().__init__()
        self._grid = grid
        self._strips: dict[int, tuple[object, Strip]] = {}

    def on_resize(self) -> None:
        """As many columns as fit now: the names may have got wider, or the terminal."""
        self._grid.follow_size()

    def render_line(self, y: int) -> Strip:
        """Draw one row of cells; kept until the window or a cell changes."""
        grid, base, width = self._grid, self.rich_style, self.size.width
        if y < HEADER_LINES:
            style = base + style_of(f"bold {HEADER}" if y == 0 else GREY)
            text = heading(grid.window.within(grid.bounds))[y] if grid.lines else ""
            return Strip([Segment(text, style)]).adjust_cell_length(width, base)
        index = grid.top + y - HEADER_LINES
        if index >= len(grid.lines):
            return Strip.blank(width, base)
        line = grid.lines[index]
        marks = grid.marks.columns(line, grid.window)
        cursor = index == grid.row
        dims = grid.only_problems
        state = (grid.window, grid.cache.generation, cursor, marks, grid.glyphs, width, base, look_now(), dims)
        known = self._strips.get(index)
        if known is not None and known[0] == state:
            return known[1]
        runs = runs_of(line, grid.window, grid.cache, grid.glyphs, cursor=cursor, marks=marks)
        segments = []
        for run in runs:
            style = base + style_of(run.color if not dims or run.color in PROBLEM_COLORS else GREY)
            if run.cursor or run.marked:
                style += style_of(CURSOR_CELL if run.cursor else MARKED_CELL)
            segments.append(Segment(run.text, style))
        strip = Strip(segments).adjust_cell_length(width, base)
        self._strips[index] = (state, strip)
        return strip


class PeriodGrid(Horizontal, can_focus=True):
    """Processes by timeperiods, with a cursor on one job."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(each.keys, each.verb, each.help, show=False) for each in MOVES]

    class Moved(Message):
        """The cursor stands on another job, or another window is visible."""

    def __init__(self, cache: GridCache, glyphs: GlyphSet, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.cache = cache
        self.glyphs = glyphs
        self.marks = Marks()
        self.window = START
        self.lines: list[GridLine] = []
        self.row = 0
        self.top = 0
        self.only_problems = False  # all else is dimmed
        self._name: str | None = None  # of the row under the cursor, also while nothing is shown
        self._names = NameColumn()
        self._cells = CellGrid(self)
        self._placed = False

    def compose(self) -> ComposeResult:
        """Names and cells, side by side."""
        yield self._names
        yield self._cells

    @property
    def line(self) -> GridLine | None:
        """The row under the cursor."""
        return self.lines[self.row] if self.lines else None

    @property
    def is_rolled_up(self) -> bool:
        """Whether the cell under the cursor stands for several jobs."""
        return self.line is not None and is_rolled_up(self.line, self.window)

    @property
    def target(self) -> str | None:
        """The job under the cursor, or the range of those that its cell stands for."""
        return target_at(self.line, self.window, self.window.cursor) if self.line else None

    @property
    def job(self) -> str | None:
        """The job under the cursor; None where the cell stands for several."""
        return None if self.is_rolled_up else self.target

    @property
    def periods(self) -> range:
        """The row's own periods under the cursor."""
        return own_periods(self.line, self.window, self.window.cursor) if self.line else range(0)

    def show_processes(self, lines: Sequence[GridLine]) -> None:
        """Show these processes' rows, on the newest period of the finest zoom at first; a cursor there follows time."""
        name = self.line.process_name if self.line else self._name
        at_newest = bool(self.lines) and self.window.cursor == self.bounds.last
        self.lines = list(lines)
        if self.lines and not self._placed:
            self._placed = True
            finest = finest_of(self.lines)
            self.window = Window(finest, 0, self._columns(finest), bounds_of(self.lines, finest).last)
            name = next(line.process_name for line in self.lines if line.qualifier is finest)
        self._lay_rows(name)
        self.redraw()
        if not self.lines:  # a filter lets nothing through, perhaps half typed: the window is kept for its end
            self.post_message(self.Moved())
            return
        window = resize(self.window, self._columns(self.window.qualifier), self.bounds)
        self._settle(move(window, self.bounds.last, self.bounds) if at_newest else window)

    def zoom(self, qualifier: Qualifier) -> bool:
        """Look through another qualifier; False when it is shorter than any process's."""
        if not self.lines or is_coarser(finest_of(self.lines), qualifier):
            return False
        name = self.line.process_name if self.line else None
        window = rezoom(self.window, qualifier, self._columns(qualifier), bounds_of(self.lines, qualifier))
        self.window = window
        self._lay_rows(name)
        self.redraw()
        self._settle(window)
        return True

    def go_to(self, process_name: str, ordinal: int) -> None:
        """Put the cursor on a period of a process that is shown."""
        self._lay_rows(process_name)
        self._settle(seek(self.window, ordinal, self.bounds))

    def jump(self, qualifier: Qualifier, ordinal: int) -> bool:
        """Put the cursor on a time; False when it lies outside of all periods, and the nearest is taken."""
        shown, bounds = self.window.qualifier, self.bounds
        wanted = span(qualifier, ordinal, shown) if is_coarser(qualifier, shown) else [cast(qualifier, ordinal, shown)]
        self._settle(seek(self.window, wanted[0], bounds))
        return bounds.first <= wanted[-1] and wanted[0] <= bounds.last

    def redraw_cells(self, process_names: frozenset[str]) -> None:
        """Cells of these processes changed: draw their rows again, and nothing else."""
        for index in range(self.top, min(len(self.lines), self.top + self._page)):
            if self.lines[index].process_name in process_names:
                y = HEADER_LINES + index - self.top
                self._cells.refresh(Region(0, y, self._cells.size.width, 1))

    def redraw(self) -> None:
        """Draw everything again."""
        self._names.refresh()
        self._cells.refresh()

    def toggle_mark(self) -> None:
        """Mark or unmark what is under the cursor and go on by one."""
        if self.line and self.periods:
            self.marks.toggle(self.line, self.window)
            self.action_cursor_right()
            self.redraw()

    def mark_range(self) -> bool:
        """Mark from the last mark to the cursor, in all rows between; False: they would be too many."""
        can_be = not self.lines or self.marks.extend(self.row, self.lines, self.window)
        self.redraw()
        return can_be

    @property
    def bounds(self) -> Bounds:
        """The first and last period of the window's zoom."""
        return bounds_of(self.lines, self.window.qualifier)

    @property
    def names(self) -> list[str]:
        """How the rows are called: a sign tells that the cells of one stand for several jobs."""
        sign = self.glyphs.choose(" Σ", " +")
        return [line.process_name + (sign if is_rolled_up(line, self.window) else "") for line in self.lines]

    def _columns(self, qualifier: Qualifier) -> int:
        return columns_for(qualifier, self._cells.size.width or 1)

    @property
    def _page(self) -> int:
        return max(1, self._cells.size.height - HEADER_LINES)

    def _lay_rows(self, process_name: str | None) -> None:
        names = self.names
        self.row = row_of(process_name, self.lines, otherwise=self.row)
        self._name = self.line.process_name if self.line else process_name
        self._names.names = names
        self._names.corner = f"{self.window.qualifier} periods"
        self._names.styles.width = min(MAX_NAME, max([len(name) for name in names], default=8)) + 2

    def _settle(self, window: Window) -> None:
        """Draw what is different: where nothing scrolls, the row that the cursor left and the one it came to."""
        before = (self.window._replace(cursor=0), self.top)
        rows = {self._names.cursor, self.row}
        self.window = window
        lowest = max(0, len(self.lines) - self._page)
        self.top = max(min(self.top, self.row, lowest), self.row - self._page + 1)
        self._names.cursor, self._names.top = self.row, self.top
        if before == (window._replace(cursor=0), self.top):
            self._redraw_rows(rows)
        else:
            self.redraw()
        self.post_message(self.Moved())

    def _redraw_rows(self, rows: set[int]) -> None:
        for row in rows:
            y = HEADER_LINES + row - self.top
            self._cells.refresh(Region(0, y, self._cells.size.width, 1))
            if len(rows) > 1:
                self._names.refresh(Region(0, y, self._names.size.width, 1))

    def _step(self, by: int) -> None:
        self._settle(move(self.window, self.window.cursor + by, self.bounds))

    def _climb(self, by: int) -> None:
        self.row = max(0, min(self.row + by, len(self.lines) - 1))
        self._settle(self.window)

    def action_cursor_up(self) -> None:
        """One process up."""
        self._climb(-1)

    def action_cursor_down(self) -> None:
        """One process down."""
        self._climb(1)

    def action_page_up(self) -> None:
        """One page of processes up."""
        self._climb(-self._page)

    def action_page_down(self) -> None:
        """One page of processes down."""
        self._climb(self._page)

    def action_cursor_left(self) -> None:
        """One period back."""
        self._step(-1)

    def action_cursor_right(self) -> None:
        """One period on."""
        self._step(1)

    def action_page_left(self) -> None:
        """One window back."""
        self._step(-self.window.columns)

    def action_page_right(self) -> None:
        """One window on."""
        self._step(self.window.columns)

    def action_first(self) -> None:
        """To the first period."""
        self._step(-(10**9))

    def action_last(self) -> None:
        """To the newest period."""
        self._step(10**9)

    def follow_size(self) -> None:
        """Show as many columns and rows as fit now."""
        if self.lines:
            self.show_processes(self.lines)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the cell."""
        region = self._cells.region
        x, y = event.screen_x - region.x, event.screen_y - region.y - HEADER_LINES
        if x >= 0 and 0 <= y + self.top < len(self.lines) and y >= 0:
            self.row = y + self.top
            column = x // CELL_WIDTHS[self.window.qualifier]
            self._settle(move(self.window, self.window.first + column, self.bounds))
