"""A line between a client and a server: long, narrow, cut and mended, and what went through it is counted."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from tests.waiting import wait_until

PIECE: Final = 2048
WAITING_PIECES: Final = 64
"""What may be on its way; a sender of more waits, as it does for a socket's buffer."""


StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Way:
    """One direction: bytes as they came, and as ``ssh -C`` would have sent them."""

    def __init__(self) -> None:
        self.raw = 0
        self.packed = 0


class SlowLine:
    """A relay. ``delay_seconds`` is added each way; at most ``bytes_a_second`` go, None: as many as come.

    ``packs``: they are counted compressed, as ssh would send them; ssh's own bytes are so already.
    """

    def __init__(
        self,
        lead: Callable[[], Awaitable[StreamPair]],
        *,
        delay_seconds: float = 0.0,
        bytes_a_second: float | None = None,
        packs: bool = True,
    ) -> None:
        self.up, self.down = Way(), Way()
        self.is_cut = False
        self._lead = lead
        self._delay = delay_seconds
        self._rate = bytes_a_second
        self._packs = packs
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def carries(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._ends)

    def cut(self) -> None:
        """End all connections, and take none until ``mend``."""
        self.is_cut = True
        for writer in tuple(self._ends):
            writer.transport.abort()

    def mend(self) -> None:
        """Take connections again."""
        self.is_cut = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Be one connection."""
        if self.is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await self._lead()
        ends = {writer, far_writer}
        self._ends |= ends
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._go(reader, far_writer, self.up))
                ways.create_task(self._go(far_reader, writer, self.down))
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _go(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING_PIECES)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._enter(reader, on_its_way))
            both.create_task(self._leave(on_its_way, writer, way))

    async def _enter(self, reader: asyncio.StreamReader, on_its_way: asyncio.Queue[tuple[float, bytes]]) -> None:
        clock = asyncio.get_running_loop().time
        data = b"-"
        while data:
            data = b""
            with suppress(OSError):
                data = await reader.read(PIECE)
            await on_its_way.put((clock() + self._delay, data))

    async def _leave(
        self, on_its_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, way: Way
    ) -> None:
        clock = asyncio.get_running_loop().time
        packer = zlib.compressobj()
        free = clock()
        while True:
            due, data = await on_its_way.get()
            if not data:
                break
            packed = len(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)) if self._packs else len(data)
            way.raw += len(data)
            way.packed += packed
            free = max(free, due) + (packed / self._rate if self._rate else 0.0)
            if writer.is_closing():  # it was cut: what is on its way goes nowhere, and takes no time
                continue
            await asyncio.sleep(max(0.0, free - clock()))
            with suppress(OSError):
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()


@asynccontextmanager
async def slow_line(
    path: Path, target: Path, *, delay_seconds: float = 0.0, bytes_a_second: float | None = None
) -> AsyncIterator[SlowLine]:
    """Listen at ``path`` for what is meant for the Unix socket ``target``."""
    line = SlowLine(
        lambda: asyncio.open_unix_connection(str(target)), delay_seconds=delay_seconds, bytes_a_second=bytes_a_second
    )
    async with _relaying(await asyncio.start_unix_server(line.carry, str(path)), line):
        yield line


@asynccontextmanager
async def slow_port(
    port: int, *, delay_seconds: float = 0.0, bytes_a_second: float | None = None
) -> AsyncIterator[tuple[SlowLine, int]]:
    """The line to an ssh server on this machine, and the port to take instead of its own."""
    line = SlowLine(
        lambda: asyncio.open_connection("127.0.0.1", port),
        delay_seconds=delay_seconds, bytes_a_second=bytes_a_second, packs=False,
    )  # fmt: skip
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    async with _relaying(server, line):
        yield line, server.sockets[0].getsockname()[1]


@asynccontextmanager
async def _relaying(server: asyncio.Server, line: SlowLine) -> AsyncIterator[None]:
    try:
        yield
    finally:
        server.close()
        line.cut()
        await wait_until(lambda: not line.carries, what="the line's connections end")
