"""A table before it is drawn: columns that give way when it is narrow, rows that can be filtered, sorted and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from synergy.tui.model.filters import EVERYTHING, Filter, select
from synergy.tui.model.formats import shorten

GAP: Final = 2
"""Blanks between two columns."""


class Column(NamedTuple):
    """``width`` is what it wants, ``flex`` its share of what is left over; the highest ``rank`` is dropped first."""

    title: str
    width: int
    flex: int = 0
    rank: int = 0
    right: bool = False


class Cell(NamedTuple):
    """One cell. ``value`` is what it sorts by, if not its text; ``parts`` colour it piecewise, if it fits."""

    text: str
    color: str = ""
    value: float | str | None = None
    parts: tuple[tuple[str, str], ...] = ()


class Row(NamedTuple):
    """``key`` names what the row is of; ``fields`` are what a filter's ``field:`` looks at."""

    key: str
    cells: tuple[Cell, ...]
    fields: Mapping[str, str] = {}
    is_problem: bool = False

    @property
    def text(self) -> str:
        """What a filter's regular expression looks at."""
        return " ".join(cell.text for cell in self.cells)


class Order(NamedTuple):
    """Which column sorts; None: the order the rows came in."""

    column: int | None = None
    descending: bool = False


AS_IT_CAME: Final = Order()


class Table(NamedTuple):
    """Columns and rows."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()

    def arranged(self, wanted: Filter = EVERYTHING, order: Order = AS_IT_CAME, *, only_problems: bool = False) -> Table:
        """The rows that pass, in the order asked for."""
        rows: Sequence[Row] = self.rows
        if only_problems:
            rows = [row for row in rows if row.is_problem]
        if wanted:
            kept = rows
            rows = [kept[index] for index in select(len(kept), wanted, lambda at: (kept[at].text, kept[at].fields))]
        column = order.column
        if column is not None:
            rows = sorted(rows, key=lambda row: _sort_value(row.cells[column]), reverse=order.descending)
        return self._replace(rows=tuple(rows))

    def order_by_letter(self, letter: str, order: Order) -> Order | None:
        """The order that a letter asks for: ascending, descending, then the next column that begins with it.

        Behind the last one the rows stand as they came. None: no column begins with it.
        """
        titles = [column.title[:1].lower() for column in self.columns]
        found = [index for index, first in enumerate(titles) if first == letter.lower()]
        if order.column not in found or order.column is None:
            return Order(found[0]) if found else None
        if not order.descending:
            return order._replace(descending=True)
        return next((Order(index) for index in found if index > order.column), AS_IT_CAME)

    def lines(self, width: int = 0) -> list[str]:
        """Plain lines for pipes and files: no colour, nothing dropped (``width`` 0: as wide as the widest cell)."""
        widths = [
            max([len(column.title), *(len(row.cells[index].text) for row in self.rows)])
            for index, column in enumerate(self.columns)
        ]
        texts = [[column.title.upper() for column in self.columns]]
        texts += [[cell.text for cell in row.cells] for row in self.rows]
        lines = ["  ".join(_align(*pair) for pair in zip(cells, widths, self.columns, strict=True)) for cells in texts]
        return [shorten(line.rstrip(), width) if width else line.rstrip() for line in lines]


def fit(columns: Sequence[Column], width: int) -> list[int]:
    """Widths that fill ``width``; 0 for a column that is dropped. The first column of rank 0 is never dropped."""
    shown = list(range(len(columns)))
    while len(shown) > 1 and _needed(columns, shown) > width:
        worst = max(shown, key=lambda index: (columns[index].rank, index))
        if columns[worst].rank == 0:
            break
        shown.remove(worst)
    spare = width - _needed(columns, shown)
    flexible = sum(columns[index].flex for index in shown)
    widths = [0] * len(columns)
    for index in shown:
        share = spare * columns[index].flex // flexible if flexible and spare > 0 else 0
        widths[index] = columns[index].width + share
    if spare < 0:
        widths[shown[0]] = max(4, widths[shown[0]] + spare)
    return widths


def _needed(columns: Sequence[Column], shown: Sequence[int]) -> int:
    return sum(columns[index].width for index in shown) + GAP * (len(shown) - 1)


def _sort_value(cell: Cell) -> tuple[int, float, str]:
    """Numbers before words, unknown (a dash) last."""
    value = cell.text if cell.value is None else cell.value
    if isinstance(value, str):
        return (2 if value == "—" else 1, 0.0, value)
    return (0, value, "")


def _align(text: str, width: int, column: Column) -> str:
    return text.rjust(width) if column.right else text.ljust(width)
