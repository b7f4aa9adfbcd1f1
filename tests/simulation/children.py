"""Simulated processes of the operating system: warm children and commands that run, end, obey signals or do not.

A process lives outside of its supervisor: it goes on while that one is frozen, and a command also when it is dead.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from contextvars import copy_context
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.worker import marks as names
from synergy.worker.frames import Done, Outcome, RunUow
from synergy.worker.process_table import ProcessId, ProcessRow
from synergy.worker.process_tree import TreeRoot
from synergy.worker.site import Site
from synergy.worker.unit import Unit
from tests.simulation.loop import Host, VirtualLoop, current_host

if TYPE_CHECKING:
    from synergy.worker.child_process import ChildOwner
    from synergy.worker.reaping import Reaper

TELL_SECONDS: Final = 0.0005
EXIT_3: Final = 3


class Fate(NamedTuple):
    """How long an attempt takes, and how it ends: an exit code, or a signal as a negative one."""

    seconds: float
    code: int
    leaves_behind: bool = False


class Habits:
    """How the user's programs behave; ``is_calm``: they are quick and succeed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.is_calm = False

    def fate(self) -> Fate:
        """Of the next attempt."""
        random = self._random.random
        if self.is_calm:
            return Fate(0.02, 0)
        kind, luck = random(), random()
        if kind < 0.7:
            seconds = 0.01 + 0.4 * random()
        else:
            seconds = 0.4 + 4.0 * random() if kind < 0.95 else 8.0 + 25.0 * random()
        code = 0 if luck < 0.86 else 99 if luck < 0.92 else EXIT_3 if luck < 0.97 else -9
        return Fate(seconds, code, leaves_behind=random() < 0.1)

    def seconds_to_obey(self) -> float | None:
        """TERM; None when it is ignored."""
        return 0.2 * self._random.random() if self._random.random() < 0.85 else None

    def seconds_to_die(self) -> float:
        """KILL; some hang in the kernel for a while."""
        return 0.01 if self.is_calm or self._random.random() < 0.97 else 6.0 + 6.0 * self._random.random()


class SimProcess:
    """One process. ``of``: the attempt that it works on, or was left behind by."""

    __slots__ = ("began", "code", "hangs", "kind", "machine", "marks", "of", "on_end", "pid", "started", "supervisor")

    def __init__(self, machine: Machine, kind: str, marks: Mapping[str, str], supervisor: Host) -> None:
        self.machine = machine
        self.kind = kind
        self.marks = marks
        self.supervisor = supervisor
        self.pid, self.started = machine.next_id()
        self.of: UnitOfWork | None = None
        self.began = machine.now
        """When it began to work."""
        self.code: int | None = None
        self.hangs = False
        self.on_end: Callable[[int], None] = lambda _code: None

    @property
    def is_alive(self) -> bool:
        return self.code is None

    @property
    def id(self) -> ProcessId:
        return ProcessId(self.pid, self.started)

    def row(self) -> ProcessRow:
        return ProcessRow(self.pid, self.started, 1, self.pid, self.pid, "S", name=self.kind)

    def end(self, code: int) -> None:
        """It is gone; its supervisor hears of it."""
        if self.code is None:
            self.code = code
            self.machine.ended(self)
            self.supervisor.call_later(TELL_SECONDS, self.on_end, code)

    def signalled(self, number: signal.Signals) -> None:
        """What it makes of TERM and KILL."""
        habits = self.machine.habits
        if number is signal.SIGTERM:
            seconds = habits.seconds_to_obey()
        elif number is signal.SIGKILL:
            seconds = habits.seconds_to_die()
            self.hangs = seconds > 1.0
        else:
            return
        if seconds is not None:
            self.machine.later(seconds, self.end, -number.value)


class Lookers(NamedTuple):
    """Who looks on when work begins and ends."""

    begun: Callable[[SimProcess], None]
    over: Callable[[SimProcess], None]


class Machine:
    """One box: its processes, and their table."""

    def __init__(self, box_id: str, loop: VirtualLoop, habits: Habits, look: Lookers) -> None:
        self.box_id = box_id
        self.habits = habits
        self.look = look
        self.processes: dict[int, SimProcess] = {}
        self.in_charge: Host | None = None
        """The supervisor that has ended what was left before it, and works."""
        self._loop = loop
        self._context = copy_context()
        """Of no host: what happens on the machine happens whatever becomes of its supervisor."""
        self._last_pid = 100

    @property
    def now(self) -> float:
        """The time, in seconds."""
        return self._loop.time()

    def next_id(self) -> tuple[int, int]:
        """A pid, and the tick at which its process starts."""
        self._last_pid += 1
        return self._last_pid, int(self._loop.time() * 100)

    def later(self, seconds: float, act: Callable[..., object], *args: object) -> None:
        """Something happens on this machine, whatever becomes of the supervisor."""
        self._loop.call_later(seconds, act, *args, context=self._context)

    def spawn(self, kind: str, marks: Mapping[str, str]) -> SimProcess:
        """Start a process for the supervisor that is running."""
        process = SimProcess(self, kind, marks, current_host())
        self.processes[process.pid] = process
        return process

    def ended(self, process: SimProcess) -> None:
        """It is gone."""
        del self.processes[process.pid]
        if process.of is not None:
            self.look.over(process)

    def begin(self, process: SimProcess, uow: UnitOfWork) -> None:
        """It begins to work."""
        process.of = uow
        process.began = self.now
        self.look.begun(process)

    def rest(self, process: SimProcess) -> None:
        """It has done its work, and lives on."""
        self.look.over(process)
        process.of = None

    def supervisor_gone(self, host: Host) -> None:
        """Children see the end of their pipe; commands that were let go know nothing of it."""
        self.in_charge = None
        for process in tuple(self.processes.values()):
            if process.supervisor is host and (process.kind == "child" or process.of is None):
                self.later(0.005, process.end, -9)

    def power_off(self) -> None:
        """Everything on it is gone."""
        for process in tuple(self.processes.values()):
            process.end(-9)

    # What stands for /proc

    def read_table(self) -> dict[int, ProcessRow]:
        return {pid: process.row() for pid, process in self.processes.items()}

    def carries(self, pid: int, marks: Mapping[str, str]) -> bool:
        process = self.processes.get(pid)
        return process is not None and bool(marks) and marks.items() <= process.marks.items()

    def is_alive(self, process: ProcessId) -> bool:
        known = self.processes.get(process.pid)
        return known is not None and known.started == process.started

    def send_signal(self, process: ProcessId, number: signal.Signals) -> None:
        known = self.processes.get(process.pid)
        if known is not None and known.started == process.started:
            known.signalled(number)


