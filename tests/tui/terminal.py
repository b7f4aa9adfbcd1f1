"""The real console in a real pseudo-terminal, and what it writes there."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import struct
import sys
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from tests.waiting import wait_until, within

SILENCE_SECONDS: Final = 0.6


class Terminal:
    """One program in a terminal of its own."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self.master = master
        self.process = process
        self.output = bytearray()

    def read(self) -> None:
        """Take what was written."""
        with suppress(OSError):
            self.output += os.read(self.master, 65536)

    def read_all(self) -> None:
        """Take what was written and not read yet; after the end, when nothing more will be."""
        while select.select([self.master], [], [], 0)[0]:
            size = len(self.output)
            self.read()
            if len(self.output) == size:
                break

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)
        self.master = -1

    async def shows(self, text: str, seconds: float = 15.0) -> None:
        """Wait until the text was written."""
        await wait_until(lambda: text.encode() in self.output, seconds, text)

    async def is_silent(self) -> None:
        """Wait until nothing was written for longer than the console keeps anything back."""
        before = -1
        while len(self.output) != before:
            before = len(self.output)
            await asyncio.sleep(SILENCE_SECONDS)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    async def ends(self, seconds: float = 10.0) -> int:
        """Wait for the end; the exit code."""
        return await within(seconds, self.process.wait())


@asynccontextmanager
async def console_in_terminal(  # noqa: PLR0913 - each test says only what it needs
    folder: Path,
    words: Sequence[str],
    *,
    columns: int = 200,
    rows: int = 50,
    before: str = "",
    path: str = os.environ["PATH"],
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Terminal]:
    """Start ``synergy-console`` with these words, after the statements ``before``; it is killed at the end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    program = f"import sys; from synergy.tui import app\n{before}\nsys.exit(app.main())"
    own = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}
    all_of_it = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PATH": path, **own, **(variables or {})}
    process = await asyncio.create_subprocess_exec(
        "setsid", "--ctty", sys.executable, "-c", program, *words,
        stdin=slave, stdout=slave, stderr=slave, env=all_of_it, cwd=folder,
    )  # fmt: skip
    os.close(slave)
    terminal = Terminal(master, process)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, terminal.read)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if terminal.master >= 0:
            loop.remove_reader(master)
            os.close(master)
