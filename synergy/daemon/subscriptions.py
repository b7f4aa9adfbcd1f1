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
from synergy.daemon.recent import RecentLines

MOST_EVENTS_A_LINE: Final = 1_000
MOST_FOLLOWED: Final = 64
GROWTH_SECONDS: Final = 0.1
"""Growth of one client's followed logs is told at most this often, unless something else is told."""
KEEP_SECONDS: Final = 300.0
"""How long events are kept for the last subscriber after it is gone: it may have been cut off, and come back."""

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
        self._recent = RecentLines()
        self._keeping: asyncio.TimerHandle | None = None

    @property
    def seq(self) -> int:
        """The number of the last notification."""
        return self._seq

    @property
    def are_heard(self) -> bool:
        """Whether there is any subscriber, or one that may come back."""
        return bool(self._listeners) or self._keeping is not None

    def add(self, listener: Listener) -> int:
        """Let it hear of everything after the returned number; a second time changes nothing."""
        self._listeners.setdefault(listener, set())
        self._stop_keeping()
        return self._seq

    def missed(self, seq: int) -> tuple[bytes, int] | None:
        """The lines behind a number and how many events they tell, without growth of logs; None: it must begin anew."""
        return self._recent.after(seq) if seq <= self._seq else None

    def knows(self, listener: Listener) -> bool:
        """Whether it is a subscriber."""
        return listener in self._listeners

    def remove(self, listener: Listener) -> None:
        """Forget it and what it follows; unknown ones are ignored."""
        followed = self._listeners.pop(listener, None)
        if followed is None:
            return
        for uow_id in followed:
            self._unfollow(listener, uow_id)
        self._growth.pop(listener, None)
        if not self._listeners:
            self._keeping = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._stop_keeping)

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
        self._stop_keeping()
        if self._timer is not None:
            self._timer.cancel()

    def _stop_keeping(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None

    def _share(self, events: Sequence[Event]) -> None:
        if not self.are_heard:
            self._seq += 1
            self._recent.forget(self._seq)
            return
        line = self._line(tuple(events))
        self._recent.keep(self._seq, line, len(events))
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
