"""The console's budgets at 200x50, against a played daemon with 50 processes of 100,000 hours."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console_deployment import FIRST_PERIOD, SECONDS
from console_terminal import Terminal

STARTS = 7
KEYS = 60
SETTLE_SECONDS = 0.4
IDLE_SECONDS = 10
LEFT, DOWN, UP = "\x1b[D", "\x1b[B", "\x1b[A"


class Daemon:
    """The played daemon, in a process of its own."""

    def __init__(self, path: Path) -> None:
        program = Path(__file__).with_name("console_deployment.py")
        self.process = subprocess.Popen(
            [sys.executable, program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.wait()

    def begin(self, what: str, a_second: int) -> None:
        """Let so much happen a second, for SECONDS."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what} {a_second}\n")
        self.process.stdin.flush()

    def wait(self) -> None:
        """Wait until it says that it is ready or done."""
        assert self.process.stdout is not None
        self.process.stdout.readline()


@contextmanager
def console(path: Path, *words: str) -> Iterator[Terminal]:
    """The console at a place, live."""
    terminal = Terminal(["--socket", str(path), *words])
    try:
        yield terminal
    finally:
        terminal.end()


def first_paint(path: Path) -> None:
    """From the start of the process to the first frame, and to the first live one."""
    painted, live = [], []
    for _ in range(STARTS):
        with console(path) as terminal:
            painted.append(terminal.wait_for("╭") - terminal.started)
            live.append(terminal.wait_for("live") - terminal.started)
    print(f"first paint      {_ms(painted)}   live {_ms(live)}")


def keys(path: Path) -> None:
    """From a key to the frame that answers it, in the timetable of all periods; then memory and silence."""
    with console(path, "tt") as terminal:
        terminal.wait_for("■■■")
        terminal.read(1.0)
        took = []
        for key in (LEFT, DOWN, LEFT, UP) * (KEYS // 4):
            pressed = terminal.press(key)
            took.append(terminal.wait_for_frame() - pressed)
            terminal.read(SETTLE_SECONDS)
        print(f"key to paint     {_ms(took)}   95 % {sorted(took)[len(took) * 95 // 100] * 1000:.1f} ms")
        terminal.read(2.0)
        print(f"memory           {terminal.rss_bytes() / 1e6:.0f} MB")
        since = len(terminal.output)
        terminal.read(IDLE_SECONDS)
        print(f"idle             {(len(terminal.output) - since) / IDLE_SECONDS:.0f} B/s")


def changes(path: Path, daemon: Daemon) -> None:
    """Twenty visible jobs change a second."""
    with console(path, "tt") as terminal:
        terminal.wait_for("■■■")
        terminal.read(1.0)
        since, drawn = len(terminal.output), terminal.frames
        daemon.begin("change", 20)
        terminal.read(SECONDS)
        written = bytes(terminal.output[since:])
        daemon.wait()
        frames = (terminal.frames - drawn) / SECONDS
        packed = len(zlib.compress(written)) / SECONDS
        print(f"20 changes/s     {len(written) / SECONDS:,.0f} B/s raw, {packed:,.0f} B/s zlib, {frames:.1f} frames/s")


def logs(path: Path, daemon: Daemon) -> None:
    """A long log opened, and one followed while 5,000 lines a second are written."""
    with console(path, "tt") as terminal:
        terminal.wait_for("■■■")
        terminal.read(1.0)
        terminal.press(f":log Work02Hourly@{FIRST_PERIOD}")
        terminal.read(0.5)
        since = len(terminal.output)
        entered = terminal.press("\r")
        opened = terminal.wait_for("of 1,000,000", since) - entered
        print(f"open 1 M lines   {opened * 1000:.0f} ms")
    with console(path, "log", f"Work01Hourly@{FIRST_PERIOD}") as terminal:
        terminal.wait_for("following")
        daemon.begin("grow", 5000)
        terminal.read(SECONDS)
        daemon.wait()
        ended = time.perf_counter()
        behind = terminal.wait_for(f"of {1_000_000 + 5000 * SECONDS:,}") - ended
        print(f"follow 5,000/s   the last line is shown {behind * 1000:.0f} ms after it was written")


def _ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.1f} ms (best {min(values) * 1000:.1f})"


def measure() -> None:
    """All budgets, each a line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.sock"
        daemon = Daemon(path)
        try:
            print(f"load             {os.getloadavg()[0]:.2f}")
            first_paint(path)
            keys(path)
            changes(path, daemon)
            logs(path, daemon)
            print(f"load             {os.getloadavg()[0]:.2f}")
        finally:
            daemon.process.kill()
            daemon.process.wait()


if __name__ == "__main__":
    measure()
