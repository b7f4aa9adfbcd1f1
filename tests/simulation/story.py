"""What happened in a simulated world, in order: kept as it is said, put into words only for a reader."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

Line = tuple[float, str, str, tuple[object, ...]]


class Violation(AssertionError):
    """A rule that must always hold did not. ``rule`` is its name."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule


class Story:
    """Lines of (time, who, what, details). ``faults`` counts by kind what went wrong on purpose."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._began = time()
        self.lines: list[Line] = []
        self.faults: Counter[str] = Counter()
        self.verbs: Counter[str] = Counter()

    def tell(self, who: str, what: str, *details: object) -> None:
        """Add a line."""
        self.lines.append((self._time() - self._began, who, what, details))

    def fault(self, kind: str, who: str = "", *details: object) -> None:
        """Something goes wrong on purpose."""
        self.faults[kind] += 1
        self.tell(who, f"!! {kind}", *details)

    def verb(self, kind: str, *details: object) -> None:
        """An operator asks for something."""
        self.verbs[kind] += 1
        self.tell("operator", kind, *details)

    def written(self) -> list[str]:
        """The whole of it, to be read."""
        return [
            f"{at:9.3f} {who:<10} {what} {' '.join(map(str, details))}".rstrip()
            for at, who, what, details in self.lines
        ]

    def digest(self) -> str:
        """Equal for equal stories."""
        return hashlib.sha256("\n".join(self.written()).encode()).hexdigest()[:16]
