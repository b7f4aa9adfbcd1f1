"""Ending a unit of work so that nothing of it is left; what was done is told in its log, failure to the daemon."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from synergy.core.messages import KillUnproved
from synergy.worker.logs import LogShipper
from synergy.worker.process_table import is_alive
from synergy.worker.process_tree import TreeRoot, end_tree
from synergy.worker.reports import Reports
from synergy.worker.unit import Unit

RESCAN_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class Killer:
    """TERM, grace, KILL and proof, for units of work."""

    def __init__(self, reports: Reports, shipper: LogShipper) -> None:
        self._reports = reports
        self._shipper = shipper

    async def end(self, unit: Unit, tree: TreeRoot, why: str, grace_seconds: float) -> None:
        """Returns once nothing of the tree is left, however long that takes; what outlives KILL is told."""
        proof = await end_tree(tree, grace_seconds)
        self._tell(unit, f"{why}: {proof}", proof.found)
        if not proof.remaining:
            return
        pids = tuple(process.pid for process in proof.remaining)
        log.error(
            "%s: processes %s outlive KILL", unit.uow.uow_id, pids, extra={"action": "kill_unproved", "pids": pids}
        )
        self._reports.say(KillUnproved(unit.uow.uow_id, unit.uow.attempt, pids))
        # The kernel announces nothing here: a process that outlives KILL hangs in it.
        while any(is_alive(process) for process in proof.remaining):  # noqa: ASYNC110
            await asyncio.sleep(RESCAN_SECONDS)
        await self.end(unit, tree, why, 0.0)

    def _tell(self, unit: Unit, text: str, pids: tuple[int, ...]) -> None:
        if pids:
            self._shipper.line(unit.log, "WARNING", text)
            extra = {"action": "tree_ended", "uow_id": unit.uow.uow_id, "pids": pids}
            log.info("%s: %s", unit.uow.uow_id, text, extra=extra)
