"""What every Broker promises (synergy.core.ports), held against each implementation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from synergy.core.errors import BrokerDown
from synergy.core.ports import Broker, Delivery, Message
from tests.contract.broker_rigs import LIMIT_SECONDS, RIGS, Rig, rabbitmq
from tests.waiting import wait_until

QUEUE = "q_contract"


@pytest.fixture(params=[*RIGS, pytest.param("rabbitmq", marks=pytest.mark.real)])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with RIGS[request.param](tmp_path) if request.param in RIGS else server_rig(request) as opened:
        await opened.publisher.declare([QUEUE])
        yield opened


def server_rig(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Rig]:
    return rabbitmq(request.getfixturevalue("rabbit_node"))


class Catch:
    """Collects deliveries; settles them at once unless told not to."""

    def __init__(self, *, ack: bool = True) -> None:
        self.deliveries: list[Delivery] = []
        self._ack = ack
        self._arrived = asyncio.Event()

    @property
    def bodies(self) -> list[bytes]:
        return [delivery.body for delivery in self.deliveries]

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries += deliveries
        if self._ack:
            for delivery in deliveries:
                delivery.ack()
        self._arrived.set()

    async def wait_for(self, count: int) -> list[bytes]:
        async with asyncio.timeout(LIMIT_SECONDS):
            while len(self.deliveries) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.bodies


def messages(*bodies: bytes) -> list[Message]:
    return [Message(QUEUE, body) for body in bodies]


def numbered(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


async def settled(broker: Broker) -> bool:
    depth = (await broker.depths())[QUEUE]
    return depth.ready == depth.unsettled == 0


async def publish_when_up(broker: Broker, body: bytes) -> bool:
    try:
        await broker.publish(messages(body))
    except BrokerDown:
        return False
    return True


async def test_what_is_published_is_delivered(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch()
    await consumer.consume(QUEUE, 10, catch)
    await rig.publisher.publish(messages(b"one", b"two"))
    assert await catch.wait_for(2) == [b"one", b"two"]
    assert {delivery.queue for delivery in catch.deliveries} == {QUEUE}


async def test_what_was_published_before_anybody_consumed_is_delivered(rig: Rig) -> None:
    await rig.publisher.publish(messages(b"early"))
    consumer, catch = await rig.consumer(), Catch()
    await consumer.consume(QUEUE, 10, catch)
    assert await catch.wait_for(1) == [b"early"]


async def test_one_consumer_gets_messages_in_their_order(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch()
    await consumer.consume(QUEUE, 7, catch)
    bodies = numbered(500)
    for start in range(0, 500, 100):
        await rig.publisher.publish(messages(*bodies[start : start + 100]))
    assert await catch.wait_for(500) == bodies


async def test_queues_do_not_mix(rig: Rig) -> None:
    consumer, catch, other = await rig.consumer(), Catch(), Catch()
    await consumer.declare(["q_other"])
    await consumer.consume(QUEUE, 10, catch)
    await consumer.consume("q_other", 10, other)
    await rig.publisher.publish([Message(QUEUE, b"a"), Message("q_other", b"b")])
    assert await catch.wait_for(1) == [b"a"]
    assert await other.wait_for(1) == [b"b"]


async def test_no_more_than_prefetch_are_handed_out_unsettled(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 3, catch)
    await rig.publisher.publish(messages(*numbered(10)))
    await catch.wait_for(3)
    await wait_until(lambda: is_depth(rig.publisher, 7, 3))
    assert catch.bodies == numbered(3)
    catch.deliveries[0].ack()
    await catch.wait_for(4)
    await wait_until(lambda: is_depth(rig.publisher, 6, 3))
    assert catch.bodies == numbered(4)


async def is_depth(broker: Broker, ready: int, unsettled: int) -> bool:
    depth = (await broker.depths())[QUEUE]
    return (depth.ready, depth.unsettled) == (ready, unsettled)


async def test_two_consumers_share_a_queue_and_no_message_goes_to_both(rig: Rig) -> None:
    first, second = Catch(), Catch()
    await (await rig.consumer()).consume(QUEUE, 5, first)
    await (await rig.consumer()).consume(QUEUE, 5, second)
    await rig.publisher.publish(messages(*numbered(100)))
    await wait_until(lambda: len(first.bodies) + len(second.bodies) == 100)
    assert sorted(first.bodies + second.bodies) == sorted(numbered(100))
    assert first.bodies
    assert second.bodies


async def test_an_acknowledged_message_is_gone(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch()
    await consumer.consume(QUEUE, 10, catch)
    await rig.publisher.publish(messages(b"one"))
    await catch.wait_for(1)
    await wait_until(lambda: settled(rig.publisher))
    await rig.break_connections()
    again = Catch()
    await (await rig.consumer()).consume(QUEUE, 10, again)
    await wait_until(lambda: publish_when_up(rig.publisher, b"two"))
    await wait_until(lambda: again.bodies + catch.bodies[1:] == [b"two"])


async def test_a_message_set_aside_is_out_of_the_way(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 1, catch)
    await rig.publisher.publish(messages(b"garbage", b"good"))
    await catch.wait_for(1)
    catch.deliveries[0].set_aside("no JSON")
    assert await catch.wait_for(2) == [b"garbage", b"good"]
    catch.deliveries[1].ack()
    await wait_until(lambda: settled(rig.publisher))


async def test_settling_twice_does_nothing(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 2, catch)
    await rig.publisher.publish(messages(b"one", b"two", b"three", b"four"))
    await catch.wait_for(2)
    for _ in range(3):
        catch.deliveries[0].ack()
        catch.deliveries[0].set_aside("too late")
    await catch.wait_for(3)
    await wait_until(lambda: is_depth(rig.publisher, 1, 2))


async def test_unsettled_messages_of_a_lost_consumer_are_delivered_again_first(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 3, catch)
    await rig.publisher.publish(messages(*numbered(6)))
    await catch.wait_for(3)
    await consumer.stop()
    again = Catch()
    await (await rig.consumer()).consume(QUEUE, 10, again)
    assert await again.wait_for(6) == numbered(6)


async def test_a_cancelled_consumer_gives_back_what_is_unsettled(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 2, catch)
    await rig.publisher.publish(messages(*numbered(4)))
    await catch.wait_for(2)
    await consumer.cancel(QUEUE)
    await consumer.cancel(QUEUE)
    await wait_until(lambda: is_depth(rig.publisher, 4, 0))
    again = Catch()
    await consumer.consume(QUEUE, 10, again)
    assert await again.wait_for(4) == numbered(4)
    assert len(catch.bodies) == 2


async def test_settling_after_the_connection_broke_does_nothing(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 5, catch)
    await rig.publisher.publish(messages(b"one"))
    await catch.wait_for(1)
    await rig.break_connections()
    await catch.wait_for(2)
    catch.deliveries[0].ack()
    catch.deliveries[0].set_aside("stale")
    assert catch.bodies == [b"one", b"one"]
    await wait_until(lambda: is_depth_when_up(rig.publisher, 0, 1))
    catch.deliveries[1].ack()
    await wait_until(lambda: is_depth_when_up(rig.publisher, 0, 0))


async def is_depth_when_up(broker: Broker, ready: int, unsettled: int) -> bool:
    try:
        return await is_depth(broker, ready, unsettled)
    except BrokerDown:
        return False


async def test_consuming_goes_on_after_a_reconnect(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch()
    await consumer.consume(QUEUE, 5, catch)
    await rig.publisher.publish(messages(b"before"))
    await catch.wait_for(1)
    await rig.break_connections()
    await wait_until(lambda: publish_when_up(rig.publisher, b"after"))
    await wait_until(lambda: b"after" in catch.bodies)


async def test_a_consumer_registered_while_the_broker_is_down_consumes_when_it_is_back(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch()
    await rig.go_down()
    await wait_until(lambda: not consumer.state().up)
    await consumer.declare(["q_later"])
    await consumer.consume("q_later", 5, catch)
    await rig.come_up()
    await wait_until(lambda: publish_to(rig.publisher, Message("q_later", b"one")))
    assert await catch.wait_for(1) == [b"one"]


async def publish_to(broker: Broker, message: Message) -> bool:
    try:
        await broker.publish([message])
    except BrokerDown:
        return False
    return True


async def test_publishing_while_the_broker_is_down_fails_in_bounded_time(rig: Rig) -> None:
    await rig.go_down()
    started = time.monotonic()
    with pytest.raises(BrokerDown) as caught:
        await rig.publisher.publish(messages(b"lost"))
    assert time.monotonic() - started < LIMIT_SECONDS + 1
    assert caught.value.message
    await rig.come_up()
    await wait_until(lambda: publish_when_up(rig.publisher, b"kept"))


async def test_the_state_tells_up_and_down(rig: Rig) -> None:
    assert rig.publisher.state().up
    await rig.go_down()
    await wait_until(lambda: not rig.publisher.state().up)
    down = rig.publisher.state()
    assert down.detail
    await rig.come_up()
    await wait_until(lambda: rig.publisher.state().up)
    assert rig.publisher.state().since >= down.since


async def test_depths_count_ready_unsettled_and_consumers(rig: Rig) -> None:
    await rig.publisher.publish(messages(*numbered(5)))
    depth = (await rig.publisher.depths())[QUEUE]
    assert (depth.ready, depth.unsettled, depth.consumers) == (5, 0, 0)
    consumer, catch = await rig.consumer(), Catch(ack=False)
    await consumer.consume(QUEUE, 2, catch)
    await catch.wait_for(2)
    await wait_until(lambda: is_depth(rig.publisher, 3, 2))
    assert (await rig.publisher.depths())[QUEUE].consumers == 1


async def test_declaring_twice_keeps_what_is_in_the_queue(rig: Rig) -> None:
    await rig.publisher.publish(messages(b"one"))
    await rig.publisher.declare([QUEUE])
    assert (await rig.publisher.depths())[QUEUE].ready == 1


async def test_start_and_stop_may_be_called_twice(rig: Rig) -> None:
    endpoint = await rig.consumer()
    await endpoint.start()
    await endpoint.stop()
    await endpoint.stop()
    assert not endpoint.state().up
    with pytest.raises(BrokerDown):
        await endpoint.publish(messages(b"after the end"))


async def test_acknowledgements_before_a_stop_are_kept(rig: Rig) -> None:
    consumer, catch = await rig.consumer(), Catch()
    await consumer.consume(QUEUE, 100, catch)
    await rig.publisher.publish(messages(*numbered(50)))
    await catch.wait_for(50)
    await consumer.stop()
    await wait_until(lambda: is_depth(rig.publisher, 0, 0))


async def test_publishing_nothing_is_no_error(rig: Rig) -> None:
    await rig.publisher.publish([])


async def test_a_consumer_that_raises_is_logged_and_others_go_on(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    consumer, catch = await rig.consumer(), Catch()

    def broken(deliveries: Sequence[Delivery]) -> None:
        raise ZeroDivisionError(len(deliveries))

    await consumer.declare(["q_broken"])
    await consumer.consume("q_broken", 5, broken)
    await consumer.consume(QUEUE, 5, catch)
    await rig.publisher.publish([Message("q_broken", b"x"), Message(QUEUE, b"one")])
    assert await catch.wait_for(1) == [b"one"]
    await wait_until(lambda: "ZeroDivisionError" in caplog.text)
