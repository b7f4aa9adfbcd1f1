"""How a screen changes anything: the daemon's plan first, then the operator's word, then a toast with the command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from textual.app import App

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.counting import counted
from synergy.core.errors import SynergyError
from synergy.tui.desk import Desk
from synergy.tui.screens.working import Working

Verb = Literal["reprocess", "skip", "cancel"]


class Changing(Working):
    """Part of every screen that acts on jobs, entries or processes."""

    desk: Desk

    def targets(self) -> tuple[str, ...]:
        """What a change would act on."""
        raise NotImplementedError

    def plan(self, verb: Verb, targets: tuple[str, ...]) -> None:
        """Ask the daemon what a verb would change, and show it."""
        if not targets:
            _notify(self.app, f"{verb}: the cursor stands on nothing to {verb}", "warning")
            return
        self.work(self._plan(verb, targets), "changing", exclusive=True)

    async def _plan(self, verb: Verb, targets: tuple[str, ...]) -> None:
        from synergy.tui.screens.plan_dialog import PlanDialog  # noqa: PLC0415 - no part of the first picture

        try:
            with self._held():
                plan = await self.desk.feed.call(q.MakePlan(verb=verb, targets=targets))
        except SynergyError as problem:
            _notify(self.app, f"{verb}: {problem}", "error")
            return
        applied = await self.app.push_screen_wait(PlanDialog(self.desk, plan, targets))
        if applied is not None:
            self.applied(applied)

    def applied(self, applied: r.Applied) -> None:
        """Say what was done, and how it is done from a shell."""
        command = self.desk.shell_line(applied.command)
        self.desk.last_command = command
        stopped = f", {len(applied.kills):,} stopped" if applied.kills else ""
        refused = f", {len(applied.refused):,} refused" if applied.refused else ""
        done = f"{counted(applied.changed, 'job')} changed{stopped}{refused}"
        _notify(self.app, f"{done}\n{command}\nctrl+y copies the command", "information")

    def change(self, question: str, request: q.Request[r.Done], command: str) -> None:
        """Ask before a change that has no plan of jobs: a trigger, a switch, the collector."""
        self.work(self._change(question, request, self.desk.shell_line(command)), "changing", exclusive=True)

    async def _change(self, question: str, request: q.Request[r.Done], command: str) -> None:
        from synergy.tui.screens.confirm import ConfirmDialog  # noqa: PLC0415 - no part of the first picture

        if not await self.app.push_screen_wait(ConfirmDialog(question, command)):
            return
        try:
            with self._held():
                done = await self.desk.feed.call(request)
        except SynergyError as problem:
            _notify(self.app, str(problem), "error")
            return
        command = self.desk.shell_line(done.command) if done.command else command
        self.desk.last_command = command
        _notify(self.app, f"{done.message}\n{command}\nctrl+y copies the command", "information")

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Nothing is read in the background while a change is made."""
        self.desk.is_changing = True
        try:
            with self.desk.feed.gate.hold():
                yield
        finally:
            self.desk.is_changing = False

    def do_reprocess(self) -> None:
        """Run again."""
        self.plan("reprocess", self.targets())

    def do_skip(self) -> None:
        """Give up on."""
        self.plan("skip", self.targets())

    def do_cancel(self) -> None:
        """Stop."""
        self.plan("cancel", self.targets())

    def do_save(self) -> None:
        """Write what is shown into a file of the current folder."""
        lines = self.plain_lines()
        self.work(self._save(lambda: write_lines(self._file_stem(), lines)), "saving")

    def plain_lines(self) -> list[str]:
        """What is shown."""
        raise NotImplementedError

    def _file_stem(self) -> str:
        return "synergy"

    async def _save(self, write: Callable[[], Path]) -> None:
        try:
            path = await asyncio.to_thread(write)
        except OSError as problem:
            _notify(self.app, f"cannot save: {problem}", "error")
            return
        _notify(self.app, f"Saved as {path}", "information")


def write_lines(stem: str, lines: list[str]) -> Path:
    """Write a file whose name was not taken yet: ``stem.txt``, ``stem-2.txt`` …; OSError when it cannot."""
    name = "".join(sign if sign.isalnum() or sign in "-_.@" else "_" for sign in stem)
    for number in range(1, 1000):
        path = Path(f"{name}.txt" if number == 1 else f"{name}-{number}.txt")
        try:
            with path.open("x", encoding="utf-8") as handle:
                handle.write("\n".join(lines) + "\n")
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{name}.txt and 998 more exist")


def _notify(app: App[object], text: str, severity: Literal["information", "warning", "error"]) -> None:
    app.notify(text, severity=severity, markup=False)
