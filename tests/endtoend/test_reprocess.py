"""Reprocess one hour of history that is finished: exactly what is built on it runs again, once, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.endtoend import evidence
from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.projects import write_flights

pytestmark = pytest.mark.real

END = "2013010300"
HOUR = "FlightsHourly@2013010105"
BUILT_ON_IT = {
    HOUR,
    "FlightsDaily@2013010100",
    "FlightsMonthly@2013010000",
    "FlightsYearly@2013000000",
    "DelaysDaily@2013010100",
    "DelaysMonthly@2013010000",
}
TABLES = ("job", "unit_of_work", "attempt", "history", "plan", "audit", "process_override", "freerun_entry")


@pytest.fixture(scope="module")
def finished() -> Iterator[Deployment]:
    """Two days of flights, all worked through."""
    made = Deployment(new_folder())
    write_flights(made.folder, END)
    made.start()
    _await_all(made)
    yield made
    assert made.close() == []


def _await_all(deployment: Deployment) -> None:
    targets = ["FlightsYearly@2013000000", "DelaysMonthly@2013010000", "WeatherMonthly@2013010000"]
    deployment.ctl("wait", *targets, "--for", "processed", "--timeout", "60")


def _stored(deployment: Deployment) -> dict[str, list[tuple[object, ...]]]:
    """Every stored record but the heartbeats."""
    queries = {table: f"SELECT * FROM {table} ORDER BY 1, 2" for table in TABLES}  # noqa: S608 - names from here
    return {table: [tuple(row) for row in deployment.rows(query)] for table, query in queries.items()}


def _runs(deployment: Deployment) -> Counter[str]:
    """How often each job was run."""
    rows = deployment.rows("SELECT process_name, timeperiod FROM unit_of_work WHERE uow_type = 'type_managed'")
    return Counter(f"{row['process_name']}@{row['timeperiod']}" for row in rows)


def test_a_plan_lists_what_is_built_on_the_hour_and_changes_nothing(finished: Deployment) -> None:
    before = _stored(finished)

    plan = finished.ctl_json("reprocess", HOUR, "--plan")

    named = {f"{change['process_name']}@{change['timeperiod']}": change for change in plan["changes"]}
    assert set(named) == BUILT_ON_IT
    assert len(plan["changes"]) == len(BUILT_ON_IT)
    states = {(change["state"], change["new_state"]) for change in named.values()}
    assert states <= {("state_processed", "state_embryo"), ("state_noop", "state_embryo")}
    assert plan["kills"] == []
    assert all(change["because"] for change in named.values())
    assert _stored(finished) == before


def test_without_yes_and_terminal_the_plan_is_shown_and_nothing_is_done(finished: Deployment) -> None:
    before = _stored(finished)

    refused = finished.ctl("reprocess", HOUR, expect=2)

    assert "FlightsMonthly" in refused.stdout
    assert "--yes" in refused.stderr
    assert _stored(finished) == before


def test_all_of_it_runs_again_once_and_its_history_says_why(finished: Deployment) -> None:
    before = _runs(finished)

    finished.ctl("reprocess", HOUR, "--yes", "--reason", "late data")
    _await_all(finished)

    assert _runs(finished) - before == Counter(BUILT_ON_IT)
    for job in BUILT_ON_IT:
        rows = finished.ctl_json("history", job)
        reopened = next(row for row in rows if row["new_state"] == "state_embryo")
        assert (reopened["cause"], reopened["reason"]) == ("reprocess", "late data")
        assert reopened["plan_id"]
        assert job == HOUR or reopened["because"], rows
    evidence.assert_histories_are_whole(finished)
    evidence.assert_nothing_is_left(finished)
    evidence.assert_sums_are_right(finished, END)


def test_a_plan_that_another_change_overtook_is_refused_with_the_difference(finished: Deployment) -> None:
    plan = finished.ctl_json("reprocess", HOUR, "--plan")
    finished.ctl("deactivate", "FlightsHourly")
    finished.ctl("reprocess", HOUR, "--yes")
    before = _stored(finished)

    refused = finished.ctl("apply", plan["plan_id"], expect=4)

    assert HOUR in refused.stderr, refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert _stored(finished) == before
    finished.ctl("activate", "FlightsHourly")
    _await_all(finished)
    assert "plan" in finished.ctl("apply", "p-unknown", expect=4).stderr
