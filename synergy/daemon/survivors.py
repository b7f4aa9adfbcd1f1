"""Processes that outlive KILL, as the supervisors tell of them: an alert, and a problem for as long as they live.

Nothing of this is stored. A supervisor says it again until they are gone, so a daemon that is started meanwhile learns
of them too; whoever is silent for long is no longer believed.
"""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

from synergy.core.control.events import Alert
from synergy.core.messages import KillUnproved
from synergy.core.ports import Clock
from synergy.core.records import UnitOfWork, UowId

BELIEVED_SECONDS: Final = 30.0
"""Three times as long as a supervisor takes to say it again."""

log = logging.getLogger(__name__)


class _Told(NamedTuple):
    message: KillUnproved
    at: float


class Survivors:
    """What lives of units of work that were to be ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[UowId, _Told] = {}

    def told(self, message: KillUnproved) -> Alert | None:
        """A supervisor says so; the alert to raise, unless the same was said before."""
        known = self._of(message.uow_id)
        self._told[message.uow_id] = _Told(message, self._clock.monotonic())
        if known == message:
            return None
        text = _words(message)
        extra = {"action": "kill_unproved", "uow_id": message.uow_id, "box_id": message.box_id, "pids": message.pids}
        log.error(text, extra=extra)
        return Alert("kill_unproved", text, message.uow_id)

    def ended(self, uow: UnitOfWork) -> None:
        """This attempt has ended: nothing of it is left."""
        known = self._told.get(uow.uow_id)
        if known is not None and known.message.attempt == uow.attempt:
            del self._told[uow.uow_id]

    def pids(self, uow_id: UowId) -> tuple[int, ...]:
        """The processes of a unit of work that outlive KILL."""
        message = self._of(uow_id)
        return () if message is None else message.pids

    def problems(self) -> tuple[str, ...]:
        """One line a unit of work."""
        messages = [message for uow_id in sorted(self._told) if (message := self._of(uow_id)) is not None]
        return tuple(_words(message) for message in messages)

    def _of(self, uow_id: UowId) -> KillUnproved | None:
        known = self._told.get(uow_id)
        if known is not None and self._clock.monotonic() - known.at > BELIEVED_SECONDS:
            del self._told[uow_id]
            return None
        return None if known is None else known.message


def _words(message: KillUnproved) -> str:
    pids = ", ".join(map(str, message.pids))
    told = f"process {pids} outlives" if len(message.pids) == 1 else f"processes {pids} outlive"
    return f"{message.uow_id}: {told} KILL on {message.box_id}"
