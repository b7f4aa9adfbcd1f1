"""What a campaign tells while it goes on: a line for each fault with its time, and how many of each kind there were."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from typing import NamedTuple


class Span(NamedTuple):
    """A fault that has happened, from the moment before it to the one after, in monotonic seconds."""

    kind: str
    began: float
    ended: float


class Story:
    """Told from many threads; each line begins with the seconds since the story began, which ``begin`` says."""

    def __init__(self) -> None:
        self.injected: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        """Faults that found nobody to happen to."""
        self.spans: list[Span] = []
        """When each fault was begun and over."""
        self.complaints: list[str] = []
        """What a program did that it must never do, whatever happens."""
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def begin(self, text: str) -> None:
        """The first line; time counts from now."""
        self._began = time.monotonic()
        self.tell(text)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def tell(self, text: str) -> None:
        """One line."""
        with self._lock:
            sys.stdout.write(f"{self.seconds:8.1f} s  {text}\n")
            sys.stdout.flush()

    def happened(self, kind: str, what: str) -> None:
        """A fault was injected."""
        with self._lock:
            self.injected[kind] += 1
        self.tell(f"{kind}: {what}" if what else kind)

    def is_over(self, kind: str, began: float) -> None:
        """A fault that was begun then, or failed to."""
        with self._lock:
            self.spans.append(Span(kind, began, time.monotonic()))

    def missed_it(self, kind: str, why: str) -> None:
        """A fault found nobody."""
        with self._lock:
            self.missed[kind] += 1
        self.tell(f"({kind}: {why})")

    def complain(self, what: str) -> None:
        """Something that makes the campaign fail, whatever the records say."""
        with self._lock:
            self.complaints.append(what)
        self.tell(f"WRONG: {what}")
