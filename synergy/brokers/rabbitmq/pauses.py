"""How long to wait before the next attempt to connect: doubling, within bounds, and never in step with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 3.0


def pauses(chance: Callable[[], float]) -> Iterator[float]:
    """Seconds, for ever: each between half and the whole of a step that doubles. ``chance`` yields [0, 1)."""
    step = FIRST_SECONDS
    while True:
        yield step * (0.5 + 0.5 * chance())
        step = min(step * 2, LONGEST_SECONDS)
