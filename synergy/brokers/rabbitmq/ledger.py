"""What a consumer has in hand, and which acknowledgements that makes: few, because one may speak for all before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice


class Ledger:
    """Delivery tags of one channel, in the order of their delivery."""

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._done: set[int] = set()

    def __len__(self) -> int:
        """How many are delivered and not settled."""
        return len(self._open) - len(self._done)

    def delivered(self, tag: int) -> None:
        """It came."""
        self._open[tag] = None

    def settled(self, tag: int) -> bool:
        """Its effect is stored; True when it is the first one since ``acknowledgements``."""
        if tag not in self._open:
            return False
        self._done.add(tag)
        return len(self._done) == 1

    def acknowledgements(self) -> Iterator[tuple[int, bool]]:
        """Tag, and whether it stands for all before it too; what was settled is forgotten."""
        done, self._done = self._done, set()
        head = 0
        for tag in self._open:
            if tag not in done:
                break
            head += 1
        first = list(islice(self._open, head))
        for tag in done:
            del self._open[tag]
        if first:
            yield first[-1], True
        for tag in sorted(done.difference(first)):
            yield tag, False
