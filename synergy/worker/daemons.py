"""Daemon processes: started when they should be on, stopped when off, restarted with back-off when they die."""

from __future__ import annotations

import asyncio
import logging
import math
import subprocess
from collections.abc import Mapping
from typing import Final

from synergy.core.context import DaemonSpec, Work
from synergy.core.errors import WorldError
from synergy.core.ports import Clock, WorkerStore
from synergy.core.records import WorkerInfo
from synergy.worker import marks
from synergy.worker.backoff import Backoff
from synergy.worker.command import NotExecutable, resolve_program
from synergy.worker.exits import death_reason
from synergy.worker.footprints import Footprint, Footprints
from synergy.worker.pipes import PipeReader
from synergy.worker.process_table import read_row
from synergy.worker.process_tree import HURRY_SECONDS, TreeRoot, end_tree, hasten
from synergy.worker.reaping import Reaper
from synergy.worker.rotating_log import RotatingLog
from synergy.worker.site import Site
from synergy.worker.tasks import Spawn

FIRST_BACKOFF_SECONDS: Final = 1.0
LAST_BACKOFF_SECONDS: Final = 60.0
SETTLED_SECONDS: Final = 60.0
"""A process that lived this long starts with the first delay again when it dies."""

RESCAN_SECONDS: Final = 1.0
"""How often one that outlives KILL is looked at; nothing announces its end."""

log = logging.getLogger(__name__)


class DaemonProcessRun:
    """One daemon process of this box: the living process, or when to start it next."""

    def __init__(self, spec: DaemonSpec, site: Site) -> None:
        self.spec = spec
        self.wanted: DaemonSpec | None = spec
        """What the definitions say now; None when they know it no more. Becomes ``spec`` when the old one is gone."""
        self.backoff = Backoff(FIRST_BACKOFF_SECONDS, LAST_BACKOFF_SECONDS)
        self.process: subprocess.Popen[bytes] | None = None
        self.first_ticks = 0
        """When it was started for the first time: what an earlier life of it left is its own too."""
        self.since = 0.0
        """Real time, for people; ``started`` and ``next_start`` are monotonic."""
        self.started = 0.0
        self.restarts = 0
        self.next_start = 0.0
        self.stopping = False
        self.detail: str | None = None
        self.marks = {**site.marks, marks.DAEMON_PROCESS: spec.process_name}

    def tree(self, pid: int) -> TreeRoot:
        """Its group, its descendants, and what carries its name."""
        return TreeRoot((pid,), self.marks, self.first_ticks)


