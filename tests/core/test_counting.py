from __future__ import annotations

import pytest

from synergy.core.counting import counted


@pytest.mark.parametrize(("number", "said"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs"), (31_712, "31,712 jobs")])
def test_one_is_not_many(number: int, said: str) -> None:
    assert counted(number, "job") == said


def test_a_plural_of_its_own_is_said() -> None:
    assert counted(2, "unit of work", "units of work") == "2 units of work"
    assert counted(1, "child", "children") == "1 child"
