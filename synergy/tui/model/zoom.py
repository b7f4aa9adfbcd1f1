"""The timetable's window: which periods stand side by side, and how it moves, zooms and follows the cursor.

A window is a qualifier and a run of ordinals. Zooming in keeps the start of the period under the cursor, zooming out
the period around it; nothing here knows the screen but its width in columns.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from synergy.core.timeperiods import Qualifier, cast, span, timeperiod_of

ZOOMS: Final = (Qualifier.YEARLY, Qualifier.MONTHLY, Qualifier.DAILY, Qualifier.HOURLY)
"""The calendar's levels, from the longest periods to the shortest."""
CELL_WIDTHS: Final = {Qualifier.YEARLY: 5, Qualifier.MONTHLY: 3, Qualifier.DAILY: 1, Qualifier.HOURLY: 1}
"""Characters per period, so that a coarse window can write its periods out."""

_TICKS: Final = {Qualifier.DAILY: (1, 6, 11, 16, 21, 26), Qualifier.HOURLY: (0, 6, 12, 18)}


class Bounds(NamedTuple):
    """The first and last period there is, both included."""

    first: int
    last: int

    def clamp(self, ordinal: int) -> int:
        """The nearest period there is."""
        return max(self.first, min(self.last, ordinal))


class Window(NamedTuple):
    """``columns`` periods from ``first`` on, the cursor on one of them."""

    qualifier: Qualifier
    first: int
    columns: int
    cursor: int

    @property
    def last(self) -> int:
        """The last visible period."""
        return self.first + self.columns - 1

    def within(self, bounds: Bounds) -> Window:
        """Without the columns behind the last period there is."""
        return self._replace(columns=max(1, min(self.columns, bounds.last - self.first + 1)))


def columns_for(qualifier: Qualifier, width: int) -> int:
    """How many periods fit into a width of characters; at least one."""
    return max(1, width // CELL_WIDTHS[qualifier])


def move(window: Window, cursor: int, bounds: Bounds) -> Window:
    """Put the cursor on a period and scroll as little as needed for it to be seen."""
    cursor = bounds.clamp(cursor)
    first = window.first
    if cursor < first:
        first = cursor
    elif cursor > window.last:
        first = cursor - window.columns + 1
    return window._replace(first=_first(first, window.columns, bounds), cursor=cursor)


def seek(window: Window, cursor: int, bounds: Bounds) -> Window:
    """Put the cursor on a period from far away: one that was not seen comes a quarter in, with what was before it."""
    cursor = bounds.clamp(cursor)
    if not window.first <= cursor <= window.last:
        window = window._replace(first=_first(cursor - window.columns // 4, window.columns, bounds))
    return move(window, cursor, bounds)


def resize(window: Window, columns: int, bounds: Bounds) -> Window:
    """Follow a change of the terminal's width."""
    return move(window._replace(columns=max(1, columns)), window.cursor, bounds)


def rezoom(window: Window, qualifier: Qualifier, columns: int, bounds: Bounds) -> Window:
    """Look at the same time through another qualifier; ``columns`` and ``bounds`` are those of the new one."""
    if ZOOMS.index(qualifier) > ZOOMS.index(window.qualifier):
        inside = span(window.qualifier, window.cursor, qualifier)
        cursor = bounds.clamp(inside.start)
        first = inside.start
    else:
        cursor = bounds.clamp(cast(window.qualifier, window.cursor, qualifier))
        first = cursor - columns // 2
    return move(Window(qualifier, _first(first, columns, bounds), columns, cursor), cursor, bounds)


def finer(qualifier: Qualifier) -> Qualifier | None:
    """The next zoom in; None at hours."""
    index = ZOOMS.index(qualifier) + 1
    return ZOOMS[index] if index < len(ZOOMS) else None


def coarser(qualifier: Qualifier) -> Qualifier | None:
    """The next zoom out; None at years."""
    index = ZOOMS.index(qualifier) - 1
    return ZOOMS[index] if index >= 0 else None


def heading(window: Window) -> tuple[str, str]:
    """Two lines over the columns: the enclosing periods, and ticks of the periods themselves."""
    width = CELL_WIDTHS[window.qualifier]
    if width > 1:
        return _wide_heading(window, width)
    enclosing = Qualifier.MONTHLY if window.qualifier is Qualifier.DAILY else Qualifier.DAILY
    upper, lower = [" "] * window.columns, [" "] * window.columns
    starts = [window.first]
    for ordinal in range(window.first, window.first + window.columns):
        position = _position(window.qualifier, ordinal)
        if position in _TICKS[window.qualifier]:
            _write(lower, ordinal - window.first, f"{position:02}", len(lower))
        if position == _TICKS[window.qualifier][0] and ordinal != window.first:
            starts.append(ordinal)
    for start, end in pairwise([*starts, window.first + window.columns]):
        label = _calendar(enclosing, cast(window.qualifier, start, enclosing))
        _write(upper, start - window.first, label if end - start > len(label) else "", end - window.first)
    return "".join(upper), "".join(lower)


def _wide_heading(window: Window, width: int) -> tuple[str, str]:
    upper, lower = [" "] * (window.columns * width), [" "] * (window.columns * width)
    for index in range(window.columns):
        text = timeperiod_of(window.qualifier, max(0, window.first + index))
        label = text[:4] if window.qualifier is Qualifier.YEARLY else text[4:6]
        _write(lower, index * width, label, len(lower))
        if window.qualifier is Qualifier.MONTHLY and (index == 0 or text[4:6] == "01"):
            _write(upper, index * width, text[:4], len(upper))
    return "".join(upper), "".join(lower)


def _position(qualifier: Qualifier, ordinal: int) -> int:
    """The hour of the day, or the day of the month."""
    return ordinal % 24 if qualifier is Qualifier.HOURLY else int(timeperiod_of(qualifier, ordinal)[6:8])


def _calendar(qualifier: Qualifier, ordinal: int) -> str:
    text = timeperiod_of(qualifier, ordinal)
    return f"{text[:4]}-{text[4:6]}" if qualifier is Qualifier.MONTHLY else f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def _write(line: list[str], at: int, text: str, end: int) -> None:
    if at + len(text) <= end:
        line[at : at + len(text)] = text


def _first(first: int, columns: int, bounds: Bounds) -> int:
    """The window's left edge, kept inside the bounds as long as they are wider than the window."""
    return max(bounds.first, min(first, bounds.last - columns + 1))
