from __future__ import annotations

from synergy.core.suggestions import did_you_mean


def test_a_name_that_is_alike_is_suggested_whatever_its_case() -> None:
    assert did_you_mean("flightshourly", ["FlightsHourly", "WeatherHourly"]) == 'did you mean "FlightsHourly"?'


def test_names_that_are_not_alike_are_listed() -> None:
    assert did_you_mean("x", ["beta", "alpha", "beta"]) == "known are: alpha, beta"


def test_a_long_list_is_cut() -> None:
    assert did_you_mean("x", [f"name{number:02}" for number in range(20)]).endswith("name11 and 8 more")


def test_where_nothing_is_known_it_says_so() -> None:
    assert did_you_mean("x", []) == "there is none yet"
