"""Limits of single requests: beyond them the daemon refuses in words, and does not try."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synergy.core.control import log_requests as d
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.control.grid_requests import RollUp
from synergy.core.errors import InvalidArgument
from tests.fuzz.daemon import Daemon, daemon_of
from tests.fuzz.targets.control_requests import ENTRY, EVERYTHING, JOB

LARGE = 10**9


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with daemon_of() as one:
        yield one


def refusal(daemon: Daemon, request: q.Request[object]) -> InvalidArgument:
    with pytest.raises(InvalidArgument) as caught:
        daemon.run(daemon.service.handle(request, EVERYTHING))
    daemon.check()
    return caught.value


@pytest.mark.parametrize("limit", [1_001, LARGE, 0, -1])
def test_a_page_holds_no_more_than_a_thousand_rows(daemon: Daemon, limit: int) -> None:
    paged: tuple[q.Request[object], ...] = (
        q.ListJobs("MainHourly", limit=limit),
        q.ListUows(limit=limit),
        q.JobHistory(JOB, limit),
        q.Logs(JOB, limit=limit),
        q.SearchLog(JOB, "x", limit=limit),
        d.DaemonLog(limit=limit),
        d.SearchDaemonLog("x", limit=limit),
        y.WhyAll(limit),
        y.Blocks(JOB, limit),
    )
    for request in paged:
        told = refusal(daemon, request)
        assert told.message == f"limit {limit} is out of range", request.method
        assert told.remedy == "use 1–1000 and ask for more pages"


@pytest.mark.parametrize("columns", [10_001, LARGE, 0, -1])
def test_a_window_of_the_timetable_has_no_more_than_ten_thousand_columns(daemon: Daemon, columns: int) -> None:
    for request in (q.Grid("hourly", "2013013000", columns), RollUp("daily", "2013013000", columns)):
        assert str(columns) in refusal(daemon, request).message


def test_a_window_of_the_timetable_has_no_more_than_two_million_cells(daemon: Daemon) -> None:
    names = ("MainHourly",) * 300
    told = refusal(daemon, q.Grid("hourly", "2013013000", 10_000, names))
    assert told.message == "10000 columns of 300 rows are out of range"
    assert told.remedy == "ask for 1–6666 columns"


@pytest.mark.parametrize("key", ["", "k" * 201, "k" * 100_000])
def test_a_key_is_a_name_of_at_most_two_hundred_characters(daemon: Daemon, key: str) -> None:
    plan = daemon.run(daemon.service.handle(q.MakePlan("hold", ("MainHourly",)), EVERYTHING))
    changes: tuple[q.Request[object], ...] = (
        q.Trigger("MainHourly", key=key),
        q.SaveEntry(ENTRY, description="x", key=key),
        q.ApplyPlan(plan.plan_id, "r", key),  # type: ignore[attr-defined]
    )
    for request in changes:
        assert refusal(daemon, request).message == f"the key is {len(key)} characters long"


@pytest.mark.parametrize("most", [0, 100_001])
def test_a_batch_runs_no_more_than_a_hundred_thousand_jobs_at_once(daemon: Daemon, most: int) -> None:
    assert refusal(daemon, q.MakePlan("reprocess", (JOB,), max_parallel=most)).remedy == "use 1 to 100000"
