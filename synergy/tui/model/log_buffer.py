"""The lines of a log that are held: one run of consecutive lines, capped, extended at either end.

The last page comes first; older pages are asked for when the operator gets there. Rows are lines, or parts of lines
when they are wrapped.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

from synergy.core.control.replies import LogPage, LogRow

PAGE: Final = 1000
MAX_LINES: Final = 50_000
"""Lines held at most: ten times what an operator scrolls through, and some 10 MB."""


class Row(NamedTuple):
    """One row of the screen: a line, and where in its text the row begins (0 unless wrapped)."""

    line: LogRow
    offset: int


class LogBuffer:
    """Lines ``first`` … ``end`` (exclusive) of ``total``."""

    def __init__(self, width: int = 80, *, wrap: bool = False) -> None:
        self.first = 0
        self.total = 0
        self.longest = 0
        self._lines: list[LogRow] = []
        self._starts: list[int] = []
        self._rows = 0
        self._width = max(1, width)
        self._wrap = wrap

    @property
    def end(self) -> int:
        """The number after the last line held."""
        return self.first + len(self._lines)

    @property
    def rows(self) -> int:
        """Rows of all lines held."""
        return self._rows

    @property
    def has_older(self) -> bool:
        """Whether there are lines before those held."""
        return self.first > 0

    @property
    def has_newer(self) -> bool:
        """Whether there are lines behind those held."""
        return self.end < self.total

    def row(self, index: int) -> Row:
        """The row, 0 … rows - 1."""
        line = bisect_right(self._starts, index) - 1
        return Row(self._lines[line], (index - self._starts[line]) * self._width)

    def row_of(self, number: int) -> int | None:
        """The first row of a line by its number; None when it is not held."""
        at = number - self.first
        return self._starts[at] if 0 <= at < len(self._lines) else None

    def lay_out(self, width: int, *, wrap: bool) -> None:
        """Follow the terminal's width, and whether long lines are wrapped."""
        self._width, self._wrap = max(1, width), wrap
        self._measure(0)

    def take(self, page: LogPage) -> int:
        """Take a page; what does not touch the lines held replaces them. Returns the rows added in front."""
        self.total = max(page.total, 0)
        lines = list(page.lines)
        begin, end = page.first_line, page.first_line + len(lines)
        if self._lines and begin < self.first <= end:
            return self._prepend(lines[: self.first - begin])
        if self._lines and self.first <= begin <= self.end:
            self._append(lines[self.end - begin :])
            return 0
        self.first, self._lines = begin, lines
        self._measure(0)
        return 0

    def texts(self) -> list[str]:
        """What is held, for saving."""
        return [line.text for line in self._lines]

    def _prepend(self, lines: list[LogRow]) -> int:
        before = self._rows
        self._lines[:0] = lines
        self.first -= len(lines)
        self._measure(0)
        added = self._rows - before
        del self._lines[MAX_LINES:]
        self._measure(0)
        return added

    def _append(self, lines: list[LogRow]) -> None:
        known = len(self._lines)
        self._lines.extend(lines)
        surplus = len(self._lines) - MAX_LINES
        if surplus > 0:
            del self._lines[:surplus]
            self.first += surplus
            known = 0
        self._measure(known)

    def _measure(self, known: int) -> None:
        """Find the first row of each line from the ``known``-th on."""
        del self._starts[known:]
        row = self._rows if known else 0
        self.longest = self.longest if known else 0
        for line in self._lines[known:]:
            self._starts.append(row)
            length = len(line.text)
            self.longest = max(self.longest, length)
            row += max(1, -(-length // self._width)) if self._wrap else 1
        self._rows = row
