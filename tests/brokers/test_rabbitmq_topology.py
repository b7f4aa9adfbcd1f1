from __future__ import annotations

import pytest

from synergy.brokers.rabbitmq.topology import EX_FREERUN, EX_MANAGED, EX_UTILS, EXCHANGES, Q_SET_ASIDE, Topology
from synergy.core.errors import InvalidArgument
from synergy.core.messages import BY_HAND, Q_JOB_STATUS, Q_UOW_STATUS, box_queue, process_queue

TOPOLOGY = Topology(freerun=frozenset({"Report"}))


@pytest.mark.parametrize(
    ("queue", "exchange"),
    [
        (process_queue("FlightsDaily"), EX_MANAGED),
        (process_queue("Report"), EX_FREERUN),
        (process_queue(BY_HAND), EX_FREERUN),
        (box_queue("box-1"), EX_UTILS),
        (Q_UOW_STATUS, EX_UTILS),
        (Q_JOB_STATUS, EX_UTILS),
        (Q_SET_ASIDE, EX_UTILS),
    ],
)
def test_a_queue_is_published_to_through_its_exchange(queue: str, exchange: str) -> None:
    assert TOPOLOGY.exchange(queue) == exchange
    assert exchange in TOPOLOGY.bindings(queue)
    assert set(TOPOLOGY.bindings(queue)) <= set(EXCHANGES)


def test_who_takes_a_process_for_another_kind_reaches_its_queue_all_the_same() -> None:
    queue = process_queue("Report")
    assert Topology().exchange(queue) in TOPOLOGY.bindings(queue)


def test_a_prefix_begins_every_name() -> None:
    assert Topology("a.").name("q_x") == "a.q_x"
    assert TOPOLOGY.name("q_x") == "q_x"


def test_a_name_that_the_protocol_cannot_hold_is_refused() -> None:
    assert TOPOLOGY.name("q" * 255)
    with pytest.raises(InvalidArgument):
        Topology("ä").name("q" * 254)


def test_a_quorum_queue_never_drops_what_is_given_back_often() -> None:
    arguments = Topology(quorum=True).arguments("q_x")
    assert arguments["x-queue-type"] == "quorum"
    assert int(arguments["x-delivery-limit"]) > 1_000_000
    assert TOPOLOGY.arguments("q_x") == {}


def test_announcements_that_nobody_takes_make_room_for_newer_ones() -> None:
    assert TOPOLOGY.arguments(Q_JOB_STATUS) == {"x-max-length": 100_000}
