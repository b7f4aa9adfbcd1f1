"""An event loop whose time jumps from timer to timer, and whose callbacks belong to hosts that can freeze and die.

A host stands for a process of the operating system. What runs in its context does not run while the host is frozen, and
never again once it is dead: no cleanup, no last words, as after ``kill -9``. Time, order and everything else is decided
by the simulation alone, so that a run is the same each time.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final

MOST_AT_ONCE: Final = 50_000
"""So many callbacks without time passing are a loop that never ends."""


class Killed(BaseException):
    """Unwinds what a dying host is just doing. Nothing that it still does has an effect."""


class Stalled(Exception):
    """Nothing will ever happen again, or time stands still."""


class Due:
    """Something to be called in its context; see asyncio.TimerHandle."""

    __slots__ = ("_when", "args", "callback", "context", "host", "is_cancelled")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context, when: float) -> None:
        self.callback = callback
        self.args = args
        self.context = context
        self.host: Host | None = context.get(HOST)
        self.is_cancelled = False
        self._when = when

    def cancel(self) -> None:
        """It is not to be called any more."""
        if not self.is_cancelled:
            self.is_cancelled = True
            self.callback, self.args = _nothing, ()

    def cancelled(self) -> bool:
        """Whether it is not to be called."""
        return self.is_cancelled

    def when(self) -> float:
        """When it falls due."""
        return self._when


def _nothing() -> None: ...


class Host:
    """One process: it runs, is frozen, or is dead."""

    __slots__ = ("_loop", "_parked", "context", "is_alive", "is_frozen", "name", "thawed_at")

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self.name = name
        self.is_alive = True
        self.is_frozen = False
        self.thawed_at = -math.inf
        """When it went on for the last time."""
        self._loop = loop
        self._parked: list[Due] = []
        self.context: Context = copy_context()
        self.context.run(HOST.set, self)

    @property
    def runs(self) -> bool:
        """Whether its code is executed."""
        return self.is_alive and not self.is_frozen

    def park(self, due: Due) -> None:
        """Something of it is due: it happens when the host thaws, or never."""
        if self.is_alive:
            self._parked.append(due)

    def freeze(self) -> None:
        """It stands still from now on, as under SIGSTOP."""
        self.is_frozen = True

    def thaw(self) -> None:
        """It goes on; what was due happens now."""
        if self.is_alive and self.is_frozen:
            self.is_frozen = False
            self.thawed_at = self._loop.time()
            self._loop.resume(self._parked)
            self._parked = []

    def die(self) -> None:
        """It is gone, whatever it was doing. Its tasks are kept: one that is collected would still clean up."""
        self._loop.keep_tasks()
        self.is_alive = self.is_frozen = False
        self._parked = []

    def run(self, main: Any) -> asyncio.Task[Any]:
        """Start a coroutine in it."""
        return asyncio.Task(main, loop=self._loop, context=self.context, name=self.name)

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Due:
        """Have it do something."""
        return self._loop.call_later(seconds, callback, *args, context=self.context)


HOST: Final[ContextVar[Host | None]] = ContextVar("host", default=None)


def current_host() -> Host:
    """The host whose code is running."""
    host = HOST.get()
    assert host is not None, "no host is running"
    return host


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks in the order in which they fall due; threads are calls that take a moment."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1_000.0
        self._at_once = 0
        self._number = 0
        self._ready: deque[Due] = deque()
        self._timers: list[tuple[float, int, Due]] = []
        self._kept: list[asyncio.Task[Any]] = []
        self.thread_seconds: Callable[[], float] = lambda: 0.001

    def time(self) -> float:
        return self._now

    def call_soon(  # type: ignore[override] # a handle of its own: half of the cost of a run is asyncio's
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Due:
        due = Due(callback, args, copy_context() if context is None else context, self._now)
        self._ready.append(due)
        return due

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Due:
        due = Due(callback, args, copy_context() if context is None else context, when)
        self._number += 1
        heapq.heappush(self._timers, (when, self._number, due))
        return due

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Due:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def keep_tasks(self) -> None:
        """Keep what there is of tasks until the end."""
        self._kept.extend(asyncio.all_tasks(self))

    def bury(self) -> None:
        """Forget everything. What is collected then may try to clean up; it has no effect on anything."""
        self.keep_tasks()
        for task in self._kept:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._kept.clear()
        self._ready.clear()
        self._timers.clear()
        self.close()

    def resume(self, dues: list[Due]) -> None:
        """Run these next."""
        self._ready.extend(dues)

    def _run_once(self) -> None:
        ready, timers = self._ready, self._timers
        take, pop = ready.popleft, heapq.heappop
        while not self._stopping:  # type: ignore[attr-defined]
            if not ready:
                self._pass_time()
            now = self._now
            while timers and timers[0][0] <= now:
                ready.append(pop(timers)[2])
            self._at_once += len(ready)
            if self._at_once > MOST_AT_ONCE:
                raise Stalled(f"{MOST_AT_ONCE} callbacks at once: something goes round in circles")
            for _ in range(len(ready)):
                due = take()
                if due.is_cancelled:
                    continue
                host = due.host
                if host is None or host.runs:
                    self._do(due)
                else:
                    host.park(due)

    def _do(self, due: Due) -> None:
        try:
            due.context.run(due.callback, *due.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - as every loop does
            self.call_exception_handler({"message": f"in {due.callback}", "exception": error})

    def _pass_time(self) -> None:
        timers = self._timers
        while timers and timers[0][2].is_cancelled:
            heapq.heappop(timers)
        if not timers:
            raise Stalled("nothing will ever happen again")
        if timers[0][0] > self._now:
            self._now = timers[0][0]
            self._at_once = 0

    def _write_to_self(self) -> None:
        """Nobody sleeps in a selector that would have to be woken."""

    def run_in_executor(self, _executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """The call happens at once, in this thread; its answer comes a moment later."""
        answer = self.create_future()

        def call() -> None:
            if answer.done():
                return
            try:
                answer.set_result(func(*args))
            except Exception as error:  # noqa: BLE001 - as a thread would hand it over
                answer.set_exception(error)

        self.call_later(self.thread_seconds(), call)
        return answer
