"""``synergy-console --web``: serves the console on this machine until it is ended."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from synergy.core.errors import WorldError
from synergy.tui.web.guard import LOOPBACK, Guard
from synergy.tui.web.server import WebConsole

STOP_SECONDS: Final = 5.0
_CONSOLE: Final = "import sys; from synergy.tui.app import main; sys.exit(main())"


def console_argv(words: Sequence[str], *, may_change: bool) -> list[str]:
    """The command of one tab's console: the words that this one was called with; read-only unless told otherwise."""
    rights = [] if may_change else ["--read-only"]
    return [sys.executable, "-c", _CONSOLE, "--served", *rights, *words]


async def serve(argv: Sequence[str], port: int, title: str, *, may_change: bool) -> None:
    """Serve on a port of the loopback address (0: any that is free) until SIGINT or SIGTERM; every tab has ended then.

    Raises:
        WorldError: the port cannot be had.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with served(argv, port, title) as guard:
        _tell(guard, may_change=may_change)
        await stop.wait()


@asynccontextmanager
async def served(argv: Sequence[str], port: int, title: str) -> AsyncIterator[Guard]:
    """Serve consoles of this command until the block is left; raises as ``serve``."""
    with _listen(port) as listener:
        guard = Guard(listener.getsockname()[1])
        application = await WebConsole(argv, guard, title).application()
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield guard
        finally:
            await runner.cleanup()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "choose another with --port, or --port 0 for any"
        raise WorldError(f"port {port} of {LOOPBACK} cannot be had: {reason}", remedy=remedy) from None


def _tell(guard: Guard, *, may_change: bool) -> None:
    rights = "looks AND CHANGES" if may_change else "looks, and changes nothing (see --allow-changes)"
    sys.stdout.write(f"The console is served to this machine only; it {rights}. ctrl+c ends it.\n")
    sys.stdout.write(f"Open this once: {guard.link}\n")
    sys.stdout.flush()
