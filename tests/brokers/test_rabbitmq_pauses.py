from __future__ import annotations

from itertools import islice

from synergy.brokers.rabbitmq.pauses import FIRST_SECONDS, LONGEST_SECONDS, pauses


def test_pauses_double_up_to_a_bound() -> None:
    assert list(islice(pauses(lambda: 1.0), 8)) == [0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0, 3.0]


def test_chance_shortens_a_pause_by_half_at_most() -> None:
    assert next(pauses(lambda: 0.0)) == FIRST_SECONDS / 2
    assert list(islice(pauses(lambda: 0.0), 10))[-1] == LONGEST_SECONDS / 2
