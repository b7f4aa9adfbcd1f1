"""What is shown otherwise than as a table, as the rows of one: cells of the timetable, branches, lines of logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from synergy.core.control.cells import badness
from synergy.core.timeperiods import timeperiod_of
from synergy.tui.model.branches import Branch
from synergy.tui.model.formats import period
from synergy.tui.model.glyphs import ABSENT_CELL, look_of_cell
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.grid_view import GridLine, cells_of, own_periods
from synergy.tui.model.log_diff import DiffRow
from synergy.tui.model.log_lens import Held
from synergy.tui.model.table import Cell, Column, Row, Table
from synergy.tui.model.zoom import Window

LINES: Final = (Column("At", 24), Column("Stream", 6), Column("Level", 7), Column("Text", 40))
DIFFERENCES: Final = (Column("Sign", 2), Column("Old line", 8), Column("New line", 8), Column("Text", 40))
BRANCHES: Final = (Column("Period", 14), Column("Process", 16), Column("State", 12), Column("Inside", 30))


def grid_table(lines: Sequence[GridLine], window: Window, cache: GridCache) -> Table:
    """A row per process, a column per period; of a cell that stands for several jobs the worst of them.

    A job of longer periods stands once, where its period begins; one that began before the window, in the first column.
    """
    periods = [timeperiod_of(window.qualifier, at) for at in range(window.first, window.last + 1)]
    columns = (Column("Tree", 10), Column("Level", 7), *(Column(each, 10) for each in periods))
    rows = (
        Row(
            line.process_name,
            (Cell(line.tree_name), Cell(line.qualifier), *(Cell(word) for word in _words(line, window, cache))),
        )
        for line in lines
    )
    return Table(columns, tuple(rows))


def branches_table(branches: Iterable[tuple[Branch, str | None, Mapping[str, int]]]) -> Table:
    """A row per branch, with its state and what is inside, counted."""
    rows = (
        Row(
            branch.job or branch.timeperiod,
            (
                Cell(period(branch.timeperiod, branch.qualifier)),
                Cell(branch.process_name or ""),
                Cell(_word(cell) if cell is not None else ""),
                Cell(", ".join(f"{inside[key]} {_word(key)}" for key in sorted(inside, key=badness))),
            ),
        )
        for branch, cell, inside in branches
    )
    return Table(BRANCHES, tuple(rows))


def lines_table(lines: Iterable[Held], names: Sequence[str] = ()) -> Table:
    """A row per line of a log, by its number; ``names``: of the logs, where there are several."""
    rows = (
        Row(
            f"{names[line.source]}:{line.number + 1}" if names else str(line.number + 1),
            (Cell(line.at), Cell(line.stream), Cell(line.level.name if line.level else ""), Cell(line.text)),
        )
        for line in lines
    )
    return Table(LINES, tuple(rows))


def diff_table(shown: Iterable[DiffRow]) -> Table:
    """A row per line of a comparison."""
    rows = (
        Row(str(at), (Cell(row.kind.value.strip()), _number(row.old), _number(row.new), Cell(row.text)))
        for at, row in enumerate(shown, 1)
    )
    return Table(DIFFERENCES, tuple(rows))


def _words(line: GridLine, window: Window, cache: GridCache) -> Iterator[str]:
    before: range | None = None
    for at, cell in enumerate(cells_of(line, window, cache), window.first):
        own = own_periods(line, window, at)
        yield _word(cell) if own != before else ""
        before = own


def _word(cell: str) -> str:
    return "" if cell == ABSENT_CELL else look_of_cell(cell).word


def _number(index: int | None) -> Cell:
    return Cell("") if index is None else Cell(str(index + 1), value=float(index + 1))
