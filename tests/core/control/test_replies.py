from __future__ import annotations

import pytest

from synergy.core.control.replies import Refusal


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("A@2013 is processed, it cannot be skipped", "A@2013 is processed, it cannot be skipped"),
        ("there is no such process", "A@2013: there is no such process"),
        ("A@2013010100 is unknown", "A@2013: A@2013010100 is unknown"),
    ],
)
def test_a_refusal_names_its_target_once(message: str, told: str) -> None:
    assert str(Refusal("A@2013", "illegal_state", message)) == told
