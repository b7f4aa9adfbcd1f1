"""A supervisor in a process of its own, with its own broker and two units of work: to be killed by a test.

``python -m tests.worker.lonely_supervisor FOLDER``
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from synergy.core.context import Work
from synergy.worker.site import Site
from tests.worker.workshop import make_site, working


def lonely_site(folder: Path) -> Site:
    """One callable that never returns, and one command that leaves its session."""
    command = ("sh", "-c", "echo $$ > command.new; mv command.new command.pid; setsid sleep 600 & sleep 601")
    return make_site(folder, {"Callable": Work(run="jobs:forever"), "Command": Work(command=command)})


async def main(folder: Path) -> None:
    """Begin both and wait for the end."""
    async with working(lonely_site(folder)) as shop:
        await shop.offer_all([("Callable", "2013010100"), ("Command", "2013010100")])
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
