"""What goes wrong between a host and the store or the broker: drawn ahead, and struck by the call that it fits.

A fault is armed for a host with a countdown of calls, so that it comes between any two effects of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final, TypeVar

from synergy.core.errors import BrokerDown, DiskFull, StoreDown
from tests.simulation.broker import Step
from tests.simulation.loop import Host, Killed, VirtualLoop
from tests.simulation.story import Story

T = TypeVar("T")

ANY: Final = frozenset({"read", "write", "publish", "settle"})
KINDS: Final = {
    "dies before": ANY,
    "dies after": ANY,
    "store fails before": frozenset({"read", "write"}),
    "store fails after": frozenset({"write"}),
    "store is slow": frozenset({"read", "write"}),
    "store answers late": frozenset({"read", "write"}),
    "disk is full": frozenset({"write"}),
    "publish fails": frozenset({"publish"}),
    "publish is not confirmed": frozenset({"publish"}),
}
"""Which calls each kind of fault strikes."""

LOST: Final = "message is lost"
STRAYS: Final = ("message is late", "message comes twice", LOST)


class Armed:
    """A fault that waits for its call."""

    __slots__ = ("countdown", "kind")

    def __init__(self, kind: str, countdown: int) -> None:
        self.kind = kind
        self.countdown = countdown


class Weather:
    """All that is wrong with the world between hosts. ``kill``: how a host ends."""

    def __init__(self, loop: VirtualLoop, random: Random, story: Story) -> None:
        self.loop = loop
        self.random = random
        self.story = story
        self.kill: Callable[[Host, str], None] = lambda host, _why: host.die()
        self.store_down_until = 0.0
        self.store_full_until = 0.0
        self._armed: dict[Host, Armed] = {}
        self._strays: list[str] = []

    def arm(self, host: Host, kind: str, countdown: int) -> None:
        """Have it strike at a call to come; an earlier one that has not struck yet is forgotten."""
        self._armed[host] = Armed(kind, countdown)

    def stray(self, kind: str) -> None:
        """Have it strike at the next delivery."""
        self._strays.append(kind)

    def clear_up(self) -> None:
        """Nothing goes wrong any more."""
        self._armed.clear()
        self._strays.clear()
        self.store_down_until = self.store_full_until = 0.0

    def strike(self, host: Host, call: str, what: str) -> str | None:
        """What is wrong with this call, if anything."""
        armed = self._armed.get(host)
        if armed is None:
            return None
        armed.countdown -= 1
        if armed.countdown > 0 or call not in KINDS[armed.kind]:
            return None
        del self._armed[host]
        self.story.fault(armed.kind, host.name, what)
        return armed.kind

    def next_stray(self) -> str | None:
        """What becomes of a delivery."""
        return self._strays.pop() if self._strays else None

    def latency(self) -> float:
        """Seconds from a call to its effect."""
        return 0.0005 + 0.002 * self.random.random()


class RoughLine:
    """A host's line to the store; see Line."""

    def __init__(self, weather: Weather, host: Host) -> None:
        self._weather = weather
        self._host = host

    async def read(self, what: str, ask: Callable[[], T]) -> T:
        return await self._call("read", what, ask)

    async def write(self, what: str, act: Callable[[], T]) -> T:
        return await self._call("write", what, act)

    async def _call(self, call: str, what: str, act: Callable[[], T]) -> T:
        weather, host = self._weather, self._host
        if not host.is_alive:
            raise Killed
        trouble = weather.strike(host, call, what)
        if trouble == "store is slow":
            await asyncio.sleep(1.0 + 9.0 * weather.random.random())
        await asyncio.sleep(weather.latency())
        self._refuse(call)
        if trouble is None or trouble == "store is slow":
            return act()
        if trouble == "dies before":
            raise self._dies(f"before {what}")
        if trouble == "store fails before":
            raise StoreDown("simulated: the call got lost")
        if trouble == "disk is full":
            raise DiskFull("simulated: no space left")
        return await self._answer(trouble, what, act())

    async def _answer(self, trouble: str, what: str, answer: T) -> T:
        """What is wrong with the answer, though the store has done what it was asked for."""
        if trouble == "store answers late":
            await asyncio.sleep(1.0 + 14.0 * self._weather.random.random())
            return answer
        if trouble == "dies after":
            raise self._dies(f"after {what}")
        raise StoreDown("simulated: the answer got lost")

    def _refuse(self, call: str) -> None:
        weather = self._weather
        if weather.loop.time() < weather.store_down_until:
            raise StoreDown("simulated: the store is down")
        if call == "write" and weather.loop.time() < weather.store_full_until:
            raise DiskFull("simulated: no space left")

    def _dies(self, why: str) -> Killed:
        self._weather.kill(self._host, why)
        return Killed()


class RoughWire:
    """A host's wire to the broker; see Wire."""

    def __init__(self, weather: Weather, host: Host) -> None:
        self._weather = weather
        self._host = host

    async def publish(self, act: Step) -> None:
        weather, host = self._weather, self._host
        if not host.is_alive:
            raise Killed
        trouble = weather.strike(host, "publish", "publish")
        await asyncio.sleep(weather.latency())
        if trouble == "dies before":
            weather.kill(host, "before publish")
            raise Killed
        if trouble == "publish fails":
            raise BrokerDown("simulated: the messages got lost")
        act()
        if trouble == "dies after":
            weather.kill(host, "after publish")
            raise Killed
        if trouble == "publish is not confirmed":
            raise BrokerDown("simulated: the confirm got lost")

    def deliver(self, hand_over: Step, repeat: Step, lose: Step) -> None:
        weather, host = self._weather, self._host
        stray = weather.next_stray()
        if stray is None:
            host.call_later(0.001, hand_over)
            return
        weather.story.fault(stray, host.name)
        if stray == LOST:
            lose()
            return
        late = 0.5 + 20.0 * weather.random.random()
        host.call_later(late if stray == "message is late" else 0.001, hand_over)
        if stray == "message comes twice":
            host.call_later(late, repeat)

    def settle(self, act: Step) -> None:
        weather, host = self._weather, self._host
        if not host.is_alive:
            raise Killed
        trouble = weather.strike(host, "settle", "settle")
        if trouble == "dies before":
            weather.kill(host, "before settling")
            raise Killed
        act()
        if trouble == "dies after":
            weather.kill(host, "after settling")
            raise Killed
