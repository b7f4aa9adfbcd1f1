from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.tui.model.gate import Gate


def test_a_periodic_wish_is_dropped_while_busy_and_an_operators_is_kept_once() -> None:
    gate = Gate()
    assert gate.begin()
    assert not gate.begin(periodic=True)
    assert gate.end() is False
    assert gate.begin()
    assert not gate.begin()
    assert not gate.begin()
    assert gate.end() is True
    assert gate.end() is False


def test_nothing_begins_while_a_change_is_made() -> None:
    gate = Gate()
    with gate.hold():
        assert not gate.begin()
    assert gate.begin()


@given(st.lists(st.sampled_from(["begin", "periodic", "end"])))
def test_never_two_at_once(steps: list[str]) -> None:
    gate = Gate()
    running = 0
    for step in steps:
        if step == "end":
            gate.end()
            running = 0
        elif gate.begin(periodic=step == "periodic"):
            running += 1
        assert running == int(gate.is_busy)
        assert running <= 1
