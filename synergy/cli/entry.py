"""Where the installed programs begin: an interrupt while their modules are still being imported ends them silently."""

from __future__ import annotations

import signal
from importlib import import_module


def synergyd() -> None:
    """Be synergyd."""
    _become("synergy.cli.synergyd")


def synergyctl() -> None:
    """Be synergyctl."""
    _become("synergy.cli.synergyctl")


def console() -> None:
    """Be synergy-console."""
    _become("synergy.tui.app")


def _become(module: str) -> None:
    """Run a module's ``main``; who starts programs with interrupts ignored (nohup, ``&``) keeps that."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        import_module(module).main()
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    program = import_module(module)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    program.main()
