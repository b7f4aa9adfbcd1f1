"""Ending a unit of work so that nothing of it is left; what was done is kept with its attempt, failure told at once."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from synergy.core.kills import MOST_PROCESSES, KilledProcess, KillReport, SentSignal
from synergy.core.messages import KillUnproved
from synergy.core.ports import Clock
from synergy.worker.logs import LogShipper
from synergy.worker.process_tree import Hunt, Proof, TreeRoot
from synergy.worker.reports import Reports
from synergy.worker.unit import Unit

RESCAN_SECONDS: Final = 1.0

TELL_SECONDS: Final = 5.0
"""How often it is said again that something outlives KILL: a daemon that was started meanwhile does not know it."""

log = logging.getLogger(__name__)


class Killer:
    """TERM, grace, KILL and proof, for units of work of one box."""

    def __init__(self, box_id: str, clock: Clock, reports: Reports, shipper: LogShipper) -> None:
        self._box_id = box_id
        self._clock = clock
        self._reports = reports
        self._shipper = shipper

    async def end(self, unit: Unit, tree: TreeRoot, why: str, grace_seconds: float) -> None:
        """Returns once nothing of the tree is left, however long that takes; what outlives KILL is told.

        How it was done is in ``unit.kill`` then.
        """
        hunt = Hunt(tree, unit.signalled)
        proof = await hunt.end(grace_seconds)
        self._tell(unit, f"{why}: {proof}", proof.found)
        if proof.remaining:
            pids = tuple(process.pid for process in proof.remaining)
            extra = {"action": "kill_unproved", "pids": pids}
            log.error("%s: processes %s outlive KILL", unit.uow.uow_id, pids, extra=extra)
            proof = await self._outlast(unit, hunt, proof)
            self._tell(unit, f"{why}: {proof}", proof.found)
        unit.kill = self._report(proof)

    async def _outlast(self, unit: Unit, hunt: Hunt, proof: Proof) -> Proof:
        """Wait until nothing is left, and say meanwhile what lives."""
        loop = asyncio.get_running_loop()
        while proof.remaining:
            pids = tuple(process.pid for process in proof.remaining[:MOST_PROCESSES])
            self._reports.unproved(KillUnproved(unit.uow.uow_id, unit.uow.attempt, pids, self._box_id))
            again = loop.time() + TELL_SECONDS
            # The kernel announces nothing here: a process that outlives KILL hangs in it.
            while hunt.look() and loop.time() < again:  # noqa: ASYNC110
                await asyncio.sleep(RESCAN_SECONDS)
            proof = await hunt.end(0.0)
        return proof

    def _report(self, proof: Proof) -> KillReport:
        """The proof in real time, for the attempt."""
        now = self._clock.real_time()
        offset = now - asyncio.get_running_loop().time()
        return KillReport(
            box_id=self._box_id,
            began=proof.began + offset,
            rescanned=proof.scanned + offset,
            processes=tuple(
                KilledProcess(
                    pid=process.id.pid,
                    started=now - process.id.age_seconds,
                    name=process.name,
                    signals=tuple(SentSignal(name, at + offset) for name, at in process.signals),
                    gone=None if process.gone is None else process.gone + offset,
                )
                for process in proof.processes[:MOST_PROCESSES]
            ),
            more=max(0, len(proof.processes) - MOST_PROCESSES),
        )

    def _tell(self, unit: Unit, text: str, pids: tuple[int, ...]) -> None:
        if pids:
            self._shipper.line(unit.log, "WARNING", text)
            extra = {"action": "tree_ended", "uow_id": unit.uow.uow_id, "pids": pids}
            log.info("%s: %s", unit.uow.uow_id, text, extra=extra)
