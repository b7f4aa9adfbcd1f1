"""What supervisors tell of their work, brought to the schedule inside a batch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from synergy.core import messages
from synergy.core.control.events import LogGrew
from synergy.core.engine import reports
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import PeerError
from synergy.core.ports import Delivery, LeaderStore
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.daemon.survivors import Survivors

log = logging.getLogger(__name__)


class WorkerReports:
    """Reads status messages. ``offer_again`` is called when a queue was lost."""

    def __init__(self, store: LeaderStore, survivors: Survivors, offer_again: Callable[[], None]) -> None:
        self._store = store
        self._survivors = survivors
        self._offer_again = offer_again
        self._has_started = False
        self._dead: set[str] = set()
        """Supervisors whose successor has killed what they left, and whose lost work is still to be found."""

    def receive(self, schedule: Schedule, delivery: Delivery) -> None:
        """Take one message; one that cannot be read is set aside."""
        try:
            message = messages.decode_status(delivery.body)
        except PeerError as error:
            log.warning("status message set aside: %s", error, extra={"action": "message_set_aside"})
            delivery.set_aside(error.message)
        else:
            self._take(schedule, message)

    def _take(self, schedule: Schedule, message: messages.StatusMessage) -> None:
        match message:
            case messages.UowClaimed(uow=uow):
                reports.uow_claimed(schedule, uow)
            case messages.UowFinished(uow=uow):
                self._survivors.ended(uow)
                reports.uow_finished(schedule, uow)
            case messages.SupervisorStarted(earlier=earlier):
                self._has_started = True
                self._dead.update(earlier)
            case messages.KillUnproved():
                if (alert := self._survivors.told(message)) is not None:
                    schedule.outbox.events.append(alert)
            case messages.QueueLost(supervisor_id=supervisor_id):
                told = "%s saw a queue deleted: all is offered again"
                log.warning(told, supervisor_id, extra={"action": "queue_lost"})
                self._offer_again()
            case messages.LogGrew(uow_id=uow_id, attempt=attempt, total=total):
                schedule.outbox.events.append(LogGrew(uow_id, attempt, total))

    async def clear_boxes(self, schedule: Schedule) -> None:
        """Find what dead supervisors left. The store knows claims and ends that they never told of.

        Raises:
            StoreDown: it is found out later.
        """
        if not self._has_started:
            return
        reports.untold(schedule, await read_untold(self._store, schedule))
        for supervisor_id in sorted(self._dead):
            log_lost(supervisor_id, reports.supervisor_lost(schedule, supervisor_id))

    def stored(self) -> None:
        """What was found is stored: it need not be found again."""
        self._dead.clear()
        self._has_started = False

    def remember(self, delivery: Delivery) -> None:
        """While memory is built anew: of what comes meanwhile, that which the store does not know."""
        with suppress(PeerError):
            message = messages.decode_status(delivery.body)
            if isinstance(message, messages.SupervisorStarted):
                self._has_started = True
                self._dead.update(message.earlier)


async def read_untold(store: LeaderStore, schedule: Schedule) -> list[UnitOfWork]:
    """What workers may have done without telling: of what waits for one, only what is thought to run is read.

    Raises:
        StoreDown: it is not known now.
    """
    begun = list(await store.begun_uows())
    others = {uow.uow_id for uow in schedule.uows.running()} - {uow.uow_id for uow in begun}
    given_back = await store.uows(sorted(others)) if others else ()
    return begun + [uow for uow in given_back if uow.state is UowState.REQUESTED]


def log_lost(where: str, lost: Sequence[UowId]) -> None:
    """Tell the log that work was lost, if any was."""
    if lost:
        log.warning("%d units of work lost by %s are offered again", len(lost), where, extra={"action": "uow_lost"})
