from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.grouping import LARGEST, checkpoint_of, checkpoints, covered, is_checkpoint
from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of

HOURLY, DAILY, MONTHLY, YEARLY = Qualifier


@pytest.mark.parametrize(
    ("qualifier", "grouping", "first", "last", "table"),
    [
        (HOURLY, 8, "2013010100", "2013010123", {"08": ("00", "08"), "16": ("09", "16"), "23": ("17", "23")}),
        (HOURLY, 23, "2013010100", "2013010123", {"23": ("00", "23")}),
        (HOURLY, 12, "2013010100", "2013010123", {"12": ("00", "12"), "23": ("13", "23")}),
        (
            DAILY,
            10,
            "2013010100",
            "2013013100",
            {"10": ("01", "10"), "20": ("11", "20"), "30": ("21", "30"), "31": ("31", "31")},
        ),
        (DAILY, 10, "2012020100", "2012022900", {"10": ("01", "10"), "20": ("11", "20"), "29": ("21", "29")}),
        (DAILY, 28, "2013020100", "2013022800", {"28": ("01", "28")}),
        (
            MONTHLY,
            3,
            "2013010000",
            "2013120000",
            {"03": ("01", "03"), "06": ("04", "06"), "09": ("07", "09"), "12": ("10", "12")},
        ),
        (MONTHLY, 5, "2013010000", "2013120000", {"05": ("01", "05"), "10": ("06", "10"), "12": ("11", "12")}),
    ],
)
def test_checkpoints_cover_what_the_table_says(
    qualifier: Qualifier, grouping: int, first: str, last: str, table: dict[str, tuple[str, str]]
) -> None:
    field = {HOURLY: slice(8, 10), DAILY: slice(6, 8), MONTHLY: slice(4, 6)}[qualifier]
    unit = range(ordinal_of(qualifier, first), ordinal_of(qualifier, last) + 1)
    found = {}
    for checkpoint in checkpoints(qualifier, grouping, unit):
        names = [timeperiod_of(qualifier, ordinal)[field] for ordinal in covered(qualifier, grouping, checkpoint)]
        found[names[-1]] = (names[0], names[-1])
    assert found == table


@given(st.data(), st.sampled_from(Qualifier), st.integers(0, 20_000))
def test_every_period_is_covered_by_exactly_one_checkpoint(
    data: st.DataObject, qualifier: Qualifier, ordinal: int
) -> None:
    grouping = data.draw(st.integers(1, LARGEST[qualifier]))
    checkpoint = checkpoint_of(qualifier, grouping, ordinal)
    inside = covered(qualifier, grouping, checkpoint)
    assert ordinal in inside
    assert inside[-1] == checkpoint
    assert is_checkpoint(qualifier, grouping, checkpoint)
    assert all(checkpoint_of(qualifier, grouping, other) == checkpoint for other in inside)
    assert checkpoint_of(qualifier, grouping, inside.start - 1) == inside.start - 1
    assert is_checkpoint(qualifier, grouping, ordinal) == (ordinal == checkpoint)


@given(st.data(), st.sampled_from(Qualifier), st.integers(0, 20_000), st.integers(0, 100))
def test_the_checkpoints_of_a_range_are_those_periods_that_are_one(
    data: st.DataObject, qualifier: Qualifier, first: int, count: int
) -> None:
    grouping = data.draw(st.integers(1, LARGEST[qualifier]))
    ordinals = range(first, first + count)
    found = checkpoints(qualifier, grouping, ordinals)
    assert list(found) == [ordinal for ordinal in ordinals if is_checkpoint(qualifier, grouping, ordinal)]


def test_without_grouping_every_period_stands_for_itself() -> None:
    assert is_checkpoint(HOURLY, 1, 5)
    assert checkpoint_of(HOURLY, 1, 5) == 5
    assert covered(HOURLY, 1, 5) == range(5, 6)
    assert checkpoints(HOURLY, 1, range(3, 9)) == range(3, 9)
