"""Whether the wall clock jumped: set by hand, by a time server, or because the machine slept.

Ages are wall time, but the hours of a jump are none in which anybody could have worked. A monotonic clock beside the
wall clock tells the two apart.
"""

from __future__ import annotations

from typing import Final

LARGEST_SLIP_SECONDS: Final = 5.0
"""The clocks may drift apart so much between two looks without that being called a jump."""


class JumpWatch:
    """Compares the two clocks at every look; look often, or drift adds up to a jump."""

    def __init__(self, real: float, monotonic: float) -> None:
        self._real = real
        self._monotonic = monotonic

    def look(self, real: float, monotonic: float) -> float:
        """Seconds by which the wall clock jumped since the last look, negative for back; 0 when it did not."""
        slip = (real - self._real) - (monotonic - self._monotonic)
        self._real, self._monotonic = real, monotonic
        return slip if abs(slip) > LARGEST_SLIP_SECONDS else 0.0
