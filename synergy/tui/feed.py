"""The connection: connects and connects again, keeps the view, and announces what changed at most five times a second.

The feed knows no screen; it hands ``Announcement`` values to whoever it was given. Screens send their own requests
through ``call``, on the same connection, so that an answer and the events around it keep their order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec.structs import replace

from synergy.client import Connected, ControlClient, Lost, Session
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import Events
from synergy.core.errors import CallerError, DaemonUnreachable, NotPermitted, PeerError, RequestTimedOut, SynergyError
from synergy.tui.model.connection import LinkState, Phase, steady
from synergy.tui.model.gate import Gate
from synergy.tui.model.reducer import Step, Topic, View, fold, read_again

PACE_SECONDS: Final = 0.2
"""Events are folded and announced at most this often."""
POLL_SECONDS: Final = 2.0
"""What events cannot tell is read again this often while something changes, "status" as a sign of life each time."""
CALL_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.5
SILENT_SECONDS: Final = 6.0
"""After so long without a byte what is shown is stale: three times as long as a living daemon lets one wait."""

TOLD_AFTER: Final = 4
"""So many tries in vain, some three seconds, and a lost daemon is no short break: what helps is told."""

LOST: Final = (DaemonUnreachable, RequestTimedOut, PeerError)
"""Errors after which a connection is of no more use."""

R = TypeVar("R")
Announcement = LinkState | Step


class Feed:
    """Keeps one link to the daemon and the view up to date. ``announce`` is called in the loop, never re-entered."""

    def __init__(
        self, connect: Callable[[], Awaitable[ControlClient]], announce: Callable[[Announcement], None]
    ) -> None:
        self._connect = connect
        self._announce = announce
        self._client: ControlClient | None = None
        self._batches: list[Events] = []
        self._arrived = asyncio.Event()
        self._stale: frozenset[Topic] = frozenset()
        self._given_up: SynergyError | None = None
        self.gate = Gate()
        self.view = View()
        self.state = LinkState()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        self._tell(replace(self.state, attempt=1))
        serving: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as tasks:
            async for state in Session(self._connect).states():
                if serving is not None:
                    serving.cancel()
                if isinstance(state, Connected):
                    serving = tasks.create_task(self._serve(state.client))
                else:
                    self._lose(state)

    async def call(self, request: q.Request[R], *, seconds: float = CALL_SECONDS) -> R:
        """Ask the daemon.

        Raises:
            SynergyError: what the daemon answered, or DaemonUnreachable while there is no connection.
        """
        if self._client is None:
            raise DaemonUnreachable("there is no connection to the daemon", remedy="wait until it is live again")
        answer = await self._client.call(request, timeout=seconds)
        self._heard()
        return answer

    def want(self, topic: Topic) -> None:
        """Read this again with the next poll: what no event tells of has changed by the passing of time."""
        self._stale |= {topic}

    def _lose(self, lost: Lost) -> None:
        phase = Phase.LOST if self.state.heard is not None else Phase.CONNECTING
        why, self._given_up = self._given_up or lost.reason, None
        # Nobody is let in by waiting: somebody has to do something about it.
        is_refused = isinstance(why, NotPermitted) and why.message != self.state.reason
        is_gone = lost.failures == TOLD_AFTER and phase is Phase.LOST
        news = str(why) if is_refused or is_gone else ""
        told = replace(self.state, phase=phase, attempt=lost.failures + 1, reason=why.message, remedy=why.remedy)
        self._tell(replace(told, resumed=False, news=news))

    async def _serve(self, client: ControlClient) -> None:
        """Follow one connection to its end; one that does not answer in time is given up, and made anew."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._subscribe(client)
                tasks.create_task(self._fold())
                tasks.create_task(self._poll(client))
                tasks.create_task(self._watch(client))
                async for batch in client.events():
                    self._batches.append(batch)
                    self._arrived.set()
                raise DaemonUnreachable("the daemon closed the connection")
        except* SynergyError as problems:
            self._given_up = first_of(problems)
        finally:
            self._client = None
            await client.close()

    async def _subscribe(self, client: ControlClient) -> None:
        """Take up behind the last event that was heard; where the daemon has that no longer, read all anew."""
        resumed = await self._take_up(client)
        news = "" if resumed else self._gap(client)
        if not resumed:
            await self._begin_anew(client)
        self._client = client
        self._heard()
        live = replace(self.state, phase=Phase.LIVE, attempt=1, reason="", remedy="", hello=client.hello, news="")
        self._tell(replace(live, resumed=resumed, news=news))
        self.state = live
        if not resumed:
            self._announce(Step(self.view, stale=frozenset(Topic), resync=True))

    async def _take_up(self, client: ControlClient) -> bool:
        """Ask for what was missed; whatever had arrived and was not folded yet is told again."""
        if self.state.hello is None:
            return False
        self._batches.clear()
        asked = q.Subscribe(after=self.view.seq, daemon_id=self.state.hello.daemon_id)
        try:
            return (await client.call(asked, timeout=CALL_SECONDS)).resumed
        except CallerError:  # a daemon of a version before
            return False

    async def _begin_anew(self, client: ControlClient) -> None:
        """Ask for all at once, the subscription first: on a long way each question by itself would take its time."""
        async with asyncio.TaskGroup() as asking:
            subscribing = asking.create_task(client.call(q.Subscribe(), timeout=CALL_SECONDS))
            trees = asking.create_task(client.call(q.Trees(), timeout=CALL_SECONDS))
            processes = asking.create_task(client.call(q.Processes(), timeout=CALL_SECONDS))
        subscribed = subscribing.result()
        read = read_again(self.view, subscribed.status, trees.result(), processes.result())
        self.view = replace(read, seq=subscribed.seq)

    def _gap(self, client: ControlClient) -> str:
        """What to tell of events that cannot be had any more; "" at the first connection, which misses nothing."""
        if self.state.hello is None:
            return ""
        if client.hello.daemon_id != self.state.hello.daemon_id:
            return "the daemon was started anew meanwhile: all is read again; alerts before that are in its log"
        return "the daemon no longer has all that happened meanwhile: all is read again; alerts are in its log"

    async def _fold(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            batches, self._batches = self._batches, []
            step = fold(self.view, batches)
            self.view = step.view
            self._stale |= step.stale
            self._heard()
            if step.resync:
                self._stale |= frozenset(Topic)
            self._announce(step)
            await asyncio.sleep(PACE_SECONDS)

    async def _poll(self, client: ControlClient) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self.gate.begin(periodic=True):
                await self._look_for_life(client)
                continue
            try:
                await self._read_stale()
            finally:
                self.gate.end()

    async def _look_for_life(self, client: ControlClient) -> None:
        """While a change is made nothing that is read is shown; a daemon that is asked says at least that it lives."""
        try:
            await client.call(q.Status(), timeout=CALL_SECONDS)
        except LOST:
            raise
        except SynergyError:
            pass

    async def _watch(self, client: ControlClient) -> None:
        """Tell that nothing is heard any more, and that it is again, long before the connection is given up.

        Whatever comes is a sign of life, a part of a long answer, too; what this program itself slept through is none
        of the daemon's silence.
        """
        received, silent = client.received, 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            silent = silent + LOOK_SECONDS if client.received == received else 0.0
            received = client.received
            is_silent = silent >= SILENT_SECONDS + 2 * (self.state.latency or 0.0)
            if is_silent and self.state.is_live:
                self._tell(replace(self.state, phase=Phase.SILENT))
            elif not silent and self.state.phase is Phase.SILENT:
                live = replace(self.state, phase=Phase.LIVE)
                self._tell(replace(live, resumed=True))
                self.state = live

    async def _read_stale(self) -> None:
        """Read what events made stale; a refusal (the store is down) leaves it stale, a lost link ends the session."""
        stale, self._stale = self._stale, frozenset()
        answers: list[r.Status | r.Trees | r.Processes] = []
        try:
            answers.append(await self._look())
            if Topic.TREES in stale:
                answers.append(await self.call(q.Trees()))
            if Topic.PROCESSES in stale:
                answers.append(await self.call(q.Processes()))
        except (*LOST, asyncio.CancelledError):  # the connection may end before the answer does
            self._stale |= stale
            raise
        except SynergyError:
            self._stale |= stale
        self.view = read_again(self.view, *answers)
        self._announce(Step(self.view))

    async def _look(self) -> r.Status:
        """The daemon's status; what asking for it takes is the latency of the line."""
        asked = time.monotonic()
        status = await self.call(q.Status())
        self.state = replace(self.state, latency=steady(self.state.latency, time.monotonic() - asked))
        return status

    def _heard(self) -> None:
        self.state = replace(self.state, heard=time.monotonic(), real_time=self.view.real_time)

    def _tell(self, state: LinkState) -> None:
        self.state = state
        self._announce(state)


def first_of(problems: BaseExceptionGroup[SynergyError]) -> SynergyError:
    """The first error of a group, whatever it is nested in."""
    problem = problems.exceptions[0]
    return first_of(problem) if isinstance(problem, BaseExceptionGroup) else problem
