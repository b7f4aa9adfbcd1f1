"""Reads the logs of two attempts, to be compared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound
from synergy.tui.model.log_buffer import PAGE
from synergy.tui.model.log_text import printable

MOST_LINES: Final = 5 * PAGE
"""So many of the last lines of each log are compared."""

Call = Callable[[q.Request[Any]], Awaitable[Any]]


class BothLogs(NamedTuple):
    """The last lines of two attempts, of so many; ``longest``: how many lines the longer log has in all."""

    numbers: tuple[int, ...]
    attempts: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    longest: int


async def read_both(call: Call, target: str, asked: tuple[int, ...]) -> BothLogs:
    """Read both logs: of the attempts that were asked for, or of the last two.

    Raises:
        NotFound: there are no two attempts, or not those.
    """
    attempts: r.Attempts = await call(q.Attempts(target))
    count = len(attempts.attempts)
    if count < 2:
        ran = "has run once" if count else "has not run yet"
        raise NotFound(f"{target} {ran}: there are no two logs", remedy="compare when it has run again")
    numbers = asked or (count - 1, count)
    (old, length), (new, other) = [await _end(call, target, number) for number in numbers]
    return BothLogs(numbers, count, old, new, max(length, other))


async def _end(call: Call, target: str, number: int) -> tuple[tuple[str, ...], int]:
    """The last lines of an attempt's log, and how many it has."""
    lines: list[str] = []
    first = -MOST_LINES
    while True:
        page: r.LogPage = await call(q.Logs(target, number, first_line=first, limit=PAGE))
        lines += [printable(row.text) for row in page.lines]
        first = page.first_line + len(page.lines)
        if not page.lines or first >= page.total or len(lines) >= MOST_LINES:
            return tuple(lines), page.total
