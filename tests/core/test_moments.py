from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.core.moments import parse_moment

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"), [("5s", 5), ("10m", 600), (" 2h ", 7_200), ("3d", 259_200), ("1w", 604_800)]
)
def test_an_age_is_meant_from_now_back(text: str, seconds: int) -> None:
    assert parse_moment(text, NOW) == NOW - seconds


def test_a_date_and_a_time_are_meant_in_utc() -> None:
    assert parse_moment("1970-01-02", NOW) == 86_400
    assert parse_moment("1970-01-01T01:00:00+01:00", NOW) == 0


@pytest.mark.parametrize("text", ["", "2", "h", "yesterday", "2 h", "-2h"])
def test_anything_else_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(InvalidArgument, match="is no moment; write an age"):
        parse_moment(text, NOW)
