"""Data on standard output: aligned tables for people, JSON for scripts.

A list is a JSON array of objects with ``-o json`` and one object a line with ``-o jsonl``; every object carries ``v``.
Long lists are written page by page, so their length costs no memory; a table's first page sets its widths.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import click
import msgspec

from synergy.cli.fitting import fitted, wrapped
from synergy.cli.words import COLORS

Row = TypeVar("Row")
GAP: Final = "  "
VERSION: Final = 1


class Column(NamedTuple, Generic[Row]):
    """One column of a table. A ``numeric`` one is set flush right.

    ``least``: to this width it may be narrowed where a terminal has no room for the table, its cells then going on in
    the next lines; 0: never.
    """

    title: str
    text: Callable[[Row], str]
    numeric: bool = False
    least: int = 0


class RowWriter(Generic[Row]):
    """Writes a list in the form that was asked for; pages may be added until ``close``.

    ``empty``: what a person is told of an empty list; None when it is told otherwise.
    """

    def __init__(self, output: str, columns: Sequence[Column[Row]], empty: str | None = "nothing found") -> None:
        self._output = output
        self._columns = columns
        self._empty = empty
        self._least = [column.least for column in columns]
        self._widths: list[int] | None = None
        self._written = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Write one page."""
        if not rows:
            return
        if self._output == "table":
            self._add_table(rows)
        else:
            self._add_json(rows)
        self._written += len(rows)
        sys.stdout.flush()

    def close(self) -> None:
        """End the list; of an empty one say so, where a person reads."""
        if self._output == "json":
            sys.stdout.write("\n]\n" if self._written else "[]\n")
        elif self._output == "table" and not self._written and self._empty is not None:
            click.echo(self._empty, err=True)
        left_out = [] if self._widths is None else [column.title for column in self._columns[len(self._widths) :]]
        if left_out:
            click.echo(f"no room for {', '.join(left_out)}; they are in -o json", err=True)

    def _add_json(self, rows: Sequence[Row]) -> None:
        lines = [encode(row) for row in rows]
        if self._output == "jsonl":
            sys.stdout.write("\n".join(lines) + "\n")
            return
        sys.stdout.write(",\n" if self._written else "[\n")
        sys.stdout.write(",\n".join(lines))

    def _add_table(self, rows: Sequence[Row]) -> None:
        cells = [[column.text(row) for column in self._columns] for row in rows]
        if self._widths is None:
            titles = [column.title for column in self._columns]
            self._widths = self._fitted([max(map(len, column)) for column in zip(titles, *cells, strict=True)])
            self._write_row(titles)
        for row in cells:
            self._write_row(row)

    def _fitted(self, widths: list[int]) -> list[int]:
        if not sys.stdout.isatty() or not any(self._least):
            return widths
        return fitted(widths, self._least, shutil.get_terminal_size().columns, len(GAP))

    def _write_row(self, cells: Sequence[str]) -> None:
        assert self._widths is not None  # noqa: S101 - set by the first page
        lines = wrapped(cells, self._widths, self._least) if sys.stdout.isatty() else [cells]
        for line in lines:
            self._write_line(line, self._widths)

    def _write_line(self, cells: Sequence[str], widths: list[int]) -> None:
        columns = self._columns[: len(widths)]
        padded = [
            cell.rjust(width) if column.numeric else cell.ljust(width)
            for cell, width, column in zip(cells, widths, columns, strict=True)
        ]
        padded[-1] = padded[-1].rstrip() if not columns[-1].numeric else padded[-1]
        write_cells(padded)


def write_cells(padded: Sequence[str]) -> None:
    """Write one line of a table; on a terminal cut to its width and with the states coloured.

    So the columns of a table stand in the order in which they matter, and the first ones fit in 80 characters, or some
    of them may be narrowed.
    """
    line = GAP.join(padded)
    if not sys.stdout.isatty():
        sys.stdout.write(line.rstrip() + "\n")
        return
    room = shutil.get_terminal_size().columns
    if len(line) > room:
        click.echo(line[: room - 1] + "…")
        return
    click.echo(GAP.join(click.style(cell, fg=COLORS.get(cell.strip())) for cell in padded).rstrip())


def write_rows(output: str, columns: Sequence[Column[Row]], rows: Sequence[Row], empty: str = "nothing found") -> None:
    """Write a list that is all there."""
    writer = RowWriter(output, columns, empty)
    writer.add(rows)
    writer.close()


def write_object(output: str, value: object) -> None:
    """Write one object as JSON: indented for ``json``, on one line for ``jsonl``."""
    line = encode(value)
    if output == "json":
        line = msgspec.json.format(line, indent=2)
    sys.stdout.write(line + "\n")


def write_facts(facts: Mapping[str, str]) -> None:
    """Write names and values, one a line."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        label = click.style(name.ljust(width), bold=True) if sys.stdout.isatty() else name.ljust(width)
        click.echo(f"{label}{GAP}{value}")


def write_section(title: str) -> None:
    """Write the title of the next part."""
    click.echo()
    click.echo(click.style(title, bold=True) if sys.stdout.isatty() else title)


def encode(value: object) -> str:
    """One JSON object on one line, with ``v`` first."""
    return msgspec.json.encode(versioned(value)).decode()


def versioned(value: object) -> dict[str, Any]:
    """The object's fields, ``v`` first."""
    fields = msgspec.to_builtins(value)
    return {"v": VERSION, **fields}
