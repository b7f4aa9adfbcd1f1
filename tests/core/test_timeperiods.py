from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.errors import InvalidArgument
from synergy.core.timeperiods import (
    Qualifier,
    cast,
    enclosing,
    end_of,
    is_coarser,
    last_enclosing,
    ordinal_at,
    ordinal_of,
    ordinals_of,
    real_time_period,
    span,
    start_of,
    timeperiod_of,
)

HOURLY, DAILY, MONTHLY, YEARLY = Qualifier
FORMATS = {HOURLY: "%Y%m%d%H", DAILY: "%Y%m%d00", MONTHLY: "%Y%m0000", YEARLY: "%Y000000"}

moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9998, 12, 31, 23, 59), timezones=st.just(UTC))  # noqa: DTZ001
qualifiers = st.sampled_from(Qualifier)


@given(moments, qualifiers)
def test_the_period_of_an_instant_is_named_as_the_calendar_names_it(moment: datetime, qualifier: Qualifier) -> None:
    ordinal = ordinal_at(qualifier, moment.timestamp())
    name = moment.strftime(FORMATS[qualifier]).rjust(10, "0")
    assert timeperiod_of(qualifier, ordinal) == name
    assert ordinal_of(qualifier, name) == ordinal
    assert start_of(qualifier, ordinal) <= moment.timestamp() < end_of(qualifier, ordinal)


@given(moments, qualifiers)
def test_the_instant_of_a_boundary_belongs_to_the_period_that_begins(moment: datetime, qualifier: Qualifier) -> None:
    ordinal = ordinal_at(qualifier, moment.timestamp())
    assert ordinal_at(qualifier, start_of(qualifier, ordinal)) == ordinal
    assert ordinal_at(qualifier, end_of(qualifier, ordinal)) == ordinal + 1


@given(moments, qualifiers, qualifiers)
def test_a_period_lies_in_the_span_of_its_parent(moment: datetime, one: Qualifier, other: Qualifier) -> None:
    fine, coarse = (other, one) if is_coarser(one, other) else (one, other)
    ordinal = ordinal_at(fine, moment.timestamp())
    parent = cast(fine, ordinal, coarse)
    inside = span(coarse, parent, fine)
    assert parent == ordinal_at(coarse, moment.timestamp())
    assert ordinal in inside
    assert start_of(fine, inside[0]) == start_of(coarse, parent)
    assert end_of(fine, inside[-1]) == end_of(coarse, parent)


@given(moments, qualifiers, st.integers(0, 100), st.sampled_from([1, 1, 2]))
def test_many_are_written_and_read_as_one_by_one(moment: datetime, qualifier: Qualifier, count: int, step: int) -> None:
    first = min(ordinal_at(qualifier, moment.timestamp()), ordinal_at(qualifier, start_of(YEARLY, 9998 - 1970)) - 200)
    ordinals = range(max(first, 0), max(first, 0) + count, step)
    names = [timeperiod_of(qualifier, ordinal) for ordinal in ordinals]
    assert ordinals_of(qualifier, names) == list(ordinals)


