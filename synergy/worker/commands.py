"""Runs units of work that are commands: gate, stored pid, exit code, and nothing left behind."""

from __future__ import annotations

import asyncio

from synergy.core.ports import WorkerStore
from synergy.core.states import UowState
from synergy.worker.backoff import WorldTrouble, until_answered
from synergy.worker.command import CommandProcess, NotExecutable
from synergy.worker.exits import OomWatch, command_outcome
from synergy.worker.frames import Outcome
from synergy.worker.killing import Killer
from synergy.worker.process_tree import find_tree
from synergy.worker.reaping import Reaper
from synergy.worker.site import Site
from synergy.worker.tasks import Spawn
from synergy.worker.unit import Unit, UnitOwner


class CommandRunner:
    """Begins commands and tells their owner how they ended."""

    def __init__(self, site: Site, store: WorkerStore, owner: UnitOwner, spawn: Spawn) -> None:
        self._site = site
        self._store = store
        self._owner = owner
        self._spawn = spawn

    def equip(self, reaper: Reaper, oom: OomWatch, killer: Killer) -> None:
        """Hand over what watches and ends processes; before anything is begun."""
        self._reaper = reaper
        self._oom = oom
        self._killer = killer

    def begin(self, unit: Unit) -> None:
        """Start it at its gate; the gate opens once the pid is stored."""

        def output(stream: str, texts: list[str]) -> None:
            self._owner.output(unit, stream, texts)
            if unit.log.is_full:
                process.pause_for(unit.log)

        try:
            process = CommandProcess(self._site, unit.uow, unit.work, output)
        except NotExecutable as error:
            self._owner.unit_ended(unit, Outcome(UowState.INVALID, reason=str(error)))
            return
        unit.execution = process
        process.watch(self._reaper, lambda code: self._ended(unit, process, code))
        self._spawn(self._let_go(unit, process))

    async def _let_go(self, unit: Unit, process: CommandProcess) -> None:
        uow = unit.uow
        try:
            await until_answered(
                lambda: self._store.set_pid(uow.uow_id, uow.attempt, process.pid, process.started),
                "set_pid",
                lambda: unit.ending is None,
            )
        except WorldTrouble:
            return  # it is being ended at its gate
        if unit.ending is None:
            process.let_go()

    def _ended(self, unit: Unit, process: CommandProcess, return_code: int) -> None:
        oom_killed = return_code < 0 and self._oom.killed_since()
        outcome = command_outcome(return_code, unit.work.noop_exit_codes, oom_killed=oom_killed)
        if unit.ending is None:
            unit.result = outcome
            self._spawn(self._sweep(unit, process, outcome))
        else:
            process.close()
            self._owner.unit_ended(unit, outcome)

    async def _sweep(self, unit: Unit, process: CommandProcess, outcome: Outcome) -> None:
        """The command is over; what it left running is ended too, so that two attempts never overlap."""
        tree = process.tree()
        if await asyncio.to_thread(find_tree, tree):
            await self._killer.end(unit, tree, "left behind by the command", unit.work.grace_seconds)
            process.flush()
        process.close()
        unit.execution = None
        self._owner.unit_ended(unit, outcome)
