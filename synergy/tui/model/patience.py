"""Regular expressions that cannot hang the console: each has so much CPU time, and after that finds nothing more.

``(a+)+$`` takes Python longer than anybody waits, on thirty letters; and what an operator types is taken as it is. A
search is ended from a timer of the process's CPU time: the matcher looks for signals every few thousand steps.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from types import FrameType
from typing import Final

ALLOWED_SECONDS: Final = 0.5
"""How long a pattern may search without a pause, all texts together."""

REFILL: Final = 0.05
"""How much of the time that passes is added to that: a pattern of a log that grows for days is not used up."""

_REPEATS: Final = re.compile(r"[*+?{]")


class _Late(Exception):
    """Its time is over, within a search."""


class Pattern:
    """Finds texts of either case.

    Raises:
        ValueError: ``source`` is no regular expression.
    """

    def __init__(self, source: str) -> None:
        try:
            self._compiled = re.compile(source, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as problem:
            raise ValueError(str(problem)) from None
        self.gave_up = False
        """Whether its time is used up: it finds nothing from then on."""
        # Without a repeat each step goes forward.
        self._is_plain = _REPEATS.search(source) is None
        self._left = ALLOWED_SECONDS
        self._looked = time.monotonic()
        self._has_timer = not self._is_plain and threading.current_thread() is threading.main_thread()
        if self._has_timer:  # elsewhere there are no signals
            signal.signal(signal.SIGVTALRM, _late)

    def finds(self, text: str) -> bool:
        """Whether it is anywhere in the text."""
        if self._is_plain:
            return self._compiled.search(text) is not None
        if self.gave_up:
            return False
        now = time.monotonic()
        self._left = min(ALLOWED_SECONDS, self._left + REFILL * (now - self._looked))
        self._looked = now
        began = time.thread_time()
        try:
            return self._search(text, self._left)
        except _Late:
            self._left = 0.0
            return False
        finally:
            self._left -= time.thread_time() - began
            self.gave_up = self._left <= 0

    def _search(self, text: str, seconds: float) -> bool:
        if not self._has_timer or threading.get_ident() != threading.main_thread().ident:
            return self._compiled.search(text) is not None
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            return self._compiled.search(text) is not None
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _late(_number: int, frame: FrameType | None) -> None:
    """Time is over; the signal may be seen just after the search that it was meant for."""
    if frame is not None and frame.f_code.co_qualname == "Pattern._search":
        raise _Late
