"""The logs of two attempts compared: what only one of them wrote, and what changed."""

from __future__ import annotations

import asyncio
from typing import Final

from textual.app import ComposeResult

from synergy.core.errors import CallerError
from synergy.tui.both_logs import MOST_LINES, BothLogs, read_both
from synergy.tui.desk import Desk
from synergy.tui.model.log_diff import Difference, counts, diff_rows, differences, masked
from synergy.tui.model.log_lens import Lens
from synergy.tui.model.log_targets import read_attempts
from synergy.tui.model.reducer import Step
from synergy.tui.model.sheets import diff_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import Frame, bindings_of
from synergy.tui.widgets.diff_view import DiffView

CONTEXT: Final = 3


class DiffScreen(Frame):
    """``place.target`` is a job, entry or unit of work, with the numbers of two attempts or without: ``JOB 1 2``."""

    screen_name = "diff"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._of, self._asked = read_attempts(place.target)
        self._read: BothLogs | None = None
        self._found: list[Difference] = []
        self._lens = Lens(context=CONTEXT)
        self._masked = True

    def body(self) -> ComposeResult:
        """The rows."""
        yield DiffView(id="main")

    @property
    def view(self) -> DiffView:
        """The rows."""
        return self.query_one("#main", DiffView)

    async def read(self) -> None:
        """Both logs."""
        try:
            self._read = await read_both(self.desk.feed.call, self._of, self._asked)
        except CallerError as problem:
            self.view.empty = f"{problem}\nesc goes back, l shows the newest log"
            self.view.refresh()
            return
        await self._compare()

    async def _compare(self) -> None:
        read, spell = self._read, masked if self._masked else str
        if read is not None:
            self._found = await asyncio.to_thread(
                lambda: differences(*([spell(line) for line in lines] for lines in (read.old, read.new)))
            )
            self._show_rows()

    def _show_rows(self) -> None:
        if self._read is not None:
            self.view.empty = "Both attempts wrote nothing: esc goes back, [ and ] go to other attempts."
            self.view.show_rows(diff_rows(self._read.old, self._read.new, self._found, self._lens.context))
        self.chrome()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """What was compared stays as it was; ctrl+r reads both again."""

    def on_scrolled_lines_moved(self) -> None:
        """The border says where the cursor stands."""
        self.chrome()

    def title_text(self) -> str:
        """Which attempts, and how much is different."""
        read = self._read
        if read is None:
            return f"diff {self._of}"
        removed, added, changed = counts(self.view.shown)
        arrow = self.desk.style.glyphs.choose("→", "->")
        what = f"-{removed:,} +{added:,} ~{changed:,}" if self._found else "no difference"
        return f"{self._of} attempt {read.numbers[0]} {arrow} {read.numbers[1]} of {read.attempts} · {what}"

    def notes(self) -> str:
        """Which difference, what is left out."""
        if self._read is None:
            return ""
        place = f" · difference {self.view.place}" if self._found else ""
        hidden = " · times, pids, durations masked" if self._masked else ""
        total = self._read.longest
        limit = f" · only the last {MOST_LINES:,} of {total:,} lines" if total > MOST_LINES else ""
        return f"{place} · ±{self._lens.context}{hidden}{limit}"

    def target(self) -> str | None:
        """What the logs are of."""
        return self._of

    def plain_lines(self) -> list[str]:
        """The comparison."""
        return [self.title_text(), *(f"{row.kind.value} {row.text}" for row in self.view.shown)]

    def shown_table(self) -> Table:
        """The comparison, a row a line."""
        return diff_table(self.view.shown)

    def copied(self) -> str:
        """The line under the cursor."""
        return self.view.row.text if self.view.row is not None else ""

    def do_next_difference(self) -> None:
        """The next difference, round the end."""
        self.view.step(1)

    def do_previous_difference(self) -> None:
        """The difference before, round the beginning."""
        self.view.step(-1)

    def do_more_context(self) -> None:
        """More equal lines around each difference."""
        self._lens = self._lens.wider(1)
        self._show_rows()

    def do_less_context(self) -> None:
        """Fewer equal lines around each difference."""
        self._lens = self._lens.wider(-1)
        self._show_rows()

    def do_unmask(self) -> None:
        """Compare times, process numbers and durations, too, or not."""
        self._masked = not self._masked
        self.work(self._compare(), "compare", exclusive=True)

    def do_older_attempt(self) -> None:
        """Both attempts one before."""
        self._other(-1)

    def do_newer_attempt(self) -> None:
        """Both attempts one behind."""
        self._other(1)

    def _other(self, by: int) -> None:
        wanted = [number + by for number in self._read.numbers] if self._read is not None else []
        if self._read is not None and min(wanted) >= 1 and max(wanted) <= self._read.attempts:
            self.post_message(GoTo(Place("diff", f"{self._of} {wanted[0]} {wanted[1]}")))
