"""What of a log is shown: lines that match with some around them, that are bad enough, that are of a time; pure.

Lines are looked at once, when they come; a log that grows is not filtered anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from synergy.tui.model.filters import compile_pattern
from synergy.tui.model.log_levels import Level
from synergy.tui.model.patience import Pattern

CONTEXTS: Final = (0, 1, 2, 3, 5, 10, 20, 50)
"""How many lines are shown around one that matches: what the keys step through."""


class Held(NamedTuple):
    """A line that is held. ``number`` counts from 0 in its log; ``source``: which of several logs it is of."""

    number: int
    at: str
    stream: str
    level: Level
    text: str
    source: int = 0


class Lens(NamedTuple):
    """Which lines are shown. ``since`` and ``until``: stamps as the lines have them, or nothing."""

    pattern: Pattern | None = None
    inverse: bool = False
    context: int = 0
    at_least: Level = Level.UNKNOWN
    since: str = ""
    until: str = ""

    @property
    def hides(self) -> bool:
        """Whether any line may be hidden."""
        return self.pattern is not None or self.at_least > Level.UNKNOWN or bool(self.since or self.until)

    def is_in_time(self, line: Held) -> bool:
        """Whether a line is of the time that is looked at; a line without a time is of any."""
        if not (self.since or self.until) or not line.at:
            return True
        return self.since <= line.at and (not self.until or line.at < self.until)

    def matches(self, line: Held) -> bool:
        """Whether a line of that time is looked for; others are shown only around one that is."""
        if line.level < self.at_least:
            return False
        return self.pattern is None or self.pattern.finds(line.text) is not self.inverse

    def with_pattern(self, source: str) -> Lens:
        """Filter by what was typed: a regular expression whatever its case, ``!`` for lines without it.

        Raises:
            InvalidArgument: it is none.
        """
        inverse = source.startswith("!") and len(source) > 1
        wanted = source[1:] if inverse else source
        return self._replace(pattern=compile_pattern(wanted) if wanted else None, inverse=inverse)

    def wider(self, steps: int) -> Lens:
        """More lines around each match, or fewer."""
        at = bisect_left(CONTEXTS, self.context) + steps
        return self._replace(context=CONTEXTS[max(0, min(at, len(CONTEXTS) - 1))])


NO_LENS: Final = Lens()


class Selection:
    """The indexes of the lines that a lens shows, ascending, and of those that match."""

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self.shown: list[int] = []
        self.matched: list[int] = []

    def take(self, lines: Sequence[Held], known: int) -> int:
        """Look at all lines from the ``known``-th on; what was found from there on before is forgotten.

        Returns how many of the indexes in ``shown`` are as they were.
        """
        lens, context = self.lens, self.lens.context
        del self.matched[bisect_left(self.matched, known) :]
        until = self.matched[-1] + context if self.matched else -1
        kept = bisect_right(self.shown, min(until, known - 1))
        del self.shown[kept:]
        for index in range(known, len(lines)):
            line = lines[index]
            if not lens.is_in_time(line):
                continue
            if lens.matches(line):
                self._before(lines, index)
                self.matched.append(index)
                self.shown.append(index)
                until = index + context
            elif index <= until:
                self.shown.append(index)
        return kept

    def drop(self, count: int) -> None:
        """The first ``count`` lines are held no more."""
        self.matched = [index - count for index in self.matched[bisect_left(self.matched, count) :]]
        self.shown = [index - count for index in self.shown[bisect_left(self.shown, count) :]]

    def _before(self, lines: Sequence[Held], index: int) -> None:
        """Show what stands before a match, unless it is shown already."""
        begin = max(self.shown[-1] + 1 if self.shown else 0, index - self.lens.context)
        self.shown += [at for at in range(begin, index) if self.lens.is_in_time(lines[at])]
