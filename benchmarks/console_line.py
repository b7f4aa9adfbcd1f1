"""The console over a slow line: a real ssh through a relay that adds 300 ms and lets 64 kbit/s through.

Twice: the console here and the daemon far away (``synergy-console ssh://…``), and the console far away with its
terminal here (``ssh -C -t``). Then the events of such a line alone, with a cut in the midst of them. Wants
openssh-server.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from console import Daemon
from console_deployment import FIRST_PERIOD, SECONDS
from console_terminal import CONSOLE, Terminal

sys.path.insert(0, str(Path(__file__).parent.parent))
from synergy.client.ssh import Address
from synergy.tui.far import SshDoor
from synergy.tui.feed import Announcement, Feed
from synergy.tui.model.reducer import Step
from tests.servers.sshd import PROGRAM, SshServer, ssh_server
from tests.slow_line import SlowLine, slow_port
from tests.waiting import wait_until

DELAY_SECONDS: Final = 0.15
"""Each way."""
BYTES_A_SECOND: Final = 8_000
SLOW_SECONDS: Final = 120.0
QUIET_SECONDS: Final = 3.0
KEYS: Final = ("\x1b[D", "\x1b[B", "\x1b[D", "\x1b[A") * 4
SYNERGYD: Final = str(Path(CONSOLE).with_name("synergyd"))
SETTINGS: Final = '[synergy]\ncontext = "flights"\nsynergy_start_timeperiod = "2013010100"\n'


class Line:
    """The relay, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self.port = 0
        self.line: SlowLine
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait()

    @property
    def bytes_down(self) -> int:
        """What came from far away so far."""
        return self.line.down.raw

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(5)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with slow_port(self._to, delay_seconds=DELAY_SECONDS, bytes_a_second=BYTES_A_SECOND) as (line, port):
            self.line, self.port = line, port
            self._ready.set()
            await self._end.wait()


class Leg:
    """One way to use the line."""

    def __init__(self, name: str, line: Line, path: str, argv: list[str]) -> None:
        self._name, self._line, self._path, self._argv = name, line, path, argv
        self._before = 0

    def measure(self, daemon: Daemon) -> None:
        """Open, move, watch, read a log; a line of figures each."""
        print(f"{self._name}")
        with self._console() as (terminal, opened):
            came, drawn = self._line.bytes_down - self._before, len(terminal.output)
            print(f"  open the timetable   {opened:5.1f} s   {came:,} B came, {drawn:,} B drawn")
            terminal.read(QUIET_SECONDS)
            self._move(terminal)
            self._watch(terminal, daemon)
            self._read_log(terminal)

    @contextmanager
    def _console(self) -> Iterator[tuple[Terminal, float]]:
        self._before = self._line.bytes_down
        terminal = Terminal(self._argv, self._path)
        try:
            yield terminal, terminal.wait_for("■■■", seconds=SLOW_SECONDS) - terminal.started
        finally:
            terminal.end()

    def _move(self, terminal: Terminal) -> None:
        took: list[float] = []
        drawn, came = len(terminal.output), self._line.bytes_down
        for key in KEYS:
            pressed = terminal.press(key)
            took.append(terminal.wait_for_frame() - pressed)
            terminal.read(1.0)
        drawn, came = len(terminal.output) - drawn, self._line.bytes_down - came
        print(
            f"  a key to its paint   {statistics.median(took) * 1000:5.0f} ms   "
            f"{drawn / len(KEYS):,.0f} B drawn and {came / len(KEYS):,.0f} B came a key"
        )

    def _watch(self, terminal: Terminal, daemon: Daemon) -> None:
        drawn, came = len(terminal.output), self._line.bytes_down
        packed, frames = terminal.packed, terminal.frames
        daemon.begin("change", 20)
        terminal.read(SECONDS + 2)
        daemon.wait()
        came, raw = self._line.bytes_down - came, len(terminal.output) - drawn
        packed, frames = terminal.packed - packed, terminal.frames - frames
        print(
            f"  20 changes a second  {came / SECONDS:5,.0f} B/s came   {raw / SECONDS:,.0f} B/s drawn, "
            f"{packed / SECONDS:,.0f} compressed, {raw / SECONDS / 20:.0f} B a change, {frames / SECONDS:.1f} frames/s"
        )

    def _read_log(self, terminal: Terminal) -> None:
        terminal.press(f":log Work02Hourly@{FIRST_PERIOD}")
        terminal.read(QUIET_SECONDS)
        came, drawn = self._line.bytes_down, len(terminal.output)
        entered = terminal.press("\r")
        opened = terminal.wait_for("of 1,000,000", drawn, seconds=SLOW_SECONDS) - entered
        terminal.read(1.0)
        print(f"  open 1 M log lines   {opened:5.1f} s   {self._line.bytes_down - came:,} B came")


