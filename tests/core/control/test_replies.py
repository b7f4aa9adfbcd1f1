from __future__ import annotations

import pytest

from synergy.core.control.replies import Refusal, Undone


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


@pytest.mark.parametrize(
    ("targets", "told"), [((), "drain"), (("A@1",), "drain A@1"), (("A@1", "B", "C"), "drain A@1 and 2 more")]
)
def test_what_an_undo_takes_back_is_named_with_its_first_target(targets: tuple[str, ...], told: str) -> None:
    undone = Undone("p1", "drain", targets, "root", "2026-11-26T13:47:38.000Z")
    assert undone.words("13:47:38") == f"{told} (plan p1, by root, 13:47:38)"
