"""Where a search stands: which of all matches is looked at, and whether the daemon must be asked for others; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

from synergy.core.control.replies import LogMatches

LAST: Final = 2**53
"""Behind every line."""


class Matches(NamedTuple):
    """Some of the matches of a text, and the one that is looked at: ``rank`` counts from 0 over all of them."""

    found: LogMatches
    rank: int

    @property
    def line(self) -> int | None:
        """The number of its line; None: it is not among those that are known."""
        place = self.rank - self.found.before
        return self.found.lines[place] if 0 <= place < len(self.found.lines) else None

    @property
    def near(self) -> int:
        """Around which line to ask for the one that is looked at."""
        if self.rank <= 0 or not self.found.lines:
            return 0
        if self.rank >= self.found.total - 1:
            return LAST
        return self.found.lines[-1] + 1 if self.rank >= self.found.before else self.found.lines[0]

    @property
    def words(self) -> str:
        """``2/1,204``."""
        return f"{self.rank + 1:,}/{self.found.total:,}" if self.found.total else "not found"

    def step(self, by: int) -> Matches:
        """The next, or the one before, round the ends."""
        return self._replace(rank=(self.rank + by) % self.found.total) if self.found.total else self


def first_match(found: LogMatches, line: int) -> Matches:
    """The first match at or behind a line; behind the last one, the first of all."""
    place = next((place for place, at in enumerate(found.lines) if at >= line), None)
    if place is None:
        return Matches(found, 0)
    return Matches(found, found.before + place)


def match_from(found: LogMatches, line: int, by: int) -> Matches:
    """The match so many behind a line, or before it: maybe one that is not known yet; round the ends of those known."""
    place = bisect_right(found.lines, line) + by - 1 if by > 0 else bisect_left(found.lines, line) + by
    rank = found.before + place
    if not 0 <= rank < found.total:
        rank = found.before + place % len(found.lines) if found.lines else max(0, min(rank, found.total - 1))
    return Matches(found, rank)
