"""Looking for a text in an attempt's log, chunk by chunk: shared by the adapters."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

from synergy.core.ports import FoundLines
from synergy.core.records import LogLine


class LogSearch:
    """Collects the numbers of lines that hold a text, whatever its case. Chunks come in order, and may overlap.

    Args:
        text: what is looked for.
        limit: how many numbers are told.
        near: the number of the line around which they are told.
    """

    def __init__(self, text: str, limit: int, near: int = 0) -> None:
        self._wanted = text.casefold()
        self._limit = limit
        self._near = near
        self._next_line = 0
        self._found = array("q")

    @property
    def found(self) -> FoundLines:
        """What was found so far."""
        behind = len(self._found) - self._limit
        first = max(0, min(bisect_left(self._found, self._near) - self._limit // 2, behind))
        return FoundLines(tuple(self._found[first : first + self._limit]), first, len(self._found))

    def take(self, first_line: int, lines: Sequence[LogLine]) -> None:
        """Look through one more chunk."""
        skip = max(0, self._next_line - first_line)
        self._next_line = max(self._next_line, first_line + len(lines))
        wanted = self._wanted
        self._found.extend(
            number for number, line in enumerate(lines[skip:], first_line + skip) if wanted in line.text.casefold()
        )
