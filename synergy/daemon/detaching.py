"""Leaving the terminal: a child that becomes the daemon, and tells its starter through a pipe how that went.

Nothing that a fork would break (loops, threads, sockets) may exist before; the daemon makes all of it after detaching.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from daemon import DaemonContext

from synergy.core.errors import SynergyError, WorldError
from synergy.readiness import Readiness, await_ready
from synergy.runtime_files import append_to_own

UMASK: Final = 0o022
UNEXPECTED: Final = 70


def start_detached(serve: Callable[[Readiness], None], folder: Path, out: Path, seconds: float) -> None:
    """Run ``serve`` in a detached process and return once it says that it is ready.

    Args:
        serve: runs until the daemon stops; calls ``ready`` of what it is given.
        folder: its working folder.
        out: the file for what is printed by accident.
        seconds: how long it may take until it is ready.

    Raises:
        SynergyError: it did not start; the reason it gave. RequestTimedOut: it is still trying.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _become_daemon(serve, folder, out, writer)
    os.close(writer)
    try:
        os.waitpid(child, 0)
        await_ready(reader, "the daemon", seconds, str(out))
    finally:
        os.close(reader)


def _become_daemon(serve: Callable[[Readiness], None], folder: Path, out: Path, pipe: int) -> NoReturn:
    """Detach, serve, and leave without running anything that belongs to the starter."""
    readiness = Readiness(pipe)
    code = UNEXPECTED
    try:
        _fill_standard_streams()
        with os.fdopen(append_to_own(out), "a", buffering=1, encoding="utf-8") as printed:
            DaemonContext(
                detach_process=True,
                working_directory=str(folder),
                umask=UMASK,
                files_preserve=[pipe],
                stdout=printed,
                stderr=printed,
                signal_map={},
                prevent_core=False,
            ).open()
            code = serve_and_tell(serve, readiness)
    except BaseException:  # noqa: BLE001 - the last line of defence before the process ends
        traceback.print_exc()
    finally:
        os._exit(code)


def serve_and_tell(serve: Callable[[Readiness], None], readiness: Readiness) -> int:
    """Serve until the end; a failure is told to the starter. Returns the exit code."""
    try:
        serve(readiness)
    except SynergyError as error:
        readiness.failed(error)
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201 - daemon.out is for this
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the daemon's outermost boundary
        traceback.print_exc()
        readiness.failed(WorldError(f"the daemon failed unexpectedly: {type(error).__name__}: {error}"))
        return UNEXPECTED
    return 0


def _fill_standard_streams() -> None:
    """Open the streams that the starter was run without: detaching wants all three."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - lives as long as we
