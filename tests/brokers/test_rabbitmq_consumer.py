"""A consumer without a server: what is left of one that did not begin."""

from __future__ import annotations

from typing import cast

import pytest

from synergy.brokers.rabbitmq.consumer import Consumer, Wish
from synergy.brokers.rabbitmq.link import Link
from synergy.core.errors import BrokerDown


class SlowServer:
    """A link with one channel, on which consuming is answered too late."""

    is_closed = False

    async def lane(self, *_: object) -> SlowServer:
        return self

    async def consume(self, *_: object) -> None:
        raise BrokerDown("it does not answer within 10 s")

    async def close(self) -> None:
        self.is_closed = True


async def test_one_that_does_not_begin_leaves_no_channel_behind() -> None:
    server = SlowServer()
    consumer = Consumer(Wish("q", 1, lambda _: None), lambda *_: None, lambda *_: None)
    with pytest.raises(BrokerDown):
        await consumer.start(cast("Link", server), "q")
    assert server.is_closed
