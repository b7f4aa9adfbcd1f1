"""The marked jobs of the timetable, as sets of each process's own periods: they stay when rows and windows change."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from synergy.tui.model.grid_view import GridLine, own_periods, target_of
from synergy.tui.model.zoom import Window

MOST_MARKS: Final = 20_000
"""A change of more jobs names a range, a process or a tree instead."""


class Marks:
    """Marked jobs by process, and the mark made last."""

    def __init__(self) -> None:
        self._marks: dict[str, set[int]] = {}
        self._lines: dict[str, GridLine] = {}
        self._last: tuple[str, range] | None = None

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

    def toggle(self, line: GridLine, periods: range) -> None:
        """Mark jobs of a row, or unmark them where all are marked."""
        marks = self._own(line)
        if marks.issuperset(periods):
            marks.difference_update(periods)
        else:
            marks.update(periods)
        self._last = (line.process_name, periods)

    def extend(self, line: GridLine, periods: range) -> None:
        """Mark from the last mark of this row to here; only here when there is none."""
        last = self._last[1] if self._last and self._last[0] == line.process_name else periods
        self._own(line).update(range(min(last.start, periods.start), max(last.stop, periods.stop)))
        self._last = (line.process_name, periods)

    def add(self, line: GridLine, ordinals: Iterable[int]) -> None:
        """Mark jobs of a row."""
        self._own(line).update(ordinals)

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

    def _own(self, line: GridLine) -> set[int]:
        self._lines[line.process_name] = line
        return self._marks.setdefault(line.process_name, set())
