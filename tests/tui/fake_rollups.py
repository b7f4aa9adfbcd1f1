"""Rolled-up rows of the small deployment in memory."""

from __future__ import annotations

from collections import Counter

from synergy.core.control import replies as r
from synergy.core.control.cells import ABSENT, badness
from synergy.core.control.grid_requests import RollUp
from synergy.core.timeperiods import Qualifier, is_coarser, ordinal_of, span, timeperiod_of


def rolled(request: RollUp, rows: dict[str, tuple[Qualifier, int, list[str]]], seq: int) -> r.RollUp:
    """``rows``: of each process its qualifier, first ordinal and cells."""
    qualifier = Qualifier(request.time_qualifier)
    first = ordinal_of(qualifier, request.from_timeperiod)
    found = []
    for name, (own, start, cells) in rows.items():
        if is_coarser(own, qualifier) or (request.process_names and name not in request.process_names):
            continue
        inside = [
            "".join(cells[at - start] for at in span(qualifier, column, own) if 0 <= at - start < len(cells)) or ABSENT
            for column in range(first, first + request.columns)
        ]
        counts = Counter(cell for part in inside for cell in part if cell != ABSENT)
        worst = "".join(min(part, key=badness) for part in inside)
        found.append(r.RollUpRow(name, "", worst, dict(sorted(counts.items(), key=lambda pair: badness(pair[0])))))
    end = timeperiod_of(qualifier, first + request.columns - 1)
    return r.RollUp(seq, qualifier, request.from_timeperiod, end, tuple(found))
