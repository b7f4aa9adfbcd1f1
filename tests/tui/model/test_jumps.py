from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.core.timeperiods import Qualifier, timeperiod_of
from synergy.tui.model.jumps import parse_at

NOW = 1362492000.0  # 2013-03-05 14:00 UTC
H, D, M, Y = Qualifier


@pytest.mark.parametrize(
    ("text", "qualifier", "timeperiod"),
    [
        ("now", H, "2013030514"),
        ("Today", D, "2013030500"),
        ("yesterday", D, "2013030400"),
        ("3d", D, "2013030200"),
        ("-12h", H, "2013030502"),
        ("1w", D, "2013022600"),
        ("2013", Y, "2013000000"),
        ("2013-06", M, "2013060000"),
        ("201306", M, "2013060000"),
        ("2013-06-01", D, "2013060100"),
        ("20130601", D, "2013060100"),
        ("2013060112", H, "2013060112"),
        ("2013-06-01 12", H, "2013060112"),
        ("2013-06-01T12:00", H, "2013060112"),
        ("2013-06-01 12h", H, "2013060112"),
        ("2013060100", H, "2013060100"),
        ("2013060000", M, "2013060000"),
        ("2013000000", Y, "2013000000"),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, qualifier: Qualifier, timeperiod: str) -> None:
    jump = parse_at(text, NOW)
    assert (jump.qualifier, timeperiod_of(*jump)) == (qualifier, timeperiod)


@pytest.mark.parametrize("text", ["", "soon", "2013-13", "2013-02-30", "2013-06-01 25", "1969", "2013-6", "3d!"])
def test_what_is_no_time_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(InvalidArgument, match="is no time to go to") as caught:
        parse_at(text, NOW)
    assert "2013-06" in (caught.value.remedy or "")


def test_an_age_beyond_all_time_goes_to_its_beginning() -> None:
    assert parse_at("999999d", NOW).ordinal == 0
