"""(h) A RabbitMQ server through the adapter: confirmed publishes and acknowledged deliveries a second.

Usage: python benchmarks/broker.py amqp://USER:PASSWORD@HOST:5672/VHOST
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Final

from synergy.brokers.rabbitmq import Address, Options, RabbitBroker
from synergy.brokers.rabbitmq.topology import Topology
from synergy.core.messages import UowMessage, encode, process_queue
from synergy.core.ports import Delivery, Message
from synergy.core.records import UowId

MESSAGES: Final = 10_000
ROUNDS: Final = 3
PREFETCH: Final = 1_000
QUEUE: Final = process_queue("Benchmark")


class Counter:
    """Acknowledges all that comes, and knows when it was enough."""

    def __init__(self) -> None:
        self.left = MESSAGES
        self.all_there = asyncio.Event()

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """See Deliver."""
        for delivery in deliveries:
            delivery.ack()
        self.left -= len(deliveries)
        if self.left <= 0:
            self.all_there.set()


async def measure(url: str) -> None:
    """10,000 messages at a time: at once, in batches of 100, and back."""
    for quorum in (False, True):
        kind = "quorum" if quorum else "classic"
        topology = Topology(prefix=f"synergy-benchmark-{kind}.", quorum=quorum)
        broker = RabbitBroker(Address.parse(url), Options(topology))
        await broker.start()
        try:
            await broker.declare([QUEUE])
            await consume(broker, sum(depth.ready for depth in (await broker.depths()).values()))
            rounds = [await measure_once(broker) for _ in range(ROUNDS)]
        finally:
            await broker.stop()
        for what, figures in zip(
            ("publish", "publish by 100", "consume + ack"), zip(*rounds, strict=True), strict=True
        ):
            print(f"{kind:8} {what:15} {statistics.median(figures):8,.0f}/s   best {max(figures):8,.0f}/s")


async def measure_once(broker: RabbitBroker) -> tuple[float, float, float]:
    """Rates of one round."""
    messages = [
        Message(QUEUE, encode(UowMessage("Benchmark", UowId(f"Benchmark@20130101{number:06}.1"))))
        for number in range(MESSAGES)
    ]
    started = time.perf_counter()
    await broker.publish(messages)
    at_once = MESSAGES / (time.perf_counter() - started)
    await consume(broker, MESSAGES)
    started = time.perf_counter()
    for first in range(0, MESSAGES, 100):
        await broker.publish(messages[first : first + 100])
    in_batches = MESSAGES / (time.perf_counter() - started)
    started = time.perf_counter()
    await consume(broker, MESSAGES)
    return at_once, in_batches, MESSAGES / (time.perf_counter() - started)


async def consume(broker: RabbitBroker, count: int) -> None:
    """Take so many messages."""
    if not count:
        return
    counter = Counter()
    counter.left = count
    await broker.consume(QUEUE, PREFETCH, counter)
    await counter.all_there.wait()
    await broker.cancel(QUEUE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    asyncio.run(measure(sys.argv[1]))
