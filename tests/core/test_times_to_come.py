from __future__ import annotations

from datetime import UTC, datetime

import pytest

from synergy.core.errors import InvalidArgument
from synergy.core.times_to_come import parse_until

NOW = datetime(2026, 11, 26, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90s", "2026-11-26T09:21:30+00:00"),
        ("90m", "2026-11-26T10:50:00+00:00"),
        (" 2 h ", "2026-11-26T11:20:00+00:00"),
        ("1d", "2026-11-27T09:20:00+00:00"),
        ("09:21", "2026-11-26T09:21:00+00:00"),
        ("6:00", "2026-11-27T06:00:00+00:00"),
        ("09:20", "2026-11-27T09:20:00+00:00"),
        ("2026-12-01", "2026-12-01T00:00:00+00:00"),
        ("2026-12-01T06:00", "2026-12-01T06:00:00+00:00"),
        ("2026-12-01T06:00+02:00", "2026-12-01T04:00:00+00:00"),
    ],
)
def test_a_time_to_come_is_read_as_it_is_meant(text: str, time: str) -> None:
    assert parse_until(text, NOW.timestamp()) == datetime.fromisoformat(time).timestamp()


@pytest.mark.parametrize("text", ["", "soon", "25:00", "06:60", "2h30m", "99999999999999d", "-1h", "2026-13-01"])
def test_what_is_no_time_is_refused_with_the_ways_to_write_one(text: str) -> None:
    with pytest.raises(InvalidArgument, match=f'time "{text}" cannot be read') as caught:
        parse_until(text, NOW.timestamp())
    assert "2h" in (caught.value.remedy or "")
