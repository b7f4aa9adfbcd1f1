"""The timetable screen's model: which rows stand under which columns, the cursor, marks, and one row as runs of colour.

A process of the window's qualifier has one cell per column; a coarser one spans several, its glyph at
the first of them. Finer processes are left out: zooming in brings them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from synergy.core.control.replies import ProcessRow
from synergy.core.timeperiods import Qualifier, cast, is_coarser, ordinal_of, span, timeperiod_of
from synergy.tui.model.glyphs import ABSENT_CELL, COVERED_CELL, UNLOADED_CELL, GlyphSet, look_of_cell
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.zoom import CELL_WIDTHS, Bounds, Window


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


def visible_lines(lines: Iterable[GridLine], qualifier: Qualifier) -> list[GridLine]:
    """The rows of a zoom."""
    return [line for line in lines if not is_coarser(qualifier, line.qualifier)]


def row_of(process_name: str | None, lines: Iterable[GridLine], shown: Sequence[GridLine], *, otherwise: int) -> int:
    """The row of a process; of the finest one shown of its tree when it is too fine; ``otherwise`` for another."""
    wanted = next((line for line in lines if line.process_name == process_name), None)
    kin = [at for at, line in enumerate(shown) if wanted is not None and line.tree_name == wanted.tree_name]
    own = [at for at in kin if shown[at].process_name == process_name]
    if own or kin:
        return own[0] if own else min(kin, key=lambda at: list(Qualifier).index(shown[at].qualifier))
    return max(0, min(otherwise, len(shown) - 1))


def bounds_of(lines: Sequence[GridLine], qualifier: Qualifier) -> Bounds:
    """The first and last period of a zoom over all rows that it shows."""
    shown = visible_lines(lines, qualifier)
    if not shown:
        return Bounds(0, 0)
    firsts = [span(line.qualifier, line.bounds.first, qualifier).start for line in shown]
    own = [line.bounds.last for line in shown if line.qualifier is qualifier]
    lasts = own or [span(line.qualifier, line.bounds.last, qualifier).stop - 1 for line in shown]
    return Bounds(max(firsts) if len(own) == len(shown) else min(firsts), max(lasts))


def job_at(line: GridLine, window: Window, ordinal: int) -> str | None:
    """The job of a row under a column; None where there is no period."""
    own = cast(window.qualifier, ordinal, line.qualifier)
    if not line.bounds.first <= own <= line.bounds.last:
        return None
    return f"{line.process_name}@{timeperiod_of(line.qualifier, own)}"


def own_span(line: GridLine, window: Window) -> tuple[int, int]:
    """The row's own first period under the window, and how many."""
    first = cast(window.qualifier, window.first, line.qualifier)
    return first, cast(window.qualifier, window.last, line.qualifier) - first + 1


def cells_of(line: GridLine, window: Window, cache: GridCache) -> str:
    """One character per column; a coarser period's is repeated over its columns."""
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
    """A row as few runs, left to right; ``marks`` are the row's own ordinals."""
    cells = cells_of(line, window, cache)
    own_row = line.qualifier is window.qualifier
    width = CELL_WIDTHS[window.qualifier]
    columns = []
    previous: int | None = None
    for index, cell in enumerate(cells):
        ordinal = window.first + index
        own = ordinal if own_row else cast(window.qualifier, ordinal, line.qualifier)
        begins = own != previous
        previous = own
        columns.append((cell, begins or own_row, cursor and ordinal == window.cursor, own in marks))
    runs = []
    for (cell, begins, here, marked), group in groupby(columns):
        look = look_of_cell(cell)
        fill = " " if cell == ABSENT_CELL else glyphs.choose("─", "-")
        text = (glyphs.of(look) if begins else fill) + (" " if own_row or begins else fill) * (width - 1)
        runs.append(Run(text * sum(1 for _ in group), look.color, here, marked))
    return runs


def matching(line: GridLine, window: Window, cache: GridCache, passes: Callable[[str], bool]) -> set[int]:
    """The row's own periods under the window whose state, by its word, passes; what is not loaded never does."""
    first, count = own_span(line, window)
    cells = cache.cells(line.process_name, first, count)
    jobs = {at: cell for at, cell in enumerate(cells, first) if cell not in {ABSENT_CELL, COVERED_CELL, UNLOADED_CELL}}
    return {
        at
        for at, cell in jobs.items()
        if line.bounds.first <= at <= line.bounds.last and passes(look_of_cell(cell).word)
    }


class Marks:
    """Marked jobs by process, and the mark made last."""

    def __init__(self) -> None:
        self._marks: dict[str, set[int]] = {}
        self._qualifiers: dict[str, Qualifier] = {}
        self._last: tuple[str, int] | None = None

    def __len__(self) -> int:
        return sum(len(marks) for marks in self._marks.values())

    def of(self, process_name: str) -> frozenset[int]:
        """A process's marked ordinals."""
        return frozenset(self._marks.get(process_name, ()))

    def toggle(self, line: GridLine, ordinal: int) -> None:
        """Mark or unmark one job."""
        marks = self._marks.setdefault(line.process_name, set())
        self._qualifiers[line.process_name] = line.qualifier
        marks ^= {ordinal}
        self._last = (line.process_name, ordinal)

    def extend(self, line: GridLine, ordinal: int) -> None:
        """Mark from the last mark of this row to here; only here when there is none."""
        start = self._last[1] if self._last and self._last[0] == line.process_name else ordinal
        marks = self._marks.setdefault(line.process_name, set())
        self._qualifiers[line.process_name] = line.qualifier
        marks |= set(range(min(start, ordinal), max(start, ordinal) + 1))
        self._last = (line.process_name, ordinal)

    def add(self, line: GridLine, ordinals: Iterable[int]) -> None:
        """Mark jobs of a row."""
        self._qualifiers[line.process_name] = line.qualifier
        self._marks.setdefault(line.process_name, set()).update(ordinals)

    def clear(self) -> None:
        """Drop all marks."""
        self._marks.clear()
        self._last = None

    def targets(self) -> tuple[str, ...]:
        """The marked jobs as targets, neighbours as ranges."""
        found = []
        for process_name, marks in self._marks.items():
            qualifier = self._qualifiers[process_name]
            for _, run in groupby(enumerate(sorted(marks)), key=lambda pair: pair[1] - pair[0]):
                ordinals = [ordinal for _, ordinal in run]
                names = [timeperiod_of(qualifier, ordinal) for ordinal in (ordinals[0], ordinals[-1])]
                end = f"..{names[1]}" if len(ordinals) > 1 else ""
                found.append(f"{process_name}@{names[0]}{end}")
        return tuple(found)
