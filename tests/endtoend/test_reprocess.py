"""Reprocess one hour of history that is finished: exactly what is built on it runs again, once, and says why."""

from __future__ import annotations

from collections import Counter

import pytest

from synergy.core.records import UowType
from tests.endtoend import evidence
from tests.endtoend.deployment import Deployment
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


@pytest.fixture(scope="module")
def finished(shared: Deployment) -> Deployment:
    """Two days of flights, all worked through."""
    write_flights(shared.folder, END)
    shared.start()
    _await_all(shared)
    return shared


def _await_all(deployment: Deployment) -> None:
    targets = ["FlightsYearly@2013000000", "DelaysMonthly@2013010000", "WeatherMonthly@2013010000"]
    deployment.ctl("wait", *targets, "--for", "processed", "--timeout", "60")


def _runs(deployment: Deployment) -> Counter[str]:
    """How often each job was run."""
    return Counter(str(uow.key) for uow in deployment.stored.uows() if uow.uow_type is UowType.MANAGED)


def test_a_plan_lists_what_is_built_on_the_hour_and_changes_nothing(finished: Deployment) -> None:
    before = finished.stored.everything()

    plan = finished.ctl_json("reprocess", HOUR, "--plan")

    named = {f"{change['process_name']}@{change['timeperiod']}": change for change in plan["changes"]}
    assert set(named) == BUILT_ON_IT
    assert len(plan["changes"]) == len(BUILT_ON_IT)
    states = {(change["state"], change["new_state"]) for change in named.values()}
    assert states <= {("state_processed", "state_embryo"), ("state_noop", "state_embryo")}
    assert plan["kills"] == []
    assert all(change["because"] for change in named.values())
    assert finished.stored.everything() == before


def test_without_yes_and_terminal_the_plan_is_shown_and_nothing_is_done(finished: Deployment) -> None:
    before = finished.stored.everything()

    refused = finished.ctl("reprocess", HOUR, expect=2)

    assert "FlightsMonthly" in refused.stdout
    assert "--yes" in refused.stderr
    assert finished.stored.everything() == before


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
    before = finished.stored.everything()

    refused = finished.ctl("apply", plan["plan_id"], expect=4)

    assert HOUR in refused.stderr, refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert finished.stored.everything() == before
    finished.ctl("activate", "FlightsHourly")
    _await_all(finished)
    assert "plan" in finished.ctl("apply", "p-unknown", expect=4).stderr
