"""How things are named."""

from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.core.records import JobKey, UowId
from synergy.core.targets import EntryTarget, JobRange, Target, UowTarget, parse_job, parse_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("FlightsHourly@2013010114", JobRange("FlightsHourly", "2013010114", "2013010114")),
        (" Flights.Hourly-2@2013010114 ", JobRange("Flights.Hourly-2", "2013010114", "2013010114")),
        ("FlightsHourly@2013010100..2013010123", JobRange("FlightsHourly", "2013010100", "2013010123")),
        ("FlightsDaily@2013-01-01", JobRange("FlightsDaily", "2013-01-01", "2013-01-01")),
        ("FlightsDaily@2013.01.01..now", JobRange("FlightsDaily", "2013.01.01", "now")),
        ("Report::mail", EntryTarget("Report", "mail")),
        ("FlightsHourly@2013010114.2", UowTarget(UowId("FlightsHourly@2013010114.2"))),
        ("Report::mail@20130101063000.1", UowTarget(UowId("Report::mail@20130101063000.1"))),
    ],
)
def test_each_of_the_four_spellings_is_read(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text", ["", "FlightsHourly", "Flights Hourly@2013010114", "P@2013..", "P@", "P@1@2", "P::", "@2013010114"]
)
def test_anything_else_is_refused_with_the_four_spellings(text: str) -> None:
    with pytest.raises(InvalidArgument, match=r"PROCESS@FROM\.\.TO"):
        parse_target(text)


def test_one_job_is_named_without_a_range() -> None:
    assert parse_job("FlightsHourly@2013010114") == JobKey("FlightsHourly", "2013010114")
    assert parse_job("FlightsHourly@1st of May") == JobKey("FlightsHourly", "1st of May")
    with pytest.raises(InvalidArgument, match="PROCESS@TIMEPERIOD"):
        parse_job("FlightsHourly@2013010100..2013010123")
