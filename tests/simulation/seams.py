"""The few places where the real code touches its machine, put in the hands of the simulation while a world is run.

Each is a name of a module of the project. A name that is not there any more is an error: what the code does instead
would escape the simulation.
"""

from __future__ import annotations

import importlib
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

from synergy.core.context import Work
from synergy.core.records import UnitOfWork
from synergy.daemon.mailbox import Batchful
from synergy.daemon.scheduler import Scheduler
from synergy.worker.footprints import Footprint
from synergy.worker.process_table import ProcessId, ProcessRow
from synergy.worker.site import Site
from tests.simulation.children import Machine, SimChild, SimCommand

CPUS: Final = 2


class NoFootprints:
    """Stands for Footprints: nothing weighs anything."""

    def __init__(self, _clock: object) -> None: ...

    def of(self, _pid: int) -> Footprint:
        return Footprint()

    def keep(self, _pids: object) -> None: ...


class NoOomWatch:
    """Stands for OomWatch: the kernel kills nobody for want of memory."""

    def killed_since(self) -> bool:
        return False


class WatchedScheduler(Scheduler):
    """Tells when it is in the middle of a batch, and how many there have been."""

    batches = 0
    is_busy = False

    async def _batch(self, taken: Batchful) -> bool:
        self.batches += 1
        self.is_busy = True
        try:
            return await super()._batch(taken)
        finally:
            self.is_busy = False


class Names:
    """Stands for ``secrets``: ids that differ, and are the same in each run."""

    def __init__(self) -> None:
        self._last = 0

    def token_hex(self, size: int) -> str:
        self._last += 1
        return f"{self._last:0{2 * size}x}"


class Surroundings:
    """What the code finds around it. ``machine``: the one of the host that is running; ``short_seconds``: see Slots."""

    def __init__(
        self,
        machine: Callable[[], Machine],
        new_daemon_id: Callable[[], str],
        is_dead_here: Callable[[str], bool],
        short_seconds: float,
    ) -> None:
        names = Names()
        self._machine = machine
        self.replacements: Mapping[str, Any] = {
            "synergy.daemon.life:Scheduler": WatchedScheduler,
            "synergy.daemon.life:new_daemon_id": new_daemon_id,
            "synergy.daemon.leading:is_dead_here": is_dead_here,
            "synergy.daemon.planbook:secrets": names,
            "synergy.worker.children:ChildProcess": self._child,
            "synergy.worker.children:resident_bytes": lambda _pid: 0,
            "synergy.worker.children:secrets": names,
            "synergy.worker.children:os": SimpleNamespace(cpu_count=lambda: CPUS),
            "synergy.worker.commands:CommandProcess": self._command,
            "synergy.worker.heartbeat:os": SimpleNamespace(getpid=lambda: 1),
            "synergy.worker.heartbeat:started_at": lambda _pid: 0.0,
            "synergy.worker.heartbeat:memory_percent": lambda _bytes: 0.0,
            "synergy.worker.process_tree:read_table": self._read_table,
            "synergy.worker.process_tree:carries": self._carries,
            "synergy.worker.process_tree:is_alive": self._is_alive,
            "synergy.worker.process_tree:send_signal": self._send_signal,
            "synergy.worker.slots:SHORT_SECONDS": short_seconds,
            "synergy.worker.supervisor:Footprints": NoFootprints,
            "synergy.worker.supervisor:OomWatch": NoOomWatch,
        }

    def _child(self, site: Site, token: str, owner: Any, _reaper: object) -> SimChild:
        return SimChild(self._machine(), site, token, owner)

    def _command(self, site: Site, uow: UnitOfWork, _work: Work, _output: object) -> SimCommand:
        return SimCommand(self._machine(), site, uow)

    def _read_table(self) -> dict[int, ProcessRow]:
        return self._machine().read_table()

    def _carries(self, pid: int, marks: Mapping[str, str]) -> bool:
        return self._machine().carries(pid, marks)

    def _is_alive(self, process: ProcessId) -> bool:
        return self._machine().is_alive(process)

    def _send_signal(self, process: ProcessId, number: signal.Signals) -> None:
        self._machine().send_signal(process, number)


@contextmanager
def replaced(replacements: Mapping[str, Any]) -> Iterator[None]:
    """Put these in the place of what the named modules have, until the end of the block.

    Raises:
        AttributeError: a module has nothing of that name.
    """
    before = {}
    for name, new in replacements.items():
        module, _, attribute = name.partition(":")
        found = importlib.import_module(module)
        before[found, attribute] = getattr(found, attribute)
        setattr(found, attribute, new)
    try:
        yield
    finally:
        for (found, attribute), old in before.items():
            setattr(found, attribute, old)
