"""Where the problems of the timetable are, from rolled-up rows: a few answers instead of all its cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from synergy.core.control.replies import RollUp
from synergy.core.states import JOB_CODES, JobState
from synergy.tui.model.glyphs import INVALID_CELL

PROBLEMS: Final = INVALID_CELL + str(JOB_CODES[JobState.SKIPPED])
"""What ``only problems`` leaves: something invalid or skipped."""


def problem_columns(cells: str) -> list[int]:
    """The places of problems in a row."""
    return [at for at, cell in enumerate(cells) if cell in PROBLEMS]


def oldest_column(answer: RollUp, names: Iterable[str]) -> tuple[int, tuple[str, ...]] | None:
    """The first column with a problem of the named processes, and which of them have one there; None: there is none."""
    wanted = set(names)
    rows = [row for row in answer.rows if row.process_name in wanted]
    firsts = [columns[0] for row in rows if (columns := problem_columns(row.cells))]
    if not firsts:
        return None
    first = min(firsts)
    return first, tuple(row.process_name for row in rows if row.cells[first] in PROBLEMS)
