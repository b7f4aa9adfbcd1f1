"""What a stored batch sends to the broker, and what an outage of the broker leaves to be sent again."""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

from synergy.core.engine import collecting
from synergy.core.engine.outbox import Outbox
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import BrokerDown
from synergy.core.ports import Broker, Message
from synergy.daemon import offers

log = logging.getLogger(__name__)

_MOST_ANNOUNCEMENTS: Final = 10_000
"""How many finished jobs are kept to be announced while the broker is down."""


class Publisher:
    """Offers what is requested; what was not confirmed is read off the schedule and offered again."""

    def __init__(self, broker: Broker, *, announces: bool) -> None:
        """``announces``: finished jobs are told on their queue."""
        self._broker = broker
        self._announces = announces
        self._owes = False
        self._announcements: deque[Message] = deque(maxlen=_MOST_ANNOUNCEMENTS)

    @property
    def is_hindered(self) -> bool:
        """Whether what is requested may not have reached anybody."""
        return self._owes or not self._broker.state().up

    @property
    def may_catch_up(self) -> bool:
        """Whether something is owed, and the broker is there to take it."""
        return self._owes and self._broker.state().up

    def owe_everything(self) -> None:
        """The broker was away, and may have lost what was offered."""
        self._owes = True

    async def publish(self, schedule: Schedule, outbox: Outbox) -> None:
        """Send what a batch wants sent, once it is stored; what is owed goes into the schedule's next batch."""
        out = [offers.offer(schedule, uow) for uow in outbox.publish]
        out += [offers.cancel(wanted) for wanted in outbox.cancels if wanted.box_id]
        out += [offers.switch(wanted) for wanted in outbox.box_processes]
        if self.may_catch_up:
            collecting.offer_requested(schedule)
            self._owes = False
        if self._announces:
            self._announcements.extend(offers.finished_jobs(outbox.events))
        if not out and not self._announcements:
            return
        try:
            await self._broker.publish([*out, *self._announcements])
            self._announcements.clear()
        except BrokerDown as error:
            self._owes = True
            log.warning("broker did not confirm: %s", error, extra={"action": "broker_down"})
