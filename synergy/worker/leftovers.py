"""What work of this box left running is ended before a supervisor begins anything, and when it has ended its own."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from synergy.worker.process_tree import TreeRoot, end_tree
from synergy.worker.site import Site

GRACE_SECONDS: Final = 3.0
"""Nobody waits for what these processes do: their units of work are lost already."""

RETRY_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


async def end_leftovers(site: Site) -> None:
    """End everything that carries the mark of this box and project; returns when nothing of it is left.

    What outlives KILL is logged once, and waited for: its units of work must not be offered to others.
    """
    told = False
    while True:
        proof = await end_tree(TreeRoot((), site.marks), GRACE_SECONDS)
        if proof.found:
            log.warning(
                "leftovers of earlier work: %s",
                proof,
                extra={"action": "leftovers_ended", "pids": proof.found},
            )
        if not proof.remaining:
            return
        if not told:
            pids = [process.pid for process in proof.remaining]
            log.error("leftovers %s outlive KILL", pids, extra={"action": "leftovers_stay", "pids": pids})
            told = True
        await asyncio.sleep(RETRY_SECONDS)
