from __future__ import annotations

import pytest

from synergy.core.collector import JumpWatch


@pytest.mark.parametrize("real", [1_010.0, 1_014.9, 1_005.1])
def test_a_clock_that_runs_or_drifts_did_not_jump(real: float) -> None:
    assert JumpWatch(1_000.0, 50.0).look(real, 60.0) == 0.0


@pytest.mark.parametrize(("real", "jumped"), [(4_610.0, 3_600.0), (910.0, -100.0)])
def test_a_clock_that_left_the_monotonic_one_behind_jumped(real: float, jumped: float) -> None:
    watch = JumpWatch(1_000.0, 50.0)

    assert watch.look(real, 60.0) == jumped
    assert watch.look(real + 5.0, 65.0) == 0.0
