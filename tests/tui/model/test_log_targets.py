from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.tui.model.log_targets import read_attempt, read_attempts

MANY = "9" * 5_000


@pytest.mark.parametrize(
    ("target", "attempt"),
    [
        ("A@1#2", ("A@1", 2)),
        ("A@1", ("A@1", None)),
        ("A@1#", ("A@1#", None)),
        ("#2", ("#2", None)),
        ("A@1#²", ("A@1#²", None)),
        (f"A@1#{MANY}", (f"A@1#{MANY}", None)),
    ],
)
def test_a_log_s_target_may_name_an_attempt(target: str, attempt: tuple[str, int | None]) -> None:
    assert read_attempt(target) == attempt


def test_numbers_of_attempts_have_few_digits() -> None:
    assert read_attempts("A@1 1 3") == ("A@1", (1, 3))
    with pytest.raises(InvalidArgument, match="names no two attempts"):
        read_attempts(f"A@1 1 {MANY}")
