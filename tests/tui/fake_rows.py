"""Rows of the small deployment in memory that no test changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.records import LogLine
from synergy.core.states import UowState
from synergy.stores.log_search import LogSearch
from tests.tui.fake_plans import REAL_TIME

ENTRY: Final = r.EntryRow(
    "Report", "mail", "cron 30 6 * * 1-5", "flights.jobs:mail", {}, "the morning's mail", is_on=True,
    by_hand=False, next_run="2013-03-06T06:30:00Z", next_run_in=59_400.0, last_firing="2013-03-05T06:30:00Z",
    related_unit_of_work="Report::mail@20130305063000.1", uow_state=UowState.PROCESSED,
)  # fmt: skip
"""The only freerun entry."""

QUEUED: Final = r.CollectorRow(
    "FlightsHourly@2013030418.1", "FlightsHourly", "2013030418", UowState.INVALID, 3, "exit 3", 512.0, 9_000.0,
    gave_up=False,
)  # fmt: skip
"""What waits for its retry."""

WORKERS: Final = (
    r.WorkerRow("box-1", "h", "supervisor", 900, None, None, REAL_TIME, 40_000_000, 3.0, up=True),
    r.WorkerRow(
        "box-1", "h", "child", 901, "FlightsHourly", "FlightsHourly@2013030509.1", REAL_TIME, 30_000_000, 55.0, up=True
    ),
)


def matches(log: Sequence[r.LogRow], request: q.SearchLog) -> r.LogMatches:
    """The lines that hold a text, as the stores find them."""
    looking = LogSearch(request.text, request.limit, request.near)
    looking.take(0, [LogLine(0.0, row.stream, row.level, row.text) for row in log])
    found = looking.found
    return r.LogMatches(found.lines, found.total > len(found.lines), found.before, found.total)
