"""Where the installed programs begin: an interrupt while their modules are still being imported ends them silently."""

from __future__ import annotations

import signal
from importlib import import_module


def synergyd() -> int | None:
    """Be synergyd."""
    return _become("synergy.cli.synergyd")


def synergyctl() -> int | None:
    """Be synergyctl."""
    return _become("synergy.cli.synergyctl")


def console() -> int | None:
    """Be synergy-console."""
    return _become("synergy.tui.app")


def _become(module: str) -> int | None:
    """Run a module's ``main`` for its exit code; who starts programs with interrupts ignored (nohup, ``&``) keeps that.

    A program of click's leaves by SystemExit; what is returned, the installed script passes to sys.exit.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return _exit_code(import_module(module).main())
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    program = import_module(module)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return _exit_code(program.main())


def _exit_code(answer: object) -> int | None:
    return answer if isinstance(answer, int) else None
