"""One refresh in flight: a periodic wish is dropped while busy, an operator's wish is remembered once.

The generation number tells an answer that came too late (the screen asks for something else by now) from a fresh one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Admits one request at a time."""

    def __init__(self) -> None:
        self.generation = 0
        self._busy = False
        self._wanted = False
        self._held = 0

    @property
    def is_busy(self) -> bool:
        """Whether a request is in flight."""
        return self._busy

    def begin(self, *, periodic: bool = False) -> int | None:
        """Ask to send a request: its generation, or None when it must not be sent now."""
        if self._busy or self._held:
            self._wanted = self._wanted or not periodic
            return None
        self._busy, self._wanted = True, False
        self.generation += 1
        return self.generation

    def is_current(self, generation: int) -> bool:
        """Whether an answer still is what the screen asks for."""
        return generation == self.generation

    def supersede(self) -> None:
        """What is in flight no longer interests; its answer will be dropped."""
        self.generation += 1

    def end(self) -> bool:
        """The request in flight is over; True when another was wished for meanwhile."""
        self._busy = False
        wanted, self._wanted = self._wanted, False
        return wanted

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let nothing begin: while a change is made, what is read is neither before nor after it."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
