"""What is run on this box, by its definitions, and the requests that wait for newer definitions to know them.

What is run is looked up when it is claimed: what was delivered before the definitions changed is run by the new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synergy.core.context import Work
from synergy.core.messages import BY_HAND, UowMessage
from synergy.core.ports import Delivery
from synergy.worker.site import Site

Parked = tuple[UowMessage, Delivery]


class Works:
    """The works of one site; ``redefine`` replaces them."""

    def __init__(self, site: Site) -> None:
        self._works: Mapping[tuple[str, str | None], Work] = site.works()
        self._pools: Mapping[str, int] = site.context.pools
        self._parked: list[Parked] = []
        self._refused: set[tuple[str, str | None]] = set()

    @property
    def names(self) -> frozenset[str]:
        """The processes whose queues are consumed."""
        return frozenset({name for name, _ in self._works} | {BY_HAND})

    def redefine(self, site: Site) -> None:
        """Other definitions hold from now on; what runs keeps what it was begun with."""
        self._works = site.works()
        self._pools = site.context.pools
        self._refused.clear()

    def room(self, held: Iterable[Work]) -> dict[str, int]:
        """How many more units of work may be held of each pool; ``held``: what is run for those that are."""
        room = dict(self._pools)
        for work in held:
            if work.pool in room:
                room[work.pool] -= 1
        return room

    def may_run(self, process_name: str, room: Mapping[str, int]) -> bool:
        """Whether a pool that this process uses has room, or there is none that it needs."""
        pools = {work.pool for (name, _), work in self._works.items() if name == process_name} or {None}
        return any(pool is None or room.get(pool, 1) > 0 for pool in pools)

    def find(self, message: UowMessage) -> Work | None:
        """What to run; None when no definition tells."""
        return message.work or self._works.get((message.process_name, message.entry_name))

    def park(self, message: UowMessage, delivery: Delivery) -> bool:
        """Keep an unknown request until the definitions were read anew; False when that was in vain before."""
        if (message.process_name, message.entry_name) in self._refused:
            return False
        self._parked.append((message, delivery))
        return True

    def take_parked(self) -> list[Parked]:
        """Remove and return what was parked; what is unknown even now is refused at once the next time."""
        parked, self._parked = self._parked, []
        for message, _ in parked:
            if self.find(message) is None:
                self._refused.add((message.process_name, message.entry_name))
        return parked
