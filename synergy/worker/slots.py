"""The slots of a box: begins claimed units of work, ends them before their time, and reports how they ended.

All of it happens on the loop, in callbacks: a unit that runs in a warm child costs no task. Only what has to wait for
processes (commands, kills) has one.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import structs

from synergy.core.context import Work
from synergy.core.ports import Clock, Finish
from synergy.core.records import LEASE_LOST, UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.passwords import without_passwords
from synergy.worker.children import ChildPool
from synergy.worker.commands import CommandRunner
from synergy.worker.exits import CANCELED, import_limit_reason, memory_limit_reason, time_limit_reason
from synergy.worker.frames import Outcome
from synergy.worker.killing import Killer
from synergy.worker.logs import LogShipper
from synergy.worker.process_tree import HURRY_SECONDS, hasten
from synergy.worker.reports import Reports
from synergy.worker.site import Site
from synergy.worker.tasks import Spawn
from synergy.worker.unit import Ending, Execution, Unit

SHORT_SECONDS: Final = 0.02
"""Units of work that last no longer than this on average are claimed ahead of free slots."""

CLAIMED_AHEAD: Final = 3
"""How many times the slots are claimed ahead then, at least."""

MOST_AHEAD: Final = 15
"""How many times at most, where a claim takes as long as many units of work do: the rest is left to other boxes."""

DONE: Final = frozenset({UowState.PROCESSED, UowState.NOOP})
WEIGHT: Final = 0.1
LONG: Final = 1.0
SHORTEST: Final = 0.0001
REAP_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class Slots:
    """Every unit of work that this supervisor holds."""

    def __init__(self, site: Site, clock: Clock, reports: Reports, shipper: LogShipper) -> None:
        self._site = site
        self._clock = clock
        self._reports = reports
        self._shipper = shipper
        self._units: dict[UowId, Unit] = {}
        self._waiting: deque[Unit] = deque()
        self._mean_seconds = LONG
        self._claim_seconds = 0.0
        self._early_cancels: set[UowId] = set()
        self._given_back: list[UnitOfWork] = []
        self._most_grace = math.inf
        self._empty = asyncio.Event()
        self._empty.set()
        self.running = 0
        """How many slots are taken."""
        self.on_room: Callable[[], None] = lambda: None
        """Called whenever a slot becomes free."""
        self.held_back = False
        """While True nothing new is begun: the lease is lost, or the supervisor stops."""
        self.fences = 0
        """How often the lease was lost. What was claimed before that may be in other hands by now."""

    def equip(self, pool: ChildPool, commands: CommandRunner, killer: Killer, spawn: Spawn) -> None:
        """Hand over what executes and ends units; before anything is started."""
        self._pool = pool
        self._commands = commands
        self._killer = killer
        self._spawn = spawn

    @property
    def has_waiting(self) -> bool:
        """Whether something that was claimed ahead still waits for a slot."""
        return bool(self._waiting)

    @property
    def units(self) -> tuple[Unit, ...]:
        """What is held: running, waiting for a slot, or being ended."""
        return tuple(self._units.values())

    def room(self) -> int:
        """How many more units of work may be claimed now; never negative."""
        if self.held_back:
            return 0
        return max(0, self._site.slots * (1 + self._ahead()) - len(self._units))

    def _ahead(self) -> int:
        """How many times the slots are claimed ahead: as many as get through in the time that the next claim takes."""
        if self._mean_seconds >= SHORT_SECONDS:
            return 0
        return max(CLAIMED_AHEAD, min(MOST_AHEAD, int(self._claim_seconds / max(self._mean_seconds, SHORTEST))))

    def claim_took(self, seconds: float) -> None:
        """A claim was answered after that many seconds."""
        self._claim_seconds += WEIGHT * (min(seconds, LONG) - self._claim_seconds)

    def start(self, uow: UnitOfWork, work: Work, fences: int) -> None:
        """Begin a claimed unit of work as soon as a slot is free; ``fences``: as there were when it was claimed."""
        unit = Unit(uow, work, self._shipper.open(uow), self._clock.monotonic())
        self._units[uow.uow_id] = unit
        self._empty.clear()
        self._waiting.append(unit)
        if uow.cancel_requested or uow.uow_id in self._early_cancels:
            self.end(unit, Ending.CANCELED)
        elif fences != self.fences:
            self.end(unit, Ending.LEASE_LOST)
        else:
            self._pump()

    def fence(self) -> None:
        """The lease is lost: end everything, and what is being claimed, too."""
        self.held_back = True
        self.fences += 1
        self.end_all(Ending.LEASE_LOST)

    def cancel(self, uow_id: UowId) -> None:
        """End a unit of work that is to be canceled; one that is just being claimed is ended when it is started."""
        unit = self._units.get(uow_id)
        if unit is None:
            self._early_cancels.add(uow_id)
        else:
            self.end(unit, Ending.CANCELED)

    def forget_cancels(self) -> None:
        """No claim is under way: cancels of units that are not held were meant for others."""
        self._early_cancels.clear()

    def end(self, unit: Unit, ending: Ending) -> None:
        """End a unit of work before its time; the stronger cause counts. One that is just finishing is left to it."""
        if unit.ending is not None:
            unit.ending = max(unit.ending, ending)
        elif unit.result is None:
            unit.ending = ending
            if unit.execution is None:
                self._settle(unit)
            else:
                unit.gone = asyncio.get_running_loop().create_future()
                self._spawn(self._end(unit, unit.execution, unit.gone))

    def end_for_memory(self, unit: Unit, held_mb: int) -> None:
        """End one that holds more memory than it may."""
        unit.held_mb = held_mb
        self.end(unit, Ending.MEMORY_LIMIT)

    def end_all(self, ending: Ending) -> None:
        """End everything that is held."""
        for unit in self.units:
            self.end(unit, ending)

    def hurry(self) -> None:
        """The supervisor stops and cannot wait: whatever is ended, or being ended, has little grace from now on."""
        self._most_grace = HURRY_SECONDS
        for unit in self.units:
            if unit.gone is not None and unit.execution is not None:
                self._spawn(hasten(unit.execution.tree(), unit.signalled))

    def take_waiting(self, older_than_seconds: float) -> list[UnitOfWork]:
        """Remove and return units that were claimed ahead and have waited this long for a slot."""
        now = self._clock.monotonic()
        stuck = [unit for unit in self._waiting if now - unit.claimed >= older_than_seconds]
        for unit in stuck:
            self._forget(unit)
        if stuck:
            # What runs is longer than was thought: nothing is claimed ahead until short work has been seen again.
            self._mean_seconds = LONG
        return [unit.uow for unit in stuck]

    def take_given_back(self) -> list[UnitOfWork]:
        """Units of work that were ended because the supervisor stops: they are to be offered again."""
        given_back, self._given_back = self._given_back, []
        return given_back

    async def wait_until_empty(self, limit_seconds: float) -> bool:
        """Until nothing is held any more; False when the limit passed first."""
        try:
            async with asyncio.timeout(limit_seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def unit_ended(self, unit: Unit, outcome: Outcome) -> None:
        """See UnitOwner."""
        if unit.ending is None:
            self._settle(unit, outcome)
        elif unit.gone is not None and not unit.gone.done():
            if not unit.is_signalled:
                unit.result = outcome
            unit.gone.set_result(None)

    def import_is_late(self, unit: Unit) -> None:
        """See UnitOwner."""
        self.end(unit, Ending.IMPORT_LIMIT)

    def output(self, unit: Unit, stream: str, texts: list[str]) -> None:
        """See UnitOwner."""
        self._shipper.plain(unit.log, stream, texts)

    def _pump(self) -> None:
        while self._waiting and self.running < self._site.slots:
            unit = self._waiting.popleft()
            unit.has_slot = True
            self.running += 1
            unit.begun = self._clock.monotonic()
            # Told now and not at its claim: what only waits for a slot is not shown as running.
            self._reports.claimed(structs.replace(unit.uow, started=self._clock.real_time()))
            if unit.work.time_limit is not None:
                loop = asyncio.get_running_loop()
                unit.timer = loop.call_later(unit.work.time_limit, self.end, unit, Ending.TIME_LIMIT)
            if unit.work.run:
                self._pool.submit(unit)
            else:
                self._commands.begin(unit)

    async def _end(self, unit: Unit, execution: Execution, gone: asyncio.Future[None]) -> None:
        """Take its processes down, wait until they are reaped and their last words read, then report."""
        ending = unit.ending or Ending.STOPPING
        grace = min(unit.work.grace_seconds, self._most_grace)
        if ending is Ending.LEASE_LOST:
            grace = min(grace, self._site.fence_grace_seconds)
        if ending is Ending.MEMORY_LIMIT:  # it may go on growing meanwhile
            grace = min(grace, HURRY_SECONDS)
        why = "stopping" if ending is Ending.STOPPING else self._reason(unit, ending)
        await self._killer.end(unit, execution.tree(), why, grace)
        await asyncio.wait((gone,), timeout=REAP_SECONDS)
        self._settle(unit)

    def _settle(self, unit: Unit, outcome: Outcome | None = None) -> None:
        """Report how it ended (None: as its ``ending`` says), and let the next one have its slot."""
        self._forget(unit)
        if unit.ending is Ending.STOPPING and unit.result is not None and unit.result.state in DONE:
            outcome = unit.result  # it was done before anybody told it to stop: it need not be done again
        if outcome is not None:
            self._learn(self._clock.monotonic() - unit.begun)
            self._report(unit, outcome)
        elif unit.ending is Ending.STOPPING:
            self._given_back.append(unit.uow)
        else:
            ending = unit.ending or Ending.LEASE_LOST
            state = UowState.CANCELED if ending is Ending.CANCELED else UowState.INVALID
            self._report(unit, Outcome(state, reason=self._reason(unit, ending)))
        self._pump()
        self.on_room()

    def _forget(self, unit: Unit) -> None:
        if self._units.pop(unit.uow.uow_id, None) is None:
            return
        if unit.timer is not None:
            unit.timer.cancel()
        if unit.has_slot:
            self.running -= 1
            self._pool.withdraw(unit)
        else:
            self._waiting.remove(unit)
        if not self._units:
            self._empty.set()

    def _report(self, unit: Unit, outcome: Outcome) -> None:
        if outcome.state is UowState.INVALID:
            extra = {"action": "uow_invalid", "uow_id": unit.uow.uow_id, "attempt": unit.uow.attempt}
            log.warning("%s attempt %d: %s", unit.uow.uow_id, unit.uow.attempt, outcome.reason, extra=extra)
        now = self._clock.real_time()
        self._reports.finish(
            Finish(
                uow_id=unit.uow.uow_id,
                attempt=unit.uow.attempt,
                supervisor_id=self._site.supervisor_id,
                state=outcome.state,
                at=now,
                exit_reason=without_passwords(outcome.reason) if outcome.reason else outcome.reason,
                number_of_processed_documents=outcome.processed,
                number_of_aggregated_documents=outcome.aggregated,
                log_lines=unit.log.lines + len(unit.log.pending),
                started=now - (self._clock.monotonic() - unit.begun) if unit.has_slot else None,
                kill=unit.kill,
            )
        )

    def _learn(self, seconds: float) -> None:
        self._mean_seconds += WEIGHT * (min(seconds, LONG) - self._mean_seconds)

    def _reason(self, unit: Unit, ending: Ending) -> str:
        match ending:
            case Ending.CANCELED:
                return CANCELED
            case Ending.TIME_LIMIT:
                return time_limit_reason(unit.work.time_limit or 0)
            case Ending.MEMORY_LIMIT:
                return memory_limit_reason(unit.work.memory_limit_mb or 0, unit.held_mb)
            case Ending.IMPORT_LIMIT:
                return import_limit_reason(unit.work.run or "", self._site.settings.definitions_timeout_seconds)
            case _:
                return LEASE_LOST
