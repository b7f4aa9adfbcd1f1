"""The ways to a daemon: each makes a connection as often as it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from synergy.client import ControlClient

CLIENT: Final = "synergy-console"


class Door(Protocol):
    """A way to the daemon."""

    async def enter(self) -> None:
        """Called once, while the operator's terminal is still free: ask there what has to be asked.

        Raises:
            SynergyError: there is no way.
        """
        ...

    async def __call__(self) -> ControlClient:
        """One connection.

        Raises:
            SynergyError: there is none now.
        """
        ...


class SocketDoor:
    """The control socket of a daemon on this machine."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only

    async def enter(self) -> None:
        """See Door. Nothing is asked: the first picture need not wait for the daemon."""

    async def __call__(self) -> ControlClient:
        """See Door."""
        return await ControlClient.connect(self._path, CLIENT, read_only=self._read_only)
