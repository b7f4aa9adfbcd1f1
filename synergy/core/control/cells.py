"""The characters of the timetable's rows (see replies.GridRow), and which of several tells what is wrong."""

from __future__ import annotations

from typing import Final

INVALID: Final = "6"
COVERED: Final = "-"
ABSENT: Final = " "

WORST_FIRST: Final = "6412035" + COVERED + ABSENT
"""Invalid, skipped; in progress, final run, embryo; processed, noop: what is wrong, what is not done, what is."""

_RANKS: Final = {cell: rank for rank, cell in enumerate(WORST_FIRST)}


def badness(cell: str) -> int:
    """The lower, the worse; a character that is not known comes last."""
    return _RANKS.get(cell, len(WORST_FIRST))
