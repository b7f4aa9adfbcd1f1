"""However the console ends, the terminal is as it was, the daemon goes on, and a defect leaves a report."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from synergy.client import ControlClient
from synergy.core.control import requests as q
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.terminal import Terminal, console_in_terminal
from tests.waiting import wait_until

pytestmark = pytest.mark.real

FRAME = "from synergy.tui.screens.frame import Frame as Wrong\n"
BOOM = "RuntimeError('boom password=hunter2 amqp://ops:hunter2@box-1/x')"
BREAKS = {
    "a key": f"{FRAME}def bad(self): raise {BOOM}\nWrong.do_refresh = bad",
    "a recursion": f"{FRAME}def bad(self): self.do_refresh()\nWrong.do_refresh = bad",
    "reading in the background": (
        "from synergy.tui.screens.processes import ProcessesScreen as Wrong\n"
        f"async def bad(self): raise {BOOM}\nWrong.read = bad"
    ),
    "composing a screen": (
        f"from synergy.tui.screens.processes import ProcessesScreen as Wrong\ndef bad(self): raise {BOOM}\n"
        "Wrong.compose = bad"
    ),
    "drawing": (
        f"from synergy.tui.screens.processes import LineTable as Wrong\ndef bad(self, y): raise {BOOM}\n"
        "from synergy.tui.screens.processes import ProcessesScreen as Late\nfirst = Late.begin\n"
        "def begin(self): Wrong.render_line = bad; first(self)\nLate.begin = begin"
    ),
    "a timer": f"{FRAME}def bad(self): raise {BOOM}\nWrong.tick = bad",
    "the feed": f"from synergy.tui.feed import Feed as Wrong\nasync def bad(self): raise {BOOM}\nWrong.run = bad",
    "starting": (
        f"from synergy.tui.app import ConsoleApp as Wrong\nasync def bad(self): raise {BOOM}\nWrong.on_mount = bad"
    ),
    "reading the keyboard": (
        "import textual.drivers.linux_driver as driver\nclass Wrong(driver.XTermParser):\n"
        f"    def feed(self, data):\n        if '\\x12' in data: raise {BOOM}\n        return super().feed(data)\n"
        "driver.XTermParser = Wrong"
    ),
}
"""By what fails the statements that break it; the operator goes to the processes, and refreshes."""


def is_restored(terminal: Terminal, before: list[object]) -> bool:
    terminal.read_all()
    left = bytes(terminal.output).rpartition(b"\x1b[?1049h")[2]
    return (
        termios.tcgetattr(terminal.master) == before
        and all(sign in left for sign in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?7h", b"\x1b[<u"))
        and left.rfind(b"\x1b[?25h") > left.rfind(b"\x1b[?25l")
    )


@pytest.mark.parametrize("what", BREAKS)
async def test_a_defect_leaves_the_terminal_whole_and_a_report(tmp_path: Path, what: str) -> None:
    path = tmp_path / "c.sock"
    words = ["--socket", str(path)]
    async with (
        fake_daemon(path, FakeDeployment()),
        console_in_terminal(
            tmp_path, words, before=BREAKS[what], variables={"SYNERGY_DB_PASSWORD": "hunter3"}
        ) as terminal,
    ):
        before = termios.tcgetattr(terminal.master)
        if what not in {"starting", "the feed", "a timer"}:
            await terminal.shows("live")
            terminal.press("5")
            await asyncio.sleep(0.3)
            terminal.press("\x12")
        assert await terminal.ends() == 1
        await terminal.shows("the daemon goes on")
        assert is_restored(terminal, before)
        assert b"Traceback" not in terminal.output
        assert b"hunter" not in terminal.output
        (report,) = (tmp_path / "state" / "synergy").iterdir()
        assert str(report).encode() in terminal.output
        told = report.read_text()
        assert ("RecursionError" if what == "a recursion" else "boom password=***") in told
        assert "bad" in told or "feed" in told
        assert "hunter" not in told
        assert stat.S_IMODE(report.stat().st_mode) == 0o600
        client = await ControlClient.connect(path, "test")
        assert (await client.call(q.Status())).daemon_id
        await client.close()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130), (signal.SIGQUIT, 131), (signal.SIGUSR1, 138)],
)
async def test_a_signal_ends_it_with_the_terminal_whole(tmp_path: Path, number: signal.Signals, code: int) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        before = termios.tcgetattr(terminal.master)
        await terminal.shows("live")
        terminal.process.send_signal(number)
        assert await terminal.ends() == code
        assert is_restored(terminal, before)


async def test_a_signal_while_a_dialog_is_open_ends_it_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    played = FakeDeployment()
    async with fake_daemon(path, played), console_in_terminal(tmp_path, ["--socket", str(path), "tt"]) as terminal:
        before = termios.tcgetattr(terminal.master)
        await terminal.shows("waits")
        terminal.press("r")
        await terminal.shows("Plan: reprocess")
        terminal.process.send_signal(signal.SIGTERM)
        assert await terminal.ends() == 0
        assert is_restored(terminal, before)
        assert not [each for each in played.asked if isinstance(each, q.ApplyPlan)]


async def test_it_gives_the_terminal_back_while_it_is_stopped_and_takes_it_again(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        before = termios.tcgetattr(terminal.master)
        await terminal.shows("live")
        taken = termios.tcgetattr(terminal.master)
        terminal.process.send_signal(signal.SIGTSTP)
        await wait_until(lambda: state_of(terminal.process.pid) == "T")
        assert is_restored(terminal, before)
        terminal.output.clear()
        terminal.process.send_signal(signal.SIGCONT)
        await terminal.shows("Flights")
        await terminal.shows("live")
        assert termios.tcgetattr(terminal.master) == taken
        terminal.press(":q\r")
        assert await terminal.ends() == 0
        assert is_restored(terminal, before)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_it_ends_with_its_terminal_and_calls_that_no_defect(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()), console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        await terminal.shows("live")
        terminal.hang_up()
        await terminal.ends()
    assert not (tmp_path / "state").exists()


async def test_it_outlives_the_daemon(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with console_in_terminal(tmp_path, ["--socket", str(path)]) as terminal:
        before = termios.tcgetattr(terminal.master)
        async with fake_daemon(path, FakeDeployment()):
            await terminal.shows("live")
        await terminal.shows("STALE")
        terminal.press(":q\r")
        assert await terminal.ends() == 0
        assert is_restored(terminal, before)


@pytest.mark.parametrize(("output", "said"), [("/dev/full", "the disk is full"), (None, "")])
async def test_what_plain_cannot_print_is_told_in_a_sentence(tmp_path: Path, output: str | None, said: str) -> None:
    path = tmp_path / "c.sock"
    program = f"import sys; from synergy.tui import app; sys.exit(app.main(['--plain', '--socket', {str(path)!r}]))"
    async with fake_daemon(path, FakeDeployment()):
        if output is None:
            read, write = os.pipe()
            os.close(read)
        else:
            write = os.open(output, os.O_WRONLY)
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path
        )
        os.close(write)
        _, errors = await done.communicate()
    assert done.returncode
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()
    assert "Exception ignored" not in errors.decode()
