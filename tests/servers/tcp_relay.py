"""A stretch of wire between a client and a server, that can be cut and taken down while the server lives on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

CHUNK_BYTES: Final = 65_536


class TcpRelay:
    """Listens on a port of the loopback and passes everything on to another."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.held_bytes = 0

    async def start(self) -> None:
        """Listen; the second time on the same port."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse new connections and cut those that are there. May be called twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self.cut()
            await server.wait_closed()

    def hold(self) -> None:
        """Pass nothing on until ``flow`` or ``cut``; ``held_bytes`` tells how much that is."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass on what is held, and all that follows, as a network does that was away for a while."""
        self._flows.set()

    def cut(self) -> None:
        """Cut every connection; new ones flow."""
        self._flows.set()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:  # as the server itself would refuse it
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer))
                both.create_task(self._pump(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}
            writer.transport.abort()
            far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if not self._flows.is_set():
                    self.held_bytes += len(data)
                    await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
