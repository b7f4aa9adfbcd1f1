"""Looking for a text in an attempt's log, chunk by chunk: shared by the adapters."""

from __future__ import annotations

from collections.abc import Sequence

from synergy.core.records import LogLine


class LogSearch:
    """Collects the numbers of lines that hold a text, whatever its case. Chunks come in order, and may overlap."""

    def __init__(self, text: str, limit: int) -> None:
        self._wanted = text.casefold()
        self._limit = limit
        self._next_line = 0
        self._found: list[int] = []

    @property
    def found(self) -> tuple[int, ...]:
        """What was found so far, ascending, at most ``limit``."""
        return tuple(self._found[: self._limit])

    def take(self, first_line: int, lines: Sequence[LogLine]) -> bool:
        """Look through one more chunk; False when there is no need for another."""
        skip = max(0, self._next_line - first_line)
        self._next_line = max(self._next_line, first_line + len(lines))
        for number, line in enumerate(lines[skip:], first_line + skip):
            if self._wanted in line.text.casefold():
                self._found.append(number)
        return len(self._found) < self._limit
