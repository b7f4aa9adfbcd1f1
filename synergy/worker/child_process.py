"""The supervisor's side of one warm child: its process, its socket, its pipes, and the unit of work it runs."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from synergy.worker import marks
from synergy.worker.frames import (
    Done,
    FrameReader,
    FromChild,
    Importing,
    Lines,
    Ready,
    RunUow,
    Stale,
    decode_from_child,
    frame,
)
from synergy.worker.lines import LineSplitter
from synergy.worker.pipes import open_pipes
from synergy.worker.process_table import read_row
from synergy.worker.process_tree import TreeRoot
from synergy.worker.reaping import Reaper
from synergy.worker.site import Site
from synergy.worker.unit import Unit

RECEIVE_BYTES: Final = 64 * 1024
MAX_LAST_WORDS: Final = 20

log = logging.getLogger(__name__)


class ChildOwner(Protocol):
    """Who is told what becomes of a child."""

    def child_ready(self, child: ChildProcess) -> None:
        """It has started and waits for work."""
        ...

    def child_done(self, child: ChildProcess, unit: Unit, done: Done) -> None:
        """The unit of work ended; the child is idle."""
        ...

    def child_stale(self, child: ChildProcess, unit: Unit | None) -> None:
        """The user's modules changed: it did not begin the unit of work, and leaves."""
        ...

    def import_is_late(self, unit: Unit) -> None:
        """Importing what the unit of work calls takes longer than definitions may take."""
        ...

    def child_died(self, child: ChildProcess, unit: Unit | None, return_code: int) -> None:
        """Its process is gone, with the unit of work that it was running."""
        ...

    def output(self, unit: Unit, stream: str, texts: list[str]) -> None:
        """Lines that went past Python to its stdout or stderr."""
        ...


