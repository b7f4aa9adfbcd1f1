"""Messages in a consumer's hands, the same on both sides of the socket."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from synergy.brokers.embedded.queues import Parcel
from synergy.core.ports import Deliver

log = logging.getLogger(__name__)


class Settler(Protocol):
    """Whoever gave the message out; takes each tag at most once, and none after the consumer is gone."""

    queue: str

    def done(self, tag: int) -> None:
        """Its effect is stored."""
        ...

    def aside(self, tag: int, reason: str) -> None:
        """It cannot be understood."""
        ...


class HeldDelivery:
    """See Delivery."""

    __slots__ = ("_is_settled", "_settler", "_tag", "body")

    def __init__(self, settler: Settler, tag: int, body: bytes) -> None:
        self._settler = settler
        self._tag = tag
        self._is_settled = False
        self.body = body

    @property
    def queue(self) -> str:
        """See Delivery."""
        return self._settler.queue

    def ack(self) -> None:
        """See Delivery."""
        if not self._is_settled:
            self._is_settled = True
            self._settler.done(self._tag)

    def set_aside(self, reason: str) -> None:
        """See Delivery."""
        if not self._is_settled:
            self._is_settled = True
            self._settler.aside(self._tag, reason)


def hand_over(settler: Settler, deliver: Deliver, parcels: Sequence[Parcel]) -> None:
    """Call the consumer. What it raises is logged and goes no further: the messages stay with it, unsettled."""
    try:
        deliver([HeldDelivery(settler, tag, body) for tag, body in parcels])
    except Exception:
        log.exception("consumer of %s failed", settler.queue, extra={"action": "consumer_failed"})
