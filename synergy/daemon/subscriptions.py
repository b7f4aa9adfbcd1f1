"""Who hears of events: each batch is numbered and encoded once, whoever listens.

Log growth goes only to those who follow the unit of work, and only the latest of it: what a client does not read in
time is overtaken by the next line count, so it never counts as dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from msgspec.structs import replace

from synergy.core.control.events import Event, Events, Lagged, LogGrew, UowChanged
from synergy.core.control.framing import encode_events
from synergy.core.errors import IllegalState, InvalidArgument
from synergy.core.ports import Clock
from synergy.daemon.outbox import Outbox

MOST_EVENTS_A_LINE: Final = 1_000
MOST_FOLLOWED: Final = 64
GROWTH_SECONDS: Final = 0.1
"""Growth of one client's followed logs is told at most this often, unless something else is told."""

log = logging.getLogger(__name__)


class Listener(Protocol):
    """One connection, as far as events go."""

    @property
    def outbox(self) -> Outbox:
        """Where its lines go."""
        ...


class Subscriptions:
    """All subscribers, the logs they follow, and the number of the last notification."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seq = 0
        self._schedule_time = ""
        self._listeners: dict[Listener, set[str]] = {}
        self._followers: dict[str, set[Listener]] = {}
        self._growth: dict[Listener, dict[str, LogGrew]] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seq(self) -> int:
        """The number of the last notification."""
        return self._seq

    @property
    def are_heard(self) -> bool:
        """Whether there is any subscriber."""
        return bool(self._listeners)

    def add(self, listener: Listener) -> int:
        """Let it hear of everything after the returned number; a second time changes nothing."""
        self._listeners.setdefault(listener, set())
        return self._seq

    def knows(self, listener: Listener) -> bool:
        """Whether it is a subscriber."""
        return listener in self._listeners

    def remove(self, listener: Listener) -> None:
        """Forget it and what it follows; unknown ones are ignored."""
        for uow_id in self._listeners.pop(listener, set()):
            self._unfollow(listener, uow_id)
        self._growth.pop(listener, None)

    def follow(self, listener: Listener, uow_id: str, *, on: bool) -> None:
        """Begin or end telling it of the log's growth.

        Raises:
            IllegalState: it is no subscriber.
            InvalidArgument: it follows too many logs.
        """
        followed = self._listeners.get(listener)
        if followed is None:
            raise IllegalState("follow_log needs a subscription", remedy="call subscribe first")
        if not on:
            followed.discard(uow_id)
            self._unfollow(listener, uow_id)
        elif len(followed) >= MOST_FOLLOWED and uow_id not in followed:
            message = f"{MOST_FOLLOWED} logs are followed on this connection already"
            raise InvalidArgument(message, remedy="stop following one, or use another connection")
        else:
            followed.add(uow_id)
            self._followers.setdefault(uow_id, set()).add(listener)

    def followed(self) -> set[str]:
        """The units of work whose logs somebody follows."""
        return set(self._followers)

    def broadcast(self, events: Sequence[Event], schedule_time: str) -> None:
        """Number the events and send them to whom they concern; growth told before a change is sent before it."""
        self._schedule_time = schedule_time
        shared = [event for event in events if not isinstance(event, LogGrew)]
        if len(shared) != len(events):
            self._note_growth([event for event in events if isinstance(event, LogGrew)])
        if self._growth and any(isinstance(event, UowChanged) for event in shared):
            self._tell_growth()
        for start in range(0, len(shared), MOST_EVENTS_A_LINE):
            self._share(shared[start : start + MOST_EVENTS_A_LINE])

    def lagged(self, dropped: int) -> bytes:
        """The line that tells one client that it missed so many events."""
        return self._line((Lagged(dropped),))

    def stop(self) -> None:
        """Forget all listeners."""
        self._listeners.clear()
        self._followers.clear()
        self._growth.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _share(self, events: Sequence[Event]) -> None:
        if not self._listeners:
            self._seq += 1
            return
        line = self._line(tuple(events))
        for listener in tuple(self._listeners):
            listener.outbox.events(line, len(events))

    def _line(self, events: tuple[Event, ...]) -> bytes:
        self._seq += 1
        at = datetime.fromtimestamp(self._clock.real_time(), UTC).isoformat(timespec="milliseconds")
        batch = Events(self._seq, at.replace("+00:00", "Z"), self._schedule_time, events)
        try:
            return encode_events(batch)
        except (TypeError, ValueError):
            log.exception("%d events cannot be sent", len(events), extra={"action": "events_unsendable"})
            return encode_events(replace(batch, events=(Lagged(len(events)),)))

    def _note_growth(self, events: Sequence[LogGrew]) -> None:
        for event in events:
            for listener in self._followers.get(event.uow_id, ()):
                self._growth.setdefault(listener, {})[event.uow_id] = event
        if self._growth and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GROWTH_SECONDS, self._growth_is_due)

    def _growth_is_due(self) -> None:
        self._timer = None
        self._tell_growth()
        if self._growth:
            self._timer = asyncio.get_running_loop().call_later(GROWTH_SECONDS, self._growth_is_due)

    def _tell_growth(self) -> None:
        """Tell those who read; for the others the newest growth goes on waiting."""
        ready = [listener for listener in self._growth if not listener.outbox.is_blocked]
        for listener in ready:
            growth = tuple(self._growth.pop(listener).values())
            listener.outbox.events(self._line(growth), len(growth))

    def _unfollow(self, listener: Listener, uow_id: str) -> None:
        others = self._followers.get(uow_id, set())
        others.discard(listener)
        if not others:
            self._followers.pop(uow_id, None)
        self._growth.get(listener, {}).pop(uow_id, None)
