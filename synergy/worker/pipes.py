"""Reading what processes write to their stdout and stderr, on the loop, without a thread."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Mapping
from typing import Final

READ_BYTES: Final = 64 * 1024
DRAIN_BYTES: Final = 16 * 1024 * 1024
"""A pipe that is kept full by a process left behind is not read for ever."""


class PipeReader:
    """The reading end of a pipe: hands over bytes as they come until its end, or until closed."""

    def __init__(self, on_data: Callable[[bytes], None]) -> None:
        self._fd, self.write_fd = os.pipe()
        os.set_blocking(self._fd, False)
        self._on_data = on_data
        # Asking whether there is anything is much cheaper than a read that finds nothing.
        self._waiting = select.poll()
        self._waiting.register(self._fd, select.POLLIN)
        self._reading = False
        self._open = True

    def abandon(self) -> None:
        """There will be no process: let go of both ends."""
        os.close(self.write_fd)
        self.close()

    def started(self) -> None:
        """The process has its end: close ours, and read."""
        os.close(self.write_fd)
        self.resume()

    def pause(self) -> None:
        """Read no more for now: the pipe fills, and its writer waits."""
        if self._reading:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._reading = False

    def resume(self) -> None:
        """Read again."""
        if self._open and not self._reading:
            asyncio.get_running_loop().add_reader(self._fd, self._read)
            self._reading = True

    def drain(self) -> None:
        """Hand over what is in the pipe now; what was written before a process ended is there."""
        taken = 0
        if self._open and not self._waiting.poll(0):
            return
        while self._open and taken < DRAIN_BYTES:
            size = self._read()
            if size == 0:
                return
            taken += size

    def close(self) -> None:
        """Read no more for good; may be called twice."""
        if self._open:
            self.pause()
            self._open = False
            os.close(self._fd)

    def _read(self) -> int:
        """Hand over one piece; returns its size, 0 when there is nothing now or no more ever."""
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            self.close()
            return 0
        self._on_data(data)
        return len(data)


def open_pipes(readers: Mapping[str, Callable[[bytes], None]]) -> dict[str, PipeReader]:
    """A pipe for each stream, or none at all.

    Raises:
        OSError: this process may open no more files.
    """
    pipes: dict[str, PipeReader] = {}
    try:
        for stream, on_data in readers.items():
            pipes[stream] = PipeReader(on_data)
    except OSError:
        for pipe in pipes.values():
            pipe.abandon()
        raise
    return pipes
