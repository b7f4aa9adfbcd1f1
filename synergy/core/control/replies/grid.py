"""Replies on the timetable as rows of characters."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply


class GridRow(Struct, frozen=True):
    """``cells``: one character per period.

    ``0``–``5`` are the job states in their order (embryo, in progress, final run, processed, skipped, noop), ``6`` an
    invalid unit of work, ``-`` a period covered by a later checkpoint, blank: no such period.
    """

    process_name: str
    tree_name: str
    cells: str


class Grid(Reply, frozen=True):
    """Rows and the periods of their columns' ends (both included)."""

    seq: int
    time_qualifier: str
    from_timeperiod: str
    to_timeperiod: str
    rows: tuple[GridRow, ...]


class RollUpRow(Struct, frozen=True):
    """``cells``: of each column's jobs the character that comes first in ``cells.WORST_FIRST``.

    ``counts``: the jobs of all columns together, by their character.
    """

    process_name: str
    tree_name: str
    cells: str
    counts: dict[str, int]


class RollUp(Reply, frozen=True):
    """Rows and the periods of their columns' ends (both included)."""

    seq: int
    time_qualifier: str
    from_timeperiod: str
    to_timeperiod: str
    rows: tuple[RollUpRow, ...]
