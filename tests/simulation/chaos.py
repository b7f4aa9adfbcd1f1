"""What goes wrong, and when: drawn from the seed, one thing after the other, until the chaos is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from tests.simulation.loop import Host
from tests.simulation.places import Box, Daemon
from tests.simulation.weather import KINDS, LOST, STRAYS
from tests.simulation.world import World

MEAN_SECONDS: Final = 0.9
MOST_CALLS_AHEAD: Final = 12


class Chaos:
    """Does harm to a world: ``least`` faults, or more if there is time."""

    def __init__(self, world: World, least: int) -> None:
        self.world = world
        self._least = least
        self.random = world.weather.random
        self._acts: tuple[Callable[[], None], ...] = (
            *[self.arm_daemon] * 8,
            *[self.arm_supervisor] * 8,
            *[self.stray] * 8,
            *[self.cut] * 3,
            self.kill_daemon,
            self.kill_supervisor,
            self.store_outage,
            self.broker_outage,
            self.disk_full,
            self.queue_deleted,
            self.freeze,
            self.stop_daemon,
            self.stop_supervisor,
            self.power_cut,
            self.wall_clock_jumps,
            self.schedule_jumps,
        )

    async def run(self, seconds: float) -> None:
        """Until so much time has passed."""
        loop, until = self.world.loop, self.world.loop.time() + seconds
        faults = self.world.story.faults
        while (loop.time() < until or faults.total() < self._least) and not self.world.broken:
            await asyncio.sleep(self.random.expovariate(1.0 / MEAN_SECONDS))
            self.random.choice(self._acts)()

    def arm_daemon(self) -> None:
        host = self._daemon().host
        if host is not None and host.is_alive:
            self.world.weather.arm(host, self._kind(), self.random.randrange(1, MOST_CALLS_AHEAD))

    def arm_supervisor(self) -> None:
        host = self._box().host
        if host is not None and host.is_alive:
            self.world.weather.arm(host, self._kind(), self.random.randrange(1, MOST_CALLS_AHEAD))

    def stray(self) -> None:
        kind = self.random.choice(STRAYS)
        if kind != LOST or self.world.loses_messages:
            self.world.weather.stray(kind)

    def kill_daemon(self) -> None:
        self._kill(self._daemon().host)

    def kill_supervisor(self) -> None:
        self._kill(self._box().host)

    def cut(self) -> None:
        clients = list(self.world.clients.values())
        if clients:
            self.world.story.fault("connection breaks")
            self.random.choice(clients).cut()

    def store_outage(self) -> None:
        seconds = self._seconds()
        self.world.story.fault("store is down", "", f"{seconds:.1f} s")
        self.world.weather.store_down_until = self.world.loop.time() + seconds

    def disk_full(self) -> None:
        seconds = self._seconds()
        self.world.story.fault("disk is full", "", f"{seconds:.1f} s")
        self.world.weather.store_full_until = self.world.loop.time() + seconds

    def broker_outage(self) -> None:
        if self.world.exchange.is_up:
            seconds = self._seconds()
            self.world.story.fault("broker is down", "", f"{seconds:.1f} s")
            self.world.exchange.go_down()
            self.world.later(seconds, self.world.exchange.come_up)

    def queue_deleted(self) -> None:
        queues = sorted(self.world.exchange.queues.depths())
        if queues and self.world.loses_messages:
            queue = self.random.choice(queues)
            self.world.story.fault("queue is deleted", "", queue)
            self.world.exchange.delete(queue)

    def freeze(self) -> None:
        host = self._box().host if self.random.random() < 0.6 else self._daemon().host
        if host is not None and host.runs:
            seconds = self.random.choice((0.5, 3.0, 6.0, 12.0, 25.0)) * self.random.random()
            self.world.story.fault("freezes", host.name, f"{seconds:.1f} s")
            self.world.freeze(host, seconds)

    def stop_daemon(self) -> None:
        daemon = self._daemon()
        if daemon.stop is not None and daemon.host is not None and daemon.host.runs:
            self.world.story.fault("is stopped", daemon.host.name)
            daemon.host.call_later(0.0, daemon.stop.by_signal)

    def stop_supervisor(self) -> None:
        box = self._box()
        if box.supervisor is not None and box.host is not None and box.host.runs:
            now = self.random.random() < 0.5
            self.world.story.fault("is stopped", box.host.name, "now" if now else "")
            box.host.call_later(0.0, partial(box.supervisor.stop, now=now))

    def power_cut(self) -> None:
        box, seconds = self._box(), 30.0 * self.random.random()
        if box.host is not None and box.host.is_alive:
            self.world.story.fault("has no power", box.machine.box_id, f"{seconds:.1f} s")
            self.world.cut_power(box, seconds)

    def wall_clock_jumps(self) -> None:
        places: tuple[Daemon | Box, ...] = (*self.world.daemons, *self.world.boxes.values())
        clocks = [one.clock for one in places if one.clock is not None]
        if clocks:
            seconds = self.random.choice((-200_000.0, -3_600.0, -60.0, 60.0, 3_600.0, 200_000.0))
            self.world.story.fault("wall clock jumps", "", f"{seconds:.0f} s")
            self.random.choice(clocks).jumped += seconds

    def schedule_jumps(self) -> None:
        seconds = self.random.choice((-7_200.0, -3_600.0, -60.0, 60.0, 3_600.0, 7_200.0))
        self.world.story.fault("schedule time jumps", "", f"{seconds:.0f} s")
        self.world.jump_schedule(seconds)

    def _kind(self) -> str:
        return self.random.choice(tuple(KINDS))

    def _seconds(self) -> float:
        return self.random.choice((0.5, 3.0, 10.0, 20.0)) * self.random.random()

    def _daemon(self) -> Daemon:
        return self.random.choice(self.world.daemons)

    def _box(self) -> Box:
        return self.random.choice(list(self.world.boxes.values()))

    def _kill(self, host: Host | None) -> None:
        if host is not None and host.is_alive:
            self.world.story.fault("is killed", host.name)
            self.world.kill(host, "kill -9")
