from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.brokers.rabbitmq.ledger import Ledger


def ledger_of(count: int) -> Ledger:
    ledger = Ledger()
    for tag in range(1, count + 1):
        ledger.delivered(tag)
    return ledger


def test_what_is_settled_from_the_front_makes_one_acknowledgement() -> None:
    ledger = ledger_of(5)
    for tag in (2, 1, 3):
        ledger.settled(tag)
    assert list(ledger.acknowledgements()) == [(3, True)]
    assert len(ledger) == 2


def test_a_gap_is_not_acknowledged() -> None:
    ledger = ledger_of(5)
    for tag in (1, 3, 5):
        ledger.settled(tag)
    assert list(ledger.acknowledgements()) == [(1, True), (3, False), (5, False)]
    ledger.settled(2)
    assert list(ledger.acknowledgements()) == [(2, True)]


def test_only_the_first_of_a_turn_asks_for_acknowledgements() -> None:
    ledger = ledger_of(3)
    assert [ledger.settled(tag) for tag in (1, 2, 9)] == [True, False, False]
    list(ledger.acknowledgements())
    assert ledger.settled(3)
    assert not ledger.settled(1)


@given(st.lists(st.lists(st.integers(1, 20), max_size=8), max_size=6))
def test_exactly_what_was_settled_is_acknowledged(turns: list[list[int]]) -> None:
    ledger, unacknowledged, settled = ledger_of(20), set(range(1, 21)), set[int]()
    for turn in turns:
        for tag in turn:
            ledger.settled(tag)
        settled.update(turn)
        for tag, multiple in ledger.acknowledgements():
            unacknowledged -= {each for each in unacknowledged if each == tag or (multiple and each < tag)}
    assert unacknowledged == set(range(1, 21)) - settled
    assert len(ledger) == len(unacknowledged)
