"""Watchers that look all the time: what ``synergyctl status`` says, and what the real console shows, and when."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.tui.terminal import console_in_terminal

STATUS_PAUSE_SECONDS: Final = 0.5
CONSOLE_PAUSE_SECONDS: Final = 0.1
_ESCAPE: Final = re.compile(rb"\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[=>])")


class Seen(NamedTuple):
    """One answer to ``synergyctl status``. Moments are monotonic; ``told`` is empty when there was no answer."""

    asked: float
    answered: float
    code: int
    told: dict[str, Any]
    complaint: str

    @property
    def problems(self) -> Sequence[str]:
        """What it says is wrong."""
        found: Sequence[str] = self.told.get("problems", ())
        return found


class StatusWatch:
    """Asks again and again, with the real program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.seen: list[Seen] = []

    async def run(self) -> None:
        """Ask until cancelled."""
        program = Path(sys.executable).with_name("synergyctl")
        while True:
            asked = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                program, "status", "-o", "json", "-C", self._folder,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                output, complaint = await process.communicate()
            except asyncio.CancelledError:
                process.kill()
                await process.communicate()
                raise
            told = json.loads(output) if output else {}
            self.seen.append(Seen(asked, time.monotonic(), process.returncode or 0, told, complaint.decode()))
            await asyncio.sleep(STATUS_PAUSE_SECONDS)

    def since(self, moment: float) -> list[Seen]:
        """Answers to questions that were asked after that moment."""
        return [seen for seen in self.seen if seen.asked >= moment]

    def first(self, moment: float, condition: Callable[[Seen], object]) -> Seen | None:
        """The first of these that is so."""
        return next((seen for seen in self.since(moment) if condition(seen)), None)


class ConsoleWatch:
    """The console in a terminal of its own, on one of its screens."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._folder = folder
        self._words = words
        self._wanted: dict[str, float] = {}
        """Texts that are looked for, and since when."""
        self.shown: dict[str, float] = {}
        """Text and when it was shown."""
        self.is_running = False

    async def run(self) -> None:
        """Look until cancelled."""
        async with console_in_terminal(self._folder, ["-C", str(self._folder), *self._words]) as terminal:
            read = 0
            while True:
                self.is_running = terminal.process.returncode is None
                await asyncio.sleep(CONSOLE_PAUSE_SECONDS)
                text = _ESCAPE.sub(b"", bytes(terminal.output[read:])).decode(errors="replace")
                del terminal.output[:read]
                read = len(terminal.output)
                for wanted in [wanted for wanted in self._wanted if wanted in text]:
                    del self._wanted[wanted]
                    self.shown[wanted] = time.monotonic()

    def expect(self, text: str) -> None:
        """From now on, take note of when this is shown next."""
        self.shown.pop(text, None)
        self._wanted[text] = time.monotonic()
