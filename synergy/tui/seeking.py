"""Looks for problems in the timetable: first in years, then in what is inside of one. Few and small answers do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from synergy.core.control import requests as q
from synergy.core.control.grid_requests import RollUp
from synergy.core.timeperiods import Qualifier, cast, ordinal_of, span, timeperiod_of
from synergy.tui.feed import Feed
from synergy.tui.model.glyphs import look_of_cell
from synergy.tui.model.grid_view import GridLine
from synergy.tui.model.problem_search import oldest_column, problem_columns
from synergy.tui.model.zoom import Bounds, finer

PAGE: Final = 10_000
"""Periods asked for at once, as many as the daemon tells."""


async def next_problem(feed: Feed, line: GridLine, after: int) -> int | None:
    """The first period of a row behind ``after`` with a problem, behind the last the oldest; None: it has none."""
    years = Bounds(*(cast(line.qualifier, at, Qualifier.YEARLY) for at in line.bounds))
    found = await _problems(feed, line, Qualifier.YEARLY, years)
    here = cast(line.qualifier, line.bounds.clamp(after), Qualifier.YEARLY)
    behind = [year for year in found if year >= here]
    for year, least in [*((year, after + 1) for year in behind), *((year, line.bounds.first) for year in found)]:
        inside = span(Qualifier.YEARLY, year, line.qualifier)
        stretch = Bounds(max(inside.start, line.bounds.first, least), min(inside.stop - 1, line.bounds.last))
        own = await _problems(feed, line, line.qualifier, stretch)
        if own:
            return own[0]
    return None


async def _problems(feed: Feed, line: GridLine, qualifier: Qualifier, stretch: Bounds) -> list[int]:
    """Periods with problems among some."""
    if stretch.last < stretch.first:
        return []
    start, columns = timeperiod_of(qualifier, stretch.first), stretch.last - stretch.first + 1
    name = (line.process_name,)
    if qualifier is line.qualifier:
        rows = [row.cells for row in (await feed.call(q.Grid(qualifier, start, columns, name))).rows]
    else:
        rows = [row.cells for row in (await feed.call(RollUp(qualifier, start, columns, name))).rows]
    return [stretch.first + at for cells in rows for at in problem_columns(cells)]


async def inside(feed: Feed, line: GridLine, periods: Collection[int], meant: Collection[str]) -> set[int]:
    """Those of a row's periods whose state, by its word, is one of those meant."""
    found: set[int] = set()
    wanted = sorted(periods)
    while wanted:
        first = wanted[0]
        count = min(PAGE, wanted[-1] - first + 1)
        request = q.Grid(line.qualifier, timeperiod_of(line.qualifier, first), count, (line.process_name,))
        cells = "".join(row.cells for row in (await feed.call(request)).rows)
        found |= {first + at for at, cell in enumerate(cells) if look_of_cell(cell).word in meant}
        wanted = [at for at in wanted if at >= first + count]
    return found & set(periods)


async def oldest_problem(feed: Feed, lines: Sequence[GridLine]) -> tuple[GridLine, int] | None:
    """The oldest period with a problem of all rows, of the shortest ones there: that is where it began."""
    known = {line.process_name: line for line in lines}
    years = [cast(line.qualifier, at, Qualifier.YEARLY) for line in lines for at in line.bounds]
    if not years:
        return None
    level, first, last, names = Qualifier.YEARLY, min(years), max(years), tuple(known)
    while True:
        answer = await feed.call(RollUp(level, timeperiod_of(level, first), last - first + 1, names))
        column = oldest_column(answer, names)
        if column is None:
            return None
        found = ordinal_of(level, answer.from_timeperiod) + column[0]
        names, below = tuple(name for name in column[1] if known[name].qualifier is not level), finer(level)
        if not names or below is None:
            return known[column[1][0]], found
        inside = span(level, found, below)
        level, first, last = below, inside.start, inside.stop - 1
