from __future__ import annotations

import pytest

from synergy.core.durations import lasting


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59, "59 s"),
        (60, "1 m"),
        (200, "3 m 20 s"),
        (3_600, "1 h"),
        (3_661, "1 h 1 m"),
        (70_378, "19 h 32 m"),
        (3_073_143, "35 d 13 h"),
    ],
)
def test_a_duration_is_told_in_at_most_two_units(seconds: float, told: str) -> None:
    assert lasting(seconds) == told
