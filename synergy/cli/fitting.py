"""Making a table fit a terminal: wide columns are narrowed, their cells go on in the next lines, and nothing is cut.

The columns of a table stand in the order in which they matter: those at the end for which there is no room at all are
left out, and that is said.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest


def fitted(wanted: Sequence[int], least: Sequence[int], room: int, gap: int) -> list[int]:
    """The widths of the columns that are shown: of as many of the first ones as there is room for, but always of one.

    Args:
        wanted: the columns' widths when there is room enough.
        least: to what each may be narrowed; 0: not at all.
        room: the width of the terminal.
        gap: what lies between two columns.
    """
    narrowest = [min(width, limit or width) for width, limit in zip(wanted, least, strict=True)]
    shown = len(wanted)
    while shown > 1 and _whole(narrowest[:shown], gap) > room:
        shown -= 1
    widths = list(wanted[:shown])
    while _whole(widths, gap) > room:
        yielding = [number for number in range(shown) if widths[number] > narrowest[number]]
        if not yielding:
            break
        widths[max(yielding, key=widths.__getitem__)] -= 1
    return widths


def _whole(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def wrapped(cells: Sequence[str], widths: Sequence[int], least: Sequence[int]) -> list[tuple[str, ...]]:
    """The lines of one row; only cells of columns that may be narrowed go on in the next line."""
    parts = [
        textwrap.wrap(cell, width, break_on_hyphens=False) if limit and len(cell) > width else [cell]
        for cell, width, limit in zip(cells, widths, least, strict=False)
    ]
    return list(zip_longest(*parts, fillvalue=""))
