"""One refresh in flight: a periodic wish is dropped while busy, an operator's wish is remembered once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Admits one request at a time."""

    def __init__(self) -> None:
        self._busy = False
        self._wanted = False
        self._held = 0

    @property
    def is_busy(self) -> bool:
        """Whether a request is in flight."""
        return self._busy

    def begin(self, *, periodic: bool = False) -> bool:
        """Ask to send a request; False when it must not be sent now."""
        if self._busy or self._held:
            self._wanted = self._wanted or not periodic
            return False
        self._busy, self._wanted = True, False
        return True

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
