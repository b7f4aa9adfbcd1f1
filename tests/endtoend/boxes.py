"""A deployment over RabbitMQ that behaves as one with the embedded broker does, so that the same tests run on it.

There the daemon keeps the supervisor; here this does, as systemd would on a box.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.endtoend.deployment import Deployment, Done

LOOK_SECONDS: Final = 0.3


class BoxDeployment(Deployment):
    """See Deployment. One of ``servers`` is a broker."""

    def __init__(self, folder: Path, servers: Mapping[str, str]) -> None:
        super().__init__(folder, servers)
        self._wanted = False
        self._over = threading.Event()
        self._changing = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, name="supervisor-keeper")
        self._keeper.start()

    def start(self) -> None:
        """See Deployment."""
        self.synergyd("start")
        self.remember()

    def synergyd(self, *arguments: str, expect: int | None = 0) -> Done:
        """See Deployment; the supervisor is started and stopped with the daemon."""
        if arguments[0] == "stop" or arguments == ("supervisor", "stop"):
            with self._changing:
                self._wanted = False
        done = super().synergyd(*arguments, expect=expect)
        if arguments[0] == "stop" and self.supervisor_pid is not None:
            super().synergyd("supervisor", "stop", *arguments[1:], expect=None)
        elif arguments[0] == "start" and done.returncode == 0:
            with self._changing:
                self._wanted = True
                self._start_supervisor()
        return done

    def close(self) -> list[int]:
        """See Deployment."""
        left = super().close()
        self._over.set()
        self._keeper.join()
        return left

    def _start_supervisor(self) -> None:
        if self.supervisor_pid is None:
            super().synergyd("supervisor", "start", expect=None)

    def _keep(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._changing:
                if self._wanted:
                    self._start_supervisor()
