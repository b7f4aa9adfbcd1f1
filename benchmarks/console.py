"""The console's budgets at 200x50, against a played daemon with 50 processes of 100,000 hours: a line for each."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console_deployment import FIRST_PERIOD, SECONDS
from console_terminal import CONSOLE, Terminal

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
    terminal = Terminal([CONSOLE, "--socket", str(path), *words])
    try:
        yield terminal
    finally:
        terminal.end()


def first_paint(path: Path) -> None:
    """From the start of the process to the first frame, and to the first live one."""
    painted, live, used = [], [], []
    for _ in range(STARTS):
        with console(path) as terminal:
            painted.append(terminal.wait_for("╭") - terminal.started)
            used.append(terminal.cpu_seconds())
            live.append(terminal.wait_for("live") - terminal.started)
    _tell("first paint", f"{_ms(painted)}   live {_ms(live)}   CPU {statistics.median(used) * 1000:.0f} ms", "500 ms")


def keys(path: Path) -> None:
    """From a key to the frame that answers it, in the timetable of all periods; then memory and silence."""
    with console(path, "tt") as terminal:
        terminal.wait_for("■■■")
        terminal.read(1.0)
        took = []
        for key in (LEFT, DOWN, LEFT, UP) * (KEYS // 4):
            pressed = terminal.press(key)
            took.append(terminal.wait_for_frame() - pressed)
            terminal.wait_for_silence(SETTLE_SECONDS)
        _tell("key to paint", f"{_ms(took)}   95 % {sorted(took)[len(took) * 95 // 100] * 1000:.1f} ms", "30 ms")
        terminal.read(2.0)
        _tell("memory", f"{terminal.rss_bytes() / 1e6:.0f} MB", "100 MB")
        since = len(terminal.output)
        terminal.read(IDLE_SECONDS)
        _tell("idle", f"{(len(terminal.output) - since) / IDLE_SECONDS:.0f} B/s", "300 B/s")


def changes(path: Path, daemon: Daemon) -> None:
    """Twenty visible jobs change a second."""
    with console(path, "tt") as terminal:
        terminal.wait_for("■■■")
        terminal.read(1.0)
        since, sent, drawn, used = len(terminal.output), terminal.packed, terminal.frames, terminal.cpu_seconds()
        daemon.begin("change", 20)
        terminal.read(SECONDS)
        raw, packed = (len(terminal.output) - since) / SECONDS, (terminal.packed - sent) / SECONDS
        frames, used = (terminal.frames - drawn) / SECONDS, (terminal.cpu_seconds() - used) / SECONDS
        daemon.wait()
        figures = f"{packed:,.0f} B/s as ssh -C sends them, {frames:.1f} frames/s   raw {raw:,.0f} B/s   CPU {used:.0%}"
        _tell("20 changes/s", figures, "4 KB/s, 5 frames/s")


def logs(path: Path, daemon: Daemon) -> None:
    """A long log opened, and one followed while 5,000 lines a second are written."""
    with console(path, "tt") as terminal:
        terminal.wait_for("■■■")
        terminal.read(1.0)
        terminal.press(f":log Work02Hourly@{FIRST_PERIOD}")
        terminal.read(0.5)
        since, used = len(terminal.output), terminal.cpu_seconds()
        entered = terminal.press("\r")
        opened = terminal.wait_for("of 1,000,000", since) - entered
        used = terminal.cpu_seconds() - used
        _tell("open 1 M lines", f"{opened * 1000:.0f} ms   CPU {used * 1000:.0f} ms", "200 ms")
    with console(path, "log", f"Work01Hourly@{FIRST_PERIOD}") as terminal:
        terminal.wait_for("following")
        daemon.begin("grow", 5000)
        terminal.read(SECONDS)
        daemon.wait()
        ended = time.perf_counter()
        behind = terminal.wait_for(f"of {1_000_000 + 5000 * SECONDS:,}") - ended
        _tell("follow 5,000/s", f"the last line is shown {behind * 1000:.0f} ms after it was written", "not behind")


def _tell(what: str, figures: str, budget: str) -> None:
    print(f"{what:<16} {figures}   (budget {budget})")


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
