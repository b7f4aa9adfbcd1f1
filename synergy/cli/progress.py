"""How far a timetable has come: read from the daemon, told once a second, until all of it is finished."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import DaemonUnreachable, RequestTimedOut, WorldError
from synergy.core.states import JobState

TOLD_FAILURES: Final = 3


class Pace(NamedTuple):
    """How often to look and to tell, and how long to bear that nothing is finished or that the daemon is away."""

    look_seconds: float = 0.5
    tell_seconds: float = 1.0
    stall_seconds: float = 120.0
    gone_seconds: float = 15.0


class TreeProgress(NamedTuple):
    """The jobs of one tree: how many there are, and how many are finished in which way."""

    tree_name: str
    jobs: int
    processed: int
    noop: int
    skipped: int

    @property
    def finished(self) -> int:
        """Jobs in a finished state."""
        return self.processed + self.noop + self.skipped


@dataclass(frozen=True)
class Progress:
    """All trees at one moment; ``seconds`` since the work began, ``done_before`` jobs were finished by then."""

    trees: tuple[TreeProgress, ...]
    seconds: float
    done_before: int = 0

    @property
    def jobs(self) -> int:
        """All jobs."""
        return sum(tree.jobs for tree in self.trees)

    @property
    def finished(self) -> int:
        """All finished jobs."""
        return sum(tree.finished for tree in self.trees)

    @property
    def jobs_per_second(self) -> float:
        """Finished since the work began, per second."""
        return (self.finished - self.done_before) / self.seconds if self.seconds > 0 else 0.0

    @property
    def is_complete(self) -> bool:
        """Whether there are jobs and all of them are finished."""
        return 0 < self.jobs == self.finished

    def line(self) -> str:
        """One line for people."""
        share = 100 * self.finished // self.jobs if self.jobs else 0
        trees = "  ".join(f"{tree.tree_name} {tree.finished:,}/{tree.jobs:,}" for tree in self.trees)
        return (
            f"{self.seconds:5.0f} s  {self.finished:,} of {self.jobs:,} jobs ({share} %)"
            f"  {self.jobs_per_second:,.0f} jobs/s  {trees}"
        )


def read_trees(reply: r.Trees) -> tuple[TreeProgress, ...]:
    """The progress that the daemon's answer tells of."""
    return tuple(
        TreeProgress(
            row.tree_name,
            sum(row.counts.values()),
            *(row.counts.get(state.value, 0) for state in (JobState.PROCESSED, JobState.NOOP, JobState.SKIPPED)),
        )
        for row in reply.trees
    )


class Follower:
    """Follows one daemon. ``began``: the monotonic time the work began at; ``fresh``: nothing was finished by then."""

    def __init__(
        self, socket: Path, tell: Callable[[Progress], None], *, began: float, fresh: bool, pace: Pace | None = None
    ) -> None:
        self._socket = socket
        self._tell = tell
        self._pace = pace or Pace()
        self._began = began
        self._done_before: int | None = 0 if fresh else None
        self._told = float("-inf")
        self._most_finished = -1
        self._moved = began
        self._reached = time.monotonic()

    async def until_complete(self) -> Progress:
        """Tell the progress until every job is finished.

        Raises:
            WorldError: nothing was finished for the pace's ``stall_seconds``; the message names what failed.
            DaemonUnreachable: the daemon went away and did not come back.
        """
        while True:
            try:
                client = await ControlClient.connect(self._socket, client="synergyd demo")
                try:
                    return await self._watch(client)
                finally:
                    await client.close()
            except (DaemonUnreachable, RequestTimedOut):
                if time.monotonic() - self._reached > self._pace.gone_seconds:
                    raise
            await asyncio.sleep(self._pace.look_seconds)

    async def _watch(self, client: ControlClient) -> Progress:
        while True:
            progress = self._measure(read_trees(await client.call(q.Trees())))
            now = self._reached = time.monotonic()
            if progress.is_complete or now - self._told >= self._pace.tell_seconds:
                self._told = now
                self._tell(progress)
            if progress.is_complete:
                return progress
            if progress.finished != self._most_finished:
                self._most_finished, self._moved = progress.finished, now
            elif now - self._moved > self._pace.stall_seconds:
                raise await self._stalled(client, progress)
            await asyncio.sleep(self._pace.look_seconds)

    def _measure(self, trees: tuple[TreeProgress, ...]) -> Progress:
        if self._done_before is None:
            self._done_before = sum(tree.finished for tree in trees)
        return Progress(trees, time.monotonic() - self._began, self._done_before)

    async def _stalled(self, client: ControlClient, progress: Progress) -> WorldError:
        status = await client.call(q.Status())
        failed = await client.call(q.ListUows(states=("invalid",), limit=TOLD_FAILURES))
        reasons = [*status.problems]
        reasons += [f"{uow.process_name}@{uow.timeperiod} {uow.exit_reason or 'failed'}" for uow in failed.uows]
        return WorldError(
            f"no job was finished for {self._pace.stall_seconds:.0f} s, {progress.finished:,} of {progress.jobs:,} are"
            + (f": {'; '.join(reasons)}" if reasons else ""),
            remedy=f"see synergyctl logs JOB; {status.oldest_unfinished or 'no job'} is the oldest unfinished",
        )
