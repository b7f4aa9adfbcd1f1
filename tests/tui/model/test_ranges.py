from __future__ import annotations

import pytest

from synergy.core.timeperiods import Qualifier
from synergy.tui.model.ranges import MOST_APART, apart, is_range, together

KNOWN = {"Hours": Qualifier.HOURLY, "Days": Qualifier.DAILY}


@pytest.mark.parametrize(
    ("target", "is_one"),
    [("A@1..2", True), ("A@1..", False), ("A@1", False), ("A", False), ("A..B", False), ("A::B", False)],
)
def test_a_range_has_a_beginning_and_an_end(target: str, *, is_one: bool) -> None:
    assert is_range(target) is is_one


def test_a_range_is_its_jobs_and_they_are_the_range() -> None:
    jobs = apart("Hours@2013013122..2013020101", Qualifier.HOURLY)
    assert jobs == ("Hours@2013013122", "Hours@2013013123", "Hours@2013020100", "Hours@2013020101")
    assert together(jobs, KNOWN) == ("Hours@2013013122..2013020101",)


def test_only_neighbours_are_put_together() -> None:
    jobs = ("Hours@2013010100", "Hours@2013010102", "Hours@2013010103", "Days@2013010100", "Days@2013010200", "Days")
    others = ("Flights@2013010100", "Entry::mail", "Hours@2013010105..2013010106", "Hours@2013010107")
    assert together((*jobs, *others), KNOWN) == (
        "Hours@2013010100", "Hours@2013010102..2013010103", "Days@2013010100..2013010200", "Days", *others,
    )  # fmt: skip


def test_a_long_range_stays_one() -> None:
    assert MOST_APART < 24 * 365
    assert apart("Hours@2013010100..2013123123", Qualifier.HOURLY) == ("Hours@2013010100..2013123123",)
