"""A thread of its own for one resource that blocks: requests in, results back on the loop that asked.

The thread opens its resource itself, keeps it, and drops it after a failure of the world, so that the next request
starts with a new one: a store that comes back is used again without anybody's doing.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

from synergy.core.errors import StoreCorrupt, StoreDown, SynergyError
from synergy.stores.sqlite.deadlines import Deadlines
from synergy.stores.sqlite.failures import RAISED, translate

REQUEST_SECONDS: Final = 60.0
"""How long one request may take, waiting included."""

WAITING: Final = 20_000
"""How many requests may wait for the thread."""

GROUP: Final = 256
"""How many requests are taken at once."""


class Closable(Protocol):
    """What a lane holds."""

    def close(self) -> None:
        """Let go."""
        ...


Resource = TypeVar("Resource", bound=Closable)
Answer = TypeVar("Answer")


class Request:
    """Work for the lane's thread, and the future that waits for its result."""

    __slots__ = ("_answer", "_error", "_future", "_loop", "work")

    def __init__(self, work: Callable[[Any], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self._loop = loop
        self._future: asyncio.Future[Any] = loop.create_future()
        self._answer: object = None
        self._error: BaseException | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which the result is wanted."""
        return self._loop

    @property
    def future(self) -> asyncio.Future[Any]:
        """Belongs to the loop; the lane's thread never touches it."""
        return self._future

    def keep(self, answer: object, error: BaseException | None) -> None:
        """Remember how it ended, on the lane's thread."""
        self._answer, self._error = answer, error

    def settle(self) -> None:
        """Tell the one who asked, on the loop; nobody may be waiting any more."""
        if self._future.done():
            return
        if self._error is None:
            self._future.set_result(self._answer)
        else:
            self._future.set_exception(self._error)


class Lane(Generic[Resource]):
    """Runs requests one after the other; ``open`` makes the resource, on the lane's thread."""

    def __init__(self, name: str, path: Path, open_resource: Callable[[], Resource]) -> None:
        self.path = path
        self._name = name
        self._open = open_resource
        self._resource: Resource | None = None
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._deadlines = Deadlines(self._late)
        self._thread: threading.Thread | None = None
        self._broken = False

    def start(self) -> None:
        """Start the thread; the resource is opened by the first request. May be called twice."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()

    async def call(self, work: Callable[[Resource], Answer]) -> Answer:
        """What ``work`` returns when it is run on the thread.

        Raises:
            StoreDown: it is closed, too far behind, or gave no answer within REQUEST_SECONDS (the work may still be
                done). Else what the work raised, as an error of ours.
        """
        if self._thread is None:
            raise StoreDown(f"store {self.path} is closed", remedy="open it first")
        if self._waiting.qsize() >= WAITING:
            raise StoreDown(f"store {self.path}: {WAITING} requests wait already", remedy="try again later")
        request = Request(work, asyncio.get_running_loop())
        self._deadlines.watch(request.future, REQUEST_SECONDS)
        self._waiting.put(request)
        answer: Answer = await request.future
        return answer

    async def stop(self) -> None:
        """Finish what waits, let go of the resource, end the thread; may be called twice."""
        if (thread := self._thread) is None:
            return
        self._thread = None
        self._waiting.put(None)
        await asyncio.to_thread(thread.join, REQUEST_SECONDS)

    def serve_group(self, resource: Resource, requests: Sequence[Request]) -> None:
        """Run the requests and ``keep`` each one's result; overridden where they are better run together."""
        for request in requests:
            self.serve_one(resource, request)

    def serve_one(self, resource: Resource, request: Request) -> None:
        """Run one request and keep its result."""
        try:
            request.keep(request.work(resource), None)
        except Exception as error:  # noqa: BLE001 - the request's boundary: whoever asked gets it
            self.fail([request], error)

    def fail(self, requests: Sequence[Request], error: BaseException) -> None:
        """Keep the error, as one of ours, for each request; after trouble with the world the resource is renewed."""
        told = translate(error, self.path) if isinstance(error, (SynergyError, *RAISED)) else error
        for request in requests:
            request.keep(None, told)
        if isinstance(told, StoreDown | StoreCorrupt):
            self._broken = True

    def _serve(self) -> None:
        going_on = True
        while going_on:
            requests, going_on = self._take()
            if requests:
                self._serve_requests(requests)
        self._drop()

    def _take(self) -> tuple[list[Request], bool]:
        """All that wait, at least one; False when the lane is to end after them."""
        requests: list[Request] = []
        request = self._waiting.get()
        while request is not None:
            requests.append(request)
            if len(requests) == GROUP:
                return requests, True
            try:
                request = self._waiting.get_nowait()
            except queue.Empty:
                return requests, True
        return requests, False

    def _serve_requests(self, requests: Sequence[Request]) -> None:
        try:
            if self._resource is None:
                self._resource = self._open()
            self.serve_group(self._resource, requests)
        except Exception as error:  # noqa: BLE001 - the thread's boundary: it must live on, and all must be answered
            self.fail(requests, error)
        if self._broken:
            self._drop()
        for loop in {request.loop for request in requests}:
            settled = [request for request in requests if request.loop is loop]
            try:
                loop.call_soon_threadsafe(_settle, settled)
            except RuntimeError:
                continue  # the loop is closed: nobody waits there any more

    def _late(self) -> StoreDown:
        return StoreDown(
            f"store {self.path} gave no answer within {REQUEST_SECONDS:g} s",
            remedy="check the disk and the system's log",
        )

    def _drop(self) -> None:
        self._broken = False
        if (resource := self._resource) is None:
            return
        self._resource = None
        try:
            resource.close()
        except RAISED:
            return  # it was in trouble already, which is told


def _settle(requests: Sequence[Request]) -> None:
    for request in requests:
        request.settle()
