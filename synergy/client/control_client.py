"""One connection to the daemon: hello, typed calls, events.

A task reads and hands each answer to whoever asked; when it ends, everybody who waits learns why.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, Self, TypeVar

from msgspec import Raw

from synergy.client.channel import Channel, Command, StreamPair, open_command, open_socket
from synergy.client.inbox import Inbox
from synergy.core.control import replies, requests
from synergy.core.control.framing import (
    ErrorFrame,
    Notification,
    ReplyFrame,
    decode_answer,
    decode_reply,
    encode_request,
)
from synergy.core.control.lines import LineSplitter
from synergy.core.control.requests import PROTOCOL_VERSION, Request
from synergy.core.errors import DaemonUnreachable, PeerError, RequestTimedOut, SynergyError

R = TypeVar("R")
CHUNK_BYTES: Final = 256 * 1024
CONNECT_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 30.0
"""ssh may have to look up names, jump over hosts and prove who we are."""
CALL_SECONDS: Final = 30.0


class ControlClient:
    """A connection that has said hello; made by ``connect`` or ``connect_command``, ended by ``close``."""

    def __init__(self, channel: Channel) -> None:
        self.hello: replies.Hello
        self.received = 0  # bytes so far, of whatever it is: as long as it grows, somebody is there
        self._channel = channel
        self._pending: dict[int | str, asyncio.Future[Raw]] = {}
        self._last_id = 0
        self._inbox = Inbox()
        self._ended: asyncio.Future[SynergyError] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def connect(
        cls,
        target: Path | StreamPair,
        client: str,
        *,
        read_only: bool = False,
        timeout: float = CONNECT_SECONDS,  # noqa: ASYNC109 - a limit of ours, with a default
    ) -> Self:
        """Connect to a control socket, or speak over streams that lead to a daemon; ``client`` names this program.

        Raises:
            DaemonUnreachable: nobody answers within ``timeout`` seconds.
            PeerError: what answers is no daemon of this version.
        """
        if isinstance(target, Path):
            channel = await open_socket(target, timeout)
        else:
            channel = Channel(target, "the given streams")
        return await cls._greet(channel, requests.Hello(client, read_only=read_only), timeout)

    @classmethod
    async def connect_command(
        cls,
        command: Command,
        client: str,
        *,
        read_only: bool = False,
        timeout: float = COMMAND_SECONDS,  # noqa: ASYNC109 - see connect
    ) -> Self:
        """Speak with the daemon through a command's standard streams: ``ssh user@host synergyd proxy``.

        Raises:
            DaemonUnreachable: the command cannot be run.
            SynergyError: it ended; see ``Command.explain``.
            PeerError: what answers is no daemon of this version.
        """
        return await cls._greet(await open_command(command), requests.Hello(client, read_only=read_only), timeout)

    async def call(self, request: Request[R], timeout: float = CALL_SECONDS) -> R:  # noqa: ASYNC109 - see connect
        """Ask, and wait for the answer at most ``timeout`` seconds.

        Raises:
            RequestTimedOut: no answer came in time; the connection stays usable.
            DaemonUnreachable: the connection is lost; whether the request took effect is unknown.
            SynergyError: what the daemon answered.
        """
        if self._ended.done():
            raise _again(self._ended.result())
        self._last_id += 1
        call_id = self._last_id
        line = encode_request(call_id, request)
        answer: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()
        self._pending[call_id] = answer
        try:
            async with asyncio.timeout(timeout):
                self._channel.writer.write(line)
                raw = await answer
        except TimeoutError:
            message = f"{request.method} was not answered within {timeout:g} s by {self._channel.where}"
            raise RequestTimedOut(message, remedy="look whether it took effect, then ask again") from None
        finally:
            self._pending.pop(call_id, None)
        return decode_reply(request, raw)

    def events(self) -> Inbox:
        """Notifications since the connection began, for one reader; none before a ``Subscribe``.

        It ends when this side closes the connection, and raises DaemonUnreachable when it was lost. A reader that falls
        behind gets one Lagged for what it missed.
        """
        return self._inbox

    async def lost(self) -> SynergyError:
        """Wait until the connection has ended; returns why."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """End the connection; calls that wait raise DaemonUnreachable. May be called twice."""
        self._end(DaemonUnreachable(f"the connection to {self._channel.where} is closed"), by_us=True)
        self._reading.cancel()
        await asyncio.wait({self._reading})
        await self._channel.close()

    @classmethod
    async def _greet(cls, channel: Channel, hello: requests.Hello, seconds: float) -> Self:
        client = cls(channel)
        try:
            client.hello = await client.call(hello, timeout=seconds)
            _check_protocol(client.hello)
        except RequestTimedOut as error:
            await client.close()
            message = f"{channel.where} does not say hello within {seconds:g} s"
            remedy = f"look at the daemon's log{f', {channel.log}' if channel.log else ''}"
            raise DaemonUnreachable(message, remedy=remedy) from error
        except BaseException:
            await client.close()
            raise
        return client

    async def _read(self) -> None:
        splitter = LineSplitter()
        try:
            while data := await self._channel.reader.read(CHUNK_BYTES):
                self.received += len(data)
                for line in splitter.feed(data):
                    self._take(decode_answer(line))
            self._end(await self._channel.ending())
        except SynergyError as error:
            self._end(error)
        except OSError as error:
            self._end(DaemonUnreachable(f"the connection to {self._channel.where} broke: {error}"))
        finally:
            self._end(DaemonUnreachable(f"the connection to {self._channel.where} ended"))
            self._channel.writer.close()

    def _take(self, frame: ReplyFrame | ErrorFrame | Notification) -> None:
        if isinstance(frame, Notification):
            self._inbox.put(frame.events)
            return
        if frame.id is None:
            raise frame.error
        answer = self._pending.get(frame.id)
        if answer is None or answer.done():
            return
        if isinstance(frame, ReplyFrame):
            answer.set_result(frame.raw)
        else:
            answer.set_exception(frame.error)

    def _end(self, reason: SynergyError, *, by_us: bool = False) -> None:
        if self._ended.done():
            return
        self._ended.set_result(reason)
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(_again(reason))
        self._inbox.end(None if by_us else _again(reason))


def _check_protocol(hello: replies.Hello) -> None:
    if hello.protocol != PROTOCOL_VERSION:
        message = f"daemon {hello.version} speaks protocol {hello.protocol}, we speak {PROTOCOL_VERSION}"
        raise PeerError(message, remedy="use the same version on both sides")


def _again(error: SynergyError) -> SynergyError:
    """The same error as a new object: each raise adds to the traceback of the one it raises."""
    return type(error)(error.message, remedy=error.remedy)
