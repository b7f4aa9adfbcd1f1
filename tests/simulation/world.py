"""A simulated deployment: one or two daemons, two boxes, a store and a broker, and the time they live in."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from random import Random
from typing import Final

from msgspec.structs import replace

from synergy.core.context import MachineKind, ManagedSpec, ProcessContext, Work
from synergy.core.errors import SynergyError
from synergy.core.records import UnitOfWork
from synergy.core.settings import Settings
from synergy.core.states import UowState
from synergy.daemon.life import Adapters, Life
from synergy.daemon.stop import Stop
from synergy.loading import Project
from synergy.worker.site import Site
from synergy.worker.slots import SHORT_SECONDS
from synergy.worker.supervisor import Supervisor
from tests.core.engine.contexts import END, START, random_context
from tests.simulation.broker import Exchange, SimulatedBroker
from tests.simulation.children import Habits, Lookers, Machine, SimProcess
from tests.simulation.invariants import Invariants
from tests.simulation.loop import Host, Killed, VirtualLoop, current_host
from tests.simulation.places import Box, Daemon, Desk, WorldClock
from tests.simulation.seams import Surroundings
from tests.simulation.shelf import Shelf
from tests.simulation.source import Source
from tests.simulation.store import SimulatedLeaderStore, SimulatedWorkerStore
from tests.simulation.story import Story, Violation
from tests.simulation.weather import RoughLine, RoughWire, Weather

BOXES: Final = ("box-1", "box-2")
SLOTS: Final = 3
AHEAD_DIGIT: Final = 9
"""Of the seeds in whose worlds work is claimed ahead."""
LONGEST_SHORT_SECONDS: Final = 0.6
MANY: Final = 12
"""So much of a process may run at once there: more than all slots."""
FOLDER: Final = Path("/simulated")
ENTRY_TRIGGERS: Final = {"often": "every 7200", "daily": "at 06:00"}
BROKER_PATIENCE_SECONDS: Final = 20.0
PATIENT_HOURS: Final = 48.0
CHAOS_SPAN: Final = 110.0
"""Seconds in which the periods of the timetable go by."""
PAST_THE_END: Final = 1_367_400_000.0
"""Schedule time: all periods are closed."""


class World:
    """Everything there is; ``speed``: seconds of schedule time in a second."""

    def __init__(self, loop: VirtualLoop, seed: int) -> None:
        self.loop = loop
        self.seed = seed
        self.claims_ahead = seed % 10 == AHEAD_DIGIT
        """Whether the supervisors take nearly all work for short, and claim more than they have slots."""
        self.random = Random(seed)  # noqa: S311 - a simulation's seed
        self.story = Story(loop.time)
        self.weather = Weather(loop, Random(seed + 1), self.story)  # noqa: S311
        self.weather.kill = self.kill
        self.habits = Habits(Random(seed + 2))  # noqa: S311
        self.settings = self._settings()
        self.context = self._context()
        self.shelf = Shelf()
        self.exchange = Exchange()
        self.speed = 31 * 3600 / CHAOS_SPAN
        self._anchor = (loop.time(), 1_359_577_000.0)
        lookers = Lookers(self.work_begun, self.work_over)
        self.boxes = {name: Box(Machine(name, loop, self.habits, lookers)) for name in BOXES}
        self.daemons = [Daemon("daemon-1"), Daemon("daemon-2")][: 1 + (self.random.random() < 0.4)]
        self.invariants = Invariants(
            self.shelf, self.context, self.settings,
            lambda: [box.machine for box in self.boxes.values()], self.story.tell, self.violate,
        )  # fmt: skip
        self.shelf.watcher = self.exchange.overseer = self.invariants
        self.clients: dict[Host, SimulatedBroker] = {}
        self.machines: dict[Host, Machine] = {}
        self.on_begun: Callable[[SimProcess], None] = lambda _process: None
        self.daemon_hosts: dict[str, Host] = {}
        self.source = Source(self.weather) if self.random.random() < 0.5 else None
        self.broken: list[Violation] = []
        self._outside = copy_context()

    @property
    def loses_messages(self) -> bool:
        """Whether the broker may lose some: the collector offers again soon what nobody takes."""
        return self.settings.gc_resubmit_after_hours < PATIENT_HOURS

    def surroundings(self) -> Surroundings:
        """What stands for the operating system."""
        short_seconds = LONGEST_SHORT_SECONDS if self.claims_ahead else SHORT_SECONDS
        return Surroundings(
            lambda: self.machines[current_host()], lambda: current_host().name, self.is_dead_here, short_seconds
        )

    def _settings(self) -> Settings:
        random = self.random
        return Settings(
            context="none",
            synergy_start_timeperiod=START,
            synergy_end_timeperiod=END,
            store="mongodb://simulated",
            broker="amqp://simulated",
            slots=SLOTS,
            gc_run_interval=10.0,
            gc_resubmit_after_hours=random.choice((0.01, 0.01, PATIENT_HOURS)),
            gc_release_lag_minutes=random.choice((0.02, 0.2)),
            gc_life_support_hours=48.0,
            gc_on_give_up=random.choice(("alert", "skip")),
            stop_grace_seconds=5.0,
            lease_seconds=10.0,
            heartbeat_seconds=2.5,
        )

    def _context(self) -> ProcessContext:
        context = random_context(self.random)
        entries = tuple(replace(entry, trigger_frequency=ENTRY_TRIGGERS[entry.entry_name]) for entry in context.freerun)
        return replace(context, managed=tuple(self._variety(spec) for spec in context.managed), freerun=entries)

    def _variety(self, spec: ManagedSpec) -> ManagedSpec:
        random = self.random
        work = Work(
            run=None if (is_command := random.random() < 0.4) else "jobs:run",
            command=("job",) if is_command else (),
            time_limit=random.choice((None, None, 6.0)),
            grace_seconds=random.choice((0.5, 2.0)),
            max_attempts=random.choice((None, None, None, 4)),
            retry_delay_seconds=random.choice((None, 0.5)),
        )
        trigger = spec.trigger_frequency
        if trigger == "every 60" and spec.state_machine is not MachineKind.DISCRETE:
            trigger = "every 3600"
        concurrency = MANY if self.claims_ahead else spec.concurrency
        return replace(spec, work=work, trigger_frequency=trigger, concurrency=concurrency)

    # Its course

    def begin(self) -> None:
        """Everything is started."""
        for daemon in self.daemons:
            self.start_daemon(daemon)
        for box in self.boxes.values():
            self.start_supervisor(box)

    def check(self) -> None:
        """Raises the first Violation."""
        if self.broken:
            raise self.broken[0]

    def calm_down(self) -> None:
        """Nothing goes wrong any more."""
        self.story.tell("", "peace")
        self.weather.clear_up()
        self.exchange.come_up()
        self.habits.is_calm = True
        for box in self.boxes.values():
            self._power_up(box)
        for host in [host for host in (*self.clients, *self.daemon_hosts.values()) if host.is_frozen]:
            self._thaw(host)
        if self.source is not None:
            self.source.is_calm = True

    def end_time(self) -> None:
        """All schedule time of the timetable is over."""
        self.jump_schedule(max(0.0, PAST_THE_END - self.schedule_time()))

    def unfinished(self) -> list[str]:
        """What is still to be done. Of freerun entries the next trigger deals with what failed."""
        return self.invariants.missing() + [uow.uow_id for uow in self.shelf.uows.values() if _is_open(uow)]

    def let_go(self) -> None:
        """What ran in it is not kept, only what came of it."""
        for daemon in self.daemons:
            daemon.host = daemon.life = daemon.stop = None
        for box in self.boxes.values():
            box.host = box.supervisor = None
            box.machine.processes.clear()
        self.clients.clear()
        self.machines.clear()
        self.daemon_hosts.clear()
        self.exchange = Exchange()

    # Time

    def schedule_time(self) -> float:
        """The deployment's."""
        since, at = self._anchor
        return at + (self.loop.time() - since) * self.speed

    def jump_schedule(self, seconds: float) -> None:
        """Schedule time jumps."""
        self._anchor = (self.loop.time(), self.schedule_time() + seconds)

    # Daemons

    def start_daemon(self, daemon: Daemon) -> None:
        """Start it; whenever it ends, it is started again."""
        daemon.lives += 1
        host = daemon.host = Host(self.loop, f"{daemon.name}.{daemon.lives}")
        self.daemon_hosts[host.name] = host
        self.story.tell(host.name, "starts")
        host.run(self._be_daemon(daemon, host))

    async def _be_daemon(self, daemon: Daemon, host: Host) -> None:
        clock = daemon.clock = daemon.clock or WorldClock(self.loop, self.schedule_time, self.speed)
        store = SimulatedLeaderStore(self.shelf, RoughLine(self.weather, host))
        broker = self.clients[host] = SimulatedBroker(self.exchange, RoughWire(self.weather, host), clock.real_time)
        stop = daemon.stop = Stop()
        project = Project(folder=FOLDER, settings=self.settings, context=self.context)
        life = Life(project, clock, Adapters(store, broker, self.source), stop)
        life._server = Desk()  # type: ignore[assignment]
        try:
            await store.open()
            daemon.life = life
            await life.run(
                lambda: self.story.tell(host.name, "is ready"), accept_plan=True, standby=len(self.daemons) > 1
            )
        except (SynergyError, BaseExceptionGroup) as error:
            self._ended(host, error)
        except Killed:
            return
        self.kill(host, "has ended")

    def _ended(self, host: Host, error: BaseException) -> None:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        self.story.tell(host.name, "ends:", type(error).__name__, str(error))
        if not isinstance(error, SynergyError | Killed):
            self.violate("no part of it fails", f"{host.name}: {error!r}")

    def is_dead_here(self, daemon_id: str) -> bool:
        """Whether a daemon is known to be dead; all run on one machine."""
        host = self.daemon_hosts.get(daemon_id)
        return host is not None and not host.is_alive

    # Supervisors

    def start_supervisor(self, box: Box) -> None:
        """Start it; whenever it ends, it is started again."""
        box.lives += 1
        host = box.host = Host(self.loop, f"{box.machine.box_id}.{box.lives}")
        self.machines[host] = box.machine
        self.story.tell(host.name, "starts")
        host.run(self._be_supervisor(box, host))

    async def _be_supervisor(self, box: Box, host: Host) -> None:
        clock = box.clock = box.clock or WorldClock(self.loop, self.schedule_time, self.speed)
        store = SimulatedWorkerStore(self.shelf, RoughLine(self.weather, host))
        broker = self.clients[host] = SimulatedBroker(self.exchange, RoughWire(self.weather, host), clock.real_time)
        settings = replace(self.settings, box_id=box.machine.box_id)
        site = Site(
            folder=FOLDER, log_folder=FOLDER, settings=settings, context=self.context, supervisor_id=host.name,
            host=box.machine.box_id, box_mark=box.machine.box_id, slots=SLOTS,
        )  # fmt: skip
        project = Project(folder=FOLDER, settings=settings, context=self.context)
        supervisor = box.supervisor = Supervisor(site, clock, store, broker, lambda: project)
        try:
            await supervisor.run(lambda: self._supervisor_ready(box, host), adopts=False)
        except (SynergyError, BaseExceptionGroup) as error:
            self._ended(host, error)
        except Killed:
            return
        self.kill(host, "has ended")

    def _supervisor_ready(self, box: Box, host: Host) -> None:
        self.story.tell(host.name, "is ready")
        box.machine.in_charge = host
        self.invariants.ready(box.machine)

    # Ends

    def kill(self, host: Host, why: str) -> None:
        """A host is gone, now; it is started again in a while."""
        if not host.is_alive:
            return
        self.story.tell(host.name, "dies:", why)
        host.die()
        if (client := self.clients.pop(host, None)) is not None:
            client.gone()
        machine = self.machines.get(host)
        if machine is not None:
            machine.supervisor_gone(host)
            self.later(self.pause(), self._revive_box, self.boxes[machine.box_id])
        else:
            daemon = next(one for one in self.daemons if one.host is host)
            self.later(self.pause(), self.start_daemon, daemon)

    def cut_power(self, box: Box, seconds: float) -> None:
        """All of the box is gone at once, and comes back as a whole."""
        box.is_off = True
        if box.host is not None:
            self.kill(box.host, "no power")
        box.machine.power_off()
        self.later(seconds, self._power_up, box)

    def _power_up(self, box: Box) -> None:
        if box.is_off:
            box.is_off = False
            self._revive_box(box)

    def pause(self) -> float:
        """Until what is gone is started again."""
        return 0.3 + 3.0 * self.weather.random.random()

    def _revive_box(self, box: Box) -> None:
        if not box.is_off and (box.host is None or not box.host.is_alive):
            self.start_supervisor(box)

    def later(self, seconds: float, act: Callable[..., object], *args: object) -> None:
        """Something happens that belongs to no host."""
        self.loop.call_later(seconds, act, *args, context=self._outside)

    def freeze(self, host: Host, seconds: float) -> None:
        """It stands still for a while; the broker has done with it before long."""
        host.freeze()
        self.later(seconds, self._thaw, host)
        if (client := self.clients.get(host)) is not None:
            self.later(BROKER_PATIENCE_SECONDS, self._give_up_on, host, client)

    @staticmethod
    def _give_up_on(host: Host, client: SimulatedBroker) -> None:
        """The broker has heard nothing of it for long."""
        if host.is_frozen:
            client.cut()

    def _thaw(self, host: Host) -> None:
        if host.is_frozen:
            self.story.tell(host.name, "thaws")
            host.thaw()

    # Work

    def work_begun(self, process: SimProcess) -> None:
        """An attempt runs now."""
        if process.of is not None:
            self.story.tell(process.supervisor.name, "begins", process.of.uow_id, process.of.attempt)
        self.invariants.begun(process)

    def work_over(self, process: SimProcess) -> None:
        """It runs no more."""
        if process.of is not None:
            self.story.tell(
                process.supervisor.name, "is done with", process.of.uow_id, process.of.attempt, process.code
            )

    def violate(self, rule: str, text: str) -> None:
        """A rule is broken: the run ends."""
        self.story.tell("", "VIOLATION", rule, text)
        self.broken.append(Violation(rule, text))


def _is_open(uow: UnitOfWork) -> bool:
    if uow.state.is_finished:
        return not uow.applied
    return uow.entry_name is None or uow.state is UowState.IN_PROGRESS
