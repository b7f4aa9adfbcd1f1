from __future__ import annotations

from datetime import UTC, datetime

import pytest

from synergy.cli.times import parse_until
from synergy.core.errors import InvalidArgument

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("45s", "2026-11-26T09:30:45+00:00"),
        ("90m", "2026-11-26T11:00:00+00:00"),
        ("2h", "2026-11-26T11:30:00+00:00"),
        (" 1 d ", "2026-11-27T09:30:00+00:00"),
        ("17:05", "2026-11-26T17:05:00+00:00"),
        ("6:00", "2026-11-27T06:00:00+00:00"),
        ("09:30", "2026-11-27T09:30:00+00:00"),
        ("2026-11-26T12:00", "2026-11-26T12:00:00+00:00"),
        ("2026-11-26T12:00:00Z", "2026-11-26T12:00:00+00:00"),
        ("2026-11-26T12:00+01:00", "2026-11-26T11:00:00+00:00"),
        ("2026-12-24", "2026-12-24T00:00:00+00:00"),
    ],
)
def test_a_time_is_read_as_people_mean_it(text: str, is_meant: str) -> None:
    found = parse_until(text, NOW.timestamp())

    assert datetime.fromtimestamp(found, UTC).isoformat() == is_meant


def test_without_a_given_now_it_counts_from_the_real_one() -> None:
    assert parse_until("2h") - parse_until("1h") == pytest.approx(3600, abs=60)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "12:60", "2w", "-1h", "2026-13-01", "9999999999999d"])
def test_what_is_no_time_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(InvalidArgument, match=r"cannot be read; write 06:00"):
        parse_until(text, NOW.timestamp())
