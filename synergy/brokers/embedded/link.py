"""One connection of a broker client: operations out, answers and messages in. Its owner makes the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import assert_never

from synergy.brokers.embedded.deliveries import hand_over
from synergy.brokers.embedded.frames import (
    AskDepths,
    BrokerOperation,
    Cancel,
    ClientOperation,
    Confirmed,
    Consume,
    Delivered,
    Depths,
    FrameSplitter,
    FrameWriter,
    Publish,
    Settle,
    decode_broker,
)
from synergy.core.errors import BrokerDown, PeerError
from synergy.core.ports import Deliver, QueueDepth


class Attachment:
    """A consumer on one connection; see Settler. When the connection is gone, settling means nothing any more."""

    __slots__ = ("_link", "_settle", "_turn", "deliver", "number", "queue")

    def __init__(self, link: Link, number: int, queue: str, deliver: Deliver) -> None:
        self._link = link
        self._settle = Settle(number, [], [])
        self._turn = -1
        self.number = number
        self.queue = queue
        self.deliver = deliver

    def done(self, tag: int) -> None:
        """See Settler."""
        self._open_settle().done.append(tag)

    def aside(self, tag: int, reason: str) -> None:
        """See Settler."""
        self._open_settle().aside.append((tag, reason))

    def _open_settle(self) -> Settle:
        """All that is settled within one turn of the loop travels as one operation."""
        turn = self._link.turn
        if self._turn != turn:
            self._settle = Settle(self.number, [], [])
            self._link.say(self._settle, lazy=True)
            self._turn = self._link.turn
        return self._settle


class Link(asyncio.Protocol):
    """See the module.

    Args:
        lost: told once that it has ended, with the reason in words.
    """

    def __init__(self, lost: Callable[[Link, str], None]) -> None:
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._splitter = FrameSplitter()
        self._writer = FrameWriter(self._write)
        self._last_number = 0
        self._confirms: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._asked: dict[int, asyncio.Future[Mapping[str, QueueDepth]]] = {}
        self._attachments: dict[int, Attachment] = {}
        self._reason = "the broker closed the connection"
        self.ended = asyncio.Event()

    @property
    def turn(self) -> int:
        """See FrameWriter."""
        return self._writer.turn

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"no stream: {transport!r}")
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._transport = None
        self._attachments.clear()
        reason = f"the connection broke: {exc}" if exc else self._reason
        waiting: list[asyncio.Future[None] | asyncio.Future[Mapping[str, QueueDepth]]] = list(self._asked.values())
        waiting += [confirmed for _, confirmed in self._confirms]
        for future in waiting:
            if not future.done():
                future.set_exception(BrokerDown(reason, remedy="it is connected again by itself; try again then"))
        self._confirms.clear()
        self._asked.clear()
        self.ended.set()
        self._lost(self, reason)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        try:
            for frame in self._splitter.feed(data):
                for operation in decode_broker(frame):
                    self._take(operation)
        except PeerError as error:
            self._reason = error.message
            self.close(hang_up=True)

    def say(self, operation: ClientOperation, size: int = 0, *, lazy: bool = False) -> None:
        """Send an operation with this turn's frame, or see FrameWriter.add; after the end it is dropped."""
        if self._transport is not None:
            self._writer.add(operation, size, lazy=lazy)

    def publish(self, batches: list[tuple[tuple[str, bytes], ...]]) -> asyncio.Future[None]:
        """Send messages; done when the last of them is confirmed."""
        for batch in batches:
            self._last_number += 1
            self.say(Publish(self._last_number, batch), sum(len(body) for _, body in batch), lazy=True)
        self._writer.flush()
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._confirms.append((self._last_number, confirmed))
        return confirmed

    def ask_depths(self) -> asyncio.Future[Mapping[str, QueueDepth]]:
        """Ask for the depths of all queues."""
        self._last_number += 1
        answer: asyncio.Future[Mapping[str, QueueDepth]] = asyncio.get_running_loop().create_future()
        self._asked[self._last_number] = answer
        self.say(AskDepths(self._last_number))
        return answer

    def consume(self, queue: str, prefetch: int, deliver: Deliver) -> Attachment:
        """Begin to consume."""
        self._last_number += 1
        attachment = Attachment(self, self._last_number, queue, deliver)
        self._attachments[attachment.number] = attachment
        self.say(Consume(attachment.number, queue, prefetch))
        return attachment

    def cancel(self, attachment: Attachment) -> None:
        """End consuming; what is on its way is not handed over."""
        if self._attachments.pop(attachment.number, None) is not None:
            self.say(Cancel(attachment.number))

    def close(self, *, hang_up: bool) -> None:
        """Close the connection; ``hang_up``: without sending what is left."""
        if self._transport is None:
            return
        if hang_up:
            self._transport.abort()
        else:
            self._writer.flush()
            self._transport.close()

    def _take(self, operation: BrokerOperation) -> None:
        match operation:
            case Delivered():
                attachment = self._attachments.get(operation.consumer)
                if attachment is not None:
                    hand_over(attachment, attachment.deliver, operation.parcels)
            case Confirmed():
                while self._confirms and self._confirms[0][0] <= operation.number:
                    _, confirmed = self._confirms.popleft()
                    if not confirmed.done():
                        confirmed.set_result(None)
            case Depths():
                answer = self._asked.pop(operation.number, None)
                if answer is not None and not answer.done():
                    answer.set_result({name: QueueDepth(*depth) for name, depth in operation.depths.items()})
            case _:
                assert_never(operation)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
