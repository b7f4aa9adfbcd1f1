"""Queues without I/O: order, credit, and that nothing is lost or given out twice whatever consumers do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from synergy.brokers.embedded.queues import MOST_SET_ASIDE, Consumer, Parcel, Queues
from synergy.core.ports import Message, QueueDepth

QUEUE = "q"


class Taker:
    """A consumer that remembers what it was given."""

    def __init__(self, prefetch: int) -> None:
        self.given: list[Parcel] = []
        self.consumer = Consumer(QUEUE, prefetch, self._push)

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.given]

    def _push(self, parcels: Sequence[Parcel]) -> None:
        self.given += parcels


def filled(*bodies: bytes) -> Queues:
    queues = Queues(lambda: None)
    queues.publish(Message(QUEUE, body) for body in bodies)
    return queues


def test_two_consumers_are_served_in_turn() -> None:
    queues, first, second = filled(b"1", b"2", b"3", b"4"), Taker(10), Taker(10)
    queues.add(first.consumer)
    queues.add(second.consumer)
    queues.pump()
    assert (first.bodies, second.bodies) == ([b"1", b"3"], [b"2", b"4"])


def test_a_consumer_without_credit_leaves_its_share_to_the_others() -> None:
    queues, first, second = filled(b"1", b"2", b"3", b"4"), Taker(1), Taker(10)
    queues.add(first.consumer)
    queues.add(second.consumer)
    queues.pump()
    assert (first.bodies, second.bodies) == ([b"1"], [b"2", b"3", b"4"])


def test_what_a_lost_consumer_had_goes_to_the_front_in_order() -> None:
    queues, lost, next_one = filled(b"1", b"2", b"3"), Taker(2), Taker(10)
    queues.add(lost.consumer)
    queues.pump()
    queues.remove(lost.consumer)
    queues.remove(lost.consumer)
    queues.add(next_one.consumer)
    queues.pump()
    assert next_one.bodies == [b"1", b"2", b"3"]


def test_the_broker_is_woken_once_until_it_pumps() -> None:
    wakes: list[int] = []
    queues = Queues(lambda: wakes.append(1))
    queues.publish([Message(QUEUE, b"1"), Message("other", b"2")])
    queues.declare([QUEUE])
    assert len(wakes) == 1
    queues.pump()
    queues.publish([Message(QUEUE, b"3")])
    assert len(wakes) == 2


def test_held_changes_are_handed_out_once_and_together_when_they_are_released() -> None:
    told: list[str] = []
    queues, first, second = Queues(lambda: told.append("woken")), Taker(10), Taker(10)
    for name, taker in ((QUEUE, first), ("other", second)):
        taker.consumer = Consumer(name, 10, taker.given.extend, sent := partial(told.append, "sent"))
        assert taker.consumer.pushed is sent
        queues.add(taker.consumer)
    queues.pump()
    told.clear()
    queues.hold()
    queues.publish([Message(QUEUE, b"1"), Message("other", b"2")])
    queues.publish([Message(QUEUE, b"3")])
    assert not first.given
    queues.release()
    assert (first.bodies, second.bodies) == ([b"1", b"3"], [b"2"])
    assert told == ["sent", "sent"]


def test_a_hold_without_changes_wakes_nobody() -> None:
    queues, taker = Queues(lambda: None), Taker(1)
    queues.add(taker.consumer)
    queues.pump()
    queues.hold()
    queues.release()
    assert not taker.given


def test_settling_wakes_the_broker_only_when_something_waits() -> None:
    wakes: list[int] = []
    queues, taker = Queues(lambda: wakes.append(1)), Taker(1)
    queues.add(taker.consumer)
    queues.publish([Message(QUEUE, b"1"), Message(QUEUE, b"2")])
    queues.pump()
    queues.settle(taker.consumer, [taker.given[0][0]])
    assert len(wakes) == 2
    queues.pump()
    queues.settle(taker.consumer, [taker.given[1][0]])
    assert len(wakes) == 2
    assert taker.bodies == [b"1", b"2"]


def test_a_purge_drops_what_waits_and_leaves_what_is_out() -> None:
    queues, taker = filled(b"1", b"2", b"3"), Taker(1)
    queues.add(taker.consumer)
    queues.pump()
    assert queues.purge(QUEUE) == 2
    assert queues.purge("unknown") == 0
    assert queues.depths() == {QUEUE: QueueDepth(ready=0, unsettled=1, consumers=1)}


def test_set_aside_messages_are_kept_up_to_a_bound_and_all_counted() -> None:
    queues, taker = filled(*[b"x"] * (MOST_SET_ASIDE + 5)), Taker(MOST_SET_ASIDE + 5)
    queues.add(taker.consumer)
    queues.pump()
    for tag, _ in taker.given:
        assert queues.put_aside(taker.consumer, tag, "why", 1.0) is not None
        assert queues.put_aside(taker.consumer, tag, "again", 1.0) is None
    assert len(queues.set_aside) == MOST_SET_ASIDE
    assert queues.set_aside_count == MOST_SET_ASIDE + 5
    assert queues.set_aside[0].reason == "why"


class AnyHistory(RuleBasedStateMachine):
    """Consumers come, settle and go in any order."""

    @initialize()
    def begin(self) -> None:
        self.queues = Queues(lambda: None)
        self.takers: list[Taker] = []
        self.published = 0
        self.settled: Counter[bytes] = Counter()

    @rule(count=st.integers(1, 5))
    def publish(self, count: int) -> None:
        bodies = [str(self.published + index).encode() for index in range(count)]
        self.published += count
        self.queues.publish(Message(QUEUE, body) for body in bodies)

    @rule(prefetch=st.integers(1, 3))
    def come(self, prefetch: int) -> None:
        taker = Taker(prefetch)
        self.takers.append(taker)
        self.queues.add(taker.consumer)

    @precondition(lambda self: self.takers)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        taker = self.takers.pop(data.draw(st.integers(0, len(self.takers) - 1)))
        self.queues.remove(taker.consumer)

    @precondition(lambda self: any(taker.consumer.unsettled for taker in self.takers))
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        busy = [taker for taker in self.takers if taker.consumer.unsettled]
        consumer = data.draw(st.sampled_from(busy)).consumer
        tag = data.draw(st.sampled_from(sorted(consumer.unsettled)))
        self.settled[consumer.unsettled[tag]] += 1
        if data.draw(st.booleans()):
            self.queues.settle(consumer, [tag, tag, 10**9])
        else:
            self.queues.put_aside(consumer, tag, "why", 0.0)

    @rule()
    def pump(self) -> None:
        self.queues.pump()

    @invariant()
    def nothing_is_lost_doubled_or_over_credit(self) -> None:
        if not hasattr(self, "queues"):
            return
        depth = self.queues.depths().get(QUEUE, QueueDepth(0, 0, 0))
        assert depth.ready + depth.unsettled + self.settled.total() == self.published
        assert all(times == 1 for times in self.settled.values())
        assert all(taker.consumer.credit >= 0 for taker in self.takers)
        held = [body for taker in self.takers for body in taker.consumer.unsettled.values()]
        assert len(held) == len(set(held))


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
