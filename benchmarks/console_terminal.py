"""A program in a pseudo-terminal of its own: what is typed, what it writes, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

COLUMNS: Final = 200
ROWS: Final = 50
FRAME_GAP_SECONDS: Final = 0.02
"""Output after so long a silence is another frame: the console writes a frame at once."""


CONSOLE: Final = str(Path(sys.executable).with_name("synergy-console"))


class Terminal:
    """Starts a command; its clock begins before the start. ``path``: where programs are looked for."""

    def __init__(self, argv: Sequence[str], path: str = os.environ["PATH"]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        variables = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PATH": path}
        self.output = bytearray()
        self.frames = 0
        self._packer = zlib.compressobj()
        self.packed = 0
        self._heard = 0.0
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=variables, start_new_session=True
        )
        os.close(slave)

    def press(self, keys: str) -> float:
        """Type; returns when."""
        os.write(self._master, keys.encode())
        return time.perf_counter()

    def read(self, seconds: float) -> None:
        """Take what is written during so many seconds."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def wait_for(self, text: str, since: int = 0, seconds: float = 20.0) -> float:
        """Read until the text was written behind ``since`` bytes; returns when."""
        end = time.perf_counter() + seconds
        wanted = text.encode()
        while wanted not in self.output[since:]:
            if time.perf_counter() > end:
                raise TimeoutError(text)
            self._read(0.5)
        return time.perf_counter()

    def wait_for_frame(self) -> float:
        """Read until anything is written; returns when."""
        since = len(self.output)
        while len(self.output) == since:
            self._read(0.5)
        return time.perf_counter()

    def wait_for_silence(self, seconds: float) -> None:
        """Read until nothing was written for so long."""
        since = -1
        while len(self.output) != since:
            since = len(self.output)
            self.read(seconds)

    def cpu_seconds(self) -> float:
        """What it has used of the processor until now: that tells more than time does where others work, too."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self) -> int:
        """Resident memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            with suppress(OSError):
                written = os.read(self._master, 1 << 16)
                self.output += written
                # As ssh -C: each packet is flushed, so that it can be read at once.
                self.packed += len(self._packer.compress(written)) + len(self._packer.flush(zlib.Z_SYNC_FLUSH))
                now = time.perf_counter()
                self.frames += now - self._heard > FRAME_GAP_SECONDS
                self._heard = now
