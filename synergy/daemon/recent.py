"""The lines that were told last: a subscriber whose connection was cut takes up where it was, and misses nothing.

What is kept is bounded; who was away for longer than that reads a new snapshot.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MOST_BYTES: Final = 1024 * 1024
"""What is kept at most; more of it than this would cost a slow line longer than a snapshot."""


class RecentLines:
    """Lines with their numbers, oldest first, without a gap since the number ``_gone``."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lines: deque[tuple[int, bytes, int]] = deque()
        self._bytes = 0
        self._gone = 0

    def keep(self, seq: int, line: bytes, count: int) -> None:
        """Add the newest line, which tells ``count`` events."""
        self._lines.append((seq, line, count))
        self._bytes += len(line)
        while self._bytes > self._most:
            self._gone, oldest, _ = self._lines.popleft()
            self._bytes -= len(oldest)

    def forget(self, seq: int) -> None:
        """Nothing up to this number is kept any more."""
        self._lines.clear()
        self._bytes = 0
        self._gone = seq

    def after(self, seq: int) -> tuple[bytes, int] | None:
        """All lines behind a number, and how many events they tell; None when some are gone."""
        if seq < self._gone:
            return None
        missed = [(line, count) for number, line, count in self._lines if number > seq]
        return b"".join(line for line, _ in missed), sum(count for _, count in missed)
