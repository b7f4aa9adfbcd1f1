"""With the embedded broker the daemon keeps a local supervisor alive: adopted if it lives, started if it does not."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from typing import Final

from synergy.core.errors import SynergyError
from synergy.core.ports import Clock
from synergy.daemon.supervisor_process import spawn_supervisor, supervisor_pid
from synergy.loading import ProjectPaths

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.5
_BACK_OFF_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_STEADY_SECONDS: Final = 60.0
_END_SECONDS: Final = 5.0
_STEP_SECONDS: Final = 0.05


class SupervisorKeeper:
    """Looks twice a second; a supervisor that dies again and again is started with back-off."""

    def __init__(self, paths: ProjectPaths, clock: Clock) -> None:
        self._paths = paths
        self._clock = clock
        self._deaths = 0
        self._started = float("-inf")
        self._trouble = ""
        self._process: subprocess.Popen[bytes] | None = None

    async def run(self) -> None:
        """Keep it alive for ever; when canceled, end one that is just starting."""
        try:
            await self._keep()
        finally:
            await self._end_unregistered()

    async def _keep(self) -> None:
        known = self._pid()
        if known:
            log.info("supervisor %d is adopted", known, extra={"action": "supervisor_adopted"})
        while True:
            if self._pid() is None:
                await self._start()
            await asyncio.sleep(_LOOK_SECONDS)

    def _pid(self) -> int | None:
        """Who holds the lock; 0: somebody of whom nothing is known yet."""
        try:
            pid = supervisor_pid(self._paths)
        except SynergyError as error:
            if str(error) != self._trouble:  # it is asked again twice a second
                self._trouble, told = str(error), "it is not known whether a supervisor runs: %s"
                log.warning(told, error, extra={"action": "supervisor_unknown"})
            return 0
        self._trouble = ""
        return pid

    async def _start(self) -> None:
        now = self._clock.monotonic()
        self._deaths = 0 if now - self._started > _STEADY_SECONDS else self._deaths + 1
        if self._deaths:
            wait = _BACK_OFF_SECONDS[min(self._deaths - 1, len(_BACK_OFF_SECONDS) - 1)]
            log.warning("supervisor is gone; started again in %g s", wait, extra={"action": "supervisor_gone"})
            await asyncio.sleep(wait)
        self._started = self._clock.monotonic()
        try:
            self._process = spawn_supervisor(self._paths)
        except SynergyError as error:
            log.error("supervisor cannot be started: %s", error, extra={"action": "supervisor_failed"})  # noqa: TRY400
            return
        log.info("supervisor %d is started", self._process.pid, extra={"action": "supervisor_started"})
        await self._wait_for_lock(self._process)

    async def _wait_for_lock(self, process: subprocess.Popen[bytes]) -> None:
        """Until it holds its pid file, it would be started twice; a dead one is noticed in the same way."""
        end = self._clock.monotonic() + _STEADY_SECONDS
        while self._clock.monotonic() < end and self._pid() is None and process.returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(_STEP_SECONDS)

    async def _end_unregistered(self) -> None:
        """Without its lock whoever stops the deployment would not find it: it would outlive the stop."""
        process = self._process
        if process is None or not self._is_unregistered(process):
            return
        process.terminate()
        log.info("supervisor %d is ended while it starts", process.pid, extra={"action": "supervisor_ended"})
        end = self._clock.monotonic() + _END_SECONDS
        while self._clock.monotonic() < end and self._is_unregistered(process):  # noqa: ASYNC110
            await asyncio.sleep(_STEP_SECONDS)

    def _is_unregistered(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it lives and surely does not hold the lock; its reaper sets ``returncode``."""
        return process.returncode is None and self._pid() not in {0, process.pid}
