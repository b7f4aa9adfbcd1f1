"""A daemon that answers from a script: a real socket, the real protocol, and no scheduler behind it.

It serves on a thread of its own, because the commands under test run a loop of their own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import Event, Events
from synergy.core.control.framing import Refused, decode_call, encode_error, encode_events, encode_reply
from synergy.core.control.requests import Request
from synergy.core.errors import InvalidArgument, SynergyError
from tests.cli import samples

Kind = TypeVar("Kind", bound=Request[Any])
Answer = r.Reply | SynergyError


class ScriptedDaemon:
    """Answers each method by the function it was given; ``asked`` keeps the requests, hello aside."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[Request[Any]] = []
        self._script: dict[str, Callable[[Any], Answer]] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._stop = asyncio.Event()
        self._sequence = 0
        self.on(q.Subscribe, _subscribe)

    def on(self, kind: type[Kind], answer: Callable[[Kind], Answer]) -> None:
        """Answer requests of this kind so from now on."""
        self._script[kind.method] = answer

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The requests of this kind that came."""
        return [request for request in self.asked if isinstance(request, kind)]

    def tell(self, *events: Event) -> None:
        """Send events to everybody connected; may be called from a script's answer."""
        self._sequence += 1
        line = encode_events(Events(self._sequence, samples.AT, samples.AT, events))
        self._loop.call_soon_threadsafe(self._send_all, line)

    def hang_up(self) -> None:
        """Close every connection."""
        self._loop.call_soon_threadsafe(self._close_all)

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(10)

    def stop(self) -> None:
        """May be called twice."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_unix_server(self._talk, self.path, limit=1 << 24)
        async with server:
            self._started.set()
            await self._stop.wait()
            self._close_all()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(self._answer(line))
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, line: bytes) -> bytes:
        call = decode_call(line)
        if isinstance(call, Refused):
            return encode_error(call.id, call.error)
        if isinstance(call.request, q.Hello):
            return encode_reply(call.id, samples.hello())
        self.asked.append(call.request)
        request: Request[Any] = call.request
        scripted: Callable[[Any], Answer] = self._script.get(request.method, _unscripted)
        answer = scripted(request)
        if isinstance(answer, SynergyError):
            return encode_error(call.id, answer)
        return encode_reply(call.id, answer)

    def _close_all(self) -> None:
        for writer in list(self._writers):
            writer.close()

    def _send_all(self, line: bytes) -> None:
        for writer in self._writers:
            writer.write(line)


def _subscribe(_: q.Subscribe) -> Answer:
    return r.Subscribed(seq=0, status=samples.status())


def _unscripted(request: Request[Any]) -> Answer:
    return InvalidArgument(f"the script has no answer to {request.method}")
