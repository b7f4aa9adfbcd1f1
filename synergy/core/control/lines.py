"""Bytes into lines, without I/O: a line is one frame, and its length is bounded before it is complete."""

from __future__ import annotations

from typing import Final

from synergy.core.errors import PeerError

MAX_LINE_BYTES: Final = 8 * 1024 * 1024
"""The longest frame either side takes, in bytes and without its newline; longer answers are asked for in pages."""


class LineSplitter:
    """Collects received bytes and hands out whole lines; each byte is looked at once, however small the pieces are.

    Args:
        limit: the longest line, in bytes.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._rest = bytearray()

    @property
    def held_bytes(self) -> int:
        """The length of the unfinished line."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without their newlines; blank lines are left out.

        Raises:
            PeerError: a line is longer than the limit. What follows cannot be trusted: close the connection.
        """
        if b"\n" not in data:
            self._rest += data
            self._check(len(self._rest))
            return []
        first, *others = data.split(b"\n")
        lines = [bytes(self._rest) + first, *others]
        self._rest = bytearray(lines.pop())
        self._check(max(len(line) for line in (*lines, self._rest)))
        return [line for line in lines if line and not line.isspace()]

    def _check(self, length: int) -> None:
        if length > self._limit:
            self._rest.clear()
            raise PeerError(
                f"a line of the control protocol is longer than {self._limit} bytes", remedy="ask for smaller pages"
            )