class Daemons:
    """Keeps every daemon process of this box as it should be."""

    def __init__(self, site: Site, clock: Clock, store: WorkerStore, reaper: Reaper, spawn: Spawn) -> None:
        self._site = site
        self._clock = clock
        self._store = store
        self._reaper = reaper
        self._spawn = spawn
        self._runs = {spec.process_name: DaemonProcessRun(spec, site) for spec in site.daemons()}
        self._wake = asyncio.Event()
        self._closing = False
        self._most_grace = math.inf

    def wake(self) -> None:
        """Something was switched, or died: look at once."""
        self._wake.set()

    def redefine(self, site: Site) -> None:
        """Other definitions hold: what they changed is ended, and started anew when it is gone; look at once."""
        specs = {spec.process_name: spec for spec in site.daemons()}
        for run in self._runs.values():
            run.wanted = specs.pop(run.spec.process_name, None)
            if run.wanted is not None and _is_same_program(run.wanted.work, run.spec.work):
                run.spec = run.wanted
        self._runs.update((name, DaemonProcessRun(spec, site)) for name, spec in specs.items())
        self._wake.set()

    async def run(self) -> None:
        """Look every ``supervisor_interval_seconds``, and when woken, until cancelled."""
        while True:
            self._wake.clear()
            if not self._runs:
                await self._wake.wait()
            await self.look()
            try:
                async with asyncio.timeout(self._delay()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Start and stop what is not as the store says. While the store is down nothing is started or stopped."""
        try:
            switched = await self._store.box_processes()
        except WorldError as error:
            log.warning("daemon processes are left as they are: %s", error, extra={"action": "daemons_not_looked_at"})
            return
        by_hand = {row.process_name: row.is_on for row in switched if row.box_id == self._site.box_id}
        now = self._clock.monotonic()
        for run in tuple(self._runs.values()):
            if run.process is None and not run.stopping:
                self._renew(run)
            is_on = by_hand.get(run.spec.process_name, run.spec.is_on)
            self._settle(run, now, wanted=is_on and run.wanted is run.spec)

    async def close(self) -> None:
        """Stop all of them; returns when they are gone."""
        self._closing = True
        await asyncio.gather(*(self._stop(run) for run in self._runs.values() if run.process))

    def hurry(self) -> None:
        """See Slots.hurry."""
        self._most_grace = HURRY_SECONDS
        for run in self._runs.values():
            if run.process is not None and run.stopping:
                self._spawn(hasten(run.tree(run.process.pid)))

    def workers(self, footprints: Footprints) -> tuple[WorkerInfo, ...]:
        """Those that run, and why the others do not."""
        seen = [(run, footprints.of(run.process.pid) if run.process else Footprint()) for run in self._runs.values()]
        return tuple(
            WorkerInfo(
                pid=run.process.pid if run.process else 0,
                kind="daemon",
                process_name=run.spec.process_name,
                since=run.since,
                rss_bytes=footprint.rss_bytes,
                cpu_percent=footprint.cpu_percent,
                restarts=run.restarts,
                detail=run.detail,
            )
            for run, footprint in seen
            if run.process or run.detail
        )

    def _renew(self, run: DaemonProcessRun) -> None:
        """It is gone: from now on it is what the definitions say."""
        if run.wanted is None:
            del self._runs[run.spec.process_name]
        elif run.wanted is not run.spec:
            run.spec = run.wanted
            run.backoff.reset()
            run.next_start = 0.0
            run.detail = None

    def _settle(self, run: DaemonProcessRun, now: float, *, wanted: bool) -> None:
        if self._closing or run.stopping:
            return
        if wanted and run.process is None and now >= run.next_start:
            self._start(run, now)
        elif not wanted:
            run.backoff.reset()
            run.next_start = 0.0
            run.detail = None
            if run.process is not None:
                run.stopping = True
                self._spawn(self._stop(run))

    def _start(self, run: DaemonProcessRun, now: float) -> None:
        spec = run.spec
        try:
            pipe = PipeReader(RotatingLog(self._site.log_folder / f"{spec.process_name}.log").write)
            try:
                run.process = self._popen(run, pipe)
            except BaseException:
                pipe.abandon()
                raise
        except (OSError, ValueError, NotExecutable) as error:
            self._delay_start(run, str(error), now)
            extra = {"action": "daemon_start_failed", "process_name": spec.process_name}
            log.error("%s does not start: %s", spec.process_name, error, extra=extra)  # noqa: TRY400 - expected
            return
        pipe.started()
        row = read_row(run.process.pid)
        run.first_ticks = run.first_ticks or (row.started if row else 0)
        run.since = self._clock.real_time()
        run.started = now
        run.detail = None
        log.info("%s started, pid %d", spec.process_name, run.process.pid, extra={"action": "daemon_started"})
        self._reaper.watch(run.process, lambda code: self._died(run, pipe, code))

    def _popen(self, run: DaemonProcessRun, pipe: PipeReader) -> subprocess.Popen[bytes]:
        work = run.spec.work
        folder = self._site.folder_of(work)
        extra: Mapping[str, str] = {"PYTHONUNBUFFERED": "1", **work.env, **run.marks}
        environment = marks.process_environment(self._site.folder, self._site.box_mark, extra)
        return subprocess.Popen(
            resolve_program(list(work.command), folder, environment["PATH"]),
            stdin=subprocess.DEVNULL,
            stdout=pipe.write_fd,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )

    def _died(self, run: DaemonProcessRun, pipe: PipeReader, return_code: int) -> None:
        pid = run.process.pid if run.process else 0
        pipe.drain()
        pipe.close()
        run.process = None
        if run.stopping or self._closing:
            return
        now = self._clock.monotonic()
        if now - run.started >= SETTLED_SECONDS:
            run.backoff.reset()
        run.restarts += 1
        self._delay_start(run, death_reason(return_code, oom_killed=False), now)
        extra = {"action": "daemon_died", "process_name": run.spec.process_name, "restarts": run.restarts}
        log.warning("%s died: %s", run.spec.process_name, run.detail, extra=extra)
        run.stopping = True
        self._spawn(self._end(run, pid))

    @staticmethod
    def _delay_start(run: DaemonProcessRun, why: str, now: float) -> None:
        delay = run.backoff.next()
        run.next_start = now + delay
        run.detail = f"{why}; next start in {delay:g} s"

    async def _stop(self, run: DaemonProcessRun) -> None:
        """End it; it may be started again afterwards."""
        if run.process is not None:
            run.stopping = True
            await self._end(run, run.process.pid)

    async def _end(self, run: DaemonProcessRun, pid: int) -> None:
        """End what there is of its tree, however long that takes, so that two of it never run at once."""
        told = False
        while True:
            proof = await end_tree(run.tree(pid), min(run.spec.work.grace_seconds, self._most_grace))
            extra = {"process_name": run.spec.process_name, "pids": proof.found}
            if proof.found and not told:
                log.info("%s stopped: %s", run.spec.process_name, proof, extra={"action": "daemon_stopped", **extra})
            if not proof.remaining or self._closing:
                break
            if not told:
                log.error("%s outlives KILL", run.spec.process_name, extra={"action": "daemon_stays", **extra})
            told = True
            await asyncio.sleep(RESCAN_SECONDS)
        run.stopping = bool(proof.remaining)
        self._wake.set()

    def _delay(self) -> float:
        """Seconds until the next look is due."""
        now = self._clock.monotonic()
        starts = [run.next_start - now for run in self._runs.values() if run.process is None and run.next_start > now]
        return max(0.01, min([self._site.settings.supervisor_interval_seconds, *starts]))


def _is_same_program(one: Work, other: Work) -> bool:
    """Whether it need not be started anew when one becomes the other."""
    return (one.command, one.env, one.cwd) == (other.command, other.env, other.cwd)
