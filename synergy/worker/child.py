"""A warm child: ``python -m synergy.worker.child FD`` runs one callable after another for its supervisor.

It imports little, so that it starts fast, and keeps the user's modules between units of work. It ends when its
supervisor does: a thread watches the socket and takes the process (and its group) down even out of the user's code.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import reprlib
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Final

from synergy.core.records import UnitOfWork
from synergy.core.states import UowState
from synergy.definitions import Result
from synergy.worker import child_log
from synergy.worker.child_modules import CannotImport, UserCallable, UserModules
from synergy.worker.exits import OUT_OF_MEMORY
from synergy.worker.frames import (
    MAX_COUNT,
    MAX_REASON_CHARS,
    Done,
    FrameReader,
    FromChild,
    Importing,
    Lines,
    Outcome,
    Ready,
    RunUow,
    Stale,
    decode_run,
    frame,
)
from synergy.worker.lines import clean
from synergy.worker.marks import uow_environment

RECEIVE_BYTES: Final = 32 * 1024
FLUSH_MILLISECONDS: Final = 250
EXIT_MILLISECONDS: Final = 5000


class Channel:
    """The socket to the supervisor; frames are written whole, from any thread."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._lock = threading.Lock()
        self._reader = FrameReader()
        self._bodies: list[bytes] = []

    def send(self, message: FromChild) -> None:
        """Write one frame; a supervisor that is gone is noticed by the watcher, not here."""
        data = frame(message)
        with self._lock:
            try:
                self.sock.sendall(data)
            except OSError:
                return

    def receive(self) -> RunUow | None:
        """Wait for the next unit of work; None when the supervisor let go."""
        while not self._bodies:
            data = self.sock.recv(RECEIVE_BYTES)
            if not data:
                return None
            self._bodies.extend(self._reader.feed(data))
        return decode_run(self._bodies.pop(0))


class Watcher(threading.Thread):
    """Ends the process when the supervisor's end of the socket closes, and sends lines that have waited 250 ms."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(name="synergy-watcher", daemon=True)
        self._channel = channel
        self._wake_read, self._wake_write = os.pipe()
        self._armed = False
        self.collector: child_log.LineCollector | None = None
        self.busy = False

    def arm(self) -> None:
        """A line waits: look again in 250 ms. Called with the collector's lock held."""
        if not self._armed:
            self._armed = True
            os.write(self._wake_write, b"x")

    def run(self) -> None:
        """Sleep until a line waits or the supervisor is gone; nothing is polled in between."""
        hangup = select.poll()
        hangup.register(self._channel.sock, select.POLLRDHUP | select.POLLHUP)
        either = select.poll()
        either.register(self._channel.sock, select.POLLRDHUP | select.POLLHUP)
        either.register(self._wake_read, select.POLLIN)
        while True:
            ready = [fd for fd, _ in either.poll()]
            if ready == [self._wake_read]:
                os.read(self._wake_read, 64)
                if not hangup.poll(FLUSH_MILLISECONDS):
                    self._armed = False
                    if self.collector is not None:
                        self.collector.flush()
                    continue
            self._leave()

    def _leave(self) -> None:
        """Out of the user's code at once; an idle child may run its exit handlers, but not for long."""
        if not self.busy:
            select.poll().poll(EXIT_MILLISECONDS)
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)


class Child:
    """Receives units of work and runs them, one at a time, in the main thread."""

    def __init__(self, channel: Channel, folder: str) -> None:
        self._channel = channel
        self._watcher = Watcher(channel)
        self._collector = child_log.LineCollector(lambda lines: channel.send(Lines(lines)), self._watcher.arm)
        self._watcher.collector = self._collector
        self._modules = UserModules(folder)
        self._environment: Mapping[str, str] = dict(os.environ)
        self._extra: Mapping[str, str] = {}

    def serve(self) -> None:
        """Run what comes until the supervisor lets go, or until the user's modules changed."""
        child_log.install(self._collector)
        os.register_at_fork(after_in_child=self._channel.sock.close)
        self._watcher.start()
        self._channel.send(Ready(os.getpid()))
        while (request := self._channel.receive()) is not None:
            if changed := self._modules.changed():
                self._channel.send(Stale(changed))
                return
            self._watcher.busy = True
            self._collector.begin()
            outcome = self._run(request)
            lines = self._collector.end()
            self._watcher.busy = False
            self._channel.send(Done(outcome, lines))

    def _run(self, request: RunUow) -> Outcome:
        self._take_environment({**uow_environment(request.uow), **request.env})
        try:
            os.chdir(request.cwd)
            function = self._resolve(request.run)
        except OSError as error:
            return Outcome(UowState.INVALID, reason=f"cannot enter folder {request.cwd}: {error.strerror}")
        except CannotImport as error:
            if error.__cause__ is not None:
                self._tell(error.__cause__)
            return Outcome(UowState.INVALID, reason=_bounded(str(error)))
        return self._call(function, request.uow)

    def _resolve(self, run: str) -> UserCallable:
        """What may take long is told, so that it can be ended when it takes too long."""
        if self._modules.knows(run):
            return self._modules.resolve(run)
        self._channel.send(Importing(on=True))
        try:
            return self._modules.resolve(run)
        finally:
            self._channel.send(Importing(on=False))

    def _call(self, function: UserCallable, uow: UnitOfWork) -> Outcome:
        try:
            result = function(uow)
        except MemoryError as error:
            self._tell(error)
            return Outcome(UowState.INVALID, reason=OUT_OF_MEMORY)
        except BaseException as error:  # noqa: BLE001 - the boundary to user code: sys.exit() there must not end us
            self._tell(error)
            text = _bounded(f"raised {type(error).__name__}: {error}".rstrip(": "))
            return Outcome(UowState.INVALID, reason=text)
        return outcome_of(result)

    def _take_environment(self, extra: Mapping[str, str]) -> None:
        """Put this unit's variables into ``os.environ`` and take the last one's out, for sub-processes to inherit."""
        for name in self._extra.keys() - extra.keys():
            before = self._environment.get(name)
            if before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before
        os.environ.update(extra)
        self._extra = extra

    def _tell(self, error: BaseException) -> None:
        """The user's traceback, from their first frame on."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename in _OUR_FILES:
            trace = trace.tb_next
        self._collector.say("ERROR", "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n"))


_OUR_FILES: Final = frozenset(
    {
        __file__,
        UserModules.resolve.__code__.co_filename,
        importlib.__file__,
        "<frozen importlib._bootstrap>",
        "<frozen importlib._bootstrap_external>",
    }
)


def outcome_of(result: object) -> Outcome:
    """What a callable's return value means: None processed, a Result as it says, anything else invalid."""
    if result is None:
        return Outcome(UowState.PROCESSED)
    if isinstance(result, Result):
        states = {"processed": UowState.PROCESSED, "noop": UowState.NOOP}
        counts = (result.processed, result.aggregated)
        if result.state in states and all(type(number) is int and 0 <= number <= MAX_COUNT for number in counts):
            return Outcome(states[result.state], processed=result.processed, aggregated=result.aggregated)
    return Outcome(UowState.INVALID, reason=_bounded(f"returned {reprlib.repr(result)}; return None or a Result"))


def _bounded(text: str) -> str:
    return clean(text.partition("\n")[0])[:MAX_REASON_CHARS]


def main() -> int:
    """The program; exits when the supervisor closes the socket."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    faulthandler.enable(file=2, all_threads=True)
    Child(Channel(sock), os.getcwd()).serve()  # noqa: PTH109 - a string is what is needed
    return 0


if __name__ == "__main__":
    sys.exit(main())
