"""The marked jobs of the timetable, as sets of each process's own periods: they stay when rows and windows change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from synergy.core.timeperiods import Qualifier, cast, is_coarser, span, timeperiod_of
from synergy.tui.model.grid_view import GridLine, own_periods, row_of, target_of
from synergy.tui.model.zoom import Window

MOST_MARKS: Final = 20_000
"""A change of more jobs names a range, a process or a tree instead."""


class _Last(NamedTuple):
    """Where the last mark was made: in which row, and in which column of which zoom."""

    process_name: str
    qualifier: Qualifier
    column: int

    def columns(self, window: Window) -> range:
        """Its columns in another zoom."""
        if is_coarser(self.qualifier, window.qualifier):
            return span(self.qualifier, self.column, window.qualifier)
        here = cast(self.qualifier, self.column, window.qualifier)
        return range(here, here + 1)


class Marks:
    """Marked jobs by process, and the mark made last."""

    def __init__(self) -> None:
        self._marks: dict[str, set[int]] = {}
        self._lines: dict[str, GridLine] = {}
        self._last: _Last | None = None

    def __len__(self) -> int:
        return sum(len(marks) for marks in self._marks.values())

    def columns(self, line: GridLine, window: Window) -> frozenset[int]:
        """The columns of a window in which something of a row is marked."""
        marks = self._marks.get(line.process_name)
        if not marks:
            return frozenset()
        shown = range(window.first, window.last + 1)
        return frozenset(at for at in shown if not marks.isdisjoint(own_periods(line, window, at)))

    def hidden(self, shown: Iterable[str]) -> int:
        """How many are of processes that are not shown."""
        names = set(shown)
        return sum(len(marks) for name, marks in self._marks.items() if name not in names)

    def toggle(self, line: GridLine, window: Window) -> None:
        """Mark what is under the cursor in a row, or unmark it where all of it is marked."""
        marks, periods = self._own(line), own_periods(line, window, window.cursor)
        if marks.issuperset(periods):
            marks.difference_update(periods)
        else:
            marks.update(periods)
        self._last = _Last(line.process_name, window.qualifier, window.cursor)

    def extend(self, row: int, lines: Sequence[GridLine], window: Window) -> bool:
        """Mark from the last mark to the cursor, in all rows between; only here when that row is not shown.

        False, and nothing is marked: they would be too many.
        """
        here = last = _Last(lines[row].process_name, window.qualifier, window.cursor)
        if self._last is not None and any(line.process_name == self._last.process_name for line in lines):
            last = self._last
        columns, other = last.columns(window), row_of(last.process_name, lines, otherwise=row)
        first, end = min(columns[0], window.cursor), max(columns[-1], window.cursor)
        between = lines[min(row, other) : max(row, other) + 1]
        can_be = self.add({line: _between(line, window, first, end) for line in between})
        self._last = here if can_be else self._last
        return can_be

    def add(self, found: Mapping[GridLine, Collection[int]]) -> bool:
        """Mark jobs by their rows. False, and nothing is marked: they would be too many."""
        if sum(map(len, found.values())) > MOST_MARKS:
            return False
        for line, ordinals in found.items():
            self._own(line).update(ordinals)
        return True

    def clear(self) -> None:
        """Drop all marks."""
        self._marks.clear()
        self._last = None

    def targets(self, shown: Iterable[str]) -> tuple[str, ...]:
        """The marked jobs of the processes that are shown, neighbours as ranges."""
        found = []
        for name in shown:
            for _, run in groupby(enumerate(sorted(self._marks.get(name, ()))), key=lambda pair: pair[1] - pair[0]):
                ordinals = [ordinal for _, ordinal in run]
                found.append(target_of(self._lines[name], range(ordinals[0], ordinals[-1] + 1)))
        return tuple(target for target in found if target is not None)

    def jobs(self, shown: Iterable[str]) -> tuple[str, ...]:
        """The marked jobs of the processes that are shown, each by itself."""
        return tuple(
            f"{name}@{timeperiod_of(self._lines[name].qualifier, ordinal)}"
            for name in shown
            for ordinal in sorted(self._marks.get(name, ()))
        )

    def _own(self, line: GridLine) -> set[int]:
        self._lines[line.process_name] = line
        return self._marks.setdefault(line.process_name, set())


def _between(line: GridLine, window: Window, first: int, last: int) -> range:
    """The row's own periods in these columns, as far as they exist."""
    return range(own_periods(line, window, first).start, own_periods(line, window, last).stop)
