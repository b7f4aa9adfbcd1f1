"""The next firings of a trigger in words: the same where a trigger is typed and where its change is confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def in_words(instants: Iterable[datetime]) -> str:
    """``Wed 2013-03-06 06:30, Thu 03-07 06:30``: what is as in the one before is left out, and seconds if all are 0."""
    known = tuple(instants)
    clock = "%H:%M:%S" if any(at.second for at in known) else "%H:%M"
    words: list[str] = []
    before: datetime | None = None
    for at in known:
        if before is None or at.year != before.year:
            words.append(at.strftime(f"%a %Y-%m-%d {clock}"))
        elif at.date() != before.date():
            words.append(at.strftime(f"%a %m-%d {clock}"))
        else:
            words.append(at.strftime(clock))
        before = at
    return ", ".join(words)
