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

SETTINGS: Final = (
    r.ProcessSetting("time_grouping", "1", is_default=True),
    r.ProcessSetting("trigger_frequency", '"every 60"', is_default=True, by_hand='"every 30"'),
    r.ProcessSetting("concurrency", "4", is_default=False),
    r.ProcessSetting("is_on", "true", is_default=True),
    r.ProcessSetting("max_attempts", "null", is_default=True),
    r.ProcessSetting("env", "{}", is_default=True),
    r.ProcessSetting("present_on_boxes", '["box-.*"]', is_default=False),
)

FEED: Final = r.BoxProcessRow("Feed", is_on=True, pid=950, since="2026-11-23T08:00:00Z", restarts=2, state="running")

BOXES: Final = (
    r.BoxRow(
        "box-1", "h", up=True, slots=4, running=1, processes=(FEED,), version="0.1.0", pid=900, since=REAL_TIME,
        heartbeat_seconds=2.1, cpu_percent=58.0, rss_bytes=70_000_000, memory_percent=0.9,
        cpu_past=(0.0, 10.0, 80.0, 200.0, 150.0, 58.0), rss_past=(40_000_000, 50_000_000, 70_000_000),
    ),
    r.BoxRow("box-2", "g", up=False, slots=2, running=0, processes=(), state="stopped", version="0.1.0"),
)  # fmt: skip

WORKERS: Final = (
    r.WorkerRow("box-1", "h", "supervisor", 900, None, None, REAL_TIME, 70_000_000, 58.0, up=True),
    r.WorkerRow("box-1", "h", "daemon", 950, "Feed", None, "2026-11-23T08:00:00Z", 9_000_000, 1.0, up=True),
    r.WorkerRow(
        "box-1", "h", "child", 901, "FlightsHourly", "FlightsHourly@2013030509.1", "2026-11-23T08:33:12Z",
        30_000_000, 55.0, up=True,
    ),
    r.WorkerRow("box-1", "h", "child", 902, None, None, REAL_TIME, 20_000_000, 0.0, up=True),
)  # fmt: skip


def matches(log: Sequence[r.LogRow], request: q.SearchLog) -> r.LogMatches:
    """The lines that hold a text, as the stores find them."""
    looking = LogSearch(request.text, request.limit, request.near)
    looking.take(0, [LogLine(0.0, row.stream, row.level, row.text) for row in log])
    found = looking.found
    return r.LogMatches(found.lines, found.total > len(found.lines), found.before, found.total)