class SimChild:
    """Stands for ChildProcess: a warm child."""

    def __init__(self, machine: Machine, site: Site, token: str, owner: ChildOwner) -> None:
        self._machine = machine
        self._owner = owner
        self._host = current_host()
        self._process = machine.spawn("child", {**site.marks, names.CHILD: token})
        self._process.on_end = self._died
        self.unit: Unit | None = None
        self.served = 0
        self.is_ready = False
        self.retiring = False
        self.last_words: list[str] = []
        machine.later(0.05, self._starts)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tree(self) -> TreeRoot:
        return TreeRoot((self.pid,), self._process.marks, self._process.started)

    def run(self, unit: Unit, request: RunUow) -> None:
        self.unit = unit
        unit.execution = self
        fate = self._machine.habits.fate()
        self._machine.begin(self._process, request.uow)
        self._machine.later(fate.seconds, self._works, request.uow, fate)

    def retire(self) -> None:
        self.retiring = True
        self._machine.later(0.002, self._process.end, 0)

    def _starts(self) -> None:
        if self._process.is_alive:
            self._host.call_later(TELL_SECONDS, self._ready)

    def _ready(self) -> None:
        self.is_ready = True
        self._owner.child_ready(self)  # type: ignore[arg-type]

    def _works(self, uow: UnitOfWork, fate: Fate) -> None:
        """On its machine: the user's code returns, or takes its process with it."""
        process = self._process
        if not process.is_alive or process.of is not uow:
            return
        if fate.code < 0:
            process.end(fate.code)
            return
        self._machine.rest(process)
        self._host.call_later(TELL_SECONDS, self._done, uow, fate)

    def _done(self, uow: UnitOfWork, fate: Fate) -> None:
        unit = self.unit
        if unit is None or unit.uow is not uow:
            return
        self.unit = None
        unit.execution = None
        self.served += 1
        self._owner.child_done(self, unit, Done(_outcome(fate.code)))  # type: ignore[arg-type]

    def _died(self, code: int) -> None:
        unit, self.unit = self.unit, None
        if unit is not None:
            unit.execution = None
        self._owner.child_died(self, unit, code)  # type: ignore[arg-type]


def _outcome(code: int) -> Outcome:
    if code == 0:
        return Outcome(UowState.PROCESSED, processed=1)
    return Outcome(UowState.NOOP) if code == 99 else Outcome(UowState.INVALID, reason=f"exit {code}")


class SimCommand:
    """Stands for CommandProcess: a command behind its gate."""

    def __init__(self, machine: Machine, site: Site, uow: UnitOfWork) -> None:
        told = {**site.marks, names.UOW_ID: uow.uow_id, names.ATTEMPT: str(uow.attempt)}
        self._machine = machine
        self._uow = uow
        self._process = machine.spawn("command", told)
        self._is_open = False
        self.started = float(self._process.started)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tree(self) -> TreeRoot:
        return TreeRoot((self.pid,), self._process.marks, self._process.started)

    def watch(self, _reaper: Reaper, ended: Callable[[int], None]) -> None:
        self._process.on_end = ended

    def let_go(self) -> None:
        if not self._is_open and self._process.is_alive:
            self._is_open = True
            fate = self._machine.habits.fate()
            self._machine.begin(self._process, self._uow)
            self._machine.later(fate.seconds, self._works, fate)

    def pause_for(self, _log: object) -> None:
        """It says nothing."""

    def flush(self) -> None:
        """It has said nothing."""

    def close(self) -> None:
        """There is nothing to be closed."""

    def _works(self, fate: Fate) -> None:
        process = self._process
        if not process.is_alive:
            return
        if fate.leaves_behind:
            self._leave_behind(process)
        process.end(fate.code)

    def _leave_behind(self, process: SimProcess) -> None:
        """``sleep 60 &``"""
        left = SimProcess(self._machine, "left behind", process.marks, process.supervisor)
        self._machine.processes[left.pid] = left
        left.of = process.of
        self._machine.look.begun(left)
        self._machine.later(60.0, left.end, 0)


def works_of(uow_id: UowId, machines: Mapping[str, Machine]) -> list[SimProcess]:
    """All living processes of a unit of work."""
    return [
        process
        for machine in machines.values()
        for process in machine.processes.values()
        if process.of is not None and process.of.uow_id == uow_id
    ]