@pytest.mark.parametrize(
    ("qualifier", "text"),
    [
        (HOURLY, "2013010124"),
        (HOURLY, "20130101"),
        (HOURLY, "201301011400"),
        (HOURLY, ""),
        (HOURLY, "2013-01-01"),
        (HOURLY, "2013 10114"),
        (HOURLY, "+013010114"),
        (HOURLY, "２０１３０１０１１４"),
        (HOURLY, "2013022900"),
        (HOURLY, "1969123123"),
        (HOURLY, "9999010100"),
        (DAILY, "2013010114"),
        (DAILY, "2013010000"),
        (MONTHLY, "2013010100"),
        (MONTHLY, "2013000000"),
        (MONTHLY, "2013130000"),
        (YEARLY, "2013010000"),
        (YEARLY, "201300000"),
        (YEARLY, "0000000000"),
    ],
)
def test_what_is_no_timeperiod_is_refused_by_name_with_an_example(qualifier: Qualifier, text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        ordinal_of(qualifier, text)
    assert f'"{text}" is no {qualifier} timeperiod' in str(caught.value)
    assert "write it as 2026" in caught.value.remedy


def test_the_wrong_one_of_many_is_named() -> None:
    with pytest.raises(InvalidArgument, match='"2013010125"'):
        ordinals_of(HOURLY, ["2013010123", "2013010125"])


def test_leap_days_exist_only_in_leap_years() -> None:
    assert timeperiod_of(DAILY, ordinal_of(DAILY, "2012022800") + 1) == "2012022900"
    assert timeperiod_of(DAILY, ordinal_of(DAILY, "2013022800") + 1) == "2013030100"
    assert timeperiod_of(DAILY, ordinal_of(DAILY, "2100022800") + 1) == "2100030100"
    assert len(span(YEARLY, ordinal_of(YEARLY, "2000000000"), DAILY)) == 366


@pytest.mark.parametrize("qualifier", Qualifier)
def test_a_period_outside_the_calendar_has_no_name(qualifier: Qualifier) -> None:
    with pytest.raises(InvalidArgument, match="outside the years"):
        timeperiod_of(qualifier, -1)
    with pytest.raises(InvalidArgument, match="outside the years"):
        timeperiod_of(qualifier, 100_000_000)


@pytest.mark.parametrize("qualifier", Qualifier)
def test_the_last_period_that_is_accepted_has_an_end_with_a_name(qualifier: Qualifier) -> None:
    last = ordinal_at(qualifier, start_of(YEARLY, 9999 - 1970)) - 1
    assert timeperiod_of(qualifier, last).startswith("9998")
    assert timeperiod_of(qualifier, last + 1).startswith("9999")
    assert end_of(qualifier, last) == end_of(YEARLY, 9998 - 1970)


def test_a_period_is_cast_only_to_a_coarser_qualifier_and_spans_only_a_finer_one() -> None:
    with pytest.raises(InvalidArgument, match="a daily period has no hourly period around it"):
        cast(DAILY, 3, HOURLY)
    with pytest.raises(InvalidArgument, match="a daily period has no monthly periods inside it"):
        span(DAILY, 3, MONTHLY)


def test_real_time_periods_are_written_to_the_second() -> None:
    moment = datetime(2026, 11, 23, 14, 15, 30, tzinfo=UTC) + timedelta(milliseconds=999)
    assert real_time_period(moment.timestamp()) == "20261123141530"


@pytest.mark.parametrize(
    ("qualifier", "timeperiod", "name"),
    [
        (MONTHLY, "2013010114", "2013010000"),
        (YEARLY, "2013020000", "2013000000"),
        (DAILY, "2013020000", "2013020100"),
        (HOURLY, "2013000000", "2013010100"),
    ],
)
def test_the_period_that_holds_a_timeperiod_of_any_qualifier_is_found(
    qualifier: Qualifier, timeperiod: str, name: str
) -> None:
    assert timeperiod_of(qualifier, enclosing(qualifier, timeperiod)) == name


@pytest.mark.parametrize(
    ("qualifier", "timeperiod", "name"),
    [
        (HOURLY, "2013010114", "2013010114"),
        (HOURLY, "2013020000", "2013022823"),
        (DAILY, "2013010114", "2013010100"),
        (DAILY, "2013000000", "2013123100"),
        (MONTHLY, "2013000000", "2013120000"),
    ],
)
def test_the_last_period_of_a_timeperiod_of_any_qualifier_is_found(
    qualifier: Qualifier, timeperiod: str, name: str
) -> None:
    assert timeperiod_of(qualifier, last_enclosing(qualifier, timeperiod)) == name


def test_what_is_a_timeperiod_of_no_qualifier_is_held_by_none() -> None:
    with pytest.raises(InvalidArgument, match='"2013000001" is no timeperiod; write it as 2026112314, 2026112300'):
        enclosing(DAILY, "2013000001")
