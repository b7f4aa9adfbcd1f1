"""The timetable screen's model: which rows stand under which columns, the cursor, marks, and one row as runs of colour.

A process of the window's qualifier has one cell per column; a coarser one spans several, its glyph at the first of
them. A cell of a finer one stands for all its jobs in that period, and shows the worst of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from synergy.core.control.replies import ProcessRow
from synergy.core.timeperiods import Qualifier, cast, is_coarser, ordinal_of, span, timeperiod_of
from synergy.tui.model.glyphs import ABSENT_CELL, COVERED_CELL, UNLOADED_CELL, GlyphSet, look_of_cell
from synergy.tui.model.grid_cache import ChunkKey, GridCache
from synergy.tui.model.rollups import Stretch
from synergy.tui.model.zoom import CELL_WIDTHS, Bounds, Window

_NO_STATES: Final = frozenset({ABSENT_CELL, COVERED_CELL, UNLOADED_CELL})


class GridLine(NamedTuple):
    """One process's row."""

    process_name: str
    tree_name: str
    qualifier: Qualifier
    bounds: Bounds


class Run(NamedTuple):
    """Neighbouring cells drawn alike. ``cursor`` and ``marked`` set them apart."""

    text: str
    color: str
    cursor: bool = False
    marked: bool = False


def grid_lines(processes: Iterable[ProcessRow]) -> list[GridLine]:
    """The rows there may be: processes that have periods at all."""
    lines = []
    for row in processes:
        if row.first_timeperiod and row.last_timeperiod:
            qualifier = Qualifier(row.time_qualifier)
            bounds = Bounds(ordinal_of(qualifier, row.first_timeperiod), ordinal_of(qualifier, row.last_timeperiod))
            lines.append(GridLine(row.process_name, row.tree_name, qualifier, bounds))
    return lines


def row_of(process_name: str | None, lines: Sequence[GridLine], *, otherwise: int) -> int:
    """The row of a process; ``otherwise`` for one that is not shown."""
    found = (at for at, line in enumerate(lines) if line.process_name == process_name)
    return next(found, max(0, min(otherwise, len(lines) - 1)))


def finest_of(lines: Iterable[GridLine]) -> Qualifier:
    """The shortest periods there are; hours where there are none."""
    return min((line.qualifier for line in lines), key=list(Qualifier).index, default=Qualifier.HOURLY)


def bounds_of(lines: Sequence[GridLine], qualifier: Qualifier) -> Bounds:
    """The first and last period of a zoom over all rows; of longer periods only where there is nothing finer."""
    fine = [line for line in lines if not is_coarser(line.qualifier, qualifier)]
    if fine:
        ends = [[cast(line.qualifier, at, qualifier) for at in line.bounds] for line in fine]
        return Bounds(min(first for first, _ in ends), max(last for _, last in ends))
    spans = [
        (
            span(line.qualifier, line.bounds.first, qualifier).start,
            span(line.qualifier, line.bounds.last, qualifier).stop - 1,
        )
        for line in lines
    ]
    return Bounds(min(first for first, _ in spans), max(last for _, last in spans)) if spans else Bounds(0, 0)


def is_rolled_up(line: GridLine, window: Window) -> bool:
    """Whether a cell of the row stands for several jobs."""
    return is_coarser(window.qualifier, line.qualifier)


def own_periods(line: GridLine, window: Window, ordinal: int) -> range:
    """The row's own periods in a column, as far as they exist."""
    if is_rolled_up(line, window):
        inside = span(window.qualifier, ordinal, line.qualifier)
    else:
        own = cast(window.qualifier, ordinal, line.qualifier)
        inside = range(own, own + 1)
    return range(max(inside.start, line.bounds.first), min(inside.stop, line.bounds.last + 1))


def target_at(line: GridLine, window: Window, ordinal: int) -> str | None:
    """The job of a row under a column, or the range of those that are rolled up there; None where there is none."""
    return target_of(line, own_periods(line, window, ordinal))


def target_of(line: GridLine, periods: range) -> str | None:
    """Jobs of a row as a target; None where there are none."""
    if not periods:
        return None
    end = f"..{timeperiod_of(line.qualifier, periods[-1])}" if len(periods) > 1 else ""
    return f"{line.process_name}@{timeperiod_of(line.qualifier, periods[0])}{end}"


def own_span(line: GridLine, window: Window) -> tuple[int, int]:
    """The row's own first period under the window, and how many."""
    first = cast(window.qualifier, window.first, line.qualifier)
    return first, cast(window.qualifier, window.last, line.qualifier) - first + 1


def cells_of(line: GridLine, window: Window, cache: GridCache) -> str:
    """One character per column: the worst of what is rolled up; a coarser period's is repeated over its columns."""
    if is_rolled_up(line, window):
        return cache.rollups.cells(line.process_name, window.qualifier, window.first, window.columns)
    first, count = own_span(line, window)
    own = cache.cells(line.process_name, first, count)
    if line.qualifier is window.qualifier:
        return own
    return "".join(
        own[cast(window.qualifier, at, line.qualifier) - first] for at in range(window.first, window.last + 1)
    )


def runs_of(
    line: GridLine, window: Window, cache: GridCache, glyphs: GlyphSet, *, cursor: bool, marks: frozenset[int]
) -> list[Run]:
    """A row as few runs, left to right; ``marks`` are columns."""
    cells = cells_of(line, window, cache)
    own_row = not is_coarser(line.qualifier, window.qualifier)
    width = CELL_WIDTHS[window.qualifier]
    columns = []
    previous: int | None = None
    for index, cell in enumerate(cells):
        ordinal = window.first + index
        own = ordinal if own_row else cast(window.qualifier, ordinal, line.qualifier)
        begins = own != previous
        previous = own
        columns.append((cell, begins or own_row, cursor and ordinal == window.cursor, ordinal in marks))
    runs = []
    for (cell, begins, here, marked), group in groupby(columns):
        look = look_of_cell(cell)
        fill = " " if cell == ABSENT_CELL else glyphs.choose("─", "-")
        text = (glyphs.of(look) if begins else fill) + (" " if own_row or begins else fill) * (width - 1)
        runs.append(Run(text * sum(1 for _ in group), look.color, here, marked))
    return runs


def matching(line: GridLine, window: Window, cache: GridCache, passes: Callable[[str], bool]) -> set[int]:
    """The row's own periods in the columns whose state, by its word, passes; what is not loaded never does."""
    cells = enumerate(cells_of(line, window, cache), window.first)
    columns = (at for at, cell in cells if cell not in _NO_STATES and passes(look_of_cell(cell).word))
    return {own for at in columns for own in own_periods(line, window, at)}


def missing_of(lines: Sequence[GridLine], window: Window, cache: GridCache) -> tuple[list[ChunkKey], list[Stretch]]:
    """What has to be asked for before all that the window shows is known: own cells, and rolled-up ones."""
    keys: list[ChunkKey] = []
    for line in lines:
        if not is_rolled_up(line, window):
            keys += [key for key in cache.missing(line.qualifier, *own_span(line, window)) if key not in keys]
    fine = [line for line in lines if is_rolled_up(line, window)]
    if not fine:
        return keys, []
    return keys, cache.rollups.missing(window.qualifier, window.first, window.last, bounds_of(fine, window.qualifier))