class ChildProcess:
    """One warm child. It is idle, or runs exactly one unit of work."""

    def __init__(self, site: Site, token: str, owner: ChildOwner, reaper: Reaper) -> None:
        """Start it; ``token`` marks it and everything that it will ever start.

        Raises:
            OSError: it cannot be started.
        """
        self._owner = owner
        self._marks = {**site.marks, marks.CHILD: token}
        self.unit: Unit | None = None
        self.served = 0
        self.is_ready = False
        self.retiring = False
        self.last_words: list[str] = []
        self._outgoing = bytearray()
        self._writing = False
        self._reader = FrameReader()
        self._paused = False
        self._import_seconds = site.settings.definitions_timeout_seconds
        self._import_timer: asyncio.TimerHandle | None = None
        self._splitters = {stream: LineSplitter() for stream in ("stdout", "stderr")}
        self._pipes = open_pipes({stream: self._raw(stream) for stream in self._splitters})
        try:
            self._socket, theirs = socket.socketpair()
        except OSError:
            for pipe in self._pipes.values():
                pipe.abandon()
            raise
        self._socket.settimeout(0)
        try:
            self._process = self._spawn(site, theirs)
        except OSError:
            self._close()
            raise
        finally:
            theirs.close()
            for pipe in self._pipes.values():
                pipe.started()
        row = read_row(self._process.pid)
        self._started = row.started if row else 0
        asyncio.get_running_loop().add_reader(self._socket, self._receive)
        reaper.watch(self._process, self._died)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tree(self) -> TreeRoot:
        """The child, what it started, and what carries its mark."""
        return TreeRoot((self.pid,), self._marks, self._started)

    def run(self, unit: Unit, request: RunUow) -> None:
        """Hand it a unit of work; it must be idle."""
        self.unit = unit
        unit.execution = self
        self._send(frame(request))

    def retire(self) -> None:
        """Let it go: its socket closes, and it exits."""
        self.retiring = True
        self._close_socket()

    def _spawn(self, site: Site, theirs: socket.socket) -> subprocess.Popen[bytes]:
        fd = theirs.fileno()
        return subprocess.Popen(
            [sys.executable, "-m", "synergy.worker.child", str(fd)],
            stdin=subprocess.DEVNULL,
            stdout=self._pipes["stdout"].write_fd,
            stderr=self._pipes["stderr"].write_fd,
            cwd=site.folder,
            env=marks.process_environment(site.folder, site.box_mark, self._marks),
            pass_fds=(fd,),
            start_new_session=True,
        )

    def _send(self, data: bytearray) -> None:
        self._outgoing += data
        self._write()

    def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            del self._outgoing[: self._socket.send(self._outgoing)]
        except BlockingIOError:
            pass
        except OSError:
            # It is dying: its end is told by its pid descriptor.
            self._outgoing.clear()
        if self._socket.fileno() < 0:
            return
        if self._outgoing and not self._writing:
            loop.add_writer(self._socket, self._write)
            self._writing = True
        elif self._writing and not self._outgoing:
            loop.remove_writer(self._socket)
            self._writing = False

    def _receive(self) -> bool:
        """Take what has come; False when there was nothing."""
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._close_socket()
            return False
        try:
            for body in self._reader.feed(data):
                self._handle(decode_from_child(body))
        except (ValueError, msgspec.MsgspecError) as error:
            # User code wrote into our descriptor: nothing that follows can be trusted.
            log.error("child %d sent garbage: %s", self.pid, error, extra={"action": "child_garbage"})  # noqa: TRY400
            self._process.kill()
            self._close_socket()
            return False
        return True

    def _handle(self, message: FromChild) -> None:
        match message:
            case Done():
                self._finish(message)
            case Importing(on):
                self._time_import(on=on)
            case Lines(lines):
                if self.unit is not None:
                    self.unit.log.add(lines)
                    self._pause_when_full(self.unit)
            case Ready():
                self.is_ready = True
                self._owner.child_ready(self)
            case Stale():
                unit, self.unit = self.unit, None
                self.retiring = True
                self._owner.child_stale(self, unit)

    def _time_import(self, *, on: bool) -> None:
        if self._import_timer is not None:
            self._import_timer.cancel()
            self._import_timer = None
        if on and self.unit is not None:
            loop = asyncio.get_running_loop()
            self._import_timer = loop.call_later(self._import_seconds, self._owner.import_is_late, self.unit)

    def _finish(self, done: Done) -> None:
        unit = self.unit
        if unit is None:
            return
        self._drain(unit)
        unit.log.add(done.lines)
        self.unit = None
        unit.execution = None
        self.served += 1
        self._owner.child_done(self, unit, done)

    def _drain(self, unit: Unit) -> None:
        """What was written past Python before it ended is in the pipes now."""
        for stream, pipe in self._pipes.items():
            pipe.drain()
            splitter = self._splitters[stream]
            if splitter.has_rest and (rest := splitter.rest()):
                self._owner.output(unit, stream, rest)

    def _raw(self, stream: str) -> Callable[[bytes], None]:
        def on_data(data: bytes) -> None:
            texts = self._splitters[stream].feed(data)
            if self.unit is not None:
                self._owner.output(self.unit, stream, texts)
                self._pause_when_full(self.unit)
            else:
                self.last_words = (self.last_words + texts)[-MAX_LAST_WORDS:]

        return on_data

    def _pause_when_full(self, unit: Unit) -> None:
        if unit.log.is_full and not self._paused:
            self._paused = True
            asyncio.get_running_loop().remove_reader(self._socket)
            for pipe in self._pipes.values():
                pipe.pause()
            unit.log.on_room = self._resume

    def _resume(self) -> None:
        if not self._paused:
            return
        self._paused = False
        for pipe in self._pipes.values():
            pipe.resume()
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def _died(self, return_code: int) -> None:
        self._resume()
        # What it said before it died may still be on its way: perhaps that it was done.
        while self._receive():
            pass
        self._time_import(on=False)
        unit = self.unit
        if unit is not None:
            self._drain(unit)
            unit.execution = None
        self.unit = None
        self._close()
        self._owner.child_died(self, unit, return_code)

    def _close_socket(self) -> None:
        if self._socket.fileno() >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket.close()

    def _close(self) -> None:
        self._close_socket()
        for pipe in self._pipes.values():
            pipe.drain()
            pipe.close()
