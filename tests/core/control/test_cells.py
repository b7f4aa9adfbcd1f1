from __future__ import annotations

from synergy.core.control.cells import ABSENT, COVERED, INVALID, WORST_FIRST, badness
from synergy.core.states import JOB_STATES


def test_what_is_wrong_is_worse_than_what_is_not_done_and_that_than_what_is() -> None:
    assert sorted("0123456- ", key=badness) == [*"6412035", COVERED, ABSENT]
    assert badness(INVALID) == 0
    assert badness("?") > badness(ABSENT)


def test_every_state_has_a_place() -> None:
    assert {str(code) for code in range(len(JOB_STATES))} <= set(WORST_FIRST)
