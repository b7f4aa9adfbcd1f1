"""The logs of several jobs as one, ordered by time and followed live."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.core.control import requests as q
from synergy.tui.desk import Desk
from synergy.tui.model.log_buffer import PAGE
from synergy.tui.model.log_lens import Held
from synergy.tui.model.log_targets import is_of, short_names
from synergy.tui.model.merged_log import MergedBuffer
from synergy.tui.model.reducer import Step
from synergy.tui.model.sheets import lines_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.merged_paging import FIRST_PAGES
from synergy.tui.screens.merged_search import MergedSearch
from synergy.tui.widgets.log_view import LogView, Source

_COLORS: Final = ("in-progress", "requested", "processed", "final-run", "skipped", "noop")


class MergedScreen(MergedSearch):
    """Follows the attempts that run, and says what is shown of all logs."""

    screen_name = "merged"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._followed: set[str] = set()

    def body(self) -> ComposeResult:
        """The lines, each behind the name of its log."""
        view = LogView(MergedBuffer(len(self.names)), id="main")
        short = short_names(self.names)
        view.name_sources([Source(name, _COLORS[at % len(_COLORS)]) for at, name in enumerate(short)])
        yield view

    async def read(self) -> None:
        """The ends of all logs, or what was added to each, or what is older."""
        wants, self.wants = self.wants, "growth"
        match wants:
            case "growth" if self.following:
                await self.read_added(to_end=True)
            case "growth":
                await self.look_at_ends()
            case "newer":
                await self.read_added(to_end=False, far=FIRST_PAGES * PAGE)
            case "last":
                self.take(await self.ends(), to_end=True)
                self.view.empty = "\n".join((*self.problems.values(), self._why_empty()))
            case "first":
                await self.read_first()
            case _:
                await self.read_older()
        await self._follow()

    def _why_empty(self) -> str:
        if any(log.is_live for log in self.buffer.logs):
            return "Nothing was written yet; what the attempts write will stand here."
        return f"Nothing was written: {self.next_keys}."

    async def _follow(self) -> None:
        """Ask for the events of what still runs."""
        wanted = {log.about[0] for log in self.buffer.logs if log.is_live and log.about is not None}
        for uow_id in self._followed - wanted:
            await self.desk.feed.call(q.FollowLog(uow_id, on=False))
        for uow_id in wanted - self._followed:
            await self.desk.feed.call(q.FollowLog(uow_id))
        self._followed = wanted

    def begin(self) -> None:
        """Whatever was followed may have been lost while another screen was shown."""
        self._followed = set()
        super().begin()

    def take_up(self) -> None:
        """A new connection follows nothing yet."""
        self._followed = set()
        super().take_up()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read what was added; what began to run has a log by now."""
        del cells
        if step.resync:
            self._followed = set()
        own = {log.about[0] for log in self.buffer.logs if log.about is not None}
        went_on = any(is_of(name, at) for at in step.uows for name in (*self.names, *own))
        if went_on and self.following:
            self.wants = "last"  # what had no log may have one now, what had one another
        if went_on or any(at.uow_id in own for at in step.logs):
            self.reload()
        elif any(log.is_live for log in self.buffer.logs):
            self.reload(periodic=True)

    async def leave(self) -> None:
        """Follow nothing any more."""
        followed, self._followed = self._followed, set()
        for uow_id in followed if self.desk.link.is_live else ():
            await self.desk.feed.call(q.FollowLog(uow_id, on=False))

    def on_unmount(self) -> None:
        """Say so to the daemon; the app outlives this screen."""
        self.app.run_worker(self.leave(), exit_on_error=False)

    def title_text(self) -> str:
        """How many logs, how many of them run, how much of all is shown, and of which there is nothing."""
        running = sum(log.is_live for log in self.buffer.logs)
        following = " · following" if self.following and running else ""
        missing = "".join(f" · {problem}" for problem in self.problems.values())
        held, there = self.buffer.end, self.buffer.lines_in_all
        part = f"{held:,} of {there:,} lines" if held < there else f"{held:,} lines"
        older = ", home reads older" if self.buffer.has_older else ""
        return f"{len(self.names)} logs, {running} running · {part}{older}{following}{missing}"

    def shown_table(self) -> Table:
        """The lines shown; the key names the log, too."""
        return lines_table(self.buffer.shown_lines(), self.names)

    def _spelled(self, line: Held) -> str:
        at = f"{line.at} " if self.view.times and line.at else ""
        return f"{at}{self.names[line.source]} {line.text}"
