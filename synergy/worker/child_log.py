"""Inside a warm child: everything the user's code prints or logs becomes lines, in the order in which it was said.

``sys.stdout``, ``sys.stderr`` and the root logger are replaced for good when the child starts. What bypasses Python (C
code, sub-processes, forked processes) goes to descriptors 1 and 2, which the supervisor reads itself.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Final, TextIO, cast

from synergy.clocks import RealClock
from synergy.core.records import LogLine
from synergy.worker.lines import LineSplitter, clean

FLUSH_BYTES: Final = 64 * 1024
STDOUT: Final = "stdout"
STDERR: Final = "stderr"
LOG: Final = "log"


class LineCollector:
    """The lines of the running unit of work that were not sent yet; safe to use from any thread.

    ``arm`` is called when a first line waits, ``send`` when too many do. Between units lines are dropped: they belong
    to none.
    """

    def __init__(self, send: Callable[[tuple[LogLine, ...]], None], arm: Callable[[], None]) -> None:
        self._send = send
        self._arm = arm
        self._lock = threading.RLock()
        self._lines: list[LogLine] = []
        self._bytes = 0
        self._open = False
        self._now = RealClock().real_time
        self._splitters = {stream: LineSplitter() for stream in (STDOUT, STDERR)}

    def begin(self) -> None:
        """A unit of work starts."""
        with self._lock:
            self._lines.clear()
            self._bytes = 0
            self._open = True

    def end(self) -> tuple[LogLine, ...]:
        """The unit of work is over; returns what was not sent, with the last unfinished lines."""
        with self._lock:
            for stream, splitter in self._splitters.items():
                self._append(stream, "", splitter.rest())
            self._open = False
            return self._take()

    def write(self, stream: str, text: str) -> None:
        """Output as it was written, in any pieces."""
        with self._lock:
            self._append(stream, "", self._splitters[stream].feed_text(text))

    def write_bytes(self, stream: str, data: bytes) -> None:
        """The same, through ``sys.stdout.buffer``."""
        with self._lock:
            self._append(stream, "", self._splitters[stream].feed(data))

    def say(self, level: str, text: str) -> None:
        """A message of the logging module, or of the child itself; each of its lines is one of the log."""
        with self._lock:
            self._append(LOG, level, [clean(line) for line in text.split("\n")])

    def flush(self) -> None:
        """Send what waits now."""
        with self._lock:
            if self._open and self._lines:
                self._send(self._take())

    def _append(self, stream: str, level: str, texts: list[str]) -> None:
        if not texts or not self._open:
            return
        at = self._now()
        if not self._lines:
            self._arm()
        for text in texts:
            self._lines.append(LogLine(at, stream, level, text))
            self._bytes += len(text)
            if self._bytes > FLUSH_BYTES:
                self._send(self._take())

    def _take(self) -> tuple[LogLine, ...]:
        lines = tuple(self._lines)
        self._lines.clear()
        self._bytes = 0
        return lines


class _Bytes(io.RawIOBase):
    """``sys.stdout.buffer``: bytes find their way into the same lines."""

    def __init__(self, collector: LineCollector, stream: str) -> None:
        self._collector = collector
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raw = bytes(cast("bytes", data))
        self._collector.write_bytes(self._stream, raw)
        return len(raw)


class CapturedStream(io.TextIOBase):
    """A text stream whose lines are collected; ``fileno`` is the real descriptor, for sub-processes."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, collector: LineCollector, stream: str, fd: int) -> None:
        self._collector = collector
        self._stream = stream
        self._fd = fd
        self.buffer = _Bytes(collector, stream)

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Collect; never fails and never blocks on a reader."""
        self._collector.write(self._stream, text)
        return len(text)

    def reconfigure(self, **_: object) -> None:
        """What scripts ask of a real stdout (encoding, buffering) changes nothing here."""

    def fileno(self) -> int:
        """The descriptor of the supervisor's pipe."""
        return self._fd


class CapturedLogging(logging.Handler):
    """The root logger's only handler: level and message as a line, a traceback as further lines."""

    def __init__(self, collector: LineCollector) -> None:
        super().__init__()
        self._collector = collector
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler; a message that cannot be formatted is told on stderr, as always."""
        try:
            text = self.format(record) if record.name != "root" else self._plain(record)
        except Exception:  # noqa: BLE001 - logging's own contract: a broken message must not break the job
            self.handleError(record)
            return
        self._collector.say(record.levelname, text)

    def _plain(self, record: logging.LogRecord) -> str:
        return self.format(record).removeprefix("root: ")


def install(collector: LineCollector) -> None:
    """Take over the streams and the root logger (level INFO) of this process, and give them back in forked ones."""
    sys.stdout = cast("TextIO", CapturedStream(collector, STDOUT, 1))
    sys.stderr = cast("TextIO", CapturedStream(collector, STDERR, 2))
    root = logging.getLogger()
    root.handlers[:] = [CapturedLogging(collector)]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    os.register_at_fork(after_in_child=_use_descriptors)


def _use_descriptors() -> None:
    """A forked process shares no collector with its parent: it writes to the pipes, which the supervisor reads."""
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    logging.getLogger().handlers[:] = [logging.StreamHandler(sys.stderr)]
