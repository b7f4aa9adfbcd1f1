"""A program in a tmux of its own, as an operator sees it: types keys, and waits for what stands on the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.waiting import poll

SECONDS: Final = 30.0
"""How long a text may take to appear; it is looked for all the time."""

LOOK_SECONDS: Final = 0.05


class Tmux:
    """One terminal. Keys have tmux's names; ``types`` sends text as it is."""

    def __init__(self, folder: Path, command: Sequence[str], columns: int, rows: int) -> None:
        assert shutil.which("tmux"), "tmux is missing: apt-get install tmux, as scripts/test does"
        self._server = f"synergy-{uuid.uuid4().hex[:8]}"
        # COLUMNS and LINES of the tests' own environment would be believed before the terminal.
        variables = ["env", "-u", "COLUMNS", "-u", "LINES", "LC_ALL=C.UTF-8", f"PATH={os.environ['PATH']}"]
        settings = ("default-size", f"{columns}x{rows}"), ("remain-on-exit", "on"), ("status", "off")
        self._tmux(
            "-f", "/dev/null", "start-server", ";", *(word for one in settings for word in ("set", "-g", *one, ";")),
            "set", "-s", "escape-time", "0", ";", "new-session", "-d", "-c", str(folder),
            shlex.join([*variables, *command]),
        )  # fmt: skip

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self._tmux("send-keys", *keys)

    def types(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def screen(self) -> str:
        """What is to be seen now."""
        return self._tmux("capture-pane", "-p")

    @property
    def colored_screen(self) -> str:
        """The same, with colours as a terminal is told them."""
        return self._tmux("capture-pane", "-p", "-e")

    def sees(self, *texts: str, seconds: float = SECONDS) -> None:
        """Wait until all texts are to be seen at once."""
        self._await(lambda shown: all(text in shown for text in texts), f"seen: {texts}", seconds)

    def sees_no(self, text: str, seconds: float = SECONDS) -> None:
        """Wait until a text is no longer to be seen."""
        self._await(lambda shown: text not in shown, f"no longer seen: {text}", seconds)

    def end(self) -> None:
        """End the terminal with what runs in it."""
        subprocess.run(["tmux", "-L", self._server, "kill-server"], check=False, capture_output=True, timeout=SECONDS)

    def _await(self, condition: Callable[[str], bool], what: str, seconds: float) -> None:
        try:
            poll(lambda: condition(self.screen), seconds, what, LOOK_SECONDS)
        except AssertionError as missed:
            raise AssertionError(f"{missed}\n{self.screen}") from None

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._server, *words], check=True, capture_output=True, text=True, timeout=SECONDS
        )
        return done.stdout


@contextmanager
def in_tmux(folder: Path, command: Sequence[str], *, columns: int = 120, rows: int = 40) -> Iterator[Tmux]:
    """A command in a terminal that is gone at the end."""
    terminal = Tmux(folder, command, columns, rows)
    try:
        yield terminal
    finally:
        terminal.end()
