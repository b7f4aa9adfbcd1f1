"""``logs --daemon``: the deployment's own logs, of the daemon, the supervisors and the daemon processes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from synergy.cli.connection import ANSWER_SECONDS, connected
from synergy.cli.log_lines import LineWriter
from synergy.cli.program import Invocation
from synergy.client import ControlClient
from synergy.client.channel import log_beside
from synergy.core.control import replies as r
from synergy.core.control.log_requests import DAEMON_LOG, DaemonLog
from synergy.core.errors import DaemonUnreachable, InvalidDefinition

PAGE: Final = 1000
DEFAULT_LINES: Final = 1000
"""So many of the last lines are printed when nobody says how many."""

LOOK_SECONDS: Final = 1.0
"""How often a followed log is read again; nothing announces what is written there."""


async def print_own(invocation: Invocation, name: str | None, tail: int | None, *, follow: bool, times: bool) -> None:
    """Print the last lines of a log, and with ``follow`` those to come until it is interrupted.

    Raises:
        DaemonUnreachable: no daemon answers; where its log lies, in which the reason may be.
    """
    try:
        await _print(invocation, name, tail, follow=follow, times=times)
    except DaemonUnreachable as error:
        log = _daemon_log(invocation)
        remedy = (
            f"{error.remedy}; the log of the daemon is {log}" if log and str(log) not in error.remedy else error.remedy
        )
        raise DaemonUnreachable(error.message, remedy=remedy) from None


async def _print(invocation: Invocation, name: str | None, tail: int | None, *, follow: bool, times: bool) -> None:
    output = "jsonl" if follow and invocation.output == "json" else invocation.output
    writer = LineWriter(output, times=times)
    request = DaemonLog(name or DAEMON_LOG, -(tail or DEFAULT_LINES), PAGE)
    async with connected(invocation) as client:
        end = await _read_on(client, request, writer)
        while follow:
            await asyncio.sleep(LOOK_SECONDS)
            end = await _read_on(client, replace(request, first_line=end), writer)
    writer.close()


async def _read_on(client: ControlClient, request: DaemonLog, writer: LineWriter) -> int:
    """Write every line from the request's first one on; returns the number after the last one."""
    while True:
        page: r.DaemonLogPage = await client.call(request, timeout=ANSWER_SECONDS)
        writer.add(page.lines)
        end = page.first_line + len(page.lines)
        if not page.lines or end >= page.total:
            return end
        request = replace(request, first_line=end)


def _daemon_log(invocation: Invocation) -> Path | None:
    """The file of the daemon's log; None when there is none yet, or nobody tells where."""
    if invocation.socket is not None:
        return log_beside(invocation.socket)
    from synergy.loading import load_paths

    with suppress(InvalidDefinition):
        log = load_paths(invocation.folder).daemon_log
        return log if log.exists() else None
    return None
