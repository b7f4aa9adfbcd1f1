"""The tree screen's branches: the calendar from years down to the tree's finest process, whatever levels it has.

A level without a process is a branch that only holds others (no job of its own), so that no branch ever has more than
31 children but the root. A branch's roll-up counts the cells of the next finer process inside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synergy.core.control.cells import badness
from synergy.core.timeperiods import Qualifier, cast, is_coarser, ordinal_of, span, timeperiod_of
from synergy.tui.model.formats import period
from synergy.tui.model.glyphs import COVERED_CELL, GlyphSet, look_of_cell
from synergy.tui.model.zoom import ZOOMS


class Level(NamedTuple):
    """A process of the tree and the periods it has, both included."""

    process_name: str
    qualifier: Qualifier
    first: int
    last: int


class Branch(NamedTuple):
    """A calendar period; ``process_name`` None: the tree has no process at this level."""

    qualifier: Qualifier
    ordinal: int
    process_name: str | None

    @property
    def timeperiod(self) -> str:
        """Its timeperiod."""
        return timeperiod_of(self.qualifier, self.ordinal)

    @property
    def job(self) -> str | None:
        """Its job's name."""
        return self.process_name and f"{self.process_name}@{self.timeperiod}"


class Levels(NamedTuple):
    """The processes of one tree, coarsest first."""

    levels: tuple[Level, ...]

    @property
    def finest(self) -> Level:
        """The leaves' process."""
        return self.levels[-1]

    def process(self, qualifier: Qualifier) -> str | None:
        """The process of a level."""
        return next((level.process_name for level in self.levels if level.qualifier is qualifier), None)

    def below(self, qualifier: Qualifier) -> Level | None:
        """The next finer process."""
        return next((level for level in self.levels if is_coarser(qualifier, level.qualifier)), None)

    def roots(self) -> list[Branch]:
        """The years."""
        first, last = (
            cast(self.finest.qualifier, at, Qualifier.YEARLY) for at in (self.finest.first, self.finest.last)
        )
        return [self._branch(Qualifier.YEARLY, year) for year in range(first, last + 1)]

    def children(self, branch: Branch) -> list[Branch]:
        """The branches inside one, clipped to the periods that exist."""
        if branch.qualifier is self.finest.qualifier:
            return []
        finer = ZOOMS[ZOOMS.index(branch.qualifier) + 1]
        first, last = (cast(self.finest.qualifier, at, finer) for at in (self.finest.first, self.finest.last))
        inside = span(branch.qualifier, branch.ordinal, finer)
        return [self._branch(finer, at) for at in range(max(first, inside.start), min(last, inside.stop - 1) + 1)]

    def is_leaf(self, branch: Branch) -> bool:
        """Whether nothing can be inside."""
        return branch.qualifier is self.finest.qualifier

    def _branch(self, qualifier: Qualifier, ordinal: int) -> Branch:
        return Branch(qualifier, ordinal, self.process(qualifier))


def levels_of(processes: Sequence[tuple[str, str, str | None, str | None]]) -> Levels | None:
    """The levels of a tree from (process, qualifier, first and last timeperiod); None without any period."""
    levels = [
        Level(
            name, Qualifier(qualifier), ordinal_of(Qualifier(qualifier), first), ordinal_of(Qualifier(qualifier), last)
        )
        for name, qualifier, first, last in processes
        if first and last
    ]
    levels.sort(key=lambda level: ZOOMS.index(level.qualifier))
    return Levels(tuple(levels)) if levels else None


def roll_up(cells: str) -> Counter[str]:
    """Cells counted; periods that do not exist or are covered by others are no jobs."""
    return Counter(cell for cell in cells if cell not in {" ", COVERED_CELL, "?"})


def describe(
    branch: Branch, cell: str | None, counts: Mapping[str, int], glyphs: GlyphSet, *, marked: bool = False
) -> list[tuple[str, str]]:
    """A branch's label as (text, colour) parts: glyph, period, process, and the roll-up of what is inside."""
    look = look_of_cell(cell) if cell is not None else None
    parts = [(f"{glyphs.of(look)} " if look else "  ", look.color if look else "")]
    parts.append((("+ " if marked else "") + period(branch.timeperiod, branch.qualifier), "bold"))
    if branch.process_name:
        parts.append((f"  {branch.process_name}", "faint"))
    for key in sorted(counts, key=badness):
        inside = look_of_cell(key)
        parts.append((f"  {glyphs.of(inside)} {counts[key]:,}", inside.color))
    return parts
