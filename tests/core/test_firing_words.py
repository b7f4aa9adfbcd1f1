from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from synergy.core.firing_words import in_words

LAST_DAY = datetime(2013, 12, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], ""),
        ([0, 60], "Tue 2013-12-31 12:30, 12:31"),
        ([0, 1.5], "Tue 2013-12-31 12:30:00, 12:30:01"),
        ([-86_400, 0, 86_400], "Mon 2013-12-30 12:30, Tue 12-31 12:30, Wed 2014-01-01 12:30"),
    ],
)
def test_what_is_as_in_the_one_before_is_left_out(steps: list[float], told: str) -> None:
    assert in_words(LAST_DAY + timedelta(seconds=at) for at in steps) == told
