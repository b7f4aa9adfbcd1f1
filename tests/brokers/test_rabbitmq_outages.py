"""A node that freezes or dies: noticed in time, nothing confirmed is lost, and work goes on by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest

from synergy.brokers.rabbitmq import Address, Options, RabbitBroker
from synergy.brokers.rabbitmq.broker import PROBE_SECONDS
from synergy.brokers.rabbitmq.topology import Topology
from synergy.core.errors import BrokerDown
from synergy.core.ports import Delivery, Message
from tests.servers.rabbitmq import RabbitNode
from tests.waiting import wait_until

pytestmark = pytest.mark.real

QUEUE = "q_Flights"
CONFIRM_SECONDS = 2.0
BACK_SECONDS = 60.0
BATCH = 50


@pytest.fixture
async def stack(own_node: RabbitNode) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack
        own_node.thaw()


async def connect(stack: AsyncExitStack, node: RabbitNode, *, quorum: bool = False) -> RabbitBroker:
    topology = Topology("quorum." if quorum else "classic.", quorum)
    broker = RabbitBroker(Address.parse(node.url()), Options(topology, CONFIRM_SECONDS))
    await broker.start()
    stack.push_async_callback(broker.stop)
    await broker.declare([QUEUE])
    return broker


class Taker:
    """Remembers and acknowledges everything."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.bodies += [delivery.body for delivery in deliveries]
        for delivery in deliveries:
            delivery.ack()


async def publish_when_up(broker: RabbitBroker, body: bytes) -> bool:
    try:
        await broker.publish([Message(QUEUE, body)])
    except BrokerDown:
        return False
    return True


async def test_a_frozen_broker_is_noticed_by_who_publishes_within_the_confirm_timeout(
    stack: AsyncExitStack, own_node: RabbitNode
) -> None:
    broker, taker = await connect(stack, own_node), Taker()
    await broker.consume(QUEUE, 10, taker)
    own_node.freeze()
    started = time.monotonic()
    with pytest.raises(BrokerDown, match="confirmed nothing within 2 s"):
        await broker.publish([Message(QUEUE, b"frozen")])
    assert time.monotonic() - started < CONFIRM_SECONDS + 1
    assert not broker.state().up
    with pytest.raises(BrokerDown, match="not connected"):
        await broker.publish([Message(QUEUE, b"at once")])
    own_node.thaw()
    await wait_until(lambda: publish_when_up(broker, b"thawed"), BACK_SECONDS)
    await wait_until(lambda: b"thawed" in taker.bodies, BACK_SECONDS)


async def test_a_frozen_broker_is_noticed_by_its_silence_when_nobody_publishes(
    stack: AsyncExitStack, own_node: RabbitNode
) -> None:
    broker = await connect(stack, own_node)
    own_node.freeze()
    await wait_until(lambda: not broker.state().up, PROBE_SECONDS + CONFIRM_SECONDS + 1)
    own_node.thaw()
    await wait_until(lambda: broker.state().up, BACK_SECONDS)


async def test_a_stop_does_not_wait_for_a_frozen_broker(stack: AsyncExitStack, own_node: RabbitNode) -> None:
    broker = await connect(stack, own_node)
    own_node.freeze()
    started = time.monotonic()
    await broker.stop()
    assert time.monotonic() - started < 3 * CONFIRM_SECONDS
    assert not broker.state().up


class Stream:
    """Publishes numbers until told to end, each batch again until it is confirmed; takes them from the same queue."""

    def __init__(self, publisher: RabbitBroker, consumer: RabbitBroker) -> None:
        self.confirmed: set[bytes] = set()
        self.failures = 0
        self.taker = Taker()
        self._publisher = publisher
        self._consumer = consumer
        self._ending = False

    def end(self) -> None:
        self._ending = True

    async def run(self) -> None:
        await self._consumer.consume(QUEUE, 20, self.taker)
        first = 0
        while not self._ending:
            bodies = [str(number).encode() for number in range(first, first + BATCH)]
            try:
                await self._publisher.publish([Message(QUEUE, body) for body in bodies])
            except BrokerDown:
                self.failures += 1
                await asyncio.sleep(0.05)
            else:
                self.confirmed.update(bodies)
                first += BATCH

    async def confirm_more(self, count: int) -> None:
        before = len(self.confirmed)
        await wait_until(lambda: len(self.confirmed) >= before + count, BACK_SECONDS, f"{count} more are confirmed")

    def is_all_taken(self) -> bool:
        return self.confirmed <= set(self.taker.bodies)


async def test_a_killed_node_loses_nothing_that_was_confirmed(stack: AsyncExitStack, own_node: RabbitNode) -> None:
    streams = [
        Stream(await connect(stack, own_node, quorum=quorum), await connect(stack, own_node, quorum=quorum))
        for quorum in (False, True)
    ]
    own_node.settle_quorum_queues()
    async with asyncio.TaskGroup() as tasks:
        for stream in streams:
            tasks.create_task(stream.run())
        for _ in range(2):
            for stream in streams:
                await stream.confirm_more(500)
            own_node.kill()
            await asyncio.to_thread(own_node.start)
        for stream in streams:
            await stream.confirm_more(500)
            stream.end()
    for stream in streams:
        assert stream.failures
        await wait_until(stream.is_all_taken, BACK_SECONDS, "all that was confirmed is taken")
