"""Lines that a shell is given: they name the project's folder where that is not the current one."""

from __future__ import annotations

import shlex
from pathlib import Path


def shell_line(folder: Path, command: str) -> str:
    """A line of synergyctl or synergyd as it works in the shell that this program was started from."""
    absolute = folder.resolve()
    if absolute == Path.cwd().resolve():
        return command
    program, blank, rest = command.partition(" ")
    return f"{program} -C {shlex.quote(str(absolute))}{blank}{rest}"
