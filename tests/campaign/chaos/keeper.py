"""Starts again what was killed, as systemd would with ``Restart=always``."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import Final, NamedTuple, Self

from tests.campaign.chaos.story import Story

LOOK_SECONDS: Final = 0.5


class Kept(NamedTuple):
    """A program that is to run: how to see that it does, and how to start it."""

    name: str
    runs: Callable[[], object]
    start: Callable[[], object]


class Keeper:
    """A context: inside the block each program is started whenever it is gone, each by a thread of its own."""

    def __init__(self, kept: tuple[Kept, ...], story: Story) -> None:
        self._story = story
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._keep, args=(each,), name=each.name) for each in kept]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _keep(self, kept: Kept) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if kept.runs():
                continue
            try:
                kept.start()
            except (AssertionError, subprocess.TimeoutExpired) as error:
                self._story.complain(f"start of {kept.name}: {error}")
