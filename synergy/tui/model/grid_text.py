"""The timetable as plain text: the heading of the screen over a line per process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.tui.model.glyphs import GlyphSet, look_of_cell
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.grid_view import GridLine, runs_of
from synergy.tui.model.zoom import CELL_WIDTHS, Window, heading

_NAME: Final = 28


def grid_text(rows: Sequence[tuple[str, str]], window: Window) -> list[str]:
    """Names with their cells, under the periods; all cells begin in one column, however long a name is."""
    width = max([_NAME, *(len(name) for name, _ in rows)])
    under = (*(("", line) for line in heading(window) if line.strip()), *rows)
    return [f"{name:<{width}} {cells}".rstrip() for name, cells in under]


def drawn_cells(line: GridLine, window: Window, cache: GridCache, glyphs: GlyphSet) -> str:
    """A row's cells as they are on the screen, without colours."""
    return "".join(run.text for run in runs_of(line, window, cache, glyphs, cursor=False, marks=frozenset()))


def spaced_cells(cells: str, window: Window, glyphs: GlyphSet) -> str:
    """Cells of the window's own level, each as wide as its heading."""
    return "".join(glyphs.of(look_of_cell(cell)).ljust(CELL_WIDTHS[window.qualifier]) for cell in cells)
