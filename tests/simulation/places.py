"""Where the programs of a simulated deployment run: its daemons, its boxes, and the clock that each of them reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from synergy.core.control.events import Event
from synergy.daemon.life import Life
from synergy.daemon.stop import Stop
from synergy.worker.supervisor import Supervisor
from tests.simulation.children import Machine
from tests.simulation.loop import Host, VirtualLoop

REAL: Final = 1_800_000_000.0
"""The wall clock when time began."""


class WorldClock:
    """See Clock: a host's. Schedule time is the deployment's; the wall clock is the host's own, and may jump."""

    def __init__(self, loop: VirtualLoop, schedule_time: Callable[[], float], speed: float) -> None:
        self.jumped = 0.0
        self.schedule_time = schedule_time
        self._loop = loop
        self._speed = speed

    def real_time(self) -> float:
        return REAL + self._loop.time() + self.jumped

    def monotonic(self) -> float:
        return self._loop.time()

    def real_seconds_until(self, schedule_time: float) -> float:
        return max(0.0, (schedule_time - self.schedule_time()) / self._speed)


class Desk:
    """Stands for the control server: operators come to it without a socket."""

    is_heard = False
    seq = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def broadcast(self, _events: Sequence[Event], _schedule_time: str) -> None: ...


class Daemon:
    """A place where a daemon runs, and is started again whenever it is gone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lives = 0
        self.host: Host | None = None
        self.life: Life | None = None
        self.stop: Stop | None = None
        self.clock: WorldClock | None = None


class Box:
    """A box: its machine, and the place where its supervisor runs."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.lives = 0
        self.host: Host | None = None
        self.supervisor: Supervisor | None = None
        self.clock: WorldClock | None = None
        self.is_off = False
