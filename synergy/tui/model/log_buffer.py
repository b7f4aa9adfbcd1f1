"""The lines of a log that are held: one run of consecutive lines, capped, extended at either end.

The last page comes first; older pages are asked for when the operator gets there. Rows are the lines that a lens shows,
or parts of them when they are wrapped.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from synergy.core.control.replies import LogRow
from synergy.tui.model.log_lens import NO_LENS, Held, Lens, Selection
from synergy.tui.model.log_levels import LevelReader
from synergy.tui.model.log_text import printable

PAGE: Final = 1000
TOO_FAR_BEHIND: Final = 5 * PAGE
"""A log that grew more than this since the last look is joined at its end again."""

MAX_LINES: Final = 50_000
"""Lines held at most: ten times what an operator scrolls through, and some 10 MB."""

SLACK: Final = 5_000
"""So many more are held before some are let go: it costs a look at all of them."""


class Page(Protocol):
    """Some consecutive lines of a log, as the daemon answers with them."""

    @property
    def first_line(self) -> int:
        """The number of the first one."""
        ...

    @property
    def total(self) -> int:
        """How many the log has."""
        ...

    @property
    def lines(self) -> tuple[LogRow, ...]:
        """The lines."""
        ...


class Row(NamedTuple):
    """One row of the screen: a line, and where in its text the row begins (0 unless wrapped).

    ``after_gap``: the line before it in the log is not shown.
    """

    line: Held
    offset: int
    after_gap: bool = False


def held(line: LogRow, levels: LevelReader, source: int = 0) -> Held:
    """A line as it is held: with its level, and nothing in it that a terminal would obey."""
    level = levels.read(line.stream, line.level, line.text)
    return Held(line.line, line.at, line.stream, level, printable(line.text), source)


class LogBuffer:
    """Lines ``first`` … ``end`` (exclusive) of ``total``."""

    def __init__(self, width: int = 80, *, wrap: bool = False) -> None:
        self.first = 0
        self.total = 0
        self.longest = 0
        self._lines: list[Held] = []
        self._selection: Selection | None = None
        self._starts: list[int] = []
        self._rows = 0
        self._width = max(1, width)
        self._wrap = wrap
        self._levels = LevelReader()

    @property
    def end(self) -> int:
        """The number after the last line held."""
        return self.first + len(self._lines)

    @property
    def width(self) -> int:
        """Characters of a wrapped row."""
        return self._width

    @property
    def rows(self) -> int:
        """Rows of all lines shown."""
        return self._rows

    @property
    def shown(self) -> int:
        """How many lines are shown."""
        return len(self._lines) if self._selection is None else len(self._selection.shown)

    @property
    def matched(self) -> int:
        """How many lines the lens is about, without those around them."""
        return len(self._lines) if self._selection is None else len(self._selection.matched)

    @property
    def lens(self) -> Lens:
        """What is shown of it."""
        return NO_LENS if self._selection is None else self._selection.lens

    @property
    def has_older(self) -> bool:
        """Whether there are lines before those held."""
        return self.first > 0

    @property
    def has_newer(self) -> bool:
        """Whether there are lines behind those held."""
        return self.end < self.total

    @property
    def newest(self) -> Held | None:
        """The last line held."""
        return self._lines[-1] if self._lines else None

    @property
    def oldest(self) -> Held | None:
        """The first line held."""
        return self._lines[0] if self._lines else None

    def row(self, index: int) -> Row:
        """The row, 0 … rows - 1."""
        place = bisect_right(self._starts, index) - 1 if self._wrap else index
        offset = (index - self._starts[place]) * self._width if self._wrap else 0
        if self._selection is None:
            return Row(self._lines[place], offset)
        shown = self._selection.shown
        gap = not offset and shown[place] > (shown[place - 1] + 1 if place else 0)
        return Row(self._lines[shown[place]], offset, gap)

    def key(self, line: Held) -> tuple[str, int, int]:
        """What lines are ordered by."""
        return ("", 0, line.number)

    def place(self, line: Held) -> int:
        """Where among the lines held a line stands."""
        return line.number - self.first

    def row_of(self, place: int) -> int | None:
        """The first row of a line by its place among those held, or of the next that is shown; None: there is none."""
        if not 0 <= place < len(self._lines):
            return None
        if self._selection is not None:
            place = min(bisect_left(self._selection.shown, place), self.shown - 1)
            if place < 0:
                return None
        return self._starts[place] if self._wrap else place

    def lay_out(self, width: int, *, wrap: bool) -> None:
        """Follow the terminal's width, and whether long lines are wrapped."""
        self._width, self._wrap = max(1, width), wrap
        self._measure(0)

    def look_through(self, lens: Lens) -> None:
        """Show what a lens shows."""
        self._selection = Selection(lens) if lens.hides else None
        self._show(0)

    def take(self, page: Page) -> int:
        """Take a page; what does not touch the lines held replaces them. Returns the rows added in front."""
        self.total = max(page.total, 0)
        begin, end = page.first_line, page.first_line + len(page.lines)
        if self._lines and begin < self.first <= end:
            return self._prepend(page.lines[: self.first - begin])
        if self._lines and self.first <= begin <= self.end:
            self._append(page.lines[self.end - begin :])
            return 0
        self.first, self._levels = begin, LevelReader()
        self._lines = _held(page.lines, self._levels)
        self.look_through(self.lens)
        return 0

    def clear(self) -> None:
        """Hold nothing."""
        self.first, self.total, self._lines = 0, 0, []
        self.look_through(self.lens)

    def shown_lines(self) -> Sequence[Held]:
        """What is shown."""
        return self._lines if self._selection is None else [self._lines[place] for place in self._selection.shown]

    def all_lines(self) -> Sequence[Held]:
        """What is held."""
        return self._lines

    def lines_between(self, one: Held, other: Held) -> list[Held]:
        """The lines shown from one to another, both included, in whichever order they are named."""
        low, high = sorted((self.key(one), self.key(other)))
        return [line for line in self.shown_lines() if low <= self.key(line) <= high]

    def _prepend(self, lines: Sequence[LogRow]) -> int:
        before = self._rows
        self._lines[:0] = _held(lines, LevelReader())
        self.first -= len(lines)
        self.look_through(self.lens)
        added = self._rows - before
        if len(self._lines) > MAX_LINES:
            del self._lines[MAX_LINES:]
            self._levels = LevelReader()
            self.look_through(self.lens)
        return added

    def _append(self, lines: Sequence[LogRow]) -> None:
        known = len(self._lines)
        self._lines += _held(lines, self._levels)
        surplus = len(self._lines) - MAX_LINES
        if surplus > SLACK:
            self._drop(surplus)
            known -= surplus
        self._show(max(0, known))

    def _drop(self, count: int) -> None:
        """Let go of the oldest lines."""
        del self._lines[:count]
        self.first += count
        if self._selection is not None:
            self._selection.drop(count)
        self._measure(0)

    def _show(self, known: int) -> None:
        """Look at the lines from the ``known``-th on."""
        self._measure(known if self._selection is None else self._selection.take(self._lines, known))

    def _measure(self, known: int) -> None:
        """Find the rows of each line shown from the ``known``-th on."""
        lines = self.shown_lines()
        self.longest = max([self.longest if known else 0, *(len(line.text) for line in lines[known:])])
        if not self._wrap:
            self._rows = len(lines)
            return
        row = self._starts[known] if known < len(self._starts) else self._rows if known else 0
        del self._starts[known:]
        for line in lines[known:]:
            self._starts.append(row)
            row += max(1, -(-len(line.text) // self._width))
        self._rows = row


def _held(lines: Iterable[LogRow], levels: LevelReader) -> list[Held]:
    return [held(line, levels) for line in lines]
