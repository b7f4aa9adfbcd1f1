"""What the boxes' heartbeats told lately, so that how a box came to where it is can be seen; only in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from synergy.core.records import SupervisorRecord

SAMPLES: Final = 60
"""Heartbeats: five minutes, where they come every five seconds."""
_MOST_STOPPED: Final = 20


class Footprint(NamedTuple):
    """What all processes of a box's supervisor used at one heartbeat; 100 % is one CPU."""

    cpu_percent: float
    rss_bytes: int


class BoxPast:
    """The last footprints of each box, and the last heartbeat of those whose supervisor said that it stops."""

    def __init__(self) -> None:
        self._footprints: dict[str, deque[Footprint]] = {}
        self._last: dict[str, SupervisorRecord] = {}
        self._stopped: dict[str, SupervisorRecord] = {}

    def look(self, people: Iterable[SupervisorRecord]) -> None:
        """These are the boxes' supervisors now; one that was looked at before is not counted twice."""
        now = {record.box_id: record for record in people}
        for box_id, record in now.items():
            known = self._last.get(box_id)
            if known is None or (known.supervisor_id, known.counter) != (record.supervisor_id, record.counter):
                footprints = self._footprints.setdefault(box_id, deque(maxlen=SAMPLES))
                footprints.append(Footprint(record.cpu_percent, record.rss_bytes))
            self._stopped.pop(box_id, None)
        for box_id in self._last.keys() - now.keys():
            self._stopped[box_id] = self._last[box_id]
            self._footprints.pop(box_id, None)
        for box_id in list(self._stopped)[:-_MOST_STOPPED]:
            del self._stopped[box_id]
        self._last = now

    def footprints(self, box_id: str) -> tuple[Footprint, ...]:
        """Oldest first."""
        return tuple(self._footprints.get(box_id, ()))

    @property
    def stopped(self) -> tuple[SupervisorRecord, ...]:
        """The last heartbeats of boxes that stopped while this daemon looked, in order of name."""
        return tuple(self._stopped[box_id] for box_id in sorted(self._stopped))