class Listener:
    """One feed's changes: which came, and how often."""

    def __init__(self) -> None:
        self.heard: Counter[tuple[int, str, str]] = Counter()
        self.resyncs = 0

    def hear(self, announcement: Announcement) -> None:
        """See Feed."""
        if isinstance(announcement, Step):
            self.resyncs += announcement.resync
            self.heard.update((seq, change.process_name, change.timeperiod) for seq, change in announcement.jobs)


async def events(server: SshServer, address: Address, daemon: Daemon, *, cut: bool) -> None:
    """Twenty changes a second are told to one feed; with a cut, two seconds after they began."""
    listener, told = Listener(), SECONDS * 20
    async with asyncio.TaskGroup() as tasks:
        feed = tasks.create_task(Feed(SshDoor(address, read_only=True), listener.hear).run())
        await wait_until(lambda: listener.resyncs, SLOW_SECONDS)
        await asyncio.to_thread(daemon.begin, "change", 20)
        if cut:
            await asyncio.sleep(2)
            server.cut()
        await asyncio.to_thread(daemon.wait)
        with suppress(AssertionError):
            await wait_until(lambda: len(listener.heard) >= told, SLOW_SECONDS / 2)
        feed.cancel()
    heard = len(listener.heard)
    print(
        f"  {'with a cut' if cut else 'without one':<20} {told} told, {heard} heard, "
        f"{listener.heard.total() - heard} twice, {told - heard} lost, {listener.resyncs - 1} snapshots read again"
    )


def measure() -> None:
    """All figures."""
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing: apt-get install openssh-server")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "sshd").mkdir()
        project = folder / "project"
        (project / ".synergy").mkdir(parents=True)
        (project / "synergy.toml").write_text(SETTINGS)
        socket = project / ".synergy" / "control.sock"
        daemon = Daemon(socket)
        stack.callback(daemon.process.wait)
        stack.callback(daemon.process.kill)
        server = stack.enter_context(ssh_server(folder / "sshd"))
        line = Line(server.port)
        stack.callback(line.stop)
        os.environ["PATH"] = server.path
        address = Address("127.0.0.1", server.user, line.port, str(project), SYNERGYD)
        way = f"+{2 * DELAY_SECONDS * 1000:.0f} ms, {BYTES_A_SECOND * 8 // 1000} kbit/s"
        print(f"load {os.getloadavg()[0]:.2f}; {way}; 200x50")
        there = [CONSOLE, "--synergyd", SYNERGYD, f"ssh://{address.login}:{line.port}{project}", "tt"]
        Leg("console here, daemon far away", line, server.path, there).measure(daemon)
        far = shlex.join(["env", "LC_ALL=C.UTF-8", "TERM=xterm-256color", CONSOLE, "--socket", str(socket), "tt"])
        here = ["ssh", "-C", "-tt", "-p", str(line.port), address.login, far]
        Leg("console far away, terminal here", line, server.path, here).measure(daemon)
        print("events, daemon far away")
        for cut in (False, True):
            asyncio.run(events(server, address, daemon, cut=cut))


if __name__ == "__main__":
    measure()
