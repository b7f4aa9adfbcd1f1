"""The screens that are one table read from the daemon: the collector."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.model.formats import duration
from synergy.tui.model.operations import collector_table
from synergy.tui.model.reducer import Step
from synergy.tui.model.table import Table
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular


class CollectorScreen(Tabular):
    """What waits for its retry."""

    screen_name = "collector"
    BINDINGS = bindings_of(screen_name)
    empty = "Nothing waits for a retry."
    answer: r.Collector | None = None

    async def read(self) -> None:
        """The queues."""
        self.answer = await self.desk.feed.call(q.Collector())
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again at the feed's pace: the title counts down."""
        del cells, step
        self.reload(periodic=True)

    def make_table(self) -> Table:
        """The queues."""
        return collector_table(self.answer, self.desk.style) if self.answer else Table(())

    def heading(self) -> str:
        """When it runs next."""
        return f"collector, next run in {duration(self.answer.next_run_in)}" if self.answer else "collector"

    def do_collect(self) -> None:
        """Run it now."""
        self.change("Run the garbage collector now?", q.CollectorRefresh(), "synergyctl gc refresh")

    def do_flush(self) -> None:
        """Resubmit the row's process's queue."""
        row = self.table.row
        name = row.fields.get("process") if row else None
        if name:
            question = f"Resubmit everything of {name} that waits, now?"
            self.change(question, q.CollectorFlush(name), f"synergyctl gc flush {name}")
